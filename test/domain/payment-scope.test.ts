import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Approval, CatalogueItem, FeeLine, SplitLine } from '../../domain/bill.ts';
import { diseaseCode } from '../../domain/identifiers.ts';
import {
  add,
  asText,
  isNegative,
  price,
  quantity,
  ratio,
  sum,
  toWire,
  yuan,
} from '../../domain/money.ts';
import {
  declaredAmountAgrees,
  defaultScopeRules,
  itemFor,
  readySplit,
  splitByScope,
  splitLine,
} from '../../domain/treating-place/payment-scope.ts';
import { aFeeLine, anItem, aSplitFor, fenText, runs } from '../builders.ts';

/** excluded, over the price limit, first share, in scope */
const partsOf = (line: SplitLine): string[] =>
  [line.excluded, line.overPriceLimit, line.firstShare, line.inScope].map(toWire);

describe('三(一) a fee line is split by the treating place’s scope', () => {
  test.each<[string, Partial<CatalogueItem>, string[]]>([
    ['甲类 is in scope', {}, ['0.00', '0.00', '0.00', '10.00']],
    ['丙类 is excluded', { class: 'C' }, ['10.00', '0.00', '0.00', '0.00']],
    [
      '丙类 goes before its price limit',
      { class: 'C', priceLimit: price('1') },
      ['10.00', '0.00', '0.00', '0.00'],
    ],
    [
      'a first share of everything excludes, whatever the class',
      { class: 'A', firstShareRatio: ratio('1.0000') },
      ['10.00', '0.00', '0.00', '0.00'],
    ],
    [
      'just below everything does not',
      { class: 'B', firstShareRatio: ratio('0.9999') },
      ['0.00', '0.00', '10.00', '0.00'],
    ],
    [
      '乙类 pays its first share',
      { class: 'B', firstShareRatio: ratio('0.10') },
      ['0.00', '0.00', '1.00', '9.00'],
    ],
    [
      'the first share is of what is below the price limit',
      { class: 'B', firstShareRatio: ratio('0.20'), priceLimit: price('4') },
      ['0.00', '6.00', '0.80', '3.20'],
    ],
    ['at the price limit', { priceLimit: price('10') }, ['0.00', '0.00', '0.00', '10.00']],
    ['a fen over it', { priceLimit: price('9.99') }, ['0.00', '0.01', '0.00', '9.99']],
    ['half a fen over it', { priceLimit: price('9.995') }, ['0.00', '0.01', '0.00', '9.99']],
    [
      'less than half a fen over it',
      { priceLimit: price('9.995001') },
      ['0.00', '0.00', '0.00', '10.00'],
    ],
    ['a limit of nothing', { priceLimit: price('0') }, ['0.00', '10.00', '0.00', '0.00']],
  ])('%s', (_name, item, expected) => {
    expect(partsOf(splitLine(aFeeLine(), anItem(item), aSplitFor()))).toEqual(expected);
  });

  test.each([
    ['999998', ['0.00', '1.00', '0.00', '999998.00']],
    ['999999', ['0.00', '0.00', '0.00', '999999.00']],
    ['99999999', ['0.00', '0.00', '0.00', '999999.00']],
  ])('a price limit of %s: from 999999 on it means none', (limit, expected) => {
    const line = aFeeLine({ price: price('999999'), amount: yuan('999999.00') });
    expect(partsOf(splitLine(line, anItem({ priceLimit: price(limit) }), aSplitFor()))).toEqual(
      expected,
    );
  });
  test('999999 stays none for a price above it', () => {
    const line = aFeeLine({ price: price('1500000'), amount: yuan('1500000.00') });
    const item = anItem({ priceLimit: price('999999') });
    expect(partsOf(splitLine(line, item, aSplitFor()))).toEqual([
      '0.00',
      '0.00',
      '0.00',
      '1500000.00',
    ]);
  });

  test.each<[boolean, Approval, 'in scope' | 'excluded']>([
    [false, 'none', 'in scope'],
    [false, 'approved', 'in scope'],
    [false, 'refused', 'excluded'],
    [true, 'none', 'excluded'],
    [true, 'approved', 'in scope'],
    [true, 'refused', 'excluded'],
  ])('restricted %s, approval %s: %s', (restricted, approval, expected) => {
    const line = splitLine(aFeeLine({ approval }), anItem({ restricted }), aSplitFor());
    expect(toWire(expected === 'in scope' ? line.inScope : line.excluded)).toBe('10.00');
  });

  test.each<[string, Partial<FeeLine>, Partial<CatalogueItem>, string[]]>([
    [
      '45.00 over 40.00 with 20 %',
      { price: price('45'), amount: yuan('45.00') },
      { priceLimit: price('40'), firstShareRatio: ratio('0.20') },
      ['0.00', '5.00', '8.00', '32.00'],
    ],
    [
      '7.30 with 15 %: 1.095 rounds up',
      { price: price('7.3'), amount: yuan('7.30') },
      { firstShareRatio: ratio('0.15') },
      ['0.00', '0.00', '1.10', '6.20'],
    ],
    [
      'a tie: half a fen rounds up',
      { amount: yuan('0.05') },
      { firstShareRatio: ratio('0.1') },
      ['0.00', '0.00', '0.01', '0.04'],
    ],
    [
      'a negative tie rounds away from zero too',
      { quantity: quantity('-1'), amount: yuan('-0.05') },
      { firstShareRatio: ratio('0.1') },
      ['0.00', '0.00', '-0.01', '-0.04'],
    ],
    [
      'a refund line is the mirror of its line',
      { price: price('45'), quantity: quantity('-1'), amount: yuan('-45.00') },
      { priceLimit: price('40'), firstShareRatio: ratio('0.20') },
      ['0.00', '-5.00', '-8.00', '-32.00'],
    ],
    [
      'a negative excluded line',
      { quantity: quantity('-1'), amount: yuan('-10.00') },
      { class: 'C' },
      ['-10.00', '0.00', '0.00', '0.00'],
    ],
    [
      'over the limit never exceeds the declared amount',
      { price: price('2.005'), amount: yuan('2.00') },
      { priceLimit: price('0') },
      ['0.00', '2.00', '0.00', '0.00'],
    ],
    [
      'nor does it for a refund',
      { price: price('2.005'), quantity: quantity('-1'), amount: yuan('-2.00') },
      { priceLimit: price('0') },
      ['0.00', '-2.00', '0.00', '0.00'],
    ],
    [
      'the declared amount counts, not price × quantity',
      { price: price('3.3333'), quantity: quantity('3'), amount: yuan('10.01') },
      { firstShareRatio: ratio('0.1') },
      ['0.00', '0.00', '1.00', '9.01'],
    ],
  ])('%s', (_name, line, item, expected) => {
    expect(partsOf(splitLine(aFeeLine(line), anItem(item), aSplitFor()))).toEqual(expected);
  });
});

describe('what a treating place may set', () => {
  test.each([
    ['capped', ['0.00', '5.00', '8.00', '32.00']],
    ['gross', ['0.00', '5.00', '9.00', '31.00']],
  ] as const)('the first share is of the %s amount', (firstShareBase, expected) => {
    const line = aFeeLine({ price: price('45'), amount: yuan('45.00') });
    const item = anItem({ priceLimit: price('40'), firstShareRatio: ratio('0.20') });
    const rules = { ...defaultScopeRules, firstShareBase };
    expect(partsOf(splitLine(line, item, aSplitFor({ rules })))).toEqual(expected);
  });
  test.each(['1', '-1'])('a gross first share leaves nothing below zero: quantity %s', (count) => {
    const sign = count === '1' ? '' : '-';
    const line = aFeeLine({ quantity: quantity(count), amount: yuan(`${sign}10.00`) });
    const item = anItem({ priceLimit: price('1'), firstShareRatio: ratio('0.50') });
    const rules = { ...defaultScopeRules, firstShareBase: 'gross' as const };
    const minus = (text: string) => (text === '0.00' ? text : `${sign}${text}`);
    const expected = ['0.00', '9.00', '1.00', '0.00'].map(minus);
    expect(partsOf(splitLine(line, item, aSplitFor({ rules })))).toEqual(expected);
  });
  test.each([
    ['person', '0.00'],
    ['hospital', '6.00'],
  ] as const)(
    'above the price limit the %s bears: %s is the hospital’s',
    (aboveLimit, expected) => {
      const item = anItem({ priceLimit: price('4'), aboveLimit });
      const { lines, totals } = splitByScope([aFeeLine()], () => item, aSplitFor());
      expect(partsOf(lines[0]!)).toEqual(['0.00', '6.00', '0.00', '4.00']);
      expect([lines[0]!.hospitalShare, totals.hospitalShareOf.drug].map(toWire)).toEqual([
        expected,
        expected,
      ]);
    },
  );
  test.each<[string, string[] | null, 'none' | 'M03900', string]>([
    ['no disease scope rejects nothing', null, 'M03900', '10.00'],
    ['listed', ['M01600', 'M03900'], 'M03900', '10.00'],
    ['not listed', ['M01600'], 'M03900', '0.00'],
    ['ordinary care, where diseases are listed', ['M03900'], 'none', '0.00'],
    ['ordinary care', null, 'none', '10.00'],
  ])('%s', (_name, listed, disease, expected) => {
    const item = anItem({ diseases: listed?.map(diseaseCode) ?? null });
    const of = aSplitFor({ disease: disease === 'none' ? disease : diseaseCode(disease) });
    expect(toWire(splitLine(aFeeLine(), item, of).inScope)).toBe(expected);
  });
  test.each([
    ['primary', '310', '1', '0.1'],
    ['secondary', '390', '2', '0.2'],
    ['tertiary', 'other', null, '0.3'],
  ] as const)('%s and %s: limit %s, first share %s', (level, insuranceType, limit, share) => {
    const { code, kind, class: itemClass, restricted, aboveLimit, diseases } = anItem();
    const entry = {
      ...{ code, kind, class: itemClass, restricted, aboveLimit, diseases },
      priceLimits: { primary: price('1'), secondary: price('2'), tertiary: null },
      firstShareRatios: { '310': ratio('0.1'), '390': ratio('0.2'), other: ratio('0.3') },
    };
    expect(itemFor(entry, { level, insuranceType })).toEqual(
      anItem({
        priceLimit: limit === null ? null : price(limit),
        firstShareRatio: ratio(share),
      }),
    );
  });
  test('parts that come ready must add up', () => {
    const line = { no: '2', kind: 'consumable', amount: yuan('9.00') } as const;
    const parts = {
      excluded: yuan('1'),
      overPriceLimit: yuan('2'),
      firstShare: yuan('3'),
      inScope: yuan('3'),
    };
    expect(partsOf(readySplit(line, parts)!)).toEqual(['1.00', '2.00', '3.00', '3.00']);
    expect(readySplit(line, { ...parts, inScope: yuan('3.01') })).toBeNull();
  });
});

describe('三(二) a batch adds up what its lines are', () => {
  test('parts, and what is over the limit by kind', () => {
    const items = new Map(
      [
        anItem({ code: 'D', firstShareRatio: ratio('0.1') }),
        anItem({ code: 'S', kind: 'service', priceLimit: price('8') }),
        anItem({ code: 'C', kind: 'consumable', priceLimit: price('3') }),
        anItem({ code: 'X', class: 'C' }),
      ].map((item) => [item.code, item]),
    );
    const lines = ['D', 'S', 'C', 'X'].map((item, index) => aFeeLine({ no: String(index), item }));
    const { totals, lines: split } = splitByScope(lines, (code) => items.get(code)!, aSplitFor());
    expect(split.map((line) => [line.no, line.kind])).toEqual([
      ['0', 'drug'],
      ['1', 'service'],
      ['2', 'consumable'],
      ['3', 'drug'],
    ]);
    expect(asText(totals)).toEqual({
      total: '40.00',
      excluded: '10.00',
      overPriceLimit: '9.00',
      firstShare: '1.00',
      inScope: '20.00',
      overPriceLimitOf: { drug: '0.00', service: '2.00', consumable: '7.00' },
      hospitalShareOf: { drug: '0.00', service: '0.00', consumable: '0.00' },
    });
  });
  test('a refund of everything leaves nothing', () => {
    const lines = [
      aFeeLine({ no: '1', amount: yuan('0.05') }),
      aFeeLine({ no: '2', quantity: quantity('-1'), amount: yuan('-0.05') }),
    ];
    const item = anItem({ firstShareRatio: ratio('0.1') });
    const { totals } = splitByScope(lines, () => item, aSplitFor());
    expect(asText(totals)).toMatchObject({ total: '0.00', firstShare: '0.00', inScope: '0.00' });
  });
});

test.each([
  ['10.00', '0.01', true],
  ['10.01', '0.01', true],
  ['10.02', '0.01', false],
  ['10.01', '0.00', false],
])('declared %s for 2.0000 × 5, tolerance %s: %s', (amount, tolerance, expected) => {
  const line = aFeeLine({ price: price('2'), quantity: quantity('5'), amount: yuan(amount) });
  expect(declaredAmountAgrees(line, yuan(tolerance))).toBe(expected);
});

const anyLine = fc
  .record({
    fen: fc.integer({ min: 0, max: 2_000_000 }),
    count: fc.integer({ min: 1, max: 20 }),
    refund: fc.boolean(),
    approval: fc.constantFrom<Approval[]>('none', 'approved', 'refused'),
  })
  .map(({ fen, count, refund, approval }) =>
    aFeeLine({
      price: price(fenText(fen)),
      quantity: quantity(`${refund ? '-' : ''}${count}`),
      amount: yuan(fenText(refund ? -fen * count : fen * count)),
      approval,
    }),
  );
const anyItem = fc
  .record({
    kind: fc.constantFrom<CatalogueItem['kind'][]>('drug', 'service', 'consumable'),
    class: fc.constantFrom<CatalogueItem['class'][]>('A', 'B', 'C'),
    restricted: fc.boolean(),
    limit: fc.option(fc.integer({ min: 0, max: 2_000_000 })),
    share: fc.integer({ min: 0, max: 10_000 }),
  })
  .map(({ limit, share, ...item }) =>
    anItem({
      ...item,
      priceLimit: limit === null ? null : price(fenText(limit)),
      firstShareRatio: ratio(share === 10_000 ? '1' : `0.${String(share).padStart(4, '0')}`),
    }),
  );

test('property: the parts of any line add up to it and share its sign', () => {
  fc.assert(
    fc.property(anyLine, anyItem, (line, item) => {
      const split = splitLine(line, item, aSplitFor());
      const parts = [split.excluded, split.overPriceLimit, split.firstShare, split.inScope];
      expect(toWire(sum(parts))).toBe(toWire(line.amount));
      const wrongSign = parts.filter((part) =>
        isNegative(line.amount) ? toWire(part) !== '0.00' && !isNegative(part) : isNegative(part),
      );
      expect(wrongSign).toEqual([]);
    }),
    runs,
  );
});
test('property: a refund line is the exact mirror of its line', () => {
  fc.assert(
    fc.property(anyLine, anyItem, (line, item) => {
      const there = splitLine(
        { ...line, quantity: quantity('1'), amount: yuan('12.35') },
        item,
        aSplitFor(),
      );
      const back = splitLine(
        { ...line, quantity: quantity('-1'), amount: yuan('-12.35') },
        item,
        aSplitFor(),
      );
      for (const part of ['excluded', 'overPriceLimit', 'firstShare', 'inScope'] as const) {
        expect(toWire(add(there[part], back[part]))).toBe('0.00');
      }
    }),
    runs,
  );
});
