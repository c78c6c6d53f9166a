import { z } from 'zod';
import { isDay, type Day } from '../domain/calendar.ts';
import {
  isDiseaseCode,
  isPersonId,
  isPlaceCode,
  isRegionCode,
  type DiseaseCode,
  type PersonId,
  type PlaceCode,
  type RegionCode,
} from '../domain/identifiers.ts';
import { isPrice, isRatio, isYuan } from '../domain/money.ts';

/** The words that seed files are written with: days, codes, amounts, each with its reason to refuse. */

/** Text of a certain form. A missing one and an unquoted one say so. */
export const textThat = <T extends string>(is: (text: string) => boolean, reason: string) =>
  z.custom<T>((input) => typeof input === 'string' && is(input), {
    error: ({ input }) => {
      if (input === undefined) return 'missing';
      return typeof input === 'number' ? `not in quotes; ${reason}` : reason;
    },
  });

const isFilled = (text: string): boolean => text.trim() !== '';

export const name = textThat(isFilled, 'a name is text that is not empty');
/** Document and article, or `illustrative`, or `to be confirmed`: no number stands without one. */
export const source = textThat(
  isFilled,
  'a source is a document and article, `illustrative` or `to be confirmed`',
);
export const day = textThat<Day>(isDay, 'a day is YYYY-MM-DD and exists');
export const placeCode = textThat<PlaceCode>(
  isPlaceCode,
  'a place has six digits, 0000 at the end',
);
export const regionCode = textThat<RegionCode>(isRegionCode, 'a region has six digits');
export const diseaseCode = textThat<DiseaseCode>(isDiseaseCode, 'a disease is M and five digits');
export const personId = textThat<PersonId>(
  isPersonId,
  'a person has 1 to 30 characters, and no space',
);
export const amount = textThat(
  (text) => isYuan(text) && !text.startsWith('-'),
  "an amount is quoted text of yuan, such as '120.00', not below zero",
);
export const price = textThat(isPrice, "a price is quoted text of yuan, such as '1.25'");
export const ratio = textThat(isRatio, "a ratio is quoted text from '0' to '1'");

/** For an editor: what the key means, and the form of text that zod itself cannot tell. */
export const forEditor = <S extends z.ZodType>(
  schema: S,
  pattern: string,
  description: string,
): S => schema.meta({ type: 'string', pattern, description });

/** A first day and who says so. */
export const sourcedDay = z.strictObject({ from: day, source });

export const toBeforeFrom = 'the last day is before the first';

/** Whether the last day, where there is one, is not before the first. */
export const isOrdered = ({ from, to }: { from: Day; to?: Day | undefined }): boolean =>
  to === undefined || from <= to;

/** Days from … to, open at the end when `to` is absent. Used inside strict objects. */
export const days = { from: day, to: day.optional() };

/** Says what is wrong with what stands at the path. */
export type Complain = (path: readonly (string | number)[], reason: string) => void;

/** Collects what only the whole file, or other files, can tell to be wrong. */
export const checkedBy =
  <T>(check: (value: T, complain: Complain) => void) =>
  (value: T, context: z.RefinementCtx): void => {
    check(value, (path, message) => {
      context.addIssue({ code: 'custom', path: [...path], message });
    });
  };

/** Complains about each that repeats an earlier one. */
export function refuseRepeats<T>(
  all: readonly T[],
  keyOf: (each: T) => string,
  refuse: (index: number, key: string) => void,
): void {
  const seen = new Set<string>();
  for (const [index, each] of all.entries()) {
    const key = keyOf(each);
    if (seen.has(key)) refuse(index, key);
    seen.add(key);
  }
}

/** A column that the print fills once for the rows below it: an empty cell has the one above. */
export function carryDown(cells: readonly string[]): string[] {
  let above = '';
  return cells.map((cell) => (above = cell === '' ? above : cell));
}
