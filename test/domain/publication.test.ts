import { describe, expect, it } from 'vitest';
import { day, type Day } from '../../domain/calendar.ts';
import { diseaseCode, placeCode, regionCode } from '../../domain/identifiers.ts';
import type {
  EntryText,
  Groups,
  Parameters,
  Policy,
  RuleText,
} from '../../domain/insured-place/policy.ts';
import { firstDaysOf, pastChanges } from '../../domain/insured-place/publication.ts';
import { aPlainPool, aRuleText } from '../builders.ts';

const today = day('2026-03-05');
const hypertension = diseaseCode('M03900');
const diabetes = diseaseCode('M01600');

type Rest = Partial<Pick<Policy, 'parameters' | 'groups' | 'name'>>;
const aPolicy = (entries: readonly EntryText[], rest: Rest = {}): Policy => ({
  place: placeCode('510000'),
  region: regionCode('510300'),
  name: '自贡市',
  policies: { '310': { [hypertension]: entries } },
  ...rest,
});
const from = (text: string, share = '0.80', rest: Partial<RuleText> = {}): RuleText =>
  aRuleText({ inForceFrom: day(text), pool: aPlainPool(share), ...rest });
const lapse = (text: string): EntryText => ({
  inForceFrom: day(text),
  source: 'illustrative',
  lapse: '停止',
});
const firstChange = (inForce: Policy, next: Policy): Day | undefined =>
  pastChanges(inForce, next, today)[0]?.firstOn;

const old = [from('2022-01-01'), from('2025-01-01', '0.85')];
const stored = aPolicy(old);

describe('a new version of a policy', () => {
  it.each([
    ['is the same', old],
    ['lists its entries in another order', old.toReversed()],
    ['adds an entry from today', [...old, from('2026-03-05', '0.90')]],
    ['adds an entry from a later day', [...old, from('2027-01-01', '0.90')]],
    ['ends from today', [...old, lapse('2026-03-05')]],
    ['says that there was nothing before the first entry', [lapse('2021-01-01'), ...old]],
  ])('that %s changes no past day', (_, entries) => {
    expect(pastChanges(stored, aPolicy(entries), today)).toEqual([]);
  });

  it.each([
    ['adds an entry from yesterday', [...old, from('2026-03-04', '0.90')], '2026-03-04'],
    ['ends from yesterday', [...old, lapse('2026-03-04')], '2026-03-04'],
    ['starts a day earlier', [from('2021-12-31'), ...old], '2021-12-31'],
    ['starts a day later', [from('2022-01-02'), ...old.slice(1)], '2022-01-01'],
    ['changes a ratio', [from('2022-01-01', '0.81'), ...old.slice(1)], '2022-01-01'],
    ['leaves an entry out', old.slice(0, 1), '2025-01-01'],
    ['has none for the disease', [], '2022-01-01'],
    [
      'cites another source',
      [...old.slice(0, 1), from('2025-01-01', '0.85', { source: 'A 1' })],
      '2025-01-01',
    ],
    ['splits an entry in two', [...old, from('2025-07-01', '0.85')], '2025-07-01'],
  ])('that %s changes it from its first day', (_, entries, first) => {
    expect(firstChange(stored, aPolicy(entries))).toBe(first);
  });

  it('may change what was only announced', () => {
    const announced = aPolicy([...old, from('2027-01-01', '0.90')]);
    expect(pastChanges(announced, aPolicy([...old, from('2027-01-01', '0.95')]), today)).toEqual(
      [],
    );
    expect(pastChanges(announced, stored, today)).toEqual([]);
  });

  it('may bring another name, a disease from today and another insurance type from today', () => {
    const rule = from('2026-03-05');
    const policies = {
      '310': { [hypertension]: old, [diabetes]: [rule] },
      '390': { none: [rule] },
    };
    expect(pastChanges(stored, { ...stored, name: '自贡', policies }, today)).toEqual([]);
  });

  it('is told of each insurance type and disease that would change, each once', () => {
    const rules = [from('2024-01-01'), from('2025-01-01', '0.70')];
    const policies = { '310': { [hypertension]: old, [diabetes]: rules }, '390': { none: rules } };
    const next = { ...stored, policies };
    expect(pastChanges(stored, next, today)).toEqual([
      { insuranceType: '310', disease: 'M01600', firstOn: '2024-01-01' },
      { insuranceType: '390', disease: 'none', firstOn: '2024-01-01' },
    ]);
    expect(pastChanges(next, stored, today)).toHaveLength(2);
  });

  it('may write the keys of an element in another order', () => {
    const [first] = old;
    const turned = Object.fromEntries(
      Object.entries(first ?? {}).toReversed(),
    ) as unknown as RuleText;
    expect(pastChanges(stored, aPolicy([turned, ...old.slice(1)]), today)).toEqual([]);
  });
});

describe('the figures of years', () => {
  const wages = (figures: Record<string, string>): Parameters => ({
    wage: Object.fromEntries(
      Object.entries(figures).map(([year, amount]) => [year, { amount, source: 'illustrative' }]),
    ),
  });
  const rule = from('2022-01-01', '0.80', {
    pool: {
      ...aRuleText().pool,
      limits: [
        {
          meaning: 'fundPayment',
          accumulator: { per: 'year', name: 'pool-fund', key: 'all' },
          amounts: [{ amount: { rate: '0.06', of: 'wage', yearsBefore: 1 } }],
          component: 'overPoolCap',
        },
      ],
    },
  });
  const figures = {
    '2021': '90000.00',
    '2022': '95000.00',
    '2023': '98000.00',
    '2024': '99000.00',
  };
  const before = aPolicy([rule], { parameters: wages(figures) });
  const first = (changes: Record<string, string>) =>
    firstChange(before, aPolicy([rule], { parameters: wages({ ...figures, ...changes }) }));

  it.each([
    ['a figure of a past year', { '2023': '98000.01' }, '2024-01-01'],
    ['a figure that the first year needs', { '2021': '90000.01' }, '2022-01-01'],
    ['a figure that this year needs and nobody had', { '2025': '101000.00' }, '2026-01-01'],
  ])('may not be changed: %s', (_, changes, expected) => {
    expect(first(changes)).toBe(expected);
  });
  it.each([
    ['of a year to come', { '2026': '105000.00' }],
    ['that no entry uses', { '2019': '80000.00' }],
  ])('may be added: one %s', (_, changes) => {
    expect(first(changes)).toBeUndefined();
  });
});

describe('the groups of diseases', () => {
  const groups = (...diseases: string[]): Groups => ({
    classOne: { diseases: diseases.map(diseaseCode), source: 'illustrative' },
    unused: { diseases: [diabetes], source: 'illustrative' },
  });
  const selected = from('2022-01-01', '0.80', {
    area: [{ when: { group: ['classOne'] }, form: 'points', points: '-0.10' }, { form: 'none' }],
  });
  const shared = from('2022-01-01', '0.80', {
    pool: {
      ...aRuleText().pool,
      axis: {
        accumulator: { per: 'year', name: 'in-scope', key: { group: 'classOne' } },
        bandsFrom: 'zero',
      },
    },
  });
  it.each([
    ['selected by', selected],
    ['counted by', shared],
  ])('that an entry is %s may not change for its past days', (_, entry) => {
    const before = aPolicy([entry], { groups: groups('M03900') });
    const larger = aPolicy([entry], { groups: groups('M03900', 'M01600') });
    expect(firstChange(before, larger)).toBe('2022-01-01');
    const more = { ...groups('M03900'), another: groups('M01600')['classOne'] };
    expect(firstChange(before, aPolicy([entry], { groups: more as Groups }))).toBeUndefined();
  });
});

it('the first days of a policy are listed once, in order', () => {
  const policies = {
    '310': { [hypertension]: old, [diabetes]: [from('2025-01-01')] },
    '390': { none: [lapse('2021-12-25')] },
  };
  expect(firstDaysOf({ ...stored, policies })).toEqual(['2021-12-25', '2022-01-01', '2025-01-01']);
});
