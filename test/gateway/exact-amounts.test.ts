import { describe, expect, test } from 'vitest';

import {
  price,
  priceToWire,
  quantity,
  quantityToWire,
  ratioToWire,
  shareOf,
  yuan,
} from '../../domain/money.ts';
import { canonical, exact, readJson, writeJson } from '../../gateway/wire/json.ts';

describe('numbers keep their digits', () => {
  test.each([
    ['{"a":12345678901234567.89}', '12345678901234567.89'],
    ['{"a":0.30000000000000004}', '0.30000000000000004'],
    ['{"a":1.50}', '1.50'],
    ['{"a":-0.00}', '-0.00'],
    ['{"a":1e400}', '1e400'],
  ])('%s is read as its text', (json, text) => {
    expect(readJson(json)).toEqual({ a: text });
  });

  test.each(['0.00', '12.30', '-7.50', '99999999999999.99', '99999999.000000'])(
    '%s is written as it is',
    (text) => {
      expect(writeJson({ a: exact(text), b: text })).toBe(`{"a":${text},"b":"${text}"}`);
    },
  );

  test('what is not a number is not written as one', () => {
    expect(() => exact('NaN')).toThrow();
    expect(() => exact('007')).toThrow();
  });

  test.each([
    ['7', '7.000000', '7.0000'],
    ['0007.5', '7.500000', '7.5000'],
    ['0', '0.000000', '0.0000'],
  ])('%s as a price and as a quantity', (text, asPrice, asQuantity) => {
    expect(priceToWire(price(text))).toBe(asPrice);
    expect(quantityToWire(quantity(text))).toBe(asQuantity);
  });
  test('a quantity is never minus nothing', () => {
    expect(quantityToWire(quantity('-0.0'))).toBe('0.0000');
  });

  test.each([
    ['6.00', '7.50', '0.8000'],
    ['1.00', '3.00', '0.3333'],
    ['2.00', '3.00', '0.6667'],
    ['-6.00', '-7.50', '0.8000'],
    ['0.00', '0.00', '0.0000'],
    ['1.00', '0.00', '0.0000'],
    ['8.00', '7.50', '1.0000'],
    ['-1.00', '7.50', '0.0000'],
  ])('%s is of %s the share %s', (part, whole, share) => {
    expect(ratioToWire(shareOf(yuan(part), yuan(whole)))).toBe(share);
  });

  test('the canonical form does not depend on the order of keys, and leaves out what is absent', () => {
    expect(canonical({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe(
      '{"b":[1,{"c":"x","d":null}]}',
    );
    expect(canonical({ z: '1', a: '2' })).toBe(canonical({ a: '2', z: '1' }));
  });
});
