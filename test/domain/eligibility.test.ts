import { describe, expect, it } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { diseaseCode, regionCode, type FilingCategory } from '../../domain/identifiers.ts';
import {
  checkEligibility,
  type Filing,
  type PersonFacts,
  type Span,
  type Visit,
} from '../../domain/insured-place/eligibility.ts';
import type { Refusal } from '../../domain/refusal.ts';

const hypertension = diseaseCode('M03900');

const aSpan = (from = '2024-03-10', to: string | null = '2024-03-20'): Span => ({
  from: day(from),
  to: to === null ? null : day(to),
});
const always = aSpan('2021-01-01', null);
const aFiling = (
  filedFor = '500000',
  span: Span = always,
  category: FilingCategory = 'LT_RESIDENT',
): Filing => ({ ...span, filedFor: regionCode(filedFor), category });
/** Qualified and filed for Chongqing for ever, never suspended. */
const aPerson = (changes: Partial<PersonFacts> = {}): PersonFacts => ({
  qualifications: [always],
  unmigrated: [],
  filings: [aFiling()],
  suspensions: [],
  ...changes,
});
const aVisit = (on = '2024-03-15', changes: Partial<Visit> = {}): Visit => ({
  disease: hypertension,
  on: day(on),
  treatingRegion: regionCode('500000'),
  ...changes,
});
function refusal(person: PersonFacts, visit: Visit): Refusal | null {
  const eligible = checkEligibility(person, visit);
  return eligible.ok ? null : eligible.refusal;
}
function filing(person: PersonFacts, visit: Visit): Filing | null {
  const eligible = checkEligibility(person, visit);
  return eligible.ok ? eligible.value : null;
}

/** The days around a span of 2024-03-10 … 2024-03-20, and whether it holds on them. */
const aroundTheSpan = [
  ['the day before it begins', '2024-03-09', false],
  ['its first day', '2024-03-10', true],
  ['its last day', '2024-03-20', true],
  ['the day after it ends', '2024-03-21', false],
] as const;

describe('4号 二(一) qualified and filed', () => {
  it('a person who is both may settle, by the filing that covers the visit', () => {
    expect(filing(aPerson(), aVisit())).toEqual(aFiling());
  });
  it('without any qualification for the disease the person is not qualified', () => {
    const person = aPerson({ qualifications: [] });
    expect(refusal(person, aVisit())).toEqual({ reason: 'not-qualified', disease: 'M03900' });
  });
  it('without any filing the person is not filed', () => {
    expect(refusal(aPerson({ filings: [] }), aVisit())).toEqual({ reason: 'not-filed' });
  });
  it('ordinary outpatient care needs no qualification', () => {
    const person = aPerson({ qualifications: [] });
    expect(refusal(person, aVisit('2024-03-15', { disease: 'none' }))).toBeNull();
  });
  it('ordinary outpatient care does not mind a qualification that has ended', () => {
    const person = aPerson({ qualifications: [aSpan('2020-01-01', '2020-12-31')] });
    expect(refusal(person, aVisit('2024-03-15', { disease: 'none' }))).toBeNull();
  });
  it('ordinary outpatient care needs a filing', () => {
    const person = aPerson({ filings: [] });
    expect(refusal(person, aVisit('2024-03-15', { disease: 'none' }))).toEqual({
      reason: 'not-filed',
    });
  });
});

describe('a qualification holds on its first and its last day', () => {
  it.each(aroundTheSpan)('%s, %s: %s', (_, on, isHeld) => {
    const person = aPerson({ qualifications: [aSpan()] });
    const outside = {
      reason: 'qualification-not-in-force',
      disease: 'M03900',
      on,
      from: '2024-03-10',
      to: '2024-03-20',
    };
    expect(refusal(person, aVisit(on))).toEqual(isHeld ? null : outside);
  });
  it('and without an end for ever', () => {
    const person = aPerson({ qualifications: [aSpan('2024-03-10', null)] });
    expect(refusal(person, aVisit('2099-12-31'))).toBeNull();
    expect(refusal(person, aVisit('2024-03-09'))).toMatchObject({ from: '2024-03-10', to: null });
  });
  it('of several one that holds is enough', () => {
    const person = aPerson({ qualifications: [aSpan('2030-01-01', null), aSpan()] });
    expect(refusal(person, aVisit())).toBeNull();
  });
  it('of several that do not hold the latest to begin is named', () => {
    const spans = [aSpan('2020-01-01', '2020-12-31'), aSpan('2022-01-01', '2022-12-31')];
    for (const qualifications of [spans, spans.toReversed()]) {
      expect(refusal(aPerson({ qualifications }), aVisit())).toMatchObject({
        reason: 'qualification-not-in-force',
        from: '2022-01-01',
        to: '2022-12-31',
      });
    }
  });
});

describe('54号 二 a qualification that is still under a local code', () => {
  const old = (span = aSpan(), localCode = 'LOCAL1') => ({ ...span, localCode });
  const notMigrated = {
    reason: 'qualification-not-migrated',
    disease: 'M03900',
    localCode: 'LOCAL1',
  };
  it.each(aroundTheSpan)('%s, %s: %s', (_, on, isHeld) => {
    const person = aPerson({ qualifications: [], unmigrated: [old()] });
    expect(refusal(person, aVisit(on))).toEqual(
      isHeld ? { ...notMigrated, on } : { reason: 'not-qualified', disease: 'M03900' },
    );
  });
  it('does not matter to one who is qualified under the national code', () => {
    expect(refusal(aPerson({ unmigrated: [old()] }), aVisit())).toBeNull();
  });
  it('is named where the national code does not hold on the day', () => {
    const later = aSpan('2024-04-01', null);
    const person = aPerson({ qualifications: [later], unmigrated: [old()] });
    expect(refusal(person, aVisit())).toEqual({ ...notMigrated, on: '2024-03-15' });
    expect(refusal(person, aVisit('2024-03-21'))).toMatchObject({
      reason: 'qualification-not-in-force',
    });
  });
  it('of several the latest to begin of those that hold is named', () => {
    const unmigrated = [old(aSpan('2024-03-12'), 'LOCAL2'), old(), old(aSpan('2024-03-16'), 'NO')];
    const person = aPerson({ qualifications: [], unmigrated });
    expect(refusal(person, aVisit())).toMatchObject({ localCode: 'LOCAL2' });
  });
  it('does not matter to ordinary outpatient care', () => {
    const person = aPerson({ qualifications: [], unmigrated: [old()] });
    expect(refusal(person, aVisit('2024-03-15', { disease: 'none' }))).toBeNull();
  });
});

describe('a filing holds on its first and its last day', () => {
  it.each(aroundTheSpan)('%s, %s: %s', (_, on, isHeld) => {
    const person = aPerson({ filings: [aFiling('500000', aSpan())] });
    const outside = { reason: 'filing-not-in-force', on, from: '2024-03-10', to: '2024-03-20' };
    expect(refusal(person, aVisit(on))).toEqual(isHeld ? null : outside);
  });
  it('and the latest to begin of those that hold decides the category', () => {
    const filings = [
      aFiling('500000', aSpan('2024-03-12'), 'TMP_REFERRAL'),
      aFiling('500000', always, 'LT_RETIRED'),
      aFiling('500000', aSpan('2024-03-16'), 'TMP_OTHER'),
    ];
    expect(filing(aPerson({ filings }), aVisit())?.category).toBe('TMP_REFERRAL');
    expect(filing(aPerson({ filings }), aVisit('2024-03-16'))?.category).toBe('TMP_OTHER');
    expect(filing(aPerson({ filings }), aVisit('2024-03-21'))?.category).toBe('LT_RETIRED');
  });
  it('and of those for the treating place the latest to begin is named when none holds', () => {
    const filings = [
      aFiling('500000', aSpan('2022-01-01', '2022-12-31')),
      aFiling('500000', aSpan('2023-01-01', '2023-12-31')),
      aFiling('510000', aSpan('2024-01-01', null)),
    ];
    expect(refusal(aPerson({ filings }), aVisit())).toEqual({
      reason: 'filing-not-in-force',
      on: '2024-03-15',
      from: '2023-01-01',
      to: '2023-12-31',
    });
  });
});

describe('a filing names a pooling region or a whole place', () => {
  const mianyang = aVisit('2024-03-15', { treatingRegion: regionCode('510700') });
  it('for the region it covers a visit there', () => {
    expect(refusal(aPerson({ filings: [aFiling('510700')] }), mianyang)).toBeNull();
  });
  it('for the whole place it covers each of its regions', () => {
    expect(refusal(aPerson({ filings: [aFiling('510000')] }), mianyang)).toBeNull();
  });
  it('for a neighbouring region of the same place it does not', () => {
    expect(refusal(aPerson({ filings: [aFiling('510100')] }), mianyang)).toEqual({
      reason: 'filing-for-other-place',
      place: '510000',
      filedFor: ['510100'],
    });
  });
  it('for others it does not, and each of them is named once, sorted', () => {
    const filings = [
      aFiling('510100'),
      aFiling('440000', aSpan()),
      aFiling('440000', aSpan('2024-06-01')),
    ];
    expect(refusal(aPerson({ filings }), mianyang)).toEqual({
      reason: 'filing-for-other-place',
      place: '510000',
      filedFor: ['440000', '510100'],
    });
  });
});

describe('条例 第41条 a suspension holds on its first and its last day', () => {
  it.each(aroundTheSpan)('%s, %s: %s', (_, on, isHeld) => {
    const person = aPerson({ suspensions: [aSpan()] });
    const suspended = { reason: 'settlement-suspended', on, to: '2024-03-20' };
    expect(refusal(person, aVisit(on))).toEqual(isHeld ? suspended : null);
  });
  it('and without an end for ever', () => {
    const person = aPerson({ suspensions: [aSpan('2024-03-10', null)] });
    expect(refusal(person, aVisit('2099-12-31'))).toMatchObject({ to: null });
  });
  it('also for ordinary outpatient care', () => {
    const person = aPerson({ suspensions: [aSpan()] });
    expect(refusal(person, aVisit('2024-03-15', { disease: 'none' }))?.reason).toBe(
      'settlement-suspended',
    );
  });
});

describe('of several reasons the first in this order is told', () => {
  const facts: PersonFacts = {
    suspensions: [aSpan()],
    qualifications: [],
    unmigrated: [],
    filings: [],
  };
  it.each([
    ['suspended', {}, 'settlement-suspended'],
    ['not qualified', { suspensions: [] }, 'not-qualified'],
    ['not filed', { suspensions: [], qualifications: [always] }, 'not-filed'],
    [
      'filed for another place',
      {
        suspensions: [],
        qualifications: [always],
        filings: [aFiling('440000', aSpan('2020-01-01'))],
      },
      'filing-for-other-place',
    ],
    [
      'filed on other days',
      {
        suspensions: [],
        qualifications: [always],
        filings: [aFiling('500000', aSpan('2030-01-01'))],
      },
      'filing-not-in-force',
    ],
  ] as const)('%s', (_, changes, reason) => {
    expect(refusal({ ...facts, ...changes }, aVisit())?.reason).toBe(reason);
  });
});
