import { describe, expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { diseaseCode, institutionCode, type FilingCategory } from '../../domain/identifiers.ts';
import { computeBenefit, type Calculated } from '../../domain/insured-place/benefit.ts';
import type {
  Accumulator,
  Combination,
  Deductible,
  LayerRule,
  Limit,
  RuleText,
  Selectors,
} from '../../domain/insured-place/policy.ts';
import type {
  BenefitInput,
  EarlierVisit,
  Insured,
} from '../../domain/insured-place/visit-facts.ts';
import { asText, toWire, yuan, zero } from '../../domain/money.ts';
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

/** The structures of rules.md C.2 to C.6, each at its boundary: below, at, one fen above. */

const used = (amounts: Record<string, string>) => (name: string) => yuan(amounts[name] ?? '0.00');
const inScope = (amount: string, changes: Partial<BenefitInput> = {}): Calculated =>
  computeBenefit(aBenefitInput({ totals: aSplit({ inScope: amount }), ...changes }));
const borne = ({ benefit }: Calculated): Record<string, string> =>
  Object.fromEntries(
    Object.entries(asText(benefit.components)).filter(([, amount]) => amount !== '0.00'),
  );
const fund = ({ benefit }: Calculated): string => toWire(benefit.fundTotal);
const deducted = ({ benefit }: Calculated): string => toWire(benefit.deductible);
const added = ({ accumulators }: Calculated): Record<string, string> =>
  Object.fromEntries(accumulators.map((each) => [`${each.name} ${each.key}`, toWire(each.added)]));
const visit = (on: string, institution: string, level: EarlierVisit['level'] = 'primary') => ({
  on: day(on),
  institution: institutionCode(institution),
  level,
});
const byYear = (name: string): Accumulator => ({ per: 'year', name, key: 'all' });
const withDeductible = (changes: Partial<Deductible>) =>
  aRule({
    pool: {
      ...aPlainPool('0.80'),
      deductible: {
        accumulator: byYear('deductible'),
        basis: 'charged',
        amounts: [{ amount: '300.00' }],
        ...changes,
      },
    },
  });

describe('C-7 once per institution and year', () => {
  const rule = withDeductible({ accumulator: { per: 'institutionYear' } });
  test.each<[string, string, EarlierVisit[], string]>([
    ['299.99', 'the first', [], '299.99'],
    ['300.00', 'the first', [], '300.00'],
    ['300.01', 'the first', [], '300.00'],
    ['300.01', 'after one there', [visit('2026-01-02', 'H1')], '0.00'],
    ['300.01', 'after one elsewhere', [visit('2026-01-02', 'H2')], '300.00'],
    ['300.01', 'after one there last year', [visit('2025-12-31', 'H1')], '300.00'],
  ])('%s, %s', (amount, _name, visits, expected) => {
    expect(deducted(inScope(amount, { rule, visits }))).toBe(expected);
  });
  test('the step of a later visit does not say that the standard was paid: the first may have been smaller', () => {
    const told = (visits: EarlierVisit[]) =>
      inScope('10.00', { rule, visits }).steps.find(({ component }) => component === 'deductible')
        ?.what;
    expect(told([])).toBe('本年度首次在该机构就诊起付标准 300.00 元');
    expect(told([visit('2026-01-02', 'H1')])).toBe(
      '本年度首次在该机构就诊起付标准 300.00 元，此前已在该机构就诊，不再扣除',
    );
  });
  test('it counts nothing', () => {
    expect(inScope('10.00', { rule }).accumulators).toEqual([]);
  });
});

describe('C-10 a discount by the ordinal of the visit', () => {
  const rule = withDeductible({
    accumulator: { per: 'visit' },
    amounts: [
      { when: { visitOrdinal: { from: 3 } }, amount: '0.00' },
      { when: { visitOrdinal: [2] }, amount: '150.00' },
      { amount: '300.00' },
    ],
  });
  const before = (...days: string[]) => days.map((on) => visit(on, 'H9'));
  test.each([
    [before(), '300.00'],
    [before('2025-12-31'), '300.00'], // another year
    [before('2026-01-01'), '150.00'],
    [before('2026-01-01', '2026-03-05'), '0.00'],
    [before('2026-01-01', '2026-03-05', '2026-12-31'), '0.00'],
  ])('after %j', (visits, expected) => {
    expect(deducted(inScope('1000.00', { rule, visits }))).toBe(expected);
  });
});

describe('C-8, C-14 the standard of the level visited, or of the highest of the year', () => {
  const amounts = [
    { when: { level: ['primary'] as const }, amount: '100.00' },
    { when: { level: ['secondary'] as const }, amount: '200.00' },
    { amount: '300.00' },
  ];
  test.each<['visit' | 'highestOfYear', EarlierVisit[], string, string]>([
    ['visit', [visit('2026-01-02', 'H2', 'tertiary')], '100.00', '0.00'],
    ['visit', [visit('2026-01-02', 'H2', 'tertiary')], '50.00', '50.00'],
    ['highestOfYear', [visit('2026-01-02', 'H2', 'tertiary')], '100.00', '200.00'],
    ['highestOfYear', [visit('2025-01-02', 'H2', 'tertiary')], '50.00', '50.00'],
    ['highestOfYear', [visit('2026-01-02', 'H2', 'secondary')], '199.99', '0.01'],
  ])('%s after %j and %s charged', (levelOf, visits, charged, expected) => {
    const rule = withDeductible({ levelOf, amounts });
    const institution = atLevel('primary');
    const calculated = inScope('1000.00', {
      rule,
      visits,
      institution,
      used: used({ deductible: charged }),
    });
    expect(deducted(calculated)).toBe(expected);
  });
});

const limit = (changes: Partial<Limit>): Limit => ({
  meaning: 'fundPayment',
  accumulator: byYear('limit'),
  amounts: [{ amount: '1000.00' }],
  component: 'overDiseaseLimit',
  ...changes,
});
const limited = (...limits: Partial<Limit>[]) =>
  aRule({ pool: { ...aPlainPool('0.80'), limits: limits.map(limit) } });

describe('C-16 the four meanings of a limit', () => {
  test.each([
    ['799.99', '799.99', { poolSelf: '200.00', overDiseaseLimit: '0.01' }], // 999.9875 → 999.99
    ['800.00', '800.00', { poolSelf: '200.00' }],
    ['800.01', '800.00', { poolSelf: '200.00' }],
  ])('1 fund payment: 1000.00 in scope with %s left', (amount, paid, expected) => {
    const calculated = inScope('1000.00', { rule: limited({ amounts: [{ amount }] }) });
    expect(fund(calculated)).toBe(paid);
    expect(borne(calculated)).toEqual(expected);
  });
  test.each([
    ['999.99', '799.99', { poolSelf: '200.00' }], // 799.992
    ['1000.00', '800.00', { poolSelf: '200.00' }],
    ['1000.01', '800.00', { poolSelf: '200.00', overDiseaseLimit: '0.01' }],
  ])('2 in scope: %s against 1000.00', (amount, paid, expected) => {
    const calculated = inScope(amount, { rule: limited({ meaning: 'inScope' }) });
    expect([fund(calculated), borne(calculated)]).toEqual([paid, expected]);
    expect(added(calculated)).toEqual({ 'limit all': amount });
  });
  test('2 applies before the deductible, on what is left after the first share of the area', () => {
    const rule = aRule({
      area: [{ form: 'firstShare', rate: '0.10' }],
      pool: { limits: [limit({ meaning: 'inScope' })] },
    });
    // 2,000 − 200 = 1,800; 1,000 admitted; 300 deductible; 700 × 80 %
    const calculated = inScope('2000.00', { rule });
    expect([fund(calculated), borne(calculated)]).toEqual([
      '560.00',
      {
        areaFirstShare: '200.00',
        overDiseaseLimit: '800.00',
        deductible: '300.00',
        poolSelf: '140.00',
      },
    ]);
    expect(added(calculated)['limit all']).toBe('1800.00');
  });
  test.each([
    ['100.00', '899.99', '719.99', { excluded: '100.00', poolSelf: '180.00' }], // 719.992
    ['100.00', '900.00', '720.00', { excluded: '100.00', poolSelf: '180.00' }],
    [
      '100.00',
      '900.01',
      '720.00',
      { excluded: '100.00', poolSelf: '180.00', overDiseaseLimit: '0.01' },
    ],
    ['1000.00', '50.00', '0.00', { excluded: '1000.00', overDiseaseLimit: '50.00' }],
    ['1500.00', '50.00', '0.00', { excluded: '1500.00', overDiseaseLimit: '50.00' }],
  ])(
    '3 total: what is not in scope uses it first: %s and %s',
    (excluded, amount, paid, expected) => {
      const totals = aSplit({ excluded, inScope: amount });
      const calculated = inScope('0', { totals, rule: limited({ meaning: 'total' }) });
      expect([fund(calculated), borne(calculated)]).toEqual([paid, expected]);
      expect(added(calculated)).toEqual({ 'limit all': toWire(totals.total) });
    },
  );
  test('3 goes before 2, and each sees what is left', () => {
    const rule = limited(
      {
        meaning: 'inScope',
        accumulator: byYear('in-scope-limit'),
        amounts: [{ amount: '500.00' }],
      },
      { meaning: 'total', amounts: [{ amount: '700.00' }] },
    );
    const calculated = inScope('0', {
      rule,
      totals: aSplit({ excluded: '100.00', inScope: '900.00' }),
    });
    expect(added(calculated)).toEqual({ 'limit all': '1000.00', 'in-scope-limit all': '600.00' });
    expect(borne(calculated)).toMatchObject({ overDiseaseLimit: '400.00', poolSelf: '100.00' });
  });
  test.each([
    ['999.99', '999.99', {}],
    ['1000.00', '1000.00', {}],
    ['1000.01', '1000.00', { overDiseaseLimit: '0.01' }],
  ])('4 fixed amount: the lower of it and %s, no ratio', (amount, paid, expected) => {
    const rule = aRule({
      area: [{ form: 'factor', factor: '0.50' }],
      pool: { ...aPlainPool('0.80'), limits: [limit({ meaning: 'fixedAmount' })] },
    });
    const calculated = inScope(amount, { rule, person: aPerson({ retired: true }) });
    expect([fund(calculated), borne(calculated)]).toEqual([paid, expected]);
  });
  test('4 after the deductible, and nothing for a filing that gets nothing', () => {
    const limits = [limit({ meaning: 'fixedAmount' })];
    expect(fund(inScope('1000.00', { rule: aRule({ pool: { limits } }) }))).toBe('700.00');
    const none = aRule({ area: [{ form: 'zero' }], pool: { limits } });
    expect(fund(inScope('1000.00', { rule: none }))).toBe('0.00');
  });
  test('4 none: a row that fixes no amount leaves the ratio, and the other limits', () => {
    const amounts = [
      { when: { hardship: ['特困'] }, amount: 'none' },
      { amount: '100.00' },
    ] as const;
    const pool = { ...aPlainPool('0.80'), limits: [limit({ meaning: 'fixedAmount', amounts })] };
    const other = limit({ accumulator: { per: 'visit' }, amounts: [{ amount: '500.00' }] });
    const both = { ...pool, limits: [...pool.limits, other] };
    const person = aPerson({ hardship: '特困' });
    expect(fund(inScope('1000.00', { rule: aRule({ pool }) }))).toBe('100.00');
    expect(fund(inScope('1000.00', { rule: aRule({ pool }), person }))).toBe('800.00');
    expect(fund(inScope('1000.00', { rule: aRule({ pool: both }), person }))).toBe('500.00');
  });
  test('none: a row may leave someone without a limit', () => {
    const amounts = [{ when: { hardship: ['特困'] }, amount: 'none' }, { amount: '100.00' }];
    const rule = limited({ amounts });
    expect(fund(inScope('1000.00', { rule }))).toBe('100.00');
    expect(fund(inScope('1000.00', { rule, person: aPerson({ hardship: '特困' }) }))).toBe(
      '800.00',
    );
  });
});

describe('C-20 several diseases of a group', () => {
  const [pressure, sugar, lung] = ['M03900', 'M01600', 'M05300'].map(diseaseCode);
  const groups = { 慢病: { diseases: [pressure!, sugar!, lung!], source: 'x' } };
  const rule = (combine: Combination) =>
    ruleOf(
      aRuleText({
        pool: {
          ...aPlainPool('1'),
          limits: [
            limit({
              accumulator: { per: 'year', name: 'limit', key: { group: '慢病' } },
              amounts: [
                { when: { disease: [sugar!] }, amount: '5000.00' },
                { when: { disease: [lung!] }, amount: '3000.00' },
                { amount: '4000.00' },
              ],
              combine,
            }),
          ],
        },
      }),
      { groups },
    );
  const all = [pressure!, sugar!, lung!, diseaseCode('M00500')];
  test.each<[string, Combination, typeof all, string]>([
    ['one', { way: 'sum' }, [pressure!], '4000.00'],
    ['two', { way: 'sum' }, [pressure!, sugar!], '9000.00'],
    ['one that is none of the group', { way: 'sum' }, [pressure!, all[3]!], '4000.00'],
    ['under a ceiling', { way: 'sum', ceiling: '7000.00' }, all, '7000.00'],
    ['at most two', { way: 'sum', atMost: 2 }, all, '9000.00'],
    ['highest plus 200', { way: 'highestPlusStep', step: '200.00' }, all, '5400.00'],
    [
      'highest plus half of each',
      { way: 'highestPlusStep', step: { rateOfOwn: '0.5' } },
      all,
      '8500.00',
    ],
    ['the one treated counts', { way: 'sum' }, [], '4000.00'],
  ])('%s', (_name, combine, qualifiedFor, expected) => {
    const calculated = inScope('20000.00', {
      rule: rule(combine),
      person: aPerson({ qualifiedFor }),
    });
    expect(fund(calculated)).toBe(expected);
    expect(added(calculated)).toEqual({ 'limit 慢病': expected });
  });
});

describe('C-22 an amount may be a rate of a yearly parameter', () => {
  const parameters = { 平均工资: { '2024': { amount: '123456.78', source: 'x' } } };
  const amounts = [{ amount: { rate: '0.06', of: '平均工资', yearsBefore: 2 } }];
  const rule = ruleOf(aRuleText({ pool: { ...aPlainPool('1'), limits: [limit({ amounts })] } }), {
    parameters,
  });
  test.each([
    ['7407.40', '7407.40'],
    ['7407.41', '7407.41'], // 7407.4068
    ['7407.42', '7407.41'],
  ])('%s in scope', (amount, expected) => {
    expect(fund(inScope(amount, { rule }))).toBe(expected);
  });
});

describe('C-23 to C-33 what a row is selected by', () => {
  const person = (changes: Partial<Insured>) => ({ person: aPerson(changes) });
  test.each<[Selectors, Partial<BenefitInput>, boolean]>([
    [{ level: ['tertiary'] }, {}, true],
    [{ level: ['primary'] }, {}, false],
    [{ selected: true }, { institution: atLevel('primary', { selected: true }) }, true],
    [{ selected: true }, {}, false],
    [{ disease: [diseaseCode('M03900')] }, {}, true],
    [{ disease: ['none'] }, {}, false],
    [{ disease: ['none'] }, { disease: 'none' }, true],
    [{ group: ['甲类'] }, {}, true],
    [{ group: ['甲类'] }, { disease: diseaseCode('M01600') }, false],
    [{ personType: ['13'] }, person({ personType: '13' }), true],
    [{ personType: ['13'] }, person({}), false],
    [{ retired: true }, person({ retired: true }), true],
    [{ retired: true }, {}, false],
    [{ age: { from: 66 } }, {}, true], // born 1960-01-01, visit 2026-03-05
    [{ age: { from: 67 } }, {}, false],
    [{ age: [66] }, person({ bornOn: day('1960-03-05') }), true],
    [{ age: [66] }, person({ bornOn: day('1960-03-06') }), false],
    [{ age: { from: 0 } }, person({ bornOn: null }), false],
    [{ insuredMonths: { from: 12 } }, person({ insuredMonths: 11 }), false],
    [{ insuredMonths: { from: 12 } }, person({ insuredMonths: 12 }), true],
    [{ insuredMonths: { from: 0 } }, {}, false],
    [{ tier: ['一档'] }, person({ tier: '一档' }), true],
    [{ tier: ['一档'] }, person({ tier: '二档' }), false],
    [{ hardship: ['低保', '特困'] }, person({ hardship: '特困' }), true],
    [{ civilServant: ['科级'] }, person({ civilServant: '科级' }), true],
    [{ civilServant: ['科级'] }, {}, false],
    [{ filing: ['none'] }, { filing: 'none' }, true],
    [{ filing: ['LT_RETIRED'] }, {}, false],
    [{ prescriber: ['family-doctor'] }, { prescriber: 'family-doctor' }, true],
    [{ prescriber: ['family-doctor'] }, {}, false],
    [{ channel: ['pharmacy'] }, { channel: 'pharmacy' }, true],
    [{ channel: ['pharmacy'] }, {}, false],
    [{ visitOrdinal: [1] }, {}, true],
    [{ total: { from: '100.00' } }, {}, true],
    [{ total: { from: '100.01' } }, {}, false],
    [{ level: ['tertiary'], retired: true }, {}, false],
  ])('%j of %j: %s', (when, changes, expected) => {
    const ratios = [{ when, bands: [{ ratio: '1' }] }, { bands: [{ ratio: '0' }] }];
    const rule = ruleOf(aRuleText({ pool: { ...aPlainPool('0'), ratios } }), {
      groups: { 甲类: { diseases: [diseaseCode('M03900')], source: 'x' } },
    });
    expect(fund(inScope('100.00', { rule, ...changes }))).toBe(expected ? '100.00' : '0.00');
  });
});

describe('C-24, C-25 Beijing’s bands, and the retiree’s 60 % of the person’s part', () => {
  const rule = aRule({
    pool: {
      deductible: {
        accumulator: byYear('deductible'),
        basis: 'charged',
        amounts: [{ amount: '1300.00' }],
      },
      ratios: [
        {
          bands: [
            { upTo: '30000.00', ratio: '0.85' },
            { upTo: '40000.00', ratio: '0.90' },
            { ratio: '0.95' },
          ],
        },
      ],
      retiree: { form: 'personFactor', factor: '0.60' },
      limits: [],
    },
  });
  test.each([
    ['1300.00', false, '0.00'],
    ['30000.00', false, '24395.00'],
    ['30000.01', false, '24395.01'],
    ['40000.00', false, '33395.00'],
    ['40000.10', false, '33395.10'], // 0.095
    ['30000.00', true, '26117.00'], // 28,700 × 91 %
    ['40000.00', true, '35517.00'], // + 10,000 × 94 %
    ['50000.00', true, '45217.00'], // + 10,000 × 97 %
  ])('%s, retired %s', (amount, retired, expected) => {
    expect(fund(inScope(amount, { rule, person: aPerson({ retired }) }))).toBe(expected);
  });
});

describe('C-38 another row for a filing', () => {
  const rule = aRule({
    area: [
      {
        when: { filing: ['TMP_REFERRAL'] },
        form: 'replace',
        bands: [{ ratio: '0.50' }],
        deductible: '1500.00',
        source: '换行',
      },
      { when: { filing: ['TMP_OTHER'] }, form: 'replace', bands: [{ ratio: '0.40' }] },
      { form: 'none' },
    ],
    pool: {
      ...aPlainPool('0.65'),
      deductible: {
        accumulator: { per: 'visit' },
        basis: 'charged',
        amounts: [{ amount: '700.00' }],
      },
      retiree: { form: 'points', points: '0.05' },
    },
  });
  test.each<[FilingCategory, boolean, string, string, string]>([
    ['LT_RESIDENT', false, '2000.00', '700.00', '845.00'],
    ['TMP_REFERRAL', false, '1500.00', '1500.00', '0.00'],
    ['TMP_REFERRAL', false, '1500.01', '1500.00', '0.01'], // 0.005
    ['TMP_REFERRAL', false, '2000.00', '1500.00', '250.00'],
    ['TMP_REFERRAL', true, '2000.00', '1500.00', '275.00'], // the retiree effect is on the row
    ['TMP_OTHER', false, '2000.00', '700.00', '520.00'],
  ])('%s, retired %s, %s in scope', (...row) => {
    const [filing, retired, amount, charged, paid] = row;
    const calculated = inScope(amount, { rule, filing, person: aPerson({ retired }) });
    expect([deducted(calculated), fund(calculated)]).toEqual([charged, paid]);
  });
  test('the steps say so, with the row’s source', () => {
    const { steps } = inScope('2000.00', { rule, filing: 'TMP_REFERRAL' });
    expect(
      steps.filter(({ source }) => source === '换行').map(({ component }) => component),
    ).toEqual(['deductible', 'pool', 'pool', 'poolSelf']);
  });
});

describe('C-34 a ceiling of what all layers pay together', () => {
  const layer = (name: LayerRule['name'], share: string): LayerRule => ({
    name,
    base: ['deductible', 'poolSelf'],
    axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
    ratios: [{ bands: [{ ratio: share }] }],
    cap: { accumulator: byYear(`${name}-fund`), amounts: [{ amount: '90000.00' }] },
  });
  const rule = (rate: string, area: RuleText['area'] = [{ form: 'none' }]) =>
    aRule({
      area,
      pool: { ...aPlainPool('0.80'), limits: [limit({ amounts: [{ amount: '99999.00' }] })] },
      layers: [layer('catastrophic', '0.50'), layer('medicalAid', '0.50')],
      shareCeiling: [{ rate }],
    });
  const paid = ({ benefit }: Calculated) => benefit.layers.map(({ amount }) => toWire(amount));
  // 1,000: 800 + 100 + 50
  test.each([
    ['1', ['800.00', '100.00', '50.00'], { poolSelf: '50.00' }],
    ['0.95', ['800.00', '100.00', '50.00'], { poolSelf: '50.00' }],
    ['0.9499', ['800.00', '100.00', '49.90'], { poolSelf: '50.10' }],
    ['0.90', ['800.00', '100.00', '0.00'], { poolSelf: '100.00' }],
    ['0.8999', ['800.00', '99.90', '0.00'], { poolSelf: '100.10' }],
    ['0.7', ['700.00', '0.00', '0.00'], { poolSelf: '300.00' }],
    ['0', ['0.00', '0.00', '0.00'], { poolSelf: '1000.00' }],
  ])('%s of 1000.00', (rate, expected, left) => {
    const calculated = inScope('1000.00', { rule: rule(rate) });
    expect([paid(calculated), borne(calculated)]).toEqual([expected, left]);
    expect(Object.values(added(calculated))).toEqual(expected); // each fund counts what it pays
  });
  test('the rate is of in-scope money before the first share of the area', () => {
    const calculated = inScope('1000.00', {
      rule: rule('0.90', [{ form: 'firstShare', rate: '0.05' }]),
    });
    expect(paid(calculated)).toEqual(['760.00', '95.00', '45.00']); // 902.50, of 900
  });
});

describe('C-44 to C-47 layers, with rows for hardship and for rank', () => {
  const catastrophic: LayerRule = {
    name: 'catastrophic',
    base: ['deductible', 'poolSelf', 'overPoolCap'],
    deductible: {
      accumulator: byYear('catastrophic-base'),
      basis: 'inScope',
      amounts: [{ when: { hardship: ['低保'] }, amount: '7000.00' }, { amount: '14000.00' }],
    },
    axis: { accumulator: byYear('catastrophic-base'), bandsFrom: 'zero' },
    ratios: [
      { when: { hardship: ['低保'] }, bands: [{ ratio: '0.65' }] },
      { bands: [{ ratio: '0.60' }] },
    ],
    cap: {
      accumulator: byYear('catastrophic-fund'),
      amounts: [{ when: { hardship: ['低保'] }, amount: 'none' }, { amount: '5000.00' }],
    },
  };
  const civilServant: LayerRule = {
    name: 'civilServant',
    base: ['poolSelf'],
    axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
    ratios: [
      { when: { civilServant: ['科级'], retired: true }, bands: [{ ratio: '0.98' }] },
      { when: { civilServant: ['科级'] }, bands: [{ ratio: '0.96' }] },
      { bands: [{ ratio: '0' }] },
    ],
  };
  const medicalAid: LayerRule = {
    name: 'medicalAid',
    base: ['poolSelf'],
    axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
    ratios: [
      { when: { hardship: ['低保'], total: { from: '30000.01' } }, bands: [{ ratio: '0.80' }] },
      { when: { hardship: ['低保'] }, bands: [{ ratio: '0.70' }] },
      { bands: [{ ratio: '0' }] },
    ],
  };
  const last = (amount: string, layer: LayerRule, changes: Partial<Insured> = {}) => {
    const rule = aRule({ pool: aPlainPool('0'), layers: [layer] });
    const { benefit } = inScope(amount, { rule, person: aPerson(changes) });
    return toWire(benefit.layers[1]!.amount);
  };
  test.each([
    ['14000.00', null, '0.00'],
    ['14000.01', null, '0.01'], // 0.006
    ['22333.33', null, '5000.00'], // 4,999.998
    ['30000.00', null, '5000.00'],
    ['7000.00', '低保', '0.00'],
    ['7000.01', '低保', '0.01'],
    ['30000.00', '低保', '14950.00'],
  ])('catastrophic: %s, %s', (amount, hardship, expected) => {
    expect(last(amount, catastrophic, { hardship })).toBe(expected);
  });
  test.each([
    [{}, '0.00'],
    [{ civilServant: '科级' }, '96.00'],
    [{ civilServant: '科级', retired: true }, '98.00'],
    [{ civilServant: '县级' }, '0.00'],
  ])('civil servant %j', (changes, expected) => {
    expect(last('100.00', civilServant, changes)).toBe(expected);
  });
  test.each([
    ['30000.00', '21000.00'],
    ['30000.01', '24000.01'], // a row of its own
  ])('medical aid by the total of the visit: %s', (amount, expected) => {
    expect(last(amount, medicalAid, { hardship: '低保' })).toBe(expected);
  });
});

describe('C-42 the trace of one engine: each layer has its own base', () => {
  test('consumables over the limit are in the civil servant’s base, services are not', () => {
    const at = { axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' } } as const;
    const rule = aRule({
      pool: aPlainPool('0.85'),
      layers: [
        {
          name: 'civilServant',
          base: ['poolSelf', 'firstShare', 'overPriceLimit.consumable'],
          ...at,
          ratios: [{ bands: [{ ratio: '0' }] }],
        },
        {
          name: 'other',
          base: ['deductible', 'poolSelf', 'firstShare'],
          ...at,
          ratios: [{ bands: [{ ratio: '0' }] }],
        },
      ],
    });
    const totals = aSplit({
      inScope: '100.00',
      firstShare: '7.00',
      service: '4.00',
      consumable: '3.00',
    });
    const { benefit } = inScope('0', { totals, rule });
    expect(benefit.layers.map(({ base }) => toWire(base))).toEqual(['100.00', '25.00', '22.00']);
  });
});

describe('the institution bears what its catalogue says', () => {
  const totals = aSplit({ inScope: '10.00', drug: '5.00', service: '2.00', hospital: '3.00' });
  test('it is neither the person’s nor in a layer’s base, and the account does not pay it', () => {
    const rule = aRule({
      pool: aPlainPool('0'),
      layers: [
        {
          name: 'other',
          base: ['overPriceLimit.drug'],
          axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
          ratios: [{ bands: [{ ratio: '0.5' }] }],
        },
      ],
      account: { pays: ['overPriceLimit.drug'] },
    });
    const account = { use: 'own', balance: yuan('50.00'), family: zero } as const;
    const { benefit } = computeBenefit(aBenefitInput({ totals, rule, account }));
    expect(asText(benefit)).toMatchObject({
      hospitalShare: '3.00',
      layers: [{ amount: '0.00' }, { name: 'other', base: '2.00', amount: '1.00' }],
      components: { 'overPriceLimit.drug': '1.00', 'overPriceLimit.service': '2.00' },
      personShare: '13.00',
      personalAccount: '1.00',
      cash: '12.00',
    });
  });
});

describe('the family’s account follows the own', () => {
  const rule = aRule({ pool: aPlainPool('0'), account: { pays: ['poolSelf'] } });
  test.each([
    ['own', '40.00', '0.00', '60.00'],
    ['family', '70.00', '0.00', '30.00'],
    ['none', '0.00', '40.00', '100.00'],
  ] as const)('%s', (use, paid, ownLeft, cash) => {
    const account = { use, balance: yuan('40.00'), family: yuan('30.00') };
    const calculated = inScope('100.00', { rule, account });
    expect(asText(calculated.benefit)).toMatchObject({ personalAccount: paid, cash });
    expect(toWire(calculated.accountBalance)).toBe(ownLeft);
    expect(toWire(calculated.familyBalance)).toBe(use === 'family' ? '0.00' : '30.00');
  });
});

describe('every step cites the nearest source', () => {
  test('band, row, element, entry', () => {
    const rule = aRule({
      source: '总则',
      area: [{ form: 'points', points: '-0.01', source: '异地' }],
      pool: {
        deductible: {
          accumulator: byYear('deductible'),
          basis: 'charged',
          source: '起付',
          amounts: [{ amount: '100.00' }],
        },
        axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
        ratios: [
          {
            source: '比例行',
            bands: [
              { upTo: '200.00', ratio: '0.8' },
              { ratio: '0.9', source: '第二段' },
            ],
          },
        ],
        retiree: { form: 'points', points: '0.05', source: '退休' },
        limits: [limit({ amounts: [{ amount: '200.00', source: '限额行' }], source: '限额' })],
      },
    });
    const { steps } = inScope('1000.00', { rule, person: aPerson({ retired: true }) });
    expect(steps.map(({ component, source }) => `${component} ${source}`)).toEqual([
      'deductible 起付',
      'pool 退休',
      'pool 异地',
      'pool 比例行',
      'pool 第二段',
      'poolSelf 比例行',
      'poolSelf 第二段',
      'overDiseaseLimit 限额行',
    ]);
  });
});
