import { describe, expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  placeCode,
  regionCode,
  type FilingCategory,
  type InstitutionLevel,
} from '../../domain/identifiers.ts';
import { InvariantViolation } from '../../domain/invariant.ts';
import { computeBenefit, type Calculated } from '../../domain/insured-place/benefit.ts';
import {
  ruleInForce,
  type LayerRule,
  type Policy,
  type RuleText,
} from '../../domain/insured-place/policy.ts';
import type { BenefitInput } from '../../domain/insured-place/visit-facts.ts';
import { asText, subtract, toWire, yuan, zero } from '../../domain/money.ts';
import {
  aBenefitInput,
  aPerson,
  aPlainPool,
  aRule,
  aRuleText,
  aSplit,
  atLevel,
  ruleOf,
} from '../builders.ts';

type Area = RuleText['area'][number];
type Retiree = RuleText['pool']['retiree'];

/** The used amounts of a person, by name; period and key are asserted apart. */
const usedBefore = (used: Record<string, string>) => (name: string) => yuan(used[name] ?? '0.00');

/** deductible, pool, person's part of it, above the limit */
function poolOf({ benefit }: Calculated): string[] {
  const { deductible, layers, components: borne } = benefit;
  return [deductible, layers[0]!.amount, borne.poolSelf, borne.overPoolCap].map(toWire);
}
const nonZero = ({ benefit }: Calculated): Record<string, string> =>
  Object.fromEntries(
    Object.entries(asText(benefit.components)).filter(([, amount]) => amount !== '0.00'),
  );
const inScope = (amount: string, changes: Partial<BenefitInput> = {}): Calculated =>
  computeBenefit(aBenefitInput({ totals: aSplit({ inScope: amount }), ...changes }));

describe('三(一) deductible, ratio, ceiling', () => {
  // 300 a year; 80 % up to 1,000, then 90 %; the pool pays 2,000 a year
  test.each([
    ['0.00', ['0.00', '0.00', '0.00', '0.00']],
    ['0.01', ['0.01', '0.00', '0.00', '0.00']],
    ['299.99', ['299.99', '0.00', '0.00', '0.00']],
    ['300.00', ['300.00', '0.00', '0.00', '0.00']],
    ['300.01', ['300.00', '0.01', '0.00', '0.00']], // 0.008
    ['300.02', ['300.00', '0.02', '0.00', '0.00']], // 0.016
    ['300.03', ['300.00', '0.02', '0.01', '0.00']], // 0.024
    ['999.99', ['300.00', '559.99', '140.00', '0.00']], // 559.992
    ['1000.00', ['300.00', '560.00', '140.00', '0.00']],
    ['1000.01', ['300.00', '560.01', '140.00', '0.00']], // 0.009
    ['1000.05', ['300.00', '560.05', '140.00', '0.00']], // 0.045, a tie
    ['2599.99', ['300.00', '1999.99', '300.00', '0.00']],
    ['2600.00', ['300.00', '2000.00', '300.00', '0.00']],
    ['2600.01', ['300.00', '2000.00', '300.00', '0.01']],
    ['5000.00', ['300.00', '2000.00', '300.00', '2400.00']],
  ])('%s in scope, nothing used before', (amount, expected) => {
    expect(poolOf(inScope(amount))).toEqual(expected);
  });

  test.each<[string, Record<string, string>, string[]]>([
    ['100.00', { deductible: '299.99', 'in-scope': '299.99' }, ['0.01', '79.99', '20.00', '0.00']],
    ['100.00', { deductible: '300.00', 'in-scope': '300.00' }, ['0.00', '80.00', '20.00', '0.00']],
    ['100.00', { deductible: '300.01', 'in-scope': '300.01' }, ['0.00', '80.00', '20.00', '0.00']],
    ['100.00', { deductible: '300.00', 'in-scope': '950.00' }, ['0.00', '85.00', '15.00', '0.00']],
    ['100.00', { deductible: '250.00', 'in-scope': '950.00' }, ['50.00', '45.00', '5.00', '0.00']],
    [
      '10.00',
      { deductible: '300.00', 'in-scope': '2599.99', 'pool-fund': '1999.99' },
      ['0.00', '0.01', '0.00', '9.99'],
    ],
    [
      '10.00',
      { deductible: '300.00', 'in-scope': '2600.00', 'pool-fund': '2000.00' },
      ['0.00', '0.00', '0.00', '10.00'],
    ],
    [
      '10.00', // more was used elsewhere than the limit
      { deductible: '300.00', 'in-scope': '9000.00', 'pool-fund': '2500.00' },
      ['0.00', '0.00', '0.00', '10.00'],
    ],
    [
      '400.00', // the limit is used up: the deductible comes first all the same
      { 'pool-fund': '2000.00' },
      ['300.00', '0.00', '0.00', '100.00'],
    ],
  ])('%s in scope after %j', (amount, used, expected) => {
    expect(poolOf(inScope(amount, { used: usedBefore(used) }))).toEqual(expected);
  });

  test('what is out of scope stays with the person, part by part', () => {
    const calculated = computeBenefit(
      aBenefitInput({
        totals: aSplit({
          inScope: '400.00',
          excluded: '50.00',
          firstShare: '20.00',
          drug: '1.00',
          service: '2.00',
          consumable: '3.00',
        }),
      }),
    );
    expect(nonZero(calculated)).toEqual({
      excluded: '50.00',
      'overPriceLimit.drug': '1.00',
      'overPriceLimit.service': '2.00',
      'overPriceLimit.consumable': '3.00',
      firstShare: '20.00',
      deductible: '300.00',
      poolSelf: '20.00',
    });
    expect(asText(calculated.benefit)).toMatchObject({
      areaFirstShare: '0.00',
      deductible: '300.00',
      layers: [{ name: 'pool', base: '100.00', amount: '80.00' }],
      fundTotal: '80.00',
      personShare: '396.00',
      personalAccount: '0.00',
      cash: '396.00',
      hospitalShare: '0.00',
    });
  });

  test('a negative part of a bill is refused before the law: here it is a bug', () => {
    const totals = {
      ...aSplit({ excluded: '30.00' }),
      inScope: yuan('-10.00'),
      total: yuan('20.00'),
    };
    expect(() => computeBenefit(aBenefitInput({ totals }))).toThrow(InvariantViolation);
  });
});

describe('the ways of a deductible', () => {
  const deductible = (changes: Partial<NonNullable<RuleText['pool']['deductible']>>) =>
    aRule({ pool: { ...aPlainPool('0.80'), deductible: { ...yearly, ...changes } } });
  const yearly: NonNullable<RuleText['pool']['deductible']> = {
    accumulator: { per: 'year', name: 'deductible', key: 'all' },
    basis: 'charged',
    amounts: [{ amount: '300.00' }],
  };
  test.each([
    ['299.99', '299.99'],
    ['300.00', '300.00'],
    ['300.01', '300.00'],
  ])('per visit it is charged each time: %s → %s', (amount, expected) => {
    const rule = deductible({ accumulator: { per: 'visit' } });
    const { benefit, accumulators } = inScope(amount, { rule });
    expect(toWire(benefit.deductible)).toBe(expected);
    expect(accumulators).toEqual([]);
  });
  test.each<['inScope' | 'charged', string, string]>([
    ['charged', '250.00', '50.00'],
    ['charged', '300.00', '0.00'],
    ['inScope', '250.00', '50.00'],
    ['inScope', '299.99', '0.01'],
    ['inScope', '300.00', '0.00'],
    ['inScope', '4000.00', '0.00'],
  ])('basis %s with %s used: %s', (basis, used, expected) => {
    const rule = deductible({ basis });
    const { benefit } = inScope('100.00', { rule, used: usedBefore({ deductible: used }) });
    expect(toWire(benefit.deductible)).toBe(expected);
  });
  test('the accumulator counts what its basis says', () => {
    const counted = (basis: 'inScope' | 'charged') =>
      inScope('1000.00', { rule: deductible({ basis }) }).accumulators.map((change) => [
        change.name,
        toWire(change.added),
      ]);
    expect(counted('charged')).toEqual([['deductible', '300.00']]);
    expect(counted('inScope')).toEqual([['deductible', '1000.00']]);
  });
  test.each<[InstitutionLevel, string, string]>([
    ['primary', '0.00', '100.00'],
    ['tertiary', '100.00', '200.00'], // topped up to the higher standard
    ['secondary', '100.00', '100.00'],
    ['primary', '100.00', '0.00'],
    ['primary', '300.00', '0.00'], // and never given back
  ])('topped up by level: %s after %s charged pays %s', (level, charged, expected) => {
    const rule = deductible({
      amounts: [
        { when: { level: ['primary'] }, amount: '100.00' },
        { when: { level: ['secondary'] }, amount: '200.00' },
        { amount: '300.00' },
      ],
    });
    const used = usedBefore({ deductible: charged });
    expect(
      toWire(inScope('1000.00', { rule, institution: atLevel(level), used }).benefit.deductible),
    ).toBe(expected);
  });
  test.each<['month' | 'quarter' | 'year', 'disease' | 'all', string[]]>([
    ['month', 'disease', ['deductible', '2026-03', 'M03900']],
    ['quarter', 'all', ['deductible', '2026-Q1', 'all']],
    ['year', 'disease', ['deductible', '2026', 'M03900']],
  ])('per %s and %s it is looked up under the visit day’s period', (per, key, expected) => {
    const asked: string[][] = [];
    inScope('10.00', {
      rule: deductible({ accumulator: { per, name: 'deductible', key } }),
      used: (...slot) => {
        asked.push(slot);
        return zero;
      },
    });
    expect(asked).toContainEqual(expected);
  });
  test('bands from the deductible: the axis starts where it ends', () => {
    const bandsFrom = (from: 'zero' | 'deductible') =>
      aRule({
        pool: {
          axis: { accumulator: { per: 'year', name: 'axis', key: 'all' }, bandsFrom: from },
          limits: [],
        },
      });
    // 300 deductible, then 1,000: from zero 700 at 80 % and 300 at 90 %; else all of it at 80 %
    const zeroed = inScope('1300.00', { rule: bandsFrom('zero') });
    expect(poolOf(zeroed)).toEqual(['300.00', '830.00', '170.00', '0.00']);
    const shifted = inScope('1300.00', { rule: bandsFrom('deductible') });
    expect(poolOf(shifted)).toEqual(['300.00', '800.00', '200.00', '0.00']);
    const added = (of: Calculated) =>
      of.accumulators.filter(({ name }) => name === 'axis').map((change) => toWire(change.added));
    expect([added(zeroed), added(shifted)]).toEqual([['1300.00'], ['1000.00']]);
    const next = inScope('0.01', {
      rule: bandsFrom('deductible'),
      used: usedBefore({ deductible: '300.00', axis: '1000.00' }),
    });
    expect(next.steps.find((step) => step.component === 'pool')?.rate).toBe('0.9000');
  });
});

describe('rows: the first whose selectors all match', () => {
  const rule = aRule({
    pool: {
      ...aPlainPool('0'),
      ratios: [
        { when: { level: ['primary'], retired: true }, bands: [{ ratio: '0.95' }] },
        { when: { level: ['primary', 'secondary'] }, bands: [{ ratio: '0.90' }] },
        { when: { filing: ['TMP_OTHER'] }, bands: [{ ratio: '0.50' }] },
        { bands: [{ ratio: '0.70' }] },
      ],
    },
  });
  test.each<[InstitutionLevel, boolean, FilingCategory | 'local', string]>([
    ['primary', true, 'TMP_OTHER', '95.00'],
    ['primary', false, 'TMP_OTHER', '90.00'],
    ['secondary', true, 'LT_RETIRED', '90.00'],
    ['tertiary', true, 'TMP_OTHER', '50.00'],
    ['tertiary', true, 'TMP_REFERRAL', '70.00'],
    ['tertiary', false, 'local', '70.00'],
  ])('%s, retired %s, %s: %s of 100', (level, retired, filing, expected) => {
    const { benefit } = inScope('100.00', {
      rule,
      institution: atLevel(level),
      filing,
      person: aPerson({ retired }),
    });
    expect(toWire(benefit.fundTotal)).toBe(expected);
  });
  test('rows that leave someone out never get here', () => {
    const open = aRule({ area: [{ when: { filing: ['TMP_OTHER'] }, form: 'none' }] });
    expect(() => inScope('1.00', { rule: open })).toThrow(InvariantViolation);
  });
});

describe('ratio: row, then retiree, then area; clamped at the end', () => {
  const fund = (text: RuleText, retired = true) =>
    toWire(
      inScope('100.05', { rule: ruleOf(text), person: aPerson({ retired }) }).benefit.fundTotal,
    );
  const plain = (share: string, retiree: Retiree, area: Area) =>
    aRuleText({ area: [area], pool: { ...aPlainPool(share), retiree } });
  test.each<[string, string, Retiree, Area, string]>([
    ['points', '0.80', { form: 'points', points: '0.05' }, { form: 'none' }, '85.04'],
    [
      'a factor on the person',
      '0.80',
      { form: 'personFactor', factor: '0.60' },
      { form: 'none' },
      '88.04',
    ],
    ['area points', '0.80', { form: 'none' }, { form: 'points', points: '-0.10' }, '70.04'],
    ['area factor', '0.80', { form: 'none' }, { form: 'factor', factor: '0.90' }, '72.04'],
    [
      'both, above 1 between',
      '0.97',
      { form: 'points', points: '0.05' },
      { form: 'points', points: '-0.10' },
      '92.05',
    ],
    ['above 1', '0.97', { form: 'points', points: '0.05' }, { form: 'none' }, '100.05'],
    ['below 0', '0.05', { form: 'none' }, { form: 'points', points: '-0.10' }, '0.00'],
    ['zero', '0.80', { form: 'points', points: '0.05' }, { form: 'zero' }, '0.00'],
  ])('%s', (...[, share, retiree, area, expected]) => {
    expect(fund(plain(share, retiree, area))).toBe(expected);
  });
  test('the retiree effect is the retiree’s', () => {
    expect(fund(plain('0.80', { form: 'points', points: '0.05' }, { form: 'none' }), false)).toBe(
      '80.04',
    );
  });
  test('an adjusted ratio is not rounded: 0.8333 × 0.95 = 0.791635', () => {
    const rule = aRule({ area: [{ form: 'factor', factor: '0.95' }], pool: aPlainPool('0.8333') });
    const calculated = inScope('10000.00', { rule });
    expect(toWire(calculated.benefit.fundTotal)).toBe('7916.35');
    expect(calculated.steps.map((step) => step.rate)).toContain('0.791635');
  });
  test('「降低 5 %」: points and factor differ by 55.80 (rules.md C-40)', () => {
    const base = {
      deductible: {
        accumulator: { per: 'visit' },
        basis: 'charged',
        amounts: [{ amount: '700.00' }],
      },
    } as const;
    const of = (area: Area) =>
      toWire(
        inScope('10000.00', {
          rule: aRule({ area: [area], pool: { ...aPlainPool('0.88'), ...base } }),
        }).benefit.fundTotal,
      );
    expect(of({ form: 'points', points: '-0.05' })).toBe('7719.00');
    expect(of({ form: 'factor', factor: '0.95' })).toBe('7774.80');
  });
  test('an area first share leaves the base before the deductible', () => {
    const rule = aRule({ area: [{ form: 'firstShare', rate: '0.10' }] });
    const calculated = inScope('1000.05', { rule }); // 100.005, a tie
    expect(nonZero(calculated)).toEqual({
      areaFirstShare: '100.01',
      deductible: '300.00',
      poolSelf: '120.01', // 600.04 at 80 %: 480.032
    });
    expect(toWire(calculated.benefit.areaFirstShare)).toBe('100.01');
    expect(calculated.accumulators.map(({ name, added }) => [name, toWire(added)])).toEqual([
      ['deductible', '300.00'],
      ['in-scope', '900.04'],
      ['pool-fund', '480.03'],
    ]);
  });
});

describe('several limits: the one that leaves least', () => {
  const limit = (name: string, amount: string, component: 'overPoolCap' | 'overDiseaseLimit') =>
    ({
      meaning: 'fundPayment',
      accumulator: { per: 'year', name, key: name === 'disease-fund' ? 'disease' : 'all' },
      amounts: [{ amount }],
      component,
    }) as const;
  const rule = aRule({
    pool: {
      ...aPlainPool('0.50'),
      limits: [
        limit('pool-fund', '100.00', 'overPoolCap'),
        limit('disease-fund', '60.00', 'overDiseaseLimit'),
      ],
    },
  });
  test.each<[Record<string, string>, Record<string, string>]>([
    [{}, { poolSelf: '60.00', overDiseaseLimit: '180.00' }],
    [{ 'pool-fund': '40.00' }, { poolSelf: '60.00', overPoolCap: '180.00' }], // equal: the first listed
    [{ 'pool-fund': '90.00' }, { poolSelf: '10.00', overPoolCap: '280.00' }],
    [{ 'disease-fund': '60.00' }, { overDiseaseLimit: '300.00' }],
    [{ 'pool-fund': '100.00', 'disease-fund': '90.00' }, { overPoolCap: '300.00' }], // both used up
  ])('300 after %j', (used, expected) => {
    expect(nonZero(inScope('300.00', { rule, used: usedBefore(used) }))).toEqual(expected);
  });
  test('every limit counts what the pool paid', () => {
    const { accumulators } = inScope('300.00', { rule });
    expect(accumulators.map(({ name, key, added }) => [name, key, toWire(added)])).toEqual([
      ['pool-fund', 'all', '60.00'],
      ['disease-fund', 'M03900', '60.00'],
    ]);
  });
});

describe('layers above the pool', () => {
  const layer = (changes: Partial<LayerRule>): LayerRule => ({
    name: 'largeAmount',
    base: ['overPoolCap'],
    axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
    ratios: [{ bands: [{ ratio: '0.75' }] }],
    ...changes,
  });
  const layers = ({ benefit }: Calculated) =>
    asText(benefit.layers).map(({ name, base, amount }) => `${name} ${base} ${amount}`);

  test('a layer takes what the pool’s limit left, and the rest stays where it was', () => {
    const calculated = inScope('5000.00', { rule: aRule({ layers: [layer({})] }) });
    expect(layers(calculated)).toEqual(['pool 4700.00 2000.00', 'largeAmount 2400.00 1800.00']);
    expect(nonZero(calculated)).toEqual({
      deductible: '300.00',
      poolSelf: '300.00',
      overPoolCap: '600.00',
    });
    expect(toWire(calculated.benefit.fundTotal)).toBe('3800.00');
  });
  test.each([
    ['2600.00', '0.00'],
    ['2600.01', '0.01'],
    ['3933.33', '1000.00'], // 1333.33 at 75 %: 999.9975
    ['3933.34', '1000.00'],
    ['9000.00', '1000.00'],
  ])('a cap on a layer: %s in scope, it pays %s', (amount, expected) => {
    const cap = {
      accumulator: { per: 'year', name: 'large-amount-fund', key: 'all' },
      amounts: [{ amount: '1000.00' }],
    } as const;
    const { benefit } = inScope(amount, { rule: aRule({ layers: [layer({ cap })] }) });
    expect(toWire(benefit.layers[1]!.amount)).toBe(expected);
  });
  test('a layer with its own yearly deductible and bands, emptying its base in order', () => {
    const catastrophic = layer({
      name: 'catastrophic',
      base: ['poolSelf', 'deductible'],
      deductible: {
        accumulator: { per: 'year', name: 'catastrophic-base', key: 'all' },
        basis: 'inScope',
        amounts: [{ amount: '1000.00' }],
      },
      axis: {
        accumulator: { per: 'year', name: 'catastrophic-base', key: 'all' },
        bandsFrom: 'zero',
      },
      ratios: [{ bands: [{ upTo: '1200.00', ratio: '0.60' }, { ratio: '0.80' }] }],
    });
    const rule = aRule({ layers: [catastrophic] });
    // base 600; 900 borne before: 100 is below 1,000, then 200 at 60 %, then 300 at 80 %
    const used = usedBefore({ 'catastrophic-base': '900.00' });
    const calculated = inScope('2600.00', { rule, used });
    expect(layers(calculated)).toEqual(['pool 2300.00 2000.00', 'catastrophic 600.00 360.00']);
    expect(nonZero(calculated)).toEqual({ deductible: '240.00' }); // 300 out of poolSelf, then 60
    expect(toWire(calculated.benefit.deductible)).toBe('300.00'); // what was charged
    const counted = calculated.accumulators.find(({ name }) => name === 'catastrophic-base');
    expect([toWire(counted!.before), toWire(counted!.added)]).toEqual(['900.00', '600.00']);
  });
  test('a second layer sees what the first left', () => {
    const civilServant = layer({
      name: 'civilServant',
      base: ['overPoolCap', 'firstShare', 'overPriceLimit.consumable'],
      ratios: [{ bands: [{ ratio: '0.50' }] }],
    });
    const calculated = computeBenefit(
      aBenefitInput({
        totals: aSplit({
          inScope: '3000.00',
          firstShare: '10.00',
          drug: '5.00',
          consumable: '7.00',
        }),
        rule: aRule({ layers: [layer({}), civilServant] }),
      }),
    );
    expect(layers(calculated)).toEqual([
      'pool 2700.00 2000.00',
      'largeAmount 400.00 300.00',
      'civilServant 117.00 58.50',
    ]);
    expect(nonZero(calculated)).toEqual({
      'overPriceLimit.drug': '5.00',
      'overPriceLimit.consumable': '7.00',
      firstShare: '10.00',
      deductible: '300.00',
      poolSelf: '300.00',
      overPoolCap: '41.50',
    });
  });
  test('a layer with base or ratio 0 stays in the result and in the steps', () => {
    const none = layer({ name: 'enterprise', base: ['overDiseaseLimit'] });
    const free = layer({
      name: 'other',
      base: ['poolSelf'],
      ratios: [{ bands: [{ ratio: '0' }] }],
    });
    const calculated = inScope('400.00', { rule: aRule({ layers: [none, free] }) });
    expect(layers(calculated)).toEqual([
      'pool 100.00 80.00',
      'enterprise 0.00 0.00',
      'other 20.00 0.00',
    ]);
    expect(calculated.steps.map((step) => step.component)).toEqual(
      expect.arrayContaining(['enterprise', 'other']),
    );
  });
});

describe('the personal account is a means of payment', () => {
  const rule = aRule({ account: { pays: ['deductible', 'poolSelf'] } });
  test.each([
    ['0.00', '0.00', '320.00'],
    ['299.99', '299.99', '20.01'],
    ['319.99', '319.99', '0.01'],
    ['320.00', '320.00', '0.00'],
    ['320.01', '320.00', '0.00'],
  ])('balance %s: account %s, cash %s', (balance, paid, cash) => {
    const account = { use: 'own', balance: yuan(balance), family: zero } as const;
    const { benefit, accountBalance } = inScope('400.00', { rule, account });
    expect(asText(benefit)).toMatchObject({
      personalAccount: paid,
      cash,
      personShare: '320.00',
      fundTotal: '80.00',
      components: { deductible: '300.00', poolSelf: '20.00' },
    });
    expect(toWire(accountBalance)).toBe(toWire(subtract(yuan(balance), yuan(paid))));
  });
  test('it pays only what the policy names, and only when it is used', () => {
    const totals = aSplit({ excluded: '100.00', inScope: '50.00' });
    const account = { use: 'own', balance: yuan('500.00'), family: zero } as const;
    const own = computeBenefit(aBenefitInput({ totals, rule, account }));
    expect(asText(own.benefit)).toMatchObject({ personalAccount: '50.00', cash: '100.00' });
    const unused = computeBenefit(
      aBenefitInput({
        totals,
        rule,
        account: { use: 'none', balance: yuan('500.00'), family: zero },
      }),
    );
    expect(asText(unused.benefit)).toMatchObject({ personalAccount: '0.00', cash: '150.00' });
    expect(toWire(unused.accountBalance)).toBe('500.00');
  });
});

describe('every fen is explained by the code that computed it', () => {
  test('the steps of a whole settlement', () => {
    const { steps } = computeBenefit(
      aBenefitInput({
        totals: aSplit({ inScope: '1500.00', excluded: '10.00', firstShare: '5.00' }),
        person: aPerson({ retired: true }),
        account: { use: 'own', balance: yuan('30.00'), family: zero },
        used: usedBefore({ 'pool-fund': '1150.00', deductible: '100.00', 'in-scope': '100.00' }),
        rule: aRule({
          source: '某文件第三条',
          account: { pays: ['poolSelf'] },
          pool: { retiree: { form: 'points', points: '0.05' } },
          layers: [
            {
              name: 'largeAmount',
              base: ['overPoolCap'],
              axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
              ratios: [{ bands: [{ ratio: '0.75' }] }],
            },
          ],
        }),
      }),
    );
    const told = steps.map(
      ({ component, what, base, rate, amount }) => `${component}|${what}|${base}|${rate}|${amount}`,
    );
    // 300 − 100 = 200 deductible; 700 at 85 % = 595; 255 left at 95 %: 268.42; 331.58 above
    expect(told).toEqual([
      'excluded|全自费：不在就医地支付范围内|1515.00||10.00',
      'firstShare|先行自付：按就医地规定由个人先付的部分|1515.00||5.00',
      'deductible|本年度起付标准 300.00 元，此前已计 100.00 元|1500.00||200.00',
      'pool|退休人员：支付比例 +0.0500|0.00||0.00',
      'pool|统筹基金支付：本年度累计费用 300.00 元至 1000.00 元部分|700.00|0.8500|595.00',
      'pool|统筹基金支付：本年度累计费用 1000.00 元至 1268.42 元部分|268.42|0.9500|255.00',
      'poolSelf|统筹基金支付后个人自付：本年度累计费用 300.00 元至 1000.00 元部分|700.00||105.00',
      'poolSelf|统筹基金支付后个人自付：本年度累计费用 1000.00 元至 1268.42 元部分|268.42||13.42',
      'overPoolCap|超统筹封顶线：本年度最高支付限额 2000.00 元，此前已计 1150.00 元|1300.00||331.58',
      'largeAmount|大额医疗补助支付：本次纳入金额 0.00 元至 331.58 元部分|331.58|0.7500|248.69',
      'overPoolCap|大额医疗补助已支付其中的超统筹封顶线|331.58||-248.69',
      'personalAccount|个人账户支付统筹段个人自付|118.42||30.00',
    ]);
    expect(new Set(steps.map((step) => step.source))).toEqual(
      new Set(['医保办函〔2021〕4号 三(一)', '某文件第三条']),
    );
  });
});

describe('三(一) the rule in force', () => {
  const policy: Policy = {
    place: placeCode('510000'),
    region: regionCode('510100'),
    name: '成都市',
    policies: {
      '310': {
        [diseaseCode('M03900')]: [
          aRuleText({ inForceFrom: day('2021-12-25') }),
          aRuleText({ inForceFrom: day('2024-01-01'), source: 'newer' }),
          { inForceFrom: day('2026-01-01'), source: 'illustrative', lapse: '并入普通门诊' },
        ],
      },
    },
  };
  const on = (text: string, disease = 'M03900', type: '310' | '390' = '310') =>
    ruleInForce(policy, type, diseaseCode(disease), day(text));
  test.each([
    ['2021-12-25', '2021-12-25'],
    ['2023-12-31', '2021-12-25'],
    ['2024-01-01', '2024-01-01'],
    ['2025-12-31', '2024-01-01'],
  ])('on %s: that of %s', (visitedOn, inForceFrom) => {
    expect(on(visitedOn)).toMatchObject({ ok: true, value: { inForceFrom } });
  });
  test.each<[string, string, '310' | '390']>([
    ['2021-12-24', 'M03900', '310'], // before the first
    ['2026-01-01', 'M03900', '310'], // lapsed
    ['2024-01-01', 'M01600', '310'],
    ['2024-01-01', 'M03900', '390'],
  ])('none on %s for %s and %s: refused, no default', (visitedOn, disease, insuranceType) => {
    expect(on(visitedOn, disease, insuranceType)).toEqual({
      ok: false,
      refusal: {
        reason: 'no-policy-in-force',
        region: '510100',
        insuranceType,
        disease,
        on: visitedOn,
      },
    });
  });
});

describe('what is counted', () => {
  test('one name used twice is counted once', () => {
    const shared = { per: 'year', name: 'in-scope', key: 'all' } as const;
    const rule = aRule({
      pool: {
        deductible: { accumulator: shared, basis: 'inScope', amounts: [{ amount: '300.00' }] },
        limits: [],
      },
    });
    const { accumulators } = inScope('500.00', { rule });
    expect(accumulators.map(({ name, added }) => [name, toWire(added)])).toEqual([
      ['in-scope', '500.00'],
    ]);
  });
  test('one name for two things is a bug', () => {
    const shared = { per: 'year', name: 'in-scope', key: 'all' } as const;
    const rule = aRule({
      pool: {
        deductible: { accumulator: shared, basis: 'charged', amounts: [{ amount: '300.00' }] },
      },
    });
    expect(() => inScope('500.00', { rule })).toThrow(InvariantViolation);
  });
});
