import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { diseaseCode, institutionCode, placeCode, regionCode } from '../../domain/identifiers.ts';
import type { RuleText } from '../../domain/insured-place/policy.ts';
import { add, toWire, yuan, zero } from '../../domain/money.ts';
import { quote } from '../../domain/quote.ts';
import {
  isRefused,
  type QuotedBenefit,
  type QuotedBill,
  type QuotedLine,
  type QuotedPerson,
  type QuotedReversal,
  type QuoteResult,
} from '../../domain/quoted.ts';
import { aRuleText, fenText, runs } from '../builders.ts';

const disease = diseaseCode('M03900');
const person: QuotedPerson = {
  insuranceType: '310',
  filing: 'LT_RESIDENT',
  insured: {
    bornOn: null,
    retired: false,
    personType: null,
    insuredMonths: null,
    tier: null,
    hardship: null,
    civilServant: null,
  },
  qualifications: [{ disease, from: day('2022-01-01'), to: null }],
  account: { use: 'family', balance: yuan('100.00'), family: yuan('30.00') },
  used: [],
  visits: [],
};
const account = { pays: ['deductible', 'poolSelf'] } as const;
/** 300 a year; 80 % up to 1,000 in scope a year, then 90 %; the pool pays 2,000 a year. */
const rule = aRuleText({ account });

const line = (inScope: string, excluded = '0.00', no = 1): QuotedLine => ({
  form: 'split',
  no,
  kind: 'drug',
  amount: add(yuan(inScope), yuan(excluded)),
  parts: {
    excluded: yuan(excluded),
    overPriceLimit: zero,
    firstShare: zero,
    inScope: yuan(inScope),
  },
});
const aBill = (id: string, lines: QuotedLine[], changes: Partial<QuotedBill> = {}): QuotedBill => ({
  id,
  visitedOn: day('2026-03-05'),
  disease,
  institution: {
    code: institutionCode('H1'),
    place: placeCode('500000'),
    level: 'tertiary',
    selected: false,
  },
  channel: 'hospital',
  prescriber: 'other',
  lines,
  ...changes,
});
function settle(
  bills: (QuotedBill | QuotedReversal)[],
  { of = rule, by = person }: { of?: RuleText; by?: QuotedPerson } = {},
): QuoteResult[] {
  const policies = { '310': { M03900: [of], none: [of] } };
  const place = { place: placeCode('510000'), region: regionCode('510100'), name: '成都市' };
  const policy = { policy: { ...place, policies }, hash: 'h' };
  const quoted = quote({ policy, scope: null, person: by, bills });
  if (!quoted.ok) throw new Error(JSON.stringify(quoted.unusable));
  return quoted.results;
}
const computed = (result: QuoteResult | undefined): QuotedBenefit => {
  if (!result || isRefused(result)) throw new Error(JSON.stringify(result));
  return result;
};
const refusals = (results: QuoteResult[]) =>
  results.map((result) => (isRefused(result) ? result.refusal : null));

describe('bills of one person', () => {
  test('each sees what those before it used, of accumulators and of both accounts', () => {
    const bills = ['b1', 'b2', 'b3'].map((id) => aBill(id, [line('600.00')]));
    const [first, second, third] = settle(bills).map(computed);
    // 300 deductible, 300…600 at 80 %: 60 left to the person; 360 − 130 of the accounts.
    expect(first?.benefit).toMatchObject({
      deductible: '300.00',
      fundTotal: '240.00',
      personalAccount: '130.00',
      cash: '230.00',
    });
    // 600…1000 at 80 %, 1000…1200 at 90 %.
    expect(second?.benefit).toMatchObject({
      deductible: '0.00',
      fundTotal: '500.00',
      personalAccount: '0.00',
    });
    expect(third?.benefit.fundTotal).toBe('540.00');
    expect(third?.accumulators).toEqual([
      { name: 'deductible', period: '2026', key: 'all', before: '300.00', after: '300.00' },
      { name: 'in-scope', period: '2026', key: 'all', before: '1200.00', after: '1800.00' },
      { name: 'pool-fund', period: '2026', key: 'all', before: '740.00', after: '1280.00' },
    ]);
  });

  test('a visit counts for the next only with in-scope money', () => {
    const byOrdinal = aRuleText({
      pool: {
        deductible: undefined as never,
        ratios: [
          { when: { visitOrdinal: [2] }, bands: [{ ratio: '0.50' }] },
          { bands: [{ ratio: '0.80' }] },
        ],
      },
    });
    const bills = [
      aBill('b1', [line('0.00', '10.00')]),
      aBill('b2', [line('100.00')]),
      aBill('b3', [line('100.00')]),
      { id: 'b4', reverses: 'b3' },
      aBill('b5', [line('100.00')]),
    ];
    const paid = settle(bills, { of: byOrdinal }).map((each) => computed(each).benefit.fundTotal);
    expect(paid).toEqual(['0.00', '80.00', '50.00', '-50.00', '50.00']);
  });

  test('one without filing is refused, ordinary care needs no qualification, and at home none is filed', () => {
    const bills = [aBill('b1', [line('10.00')]), aBill('b2', [line('10.00')], { disease: 'none' })];
    expect(refusals(settle(bills, { by: { ...person, filing: 'none' } }))).toEqual([
      { reason: 'not-filed' },
      { reason: 'not-filed' },
    ]);
    const unqualified = { ...person, filing: 'local', qualifications: [] } as const;
    expect(refusals(settle(bills, { by: unqualified }))).toEqual([
      { reason: 'not-qualified', disease },
      null,
    ]);
  });

  test('one without filing is computed where the rule in force speaks of the unfiled', () => {
    const unfiled = { ...person, filing: 'none' } as const;
    const replaced: RuleText['area'] = [
      { when: { filing: ['TMP_OTHER', 'none'] }, form: 'replace', bands: [{ ratio: '0.40' }] },
      { form: 'none' },
    ];
    const ofUnfiled = aRuleText({ area: replaced });
    const bills = [aBill('b1', [line('1000.00')]), aBill('b2', [line('10.00')])];
    // 300 deductible, 700 × 0.40; then 10 × 0.40
    const paid = settle(bills, { of: ofUnfiled, by: unfiled });
    expect(paid.map((each) => computed(each).benefit.fundTotal)).toEqual(['280.00', '4.00']);
    const unqualified = { ...unfiled, qualifications: [] };
    expect(refusals(settle(bills, { of: ofUnfiled, by: unqualified }))).toEqual([
      { reason: 'not-qualified', disease },
      { reason: 'not-qualified', disease },
    ]);
    const ofOthers = aRuleText({
      area: [{ when: { filing: ['TMP_OTHER'] }, form: 'zero' }, { form: 'none' }],
    });
    expect(refusals(settle(bills.slice(0, 1), { of: ofOthers, by: unfiled }))).toEqual([
      { reason: 'not-filed' },
    ]);
  });

  test('more given back than was charged is refused, as a whole or in one part', () => {
    const bills = [
      aBill('b1', [line('-10.00')]),
      aBill('b2', [line('50.00'), line('0.00', '-10.00', 2)]),
      aBill('b3', [line('50.00'), line('-50.00', '0.00', 2)]),
    ];
    expect(refusals(settle(bills))).toEqual([
      { reason: 'part-below-zero', part: 'total', computed: '-10.00' },
      { reason: 'part-below-zero', part: 'excluded', computed: '-10.00' },
      null,
    ]);
  });
});

describe('a reversal', () => {
  test('mirrors every amount and restores what its bill added, though another came between', () => {
    const bills = [
      aBill('b1', [line('600.00', '5.00')]),
      aBill('b2', [line('600.00')]),
      { id: 'b3', reverses: 'b1' },
    ];
    const [original, between, reversal] = settle(bills).map(computed);
    expect(between?.benefit.fundTotal).toBe('500.00');
    expect(reversal?.benefit).toEqual({
      areaFirstShare: '0.00',
      deductible: '-300.00',
      layers: [{ name: 'pool', base: '-300.00', amount: '-240.00' }],
      components: {
        ...original?.benefit.components,
        excluded: '-5.00',
        deductible: '-300.00',
        poolSelf: '-60.00',
      },
      fundTotal: '-240.00',
      personalAccount: '-130.00',
      cash: '-235.00',
      personShare: '-365.00',
      hospitalShare: '0.00',
    });
    expect(reversal?.split.totals).toMatchObject({ total: '-605.00', inScope: '-600.00' });
    expect(reversal?.accumulators).toEqual([
      { name: 'deductible', period: '2026', key: 'all', before: '300.00', after: '0.00' },
      { name: 'in-scope', period: '2026', key: 'all', before: '1200.00', after: '600.00' },
      { name: 'pool-fund', period: '2026', key: 'all', before: '740.00', after: '500.00' },
    ]);
  });

  test('gives the accounts back: the next bill is paid as the first was', () => {
    const bills = [
      aBill('b1', [line('600.00')]),
      { id: 'b2', reverses: 'b1' },
      aBill('b3', [line('600.00')]),
    ];
    const [first, , again] = settle(bills).map(computed);
    expect(again?.benefit.personalAccount).toBe('130.00');
    expect(again).toEqual({ ...first, bill: 'b3' });
  });

  test('of a refused bill, and a second one, is refused', () => {
    const bills = [
      aBill('b1', [line('-1.00')]),
      { id: 'b2', reverses: 'b1' },
      aBill('b3', [line('9.00')]),
      { id: 'b4', reverses: 'b3' },
      { id: 'b5', reverses: 'b3' },
    ];
    expect(refusals(settle(bills)).slice(1)).toEqual([
      { reason: 'nothing-to-reverse', bill: 'b1' },
      null,
      null,
      { reason: 'already-reversed', bill: 'b3' },
    ]);
  });
});

describe('properties of quotes', () => {
  const fen = fc.integer({ min: 0, max: 250_000 });
  const lines = fc
    .array(fc.tuple(fen, fen), { minLength: 1, maxLength: 4 })
    .map((all) => all.map(([a, b], index) => line(fenText(a), fenText(b), index + 1)));
  const sums = (result: QuotedBenefit): Record<string, string> => {
    const all: Record<string, string> = {};
    for (const { component, amount } of result.steps) {
      all[component] = toWire(add(yuan(all[component] ?? '0.00'), yuan(amount)));
    }
    return all;
  };
  const layered = aRuleText({
    account,
    layers: [
      {
        name: 'largeAmount',
        base: ['overPoolCap', 'poolSelf'],
        axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
        ratios: [{ bands: [{ ratio: '0.75' }] }],
      },
    ],
    shareCeiling: [{ rate: '0.85' }],
  });

  test('the steps add up per component, of bills and of reversals', () => {
    const check = (all: QuotedLine[][]) => {
      const bills = all.map((each, index) => aBill(`b${index}`, each));
      const reversals = bills.map(({ id }) => ({ id: `r${id}`, reverses: id }));
      for (const result of settle([...bills, ...reversals], { of: layered }).map(computed)) {
        const { layers, components, personalAccount, hospitalShare } = result.benefit;
        const expected = {
          ...components,
          ...Object.fromEntries(layers.map(({ name, amount }) => [name, amount])),
          personalAccount,
          hospitalShare,
        };
        const nothing = Object.fromEntries(Object.keys(expected).map((key) => [key, '0.00']));
        expect({ ...nothing, ...sums(result) }).toEqual(expected);
      }
    };
    fc.assert(fc.property(fc.array(lines, { minLength: 1, maxLength: 4 }), check), runs);
  });

  test('what was settled and reversed leaves no trace', () => {
    const check = (all: QuotedLine[][], next: QuotedLine[]) => {
      const bills = all.map((each, index) => aBill(`b${index}`, each));
      const reversals = bills.map(({ id }) => ({ id: `r${id}`, reverses: id }));
      const last = aBill('last', next);
      const after = settle([...bills, ...reversals, last], { of: layered }).at(-1);
      expect(after).toEqual(settle([last], { of: layered })[0]);
    };
    fc.assert(fc.property(fc.array(lines, { maxLength: 3 }), lines, check), runs);
  });
});
