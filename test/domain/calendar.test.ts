import { describe, expect, test } from 'vitest';
import {
  ageOn,
  completedMonths,
  day,
  dayAfter,
  dayBefore,
  endOfMonth,
  inForceOn,
  isDay,
  isMonth,
  isWithin,
  month,
  monthOf,
  periodOf,
  startOfMonth,
  yearOf,
  type Per,
} from '../../domain/calendar.ts';
import { InvariantViolation } from '../../domain/invariant.ts';

test.each([
  ['2000-03-05', '2026-03-04', 25],
  ['2000-03-05', '2026-03-05', 26],
  ['2000-02-29', '2026-02-28', 25],
  ['2000-02-29', '2026-03-01', 26],
])('born on %s, on %s: %i years', (bornOn, on, expected) => {
  expect(ageOn(day(bornOn), day(on))).toBe(expected);
});

test.each([
  ['2024-02-28', '2024-02-29'],
  ['2023-02-28', '2023-03-01'],
  ['2024-02-29', '2024-03-01'],
  ['2024-04-30', '2024-05-01'],
  ['2024-12-31', '2025-01-01'],
  ['0999-12-31', '1000-01-01'],
])('the day after %s is %s, and before it the other way', (before, after) => {
  expect(dayAfter(day(before))).toBe(after);
  expect(dayBefore(day(after))).toBe(before);
});

test.each([
  ['2024-03-10', '2024-03-10', 0],
  ['2024-03-10', '2024-04-09', 0],
  ['2024-03-10', '2024-04-10', 1],
  ['2024-03-10', '2025-03-09', 11],
  ['2024-03-10', '2025-03-10', 12],
  ['2024-12-15', '2025-01-14', 0],
  ['2024-12-15', '2025-01-15', 1],
  ['2024-01-31', '2024-02-28', 0],
  ['2024-01-31', '2024-02-29', 1],
  ['2024-01-31', '2024-03-30', 1],
  ['2024-01-31', '2024-03-31', 2],
])('from %s, on %s: %i completed months', (from, on, expected) => {
  expect(completedMonths(day(from), day(on))).toBe(expected);
});

describe('a day is text of a day that exists', () => {
  test.each([
    ['2021-12-25', true],
    ['2024-02-29', true],
    ['2023-02-29', false],
    ['2000-02-29', true],
    ['1900-02-29', false],
    ['2021-02-28', true],
    ['2021-04-31', false],
    ['2021-12-31', true],
    ['2021-12-32', false],
    ['2021-13-01', false],
    ['2021-00-01', false],
    ['2021-01-00', false],
    ['0000-01-01', false],
    ['2021-1-1', false],
    ['20211225', false],
    ['2021-12-25T00:00:00', false],
    ['', false],
  ])('%s: %s', (text, expected) => {
    expect(isDay(text)).toBe(expected);
  });
  test.each([
    ['2021-12', true],
    ['2021-13', false],
    ['2021-00', false],
    ['2021-12-01', false],
  ])('month %s: %s', (text, expected) => {
    expect(isMonth(text)).toBe(expected);
  });
  test('what is not a day is a bug where it is read as one', () => {
    expect(() => day('2023-02-29')).toThrow(InvariantViolation);
    expect(() => month('2023-13')).toThrow(InvariantViolation);
  });
});

describe('periods of a day', () => {
  test.each<[Per, string, string]>([
    ['visit', '2026-03-31', ''],
    ['month', '2026-03-31', '2026-03'],
    ['quarter', '2026-01-01', '2026-Q1'],
    ['quarter', '2026-03-31', '2026-Q1'],
    ['quarter', '2026-04-01', '2026-Q2'],
    ['quarter', '2026-09-30', '2026-Q3'],
    ['quarter', '2026-10-01', '2026-Q4'],
    ['year', '2025-12-31', '2025'],
    ['year', '2026-01-01', '2026'],
  ])('%s of %s is "%s"', (per, on, expected) => {
    expect(periodOf(per, day(on))).toBe(expected);
  });
  test('year and month of a day', () => {
    expect(yearOf(day('2026-03-05'))).toBe('2026');
    expect(monthOf(day('2026-03-05'))).toBe('2026-03');
  });
  test('a month begins and ends at midnight in China', () => {
    expect(startOfMonth(month('2026-11'))).toBe('2026-11-01T00:00:00+08:00');
    expect(endOfMonth(month('2026-11'))).toBe('2026-12-01T00:00:00+08:00');
    expect(endOfMonth(month('2026-12'))).toBe('2027-01-01T00:00:00+08:00');
  });
});

describe('both ends of a span belong to it', () => {
  test.each([
    ['2021-12-24', false],
    ['2021-12-25', true],
    ['2021-12-31', true],
    ['2022-01-01', false],
  ])('%s: %s', (on, expected) => {
    expect(isWithin(day(on), day('2021-12-25'), day('2021-12-31'))).toBe(expected);
  });
  test('an open end has no end', () => {
    expect(isWithin(day('9999-12-31'), day('2021-12-25'), null)).toBe(true);
  });
});

describe('the newest entry not later than the day', () => {
  const entries = ['2024-01-01', '2021-12-25', '2026-01-01'].map((from) => ({
    inForceFrom: day(from),
  }));
  test.each<[string, string | undefined]>([
    ['2021-12-24', undefined],
    ['2021-12-25', '2021-12-25'],
    ['2023-12-31', '2021-12-25'],
    ['2024-01-01', '2024-01-01'],
    ['2030-06-30', '2026-01-01'],
  ])('on %s: %s, in whatever order they are written', (on, expected) => {
    expect(inForceOn(entries, day(on))?.inForceFrom).toBe(expected);
  });
  test('without entries there is none', () => {
    expect(inForceOn(entries.slice(3), day('2026-01-01'))).toBeUndefined();
  });
});
