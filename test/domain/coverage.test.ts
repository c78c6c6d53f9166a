import { describe, expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { diseaseCode, placeCode, regionCode, type Disease } from '../../domain/identifiers.ts';
import { gapsOf, type FirstDay, type Gap } from '../../domain/insured-place/coverage.ts';
import type { Amount, EntryText, Policy } from '../../domain/insured-place/policy.ts';

const rule = (inForceFrom: string, ...deductibles: Amount[]): EntryText => ({
  inForceFrom: day(inForceFrom),
  source: 'illustrative',
  area: [{ form: 'none' }],
  pool: {
    deductible: {
      accumulator: { per: 'visit' },
      basis: 'charged',
      amounts: deductibles.map((amount) => ({ amount })),
    },
    axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
    ratios: [{ bands: [{ ratio: '0.80' }] }],
    retiree: { form: 'none' },
    limits: [],
  },
  layers: [],
  account: { pays: [] },
});
const lapse = (inForceFrom: string): EntryText => ({
  inForceFrom: day(inForceFrom),
  source: 'illustrative',
  lapse: '没有此待遇',
});
const hypertension = diseaseCode('M03900');
const diabetes = diseaseCode('M01600');
type OfDisease = Partial<Record<Disease, EntryText[]>>;
/** A policy whose residents have a rule for everything since 2000; employees as given. */
const policyWith = (employees: OfDisease | null, parameters?: Policy['parameters']): Policy => ({
  place: placeCode('500000'),
  region: regionCode('500000'),
  name: '重庆市',
  ...(parameters && { parameters }),
  policies: {
    ...(employees && { '310': employees }),
    '390': {
      [hypertension]: [rule('2000-01-01')],
      [diabetes]: [rule('2000-01-01')],
      none: [rule('2000-01-01')],
    },
  },
});
const since = (disease: Disease, from: string | null): FirstDay => ({
  disease,
  from: from === null ? null : day(from),
});
const today = day('2026-03-05');
const told = (gaps: Gap[]) =>
  gaps.map(({ insuranceType, disease, from, before, lacks }) =>
    [insuranceType, disease, from, before, ...(lacks === 'entry' ? [] : Object.values(lacks))].join(
      ' ',
    ),
  );

describe('a day without an entry is a gap, unless a lapse explains it', () => {
  test.each<[string, OfDisease, string | null, string[]]>([
    ['a rule on the first day', { [hypertension]: [rule('2021-12-25')] }, '2021-12-25', []],
    ['a rule one day before it', { [hypertension]: [rule('2021-12-24')] }, '2021-12-25', []],
    [
      'a rule one day after it',
      { [hypertension]: [rule('2021-12-26')] },
      '2021-12-25',
      ['310 M03900 2021-12-25 2021-12-26'],
    ],
    [
      'a lapse on the first day and a rule later',
      { [hypertension]: [lapse('2021-12-25'), rule('2023-01-01')] },
      '2021-12-25',
      [],
    ],
    [
      'entries in another order',
      { [hypertension]: [rule('2024-01-01'), lapse('2022-01-01')] },
      '2021-12-25',
      ['310 M03900 2021-12-25 2022-01-01'],
    ],
    ['no entry', { none: [rule('2021-01-01')] }, '2021-12-25', ['310 M03900 2021-12-25 ']],
    ['no entry, and nobody says from when', { none: [] }, null, ['310 M03900  ']],
    ['an entry, and nobody says from when', { [hypertension]: [lapse('2030-01-01')] }, null, []],
  ])('%s', (_name, employees, from, expected) => {
    expect(told(gapsOf(policyWith(employees), [since(hypertension, from)], today))).toEqual(
      expected,
    );
  });
  test('a disease that nothing asks for may be left out', () => {
    const policy = policyWith({ none: [rule('2021-01-01')] });
    expect(gapsOf(policy, [since('none', '2021-01-01')], today)).toEqual([]);
  });
  test.each([
    ['left out', null],
    ['empty', {}],
  ])('an insurance type that is %s is one gap, from the earliest first day on', (_name, of) => {
    const firstDays = [since(hypertension, '2021-12-25'), since('none', '2021-01-01')];
    expect(told(gapsOf(policyWith(of), firstDays, today))).toEqual(['310  2021-01-01 ']);
  });
});

describe('a rule in a year without its figure is a gap', () => {
  const wage = (...years: string[]) => ({
    平均工资: Object.fromEntries(
      years.map((year) => [year, { amount: '100000.00', source: 'illustrative' }]),
    ),
  });
  const ofWage: Amount = { rate: '0.06', of: '平均工资' };
  test.each<[string, EntryText[], Policy['parameters'], string[]]>([
    ['every year declared', [rule('2024-07-01', ofWage)], wage('2024', '2025', '2026'), []],
    [
      'the first year missing: from the entry’s first day',
      [rule('2024-07-01', ofWage)],
      wage('2025', '2026'),
      ['310 M03900 2024-07-01 2025-01-01 平均工资 2024'],
    ],
    [
      'this year missing: the whole of it, and no later one',
      [rule('2024-07-01', ofWage)],
      wage('2024', '2025'),
      ['310 M03900 2026-01-01 2027-01-01 平均工资 2026'],
    ],
    [
      'a figure of the year before last',
      [rule('2025-01-01', { ...ofWage, yearsBefore: 2 })],
      wage('2023'),
      ['310 M03900 2026-01-01 2027-01-01 平均工资 2024'],
    ],
    [
      'only until the next entry starts',
      [rule('2025-01-01', ofWage), rule('2025-07-01')],
      wage('2024'),
      ['310 M03900 2025-01-01 2025-07-01 平均工资 2025'],
    ],
    [
      'no year of its own left',
      [rule('2024-01-01', ofWage), lapse('2025-01-01')],
      wage('2024'),
      [],
    ],
    ['an entry of next year', [rule('2027-01-01', ofWage)], wage(), []],
    [
      'two amounts of one figure are one gap, of two years two',
      [rule('2026-01-01', ofWage, ofWage, { ...ofWage, yearsBefore: 1 })],
      wage(),
      [
        '310 M03900 2026-01-01 2027-01-01 平均工资 2026',
        '310 M03900 2026-01-01 2027-01-01 平均工资 2025',
      ],
    ],
    [
      'no parameters at all',
      [rule('2026-01-01', ofWage)],
      undefined,
      ['310 M03900 2026-01-01 2027-01-01 平均工资 2026'],
    ],
  ])('%s', (_name, entries, parameters, expected) => {
    const policy = policyWith({ [hypertension]: entries }, parameters);
    expect(told(gapsOf(policy, [], today))).toEqual(expected);
  });
});
