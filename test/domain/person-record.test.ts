import { describe, expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { diseaseCode } from '../../domain/identifiers.ts';
import type { Span } from '../../domain/insured-place/eligibility.ts';
import {
  insuredMonthsOn,
  insuredOn,
  prescriberOf,
  type PersonRecord,
} from '../../domain/insured-place/person-record.ts';

const span = (from: string, to: string | null = null): Span => ({
  from: day(from),
  to: to === null ? null : day(to),
});

describe('C-27 months insured without a break', () => {
  const on = day('2025-03-15');
  test.each<[string, Span[], number | null]>([
    ['no insurance', [], null],
    ['one that has ended the day before', [span('2024-01-01', '2025-03-14')], null],
    ['one that begins the day after', [span('2025-03-16')], null],
    ['one from the day on', [span('2025-03-15')], 0],
    ['one until the day', [span('2024-03-15', '2025-03-15')], 12],
    ['two that touch day by day', [span('2024-03-15', '2024-12-31'), span('2025-01-01')], 12],
    ['two with a day between', [span('2024-03-15', '2024-12-30'), span('2025-01-01')], 2],
    ['two that overlap', [span('2024-03-15', '2025-02-28'), span('2025-01-01')], 12],
    ['one inside another', [span('2024-03-15'), span('2024-06-01', '2024-06-30')], 12],
    [
      'three in any order, of which one has a gap before it',
      [span('2025-01-01'), span('2020-01-01', '2020-12-31'), span('2024-03-15', '2024-12-31')],
      12,
    ],
    ['a later one that has not begun', [span('2024-03-15', '2025-03-31'), span('2025-04-01')], 12],
  ])('%s', (_, spans, expected) => {
    expect(insuredMonthsOn(spans, on)).toBe(expected);
    expect(insuredMonthsOn(spans.toReversed(), on)).toBe(expected);
  });
});

describe('C-29 the family doctor', () => {
  test.each([
    [['D1'], ['D1'], 'family-doctor'],
    [['D1'], ['D1', 'D2'], 'family-doctor'],
    [['D1', 'D2'], ['D1', 'D2'], 'family-doctor'],
    [['D1', 'D2'], ['D1'], 'other'],
    [['D1'], [], 'other'],
    [[], ['D1'], 'other'],
    [[], [], 'other'],
  ])('prescribed by %j, contracted %j: %s', (doctors, contracted, expected) => {
    expect(prescriberOf(doctors, contracted)).toBe(expected);
  });
});

describe('what a policy may ask of the person', () => {
  const record: PersonRecord = {
    bornOn: day('1960-03-10'),
    facts: {},
    qualifiedFor: [diseaseCode('M03900')],
    isSelected: false,
    familyDoctors: [],
    visits: [],
  };
  const insurance = { spans: [span('2024-03-15')], retired: true };
  test('is null where the place has nothing on record', () => {
    expect(insuredOn(record, insurance, day('2025-03-15'))).toEqual({
      bornOn: '1960-03-10',
      retired: true,
      personType: null,
      insuredMonths: 12,
      tier: null,
      hardship: null,
      civilServant: null,
      qualifiedFor: ['M03900'],
    });
  });
  test('is each fact under its own name', () => {
    const facts = { personType: '1101', tier: '一档', hardship: '低保', civilServant: '副高' };
    expect(insuredOn({ ...record, facts }, insurance, day('2025-03-15'))).toMatchObject(facts);
  });
});
