import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lengthOf, payUpTo, slice } from '../../domain/insured-place/slice.ts';
import {
  add,
  compare,
  isNegative,
  ratio,
  sum,
  toWire,
  yuan,
  type Ratio,
  type Yuan,
} from '../../domain/money.ts';
import { fenText, runs } from '../builders.ts';

interface Band {
  upTo?: Yuan;
  ratio: Ratio;
}
const bands = [
  { upTo: yuan('1000.00'), ratio: ratio('0.80') },
  { upTo: yuan('5000.00'), ratio: ratio('0.90') },
  { ratio: ratio('0.95') },
];
const flat = (share: string): Band[] => [{ ratio: ratio(share) }];
const cut = (from: string, to: string) =>
  slice(yuan(from), yuan(to), bands).map((piece) => `${toWire(piece.from)} ${toWire(piece.to)}`);

describe('a stretch of the axis is cut at the ends of the bands', () => {
  test.each([
    ['0', '0', []],
    ['700', '700', []],
    ['0', '0.01', ['0.00 0.01']],
    ['0', '999.99', ['0.00 999.99']],
    ['0', '1000', ['0.00 1000.00']],
    ['0', '1000.01', ['0.00 1000.00', '1000.00 1000.01']],
    ['999.99', '1000.01', ['999.99 1000.00', '1000.00 1000.01']],
    ['1000', '1000.01', ['1000.00 1000.01']],
    ['300', '6000', ['300.00 1000.00', '1000.00 5000.00', '5000.00 6000.00']],
    ['5000', '5000.01', ['5000.00 5000.01']],
    ['7000', '8000', ['7000.00 8000.00']],
  ])('%s to %s', (from, to, expected) => {
    expect(cut(from, to)).toEqual(expected);
  });
  test('each piece keeps its band', () => {
    const pieces = slice(yuan('300'), yuan('6000'), bands);
    expect(pieces.map((piece) => piece.band)).toEqual(bands);
  });
  test('what lies beyond the last end of closed bands is in no piece', () => {
    const closed = [{ upTo: yuan('300') }];
    expect(slice(yuan('100'), yuan('500'), closed)).toHaveLength(1);
    expect(slice(yuan('300'), yuan('500'), closed)).toEqual([]);
    expect(slice(yuan('0'), yuan('500'), [{ upTo: yuan('0') }])).toEqual([]);
  });
});

const pay = (from: string, to: string, left: string | null) => {
  const { paid, above } = payUpTo(
    slice(yuan(from), yuan(to), bands),
    left === null ? null : yuan(left),
  );
  return [...paid.map(({ fund, person }) => `${toWire(fund)}+${toWire(person)}`), toWire(above)];
};

describe('a fund pays until its money reaches what is left of its limit', () => {
  test.each<[string, string, string | null, string[]]>([
    ['0', '100', null, ['80.00+20.00', '0.00']],
    ['0', '100', '80.01', ['80.00+20.00', '0.00']],
    ['0', '100', '80.00', ['80.00+20.00', '0.00']],
    ['0', '100', '79.99', ['79.99+20.00', '0.01']], // 99.9875 → 99.99
    ['0', '100', '40.00', ['40.00+10.00', '50.00']],
    ['0', '100', '0.01', ['0.01+0.00', '99.99']], // 0.0125 → 0.01
    ['0', '100', '0.00', ['100.00']],
    // reached at the end of a band, in the next one a fen later
    ['0', '2000', '800.00', ['800.00+200.00', '1000.00']],
    ['0', '2000', '800.01', ['800.00+200.00', '0.01+0.00', '999.99']],
    ['900', '1100', '80.00', ['80.00+20.00', '100.00']],
    ['900', '1100', '170.00', ['80.00+20.00', '90.00+10.00', '0.00']],
    // the fund's rounded money is the limit, but the limit was reached a fen before
    ['0', '10.01', '8.00', ['8.00+2.00', '0.01']],
    ['0', '9.99', '8.00', ['7.99+2.00', '0.00']],
  ])('from %s to %s with %s left', (from, to, left, expected) => {
    expect(pay(from, to, left)).toEqual(expected);
  });
  test('the cut point is half up to the fen', () => {
    const pieces = slice(yuan('0'), yuan('1'), flat('0.4'));
    const { paid, above } = payUpTo(pieces, yuan('0.01')); // 0.01 / 0.4 = 0.025
    expect(toWire(paid[0]!.to)).toBe('0.03');
    expect(toWire(paid[0]!.person)).toBe('0.02');
    expect(toWire(above)).toBe('0.97');
  });
  test('a band that pays nothing is never cut while something is left', () => {
    const pieces = slice(yuan('0'), yuan('100'), flat('0'));
    const { paid, above } = payUpTo(pieces, yuan('0.01'));
    expect(paid.map(({ fund, person }) => [toWire(fund), toWire(person)])).toEqual([
      ['0.00', '100.00'],
    ]);
    expect(toWire(above)).toBe('0.00');
  });
  test.each([
    ['0.00', [], '200.00'],
    ['80.00', ['80.00+20.00'], '100.00'],
    ['80.01', ['80.00+20.00', '0.00+100.00'], '0.00'],
  ])('once it is reached everything is above it, with %s left', (left, expected, beyond) => {
    const closing = [{ upTo: yuan('100.00'), ratio: ratio('0.80') }, ...flat('0')];
    const { paid, above } = payUpTo(slice(yuan('0'), yuan('200'), closing), yuan(left));
    expect(paid.map(({ fund, person }) => `${toWire(fund)}+${toWire(person)}`)).toEqual(expected);
    expect(toWire(above)).toBe(beyond);
  });
  test.each([
    ['0.01', '0.01+0.00'], // 0.005
    ['0.02', '0.01+0.01'],
    ['0.03', '0.02+0.01'], // 0.015
    ['0.05', '0.03+0.02'], // 0.025
  ])('half of %s: a tie goes to the fund', (to, expected) => {
    const { paid } = payUpTo(slice(yuan('0'), yuan(to), flat('0.5')), null);
    expect(paid.map(({ fund, person }) => `${toWire(fund)}+${toWire(person)}`)).toEqual([expected]);
  });
});

const amount = fc.integer({ min: 0, max: 3_000_000 }).map((fen) => yuan(fenText(fen)));
const share = fc
  .integer({ min: 0, max: 10_000 })
  .map((n) => ratio(n === 10_000 ? '1' : `0.${String(n).padStart(4, '0')}`));
const anyBands = fc
  .record({
    ends: fc.uniqueArray(fc.integer({ min: 1, max: 3_000_000 }), { maxLength: 4 }),
    last: share,
    shares: fc.array(share, { minLength: 4, maxLength: 4 }),
  })
  .map(({ ends, last, shares }): Band[] => [
    ...ends
      .toSorted((a, b) => a - b)
      .map((end, index) => {
        return { upTo: yuan(fenText(end)), ratio: shares[index]! };
      }),
    { ratio: last },
  ]);

test('property: nothing is lost, nothing is negative, no limit is exceeded', () => {
  fc.assert(
    fc.property(amount, amount, anyBands, fc.option(amount), (from, length, all, left) => {
      const to = add(from, length);
      const { paid, above } = payUpTo(slice(from, to, all), left);
      const fund = sum(paid.map((piece) => piece.fund));
      const person = sum(paid.map((piece) => piece.person));
      expect(toWire(sum([fund, person, above]))).toBe(toWire(length));
      expect([above, ...paid.flatMap((piece) => [piece.fund, piece.person])].some(isNegative)).toBe(
        false,
      );
      if (left !== null) expect(compare(fund, left)).toBeLessThanOrEqual(0);
    }),
    runs,
  );
});
test('property: a stretch cut in two has the same money in each band', () => {
  fc.assert(
    fc.property(amount, amount, amount, anyBands, (from, first, second, all) => {
      const middle = add(from, first);
      const to = add(middle, second);
      const whole = slice(from, to, all);
      const parts = [...slice(from, middle, all), ...slice(middle, to, all)];
      for (const band of all) {
        const inBand = (piece: { band: unknown }) => piece.band === band;
        const length = (pieces: typeof whole) => toWire(sum(pieces.filter(inBand).map(lengthOf)));
        expect(length(parts)).toBe(length(whole));
      }
    }),
    runs,
  );
});
