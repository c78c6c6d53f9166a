import { describe, expect, test } from 'vitest';
import { InvariantViolation } from '../../domain/invariant.ts';
import {
  adjustRatio,
  applyRatio,
  asText,
  declaredWithin,
  excessOver,
  isMultiple,
  isPoints,
  isPrice,
  isQuantity,
  isRatio,
  isYuan,
  lengthThatPays,
  lineAmount,
  multiple,
  multiply,
  points,
  pointsToWire,
  price,
  quantity,
  ratio,
  ratioToWire,
  subtract,
  sum,
  toWire,
  yuan,
  type RatioEffect,
} from '../../domain/money.ts';

describe('money is written one way', () => {
  test.each([
    ['0', true],
    ['0.00', true],
    ['-12.3', true],
    ['99999999999999.99', true],
    ['100000000000000.00', false], // 15 digits
    ['1.005', false],
    ['1.', false],
    ['.5', false],
    ['+1', false],
    ['1e3', false],
    ['1,000.00', false],
    ['NaN', false],
    ['Infinity', false],
    ['', false],
    [' 1', false],
  ])('yuan %s: %s', (text, expected) => {
    expect(isYuan(text)).toBe(expected);
  });
  test.each([
    [isRatio, '1.0000', true],
    [isRatio, '1.0001', false],
    [isRatio, '0.00001', false],
    [isRatio, '-0.1', false],
    [isPoints, '-1', true],
    [isPoints, '1.0001', false],
    [isPrice, '0.000001', true],
    [isPrice, '0.0000001', false],
    [isPrice, '-1', false],
    [isQuantity, '-2.0001', true],
    [isQuantity, '2.00001', false],
  ])('%o %s: %s', (is, text, expected) => {
    expect(is(text)).toBe(expected);
  });
  test('what is not an amount is a bug where it is read as one', () => {
    expect(() => yuan('1.005')).toThrow(InvariantViolation);
    expect(() => ratio('1.5')).toThrow(InvariantViolation);
    expect(() => points('-1.5')).toThrow(InvariantViolation);
  });
  test('two decimals on the wire, never "-0.00"', () => {
    expect(toWire(yuan('1.5'))).toBe('1.50');
    expect(toWire(yuan('-0.00'))).toBe('0.00');
    expect(toWire(subtract(yuan('0'), yuan('0')))).toBe('0.00');
    expect(toWire(applyRatio(yuan('-0.01'), ratio('0.1')))).toBe('0.00');
    expect(asText({ total: yuan('1'), of: [{ amount: yuan('2.5') }] })).toEqual({
      total: '1.00',
      of: [{ amount: '2.50' }],
    });
  });
  test('sums are exact where floating point is not', () => {
    expect(toWire(sum([yuan('0.1'), yuan('0.2')]))).toBe('0.30');
    expect(toWire(sum([yuan('99999999999999.99'), yuan('-99999999999999.98')]))).toBe('0.01');
  });
});

describe('rounding is half up on the magnitude, once', () => {
  test.each([
    ['0.01', '0.4999', '0.00'],
    ['0.01', '0.5', '0.01'],
    ['0.01', '0.5001', '0.01'],
    ['0.03', '0.5', '0.02'],
    ['0.05', '0.5', '0.03'],
    ['-0.01', '0.5', '-0.01'],
    ['-0.03', '0.5', '-0.02'],
    ['-0.05', '0.5', '-0.03'],
    ['7.30', '0.15', '1.10'],
    ['10.05', '0.1', '1.01'],
    ['-10.05', '0.1', '-1.01'],
    ['10.04', '0.1', '1.00'],
    ['1.15', '0.7', '0.81'], // 0.805; in floating point 0.80499…
    ['99999999999999.99', '0.5', '50000000000000.00'],
  ])('%s at %s is %s', (amount, share, expected) => {
    expect(toWire(applyRatio(yuan(amount), ratio(share)))).toBe(expected);
  });
  test.each([
    ['2.0000', '5', '10.00'],
    ['0.005', '1', '0.01'],
    ['0.005', '-1', '-0.01'],
    ['0.004999', '1', '0.00'],
    ['1.005', '1', '1.01'], // in floating point 1.00
    ['0.333333', '3', '1.00'],
  ])('price %s × %s is %s', (unitPrice, count, expected) => {
    expect(toWire(lineAmount(price(unitPrice), quantity(count)))).toBe(expected);
  });
  test.each([
    ['45', '40', '1', '5.00'],
    ['40', '40', '1', '0.00'],
    ['39.999999', '40', '1', '0.00'],
    ['40.000001', '40', '5000', '0.01'],
    ['40.000001', '40', '4999', '0.00'],
    ['45', '40', '-2', '-10.00'],
    ['12052.333333', '0', '765432100.0003', '9225242812981.80'], // exact: ….8049999999
  ])('price %s over %s for %s is %s', (unitPrice, limit, count, expected) => {
    expect(toWire(excessOver(price(unitPrice), price(limit), quantity(count)))).toBe(expected);
  });
  test.each([
    ['2000.00', '0.9', '2222.22'],
    ['0.01', '0.4', '0.03'], // 0.025
    ['0.01', '0.8', '0.01'], // 0.0125
    ['0.00', '0.8', '0.00'],
    ['5.00', '1', '5.00'],
  ])('%s is paid at %s by the first %s', (amount, share, expected) => {
    expect(toWire(lengthThatPays(yuan(amount), ratio(share)))).toBe(expected);
  });
});

describe('a rate of a yearly figure', () => {
  test.each([
    ['101000.00', '0.04', '4040.00'],
    ['101000.00', '6', '606000.00'],
    ['0.01', '0.5', '0.01'],
    ['99999.99', '0.333333', '33333.30'], // 33333.29666670
  ])('%s × %s is %s', (figure, rate, expected) => {
    expect(toWire(multiply(yuan(figure), multiple(rate)))).toBe(expected);
  });
  test.each(['-1', '100', '1.0000001', '1e1', ''])('%j is no rate', (text) => {
    expect(isMultiple(text)).toBe(false);
    expect(() => multiple(text)).toThrow(InvariantViolation);
  });
});

describe('price × quantity and the declared amount are compared exactly', () => {
  test.each([
    ['10.00', '10.01', true],
    ['10.00', '9.99', true],
    ['10.00', '10.010001', false],
    ['10.00', '10.014', false], // within a fen once rounded, but not exactly
    ['10.00', '9.989999', false],
  ])('declared %s at %s: %s', (amount, unitPrice, expected) => {
    const declared = yuan(amount);
    expect(declaredWithin(declared, yuan('0.01'), price(unitPrice), quantity('1'))).toBe(expected);
  });
  test('both negative', () => {
    const within = declaredWithin(yuan('-10.00'), yuan('0.00'), price('2'), quantity('-5'));
    expect(within).toBe(true);
  });
});

describe('a ratio is moved in order, clamped once at the end, never rounded', () => {
  const plus = (text: string): RatioEffect => ({ form: 'points', points: points(text) });
  const times = (text: string): RatioEffect => ({ form: 'factor', factor: ratio(text) });
  const person = (text: string): RatioEffect => ({ form: 'personFactor', factor: ratio(text) });
  test.each<[string, RatioEffect[], string]>([
    ['0.80', [], '0.8000'],
    ['0.80', [plus('0.05')], '0.8500'],
    ['0.97', [plus('0.05')], '1.0000'],
    ['0.97', [plus('0.05'), plus('-0.10')], '0.9200'],
    ['0.05', [plus('-0.10')], '0.0000'],
    ['0.80', [times('0.90')], '0.7200'],
    ['0.80', [plus('0.05'), times('0.90')], '0.7650'],
    ['0.85', [person('0.60')], '0.9100'],
    ['0.8333', [times('0.95')], '0.791635'],
    ['0.80', [times('0')], '0.0000'],
  ])('%s with %j is %s', (share, effects, expected) => {
    expect(ratioToWire(adjustRatio(ratio(share), effects))).toBe(expected);
  });
  test('points are shown with their sign', () => {
    expect(pointsToWire(points('-0.1'))).toBe('-0.1000');
    expect(pointsToWire(points('0.05'))).toBe('+0.0500');
  });
});
