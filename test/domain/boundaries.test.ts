import { describe, expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { diseaseCode, type FilingCategory } from '../../domain/identifiers.ts';
import { computeBenefit, type Calculated } from '../../domain/insured-place/benefit.ts';
import type {
  Accumulator,
  Amount,
  AreaForm,
  Band,
  Combination,
  Deductible,
  LayerRule,
  Limit,
  LimitMeaning,
  RetireeEffect,
} from '../../domain/insured-place/policy.ts';
import type { BenefitInput } from '../../domain/insured-place/visit-facts.ts';
import { asText, price, quantity, ratio, toWire, yuan, zero } from '../../domain/money.ts';
import { splitLine } from '../../domain/treating-place/payment-scope.ts';
import {
  aBenefitInput,
  aFeeLine,
  anItem,
  aPerson,
  aPlainPool,
  aRule,
  aRuleText,
  aSplit,
  aSplitFor,
  ruleOf,
} from '../builders.ts';

/** Where an amount turns: one fen below, at it, one fen above; and halves of a fen. */

const used = (amounts: Record<string, string>) => (name: string, period: string, key: string) =>
  yuan(amounts[`${name} ${period} ${key}`] ?? amounts[name] ?? '0.00');
const inScope = (amount: string, changes: Partial<BenefitInput> = {}): Calculated =>
  computeBenefit(aBenefitInput({ totals: aSplit({ inScope: amount }), ...changes }));
const borne = ({ benefit }: Calculated): Record<string, string> =>
  Object.fromEntries(
    Object.entries(asText(benefit.components)).filter(([, amount]) => amount !== '0.00'),
  );
const fund = ({ benefit }: Calculated): string => toWire(benefit.fundTotal);
const paid = ({ benefit }: Calculated): string[] =>
  benefit.layers.map(({ amount }) => toWire(amount));
const deducted = ({ benefit }: Calculated): string => toWire(benefit.deductible);
const slots = ({ accumulators }: Calculated): string[] =>
  accumulators.map(({ name, period, key, before, added }) =>
    [name, period, key, toWire(before), toWire(added)].join(' '),
  );
const byYear = (name: string): Accumulator => ({ per: 'year', name, key: 'all' });
const [pressure, sugar, lung] = ['M03900', 'M01600', 'M05300'].map(diseaseCode);
const groups = { 慢病: { diseases: [pressure!, sugar!], source: 'x' } };

describe('C-6 a deductible of a period', () => {
  const rule = (per: 'month' | 'quarter' | 'year') => {
    const deductible: Deductible = {
      accumulator: { per, name: 'deductible', key: 'all' },
      basis: 'charged',
      amounts: [{ amount: '100.00' }],
    };
    return aRule({ pool: { ...aPlainPool('1'), deductible } });
  };
  const before = { 'deductible 2026-03 all': '60.00', 'deductible 2026-Q1 all': '60.00' };
  test.each([
    ['month', '2026-03-31', '39.99', '39.99'],
    ['month', '2026-03-31', '40.00', '40.00'],
    ['month', '2026-03-31', '40.01', '40.00'],
    ['month', '2026-04-01', '40.01', '40.01'], // a new month
    ['quarter', '2026-01-01', '40.01', '40.00'],
    ['quarter', '2026-03-31', '40.01', '40.00'],
    ['quarter', '2026-04-01', '100.01', '100.00'], // a new quarter
    ['year', '2026-03-31', '99.99', '99.99'],
    ['year', '2026-03-31', '100.00', '100.00'],
    ['year', '2026-03-31', '100.01', '100.00'],
  ] as const)('per %s on %s: %s → %s', (per, on, amount, expected) => {
    const calculated = inScope(amount, { rule: rule(per), visitedOn: day(on), used: used(before) });
    expect(deducted(calculated)).toBe(expected);
  });
});

describe('C-14 diseases that share a deductible, a limit, an axis', () => {
  const shared = (name: string): Accumulator => ({ per: 'year', name, key: { group: '慢病' } });
  const rule = ruleOf(
    aRuleText({
      pool: {
        deductible: {
          accumulator: shared('deductible'),
          basis: 'charged',
          amounts: [{ amount: '100.00' }],
        },
        axis: { accumulator: shared('axis'), bandsFrom: 'zero' },
        ratios: [{ bands: [{ upTo: '200.00', ratio: '0.50' }, { ratio: '0.80' }] }],
        limits: [
          {
            meaning: 'fundPayment',
            accumulator: shared('fund'),
            amounts: [{ amount: '130.00' }],
            component: 'overDiseaseLimit',
          },
        ],
      },
    }),
    { groups },
  );
  // 150.00 for the other disease was settled before: 100.00 charged, 25.00 paid
  const before = {
    'deductible 2026 慢病': '100.00',
    'axis 2026 慢病': '150.00',
    'fund 2026 慢病': '25.00',
  };
  test.each([
    ['49.99', '25.00', { poolSelf: '24.99' }], // 24.995
    ['50.00', '25.00', { poolSelf: '25.00' }],
    ['50.01', '25.01', { poolSelf: '25.00' }], // 0.008
    ['149.99', '104.99', { poolSelf: '45.00' }], // 79.992
    ['150.00', '105.00', { poolSelf: '45.00' }],
    ['150.01', '105.00', { poolSelf: '45.00', overDiseaseLimit: '0.01' }],
  ])('%s of the second disease: %s', (amount, expected, left) => {
    for (const disease of [pressure!, sugar!]) {
      const calculated = inScope(amount, { rule, disease, used: used(before) });
      expect([fund(calculated), borne(calculated)]).toEqual([expected, left]);
      expect(slots(calculated)).toEqual([
        'deductible 2026 慢病 100.00 0.00',
        `axis 2026 慢病 150.00 ${amount}`,
        `fund 2026 慢病 25.00 ${expected}`,
      ]);
    }
  });
});

describe('C-16 each meaning of a limit after something was used', () => {
  const limited = (meaning: LimitMeaning) => {
    const limit: Limit = {
      meaning,
      accumulator: byYear('limit'),
      amounts: [{ amount: '1000.00' }],
      component: 'overDiseaseLimit',
    };
    return aRule({ pool: { ...aPlainPool('0.80'), limits: [limit] } });
  };
  test.each<[LimitMeaning, string, string, string, Record<string, string>]>([
    ['fundPayment', '919.99', '100.00', '80.00', { poolSelf: '20.00' }],
    ['fundPayment', '920.00', '100.00', '80.00', { poolSelf: '20.00' }],
    ['fundPayment', '920.01', '100.00', '79.99', { poolSelf: '20.00', overDiseaseLimit: '0.01' }],
    ['fundPayment', '1000.00', '100.00', '0.00', { overDiseaseLimit: '100.00' }],
    ['fundPayment', '1000.01', '100.00', '0.00', { overDiseaseLimit: '100.00' }],
    ['inScope', '899.99', '100.00', '80.00', { poolSelf: '20.00' }],
    ['inScope', '900.00', '100.00', '80.00', { poolSelf: '20.00' }],
    ['inScope', '900.01', '100.00', '79.99', { poolSelf: '20.00', overDiseaseLimit: '0.01' }], // 79.992
    ['inScope', '1000.01', '100.00', '0.00', { overDiseaseLimit: '100.00' }],
    ['total', '900.00', '100.00', '80.00', { poolSelf: '20.00' }],
    ['total', '900.01', '100.00', '79.99', { poolSelf: '20.00', overDiseaseLimit: '0.01' }],
    ['fixedAmount', '899.99', '100.00', '100.00', {}],
    ['fixedAmount', '900.00', '100.00', '100.00', {}],
    ['fixedAmount', '900.01', '100.00', '99.99', { overDiseaseLimit: '0.01' }],
  ])('%s, %s used, %s in scope: %s', (...[meaning, before, amount, expected, left]) => {
    const calculated = inScope(amount, { rule: limited(meaning), used: used({ limit: before }) });
    expect([fund(calculated), borne(calculated)]).toEqual([expected, left]);
  });
  // the cut lies where the fund's money reaches what is left, half up to the fen
  test.each([
    ['0.01', '0.4', '0.02', '0.01', { poolSelf: '0.01' }], // 0.008
    ['0.01', '0.4', '0.03', '0.01', { poolSelf: '0.02' }], // 0.025, a tie: the cut is at 0.03
    ['0.01', '0.4', '0.04', '0.01', { poolSelf: '0.02', overDiseaseLimit: '0.01' }],
    ['0.01', '0.3', '0.03', '0.01', { poolSelf: '0.02' }], // 0.009; 0.0333…: the cut is at 0.03
    ['0.01', '0.3', '0.04', '0.01', { poolSelf: '0.02', overDiseaseLimit: '0.01' }], // 0.012 is 0.01 too
    ['100.00', '0.7', '142.85', '100.00', { poolSelf: '42.85' }], // 99.995, a tie
    ['100.00', '0.7', '142.86', '100.00', { poolSelf: '42.86' }], // 142.857…
    ['100.00', '0.7', '142.87', '100.00', { poolSelf: '42.86', overDiseaseLimit: '0.01' }],
  ])('%s left at %s: %s in scope', (...[amount, share, money, expected, left]) => {
    const limit: Limit = {
      meaning: 'fundPayment',
      accumulator: { per: 'visit' },
      amounts: [{ amount }],
      component: 'overDiseaseLimit',
    };
    const calculated = inScope(money, {
      rule: aRule({ pool: { ...aPlainPool(share), limits: [limit] } }),
    });
    expect([fund(calculated), borne(calculated)]).toEqual([expected, left]);
  });
});

describe('C-20 a combined limit, at its boundary', () => {
  const rule = (combine: Combination) =>
    ruleOf(
      aRuleText({
        pool: {
          ...aPlainPool('1'),
          limits: [
            {
              meaning: 'fundPayment',
              accumulator: { per: 'year', name: 'limit', key: { group: '慢病' } },
              amounts: [{ when: { disease: [sugar!] }, amount: '50.01' }, { amount: '40.00' }],
              combine,
              component: 'overDiseaseLimit',
            },
          ],
        },
      }),
      { groups },
    );
  test.each<[string, Combination, string[]]>([
    ['sum: 90.01', { way: 'sum' }, ['90.00', '90.01', '90.01']],
    ['ceiling: 90.00', { way: 'sum', ceiling: '90.00' }, ['90.00', '90.00', '90.00']],
    ['at most one: 50.01', { way: 'sum', atMost: 1 }, ['50.01', '50.01', '50.01']],
    ['step: 90.00', { way: 'highestPlusStep', step: '39.99' }, ['90.00', '90.00', '90.00']],
    [
      'rate of own: 50.01 + 40.00 at 0.9999: 90.01', // 39.996
      { way: 'highestPlusStep', step: { rateOfOwn: '0.9999' } },
      ['90.00', '90.01', '90.01'],
    ],
  ])('%s', (_name, combine, expected) => {
    const person = aPerson({ qualifiedFor: [pressure!, sugar!, lung!] });
    const of = (amount: string) => fund(inScope(amount, { rule: rule(combine), person }));
    expect(['90.00', '90.01', '90.02'].map(of)).toEqual(expected);
  });
});

describe('C-22 a figure of the year of the visit, or of one before', () => {
  const figure = (amount: string) => ({ amount, source: 'x' });
  const parameters = {
    工资: { '2024': figure('100.10'), '2025': figure('200.30'), '2026': figure('300.50') },
  };
  const rule = (amount: Amount) =>
    ruleOf(
      aRuleText({
        pool: {
          ...aPlainPool('1'),
          deductible: {
            accumulator: { per: 'visit' },
            basis: 'charged',
            amounts: [{ amount }],
          },
        },
      }),
      { parameters },
    );
  test.each<[string, Amount, string]>([
    ['2025-12-31', { rate: '0.05', of: '工资' }, '10.02'], // 10.015, a tie
    ['2026-01-01', { rate: '0.05', of: '工资' }, '15.03'], // 15.025, a tie
    ['2026-01-01', { rate: '0.05', of: '工资', yearsBefore: 1 }, '10.02'],
    ['2026-12-31', { rate: '0.05', of: '工资', yearsBefore: 2 }, '5.01'], // 5.005, a tie
    ['2026-12-31', { rate: '1.5', of: '工资' }, '450.75'],
  ])('%s: %j is %s', (on, amount, expected) => {
    expect(deducted(inScope('1000.00', { rule: rule(amount), visitedOn: day(on) }))).toBe(expected);
  });
});

describe('C-25, C-26 the retiree; C-35 to C-39 the area: at halves of a fen', () => {
  const of = (share: string, retiree: RetireeEffect, area: AreaForm, amount: string) => {
    const rule = aRule({ area: [area], pool: { ...aPlainPool(share), retiree } });
    return paid(inScope(amount, { rule, person: aPerson({ retired: true }) }))[0];
  };
  const none = { form: 'none' } as const;
  const half: readonly Band[] = [{ ratio: '0.5' }];
  test.each<[string, RetireeEffect, AreaForm, string, string]>([
    ['0.45', { form: 'points', points: '0.05' }, none, '0.01', '0.01'], // 0.005
    ['0.45', { form: 'points', points: '0.0499' }, none, '0.01', '0.00'], // 0.004999
    ['0.5', { form: 'points', points: '-0.05' }, none, '0.10', '0.05'], // 0.045
    ['0', { form: 'personFactor', factor: '0.5' }, none, '0.01', '0.01'],
    ['0', { form: 'personFactor', factor: '0.5001' }, none, '0.01', '0.00'],
    ['0.7', { form: 'personFactor', factor: '0.5' }, none, '0.10', '0.09'], // 0.085
    ['1', none, { form: 'factor', factor: '0.5' }, '0.03', '0.02'], // 0.015
    ['0.5', none, { form: 'factor', factor: '0.9999' }, '0.01', '0.00'],
    ['0.6', none, { form: 'points', points: '-0.1' }, '0.05', '0.03'], // 0.025
    ['0.8', none, { form: 'replace', bands: half }, '0.07', '0.04'], // 0.035
    ['1', none, { form: 'firstShare', rate: '0.5' }, '0.01', '0.00'], // 0.005 is the person's
    ['1', none, { form: 'firstShare', rate: '0.5' }, '0.02', '0.01'],
    ['1', none, { form: 'firstShare', rate: '0.5' }, '0.03', '0.01'], // 0.015 → 0.02
    ['1', { form: 'points', points: '0.1' }, { form: 'zero' }, '99.99', '0.00'],
    ['0.5', { form: 'points', points: '0.1' }, { form: 'factor', factor: '0.5' }, '0.05', '0.02'], // 0.3: 0.015
    [
      '0.5', // (1 − 0.5 × 0.6) − 0.1 = 0.6
      { form: 'personFactor', factor: '0.6' },
      { form: 'points', points: '-0.1' },
      '0.10',
      '0.06',
    ],
  ])('%s with %j and %j: %s → %s', (...[share, retiree, area, amount, expected]) => {
    expect(of(share, retiree, area, amount)).toBe(expected);
  });
  test.each<[FilingCategory | 'local' | 'none', string]>([
    ['LT_RESIDENT', '0.50'],
    ['TMP_REFERRAL', '0.40'],
    ['none', '0.00'],
    ['local', '0.80'],
  ])('%s chooses its row', (filing, expected) => {
    const rule = aRule({
      area: [
        { when: { filing: ['LT_RESIDENT'] }, form: 'points', points: '-0.30' },
        { when: { filing: ['TMP_REFERRAL'] }, form: 'factor', factor: '0.5' },
        { when: { filing: ['none'] }, form: 'zero' },
        { form: 'none' },
      ],
      pool: aPlainPool('0.80'),
    });
    expect(fund(inScope('1.00', { rule, filing }))).toBe(expected);
  });
});

describe('C-34 the ceiling of all layers, to the fen', () => {
  const layer: LayerRule = {
    name: 'other',
    base: ['poolSelf'],
    axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
    ratios: [{ bands: [{ ratio: '0.50' }] }],
  };
  test.each([
    ['0.01', '0.5', ['0.01', '0.00']], // 0.005 rounds up to 0.01
    ['0.01', '0.4999', ['0.00', '0.00']],
    ['100.01', '0.9', ['80.01', '10.00']], // 80.008 + 10.00; 90.009 is allowed: 90.01
    ['100.01', '0.8999', ['80.01', '9.99']], // 89.998999 → 90.00
    ['100.01', '0.8', ['80.01', '0.00']], // 80.008 → 80.01
    ['100.01', '0.7999', ['80.00', '0.00']], // 79.997999 → 80.00
  ])('%s in scope under %s', (amount, rate, expected) => {
    const rule = aRule({ pool: aPlainPool('0.80'), layers: [layer], shareCeiling: [{ rate }] });
    expect(paid(inScope(amount, { rule }))).toEqual(expected);
  });
  test('what comes back goes to the last component first', () => {
    const rule = aRule({
      pool: aPlainPool('0'),
      layers: [{ ...layer, base: ['excluded', 'poolSelf'], ratios: [{ bands: [{ ratio: '1' }] }] }],
      shareCeiling: [{ rate: '0.25' }],
    });
    const totals = aSplit({ inScope: '100.00', excluded: '10.00' });
    const calculated = inScope('0', { totals, rule });
    expect(paid(calculated)).toEqual(['0.00', '25.00']);
    expect(borne(calculated)).toEqual({ poolSelf: '85.00' }); // the 10.00 excluded stay paid
  });
});

describe('a layer at the ends of its deductible, its bands and its cap', () => {
  const layer: LayerRule = {
    name: 'catastrophic',
    base: ['poolSelf'],
    deductible: {
      accumulator: byYear('catastrophic-deductible'),
      basis: 'charged',
      amounts: [{ amount: '100.00' }],
    },
    axis: { accumulator: byYear('catastrophic-axis'), bandsFrom: 'deductible' },
    ratios: [{ bands: [{ upTo: '50.00', ratio: '0.60' }, { ratio: '0.80' }] }],
    cap: { accumulator: byYear('catastrophic-fund'), amounts: [{ amount: '70.00' }] },
  };
  const rule = aRule({ pool: aPlainPool('0'), layers: [layer] });
  test.each([
    ['100.00', '0.00'],
    ['100.01', '0.01'], // 0.006
    ['150.00', '30.00'],
    ['150.01', '30.01'], // 0.008
    ['199.99', '69.99'], // 39.992
    ['200.00', '70.00'],
    ['200.01', '70.00'],
    ['900.00', '70.00'],
  ])('%s on its axis: %s', (amount, expected) => {
    expect(paid(inScope(amount, { rule }))).toEqual(['0.00', expected]);
  });
  test.each([
    ['60.01', '69.99', '0.01'],
    ['60.01', '70.00', '0.00'],
    ['60.01', '70.01', '0.00'],
    ['60.00', '69.99', '0.00'], // 40.00 is left of the deductible
  ])('%s after %s paid and 60.00 charged: %s', (amount, before, expected) => {
    const calculated = inScope(amount === '60.01' ? '40.01' : '40.00', {
      rule,
      used: used({
        'catastrophic-deductible': '60.00',
        'catastrophic-axis': '0.00',
        'catastrophic-fund': before,
      }),
    });
    expect(paid(calculated)).toEqual(['0.00', expected]);
  });
});

describe('the personal account pays in the order that the policy lists', () => {
  const rule = aRule({
    pool: {
      ...aPlainPool('0.80'),
      deductible: {
        accumulator: { per: 'visit' },
        basis: 'charged',
        amounts: [{ amount: '30.00' }],
      },
    },
    account: { pays: ['poolSelf', 'deductible'] },
  });
  // 130.00: 30.00 deductible, 20.00 of the person in the pool's part
  test.each([
    ['19.99', '0.00', ['poolSelf 19.99'], '0.00', '0.00'],
    ['20.00', '0.00', ['poolSelf 20.00'], '0.00', '0.00'],
    ['20.01', '0.00', ['poolSelf 20.00', 'deductible 0.01'], '0.00', '0.00'],
    ['20.00', '29.99', ['poolSelf 20.00', 'deductible 29.99'], '0.00', '0.00'],
    ['20.00', '30.00', ['poolSelf 20.00', 'deductible 30.00'], '0.00', '0.00'],
    ['20.00', '30.01', ['poolSelf 20.00', 'deductible 30.00'], '0.00', '0.01'],
    ['50.01', '30.00', ['poolSelf 20.00', 'deductible 30.00'], '0.01', '30.00'],
  ])('own %s, family %s', (...[own, family, expected, ownLeft, familyLeft]) => {
    const account = { use: 'family', balance: yuan(own), family: yuan(family) } as const;
    const calculated = inScope('130.00', { rule, account });
    const labels = { 统筹段个人自付: 'poolSelf', 起付标准: 'deductible' };
    const told = calculated.steps
      .filter(({ component }) => component === 'personalAccount')
      .map(({ what, amount }) => {
        const label = what.replace('个人账户支付', '') as keyof typeof labels;
        return `${labels[label]} ${amount}`;
      });
    expect(told).toEqual(expected);
    expect([calculated.accountBalance, calculated.familyBalance].map(toWire)).toEqual([
      ownLeft,
      familyLeft,
    ]);
  });
  test('an account below zero pays nothing', () => {
    const account = { use: 'own', balance: yuan('-5.00'), family: zero } as const;
    const calculated = inScope('130.00', { rule, account });
    expect(toWire(calculated.benefit.personalAccount)).toBe('0.00');
    expect(toWire(calculated.accountBalance)).toBe('-5.00');
  });
});

describe('D.1 a line at half a fen, and its refund', () => {
  test.each([
    ['9.994999', '10.00', '0', ['0.01', '0.00', '9.99']], // 0.005001
    ['9.995', '10.00', '0', ['0.01', '0.00', '9.99']], // 0.005, a tie
    ['9.995001', '10.00', '0', ['0.00', '0.00', '10.00']], // 0.004999
    ['99', '10.00', '0.0005', ['0.00', '0.01', '9.99']], // 0.005, a tie
    ['99', '9.99', '0.0005', ['0.00', '0.00', '9.99']], // 0.004995
    ['99', '0.15', '0.1', ['0.00', '0.02', '0.13']], // 0.015, a tie
    ['9.995', '10.00', '0.5', ['0.01', '5.00', '4.99']], // 9.99 at 0.5: 4.995, a tie
  ])('limit %s, declared %s, first share %s', (...[limit, amount, share, expected]) => {
    const item = anItem({ priceLimit: price(limit), firstShareRatio: ratio(share) });
    const partsOf = (sign: '' | '-') => {
      const line = aFeeLine({ quantity: quantity(`${sign}1`), amount: yuan(sign + amount) });
      const parts = splitLine(line, item, aSplitFor());
      return [parts.overPriceLimit, parts.firstShare, parts.inScope].map(toWire);
    };
    expect(partsOf('')).toEqual(expected);
    expect(partsOf('-')).toEqual(expected.map((text) => (text === '0.00' ? text : `-${text}`)));
  });
});
