import { InvariantViolation } from './invariant.ts';

declare const kind: unique symbol;
/** `YYYY-MM-DD` in China. It compares as text, needs no time zone and survives JSON. */
export type Day = string & { readonly [kind]: 'day' };
/** `YYYY-MM`. */
export type Month = string & { readonly [kind]: 'month' };
export type Per = 'visit' | 'month' | 'quarter' | 'year';

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

export function isDay(text: string): text is Day {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [year, month, dayOfMonth] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return (
    year > 0 && month >= 1 && month <= 12 && dayOfMonth >= 1 && dayOfMonth <= daysIn(year, month)
  );
}
export const isMonth = (text: string): text is Month => /^\d{4}-(0[1-9]|1[0-2])$/.test(text);

export function day(text: string): Day {
  if (!isDay(text)) throw new InvariantViolation(`not a day: ${text}`);
  return text;
}
export function month(text: string): Month {
  if (!isMonth(text)) throw new InvariantViolation(`not a month: ${text}`);
  return text;
}

export const yearOf = (on: Day | Month): string => on.slice(0, 4);
export const monthOf = (on: Day): Month => on.slice(0, 7) as Month;

/** The name of the period that contains the day: `2026`, `2026-Q1`, `2026-03`; empty for `visit`. */
export function periodOf(per: Per, on: Day): string {
  switch (per) {
    case 'visit':
      return '';
    case 'month':
      return monthOf(on);
    case 'quarter':
      return `${yearOf(on)}-Q${Math.ceil(Number(on.slice(5, 7)) / 3)}`;
    case 'year':
      return yearOf(on);
  }
}

/** Completed years of age; the birthday counts. */
export function ageOn(bornOn: Day, on: Day): number {
  const years = Number(yearOf(on)) - Number(yearOf(bornOn));
  return on.slice(5) < bornOn.slice(5) ? years - 1 : years;
}

const partsOf = (on: Day): [number, number, number] => [
  Number(yearOf(on)),
  Number(on.slice(5, 7)),
  Number(on.slice(8)),
];
const dayOf = (...[year, monthOfYear, dayOfMonth]: [number, number, number]): Day =>
  [
    String(year).padStart(4, '0'),
    String(monthOfYear).padStart(2, '0'),
    String(dayOfMonth).padStart(2, '0'),
  ].join('-') as Day;

export function dayAfter(on: Day): Day {
  const [year, monthOfYear, dayOfMonth] = partsOf(on);
  if (dayOfMonth < daysIn(year, monthOfYear)) return dayOf(year, monthOfYear, dayOfMonth + 1);
  return monthOfYear === 12 ? dayOf(year + 1, 1, 1) : dayOf(year, monthOfYear + 1, 1);
}
export function dayBefore(on: Day): Day {
  const [year, monthOfYear, dayOfMonth] = partsOf(on);
  if (dayOfMonth > 1) return dayOf(year, monthOfYear, dayOfMonth - 1);
  if (monthOfYear === 1) return dayOf(year - 1, 12, 31);
  return dayOf(year, monthOfYear - 1, daysIn(year, monthOfYear - 1));
}

/**
 * Completed months from a day on. A month is complete on the same day of the next, or on its last day
 * where it has no such day.
 */
export function completedMonths(from: Day, on: Day): number {
  const [fromYear, fromMonth, first] = partsOf(from);
  const [year, monthOfYear, dayOfMonth] = partsOf(on);
  const months = (year - fromYear) * 12 + monthOfYear - fromMonth;
  return dayOfMonth < Math.min(first, daysIn(year, monthOfYear)) ? months - 1 : months;
}

/** The day within [from, to]; an open end is null. */
export const isWithin = (on: Day, from: Day, to: Day | null): boolean =>
  from <= on && (to === null || on <= to);

/** The newest entry that starts no later than the day; before the first there is none. */
export function inForceOn<T extends { inForceFrom: Day }>(
  entries: readonly T[],
  on: Day,
): T | undefined {
  return entries
    .filter((entry) => entry.inForceFrom <= on)
    .reduce<T | undefined>(
      (newest, entry) => (newest && newest.inForceFrom >= entry.inForceFrom ? newest : entry),
      undefined,
    );
}

/** The first instant after the month in China (Asia/Shanghai keeps +08:00 all year). */
export function endOfMonth(of: Month): string {
  const [year, monthOfYear] = [Number(of.slice(0, 4)), Number(of.slice(5, 7))];
  const next = monthOfYear === 12 ? [year + 1, 1] : [year, monthOfYear + 1];
  return `${String(next[0]).padStart(4, '0')}-${String(next[1]).padStart(2, '0')}-01T00:00:00+08:00`;
}
export const monthBefore = (of: Month): Month => monthOf(dayBefore(day(`${of}-01`)));
/** The first instant of the month in China. */
export const startOfMonth = (of: Month): string => `${of}-01T00:00:00+08:00`;
