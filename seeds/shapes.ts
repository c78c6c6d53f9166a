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
import { missing } from './reasons.ts';

/** The words that seed files are written with: days, codes, amounts, each with its reason to refuse. */

/** Text of a certain form. A missing one and an unquoted one say so. */
export const textThat = <T extends string>(is: (text: string) => boolean, reason: string) =>
  z.custom<T>((input) => typeof input === 'string' && is(input), {
    error: ({ input }) => {
      if (input === undefined) return `${missing}；${reason}`;
      return typeof input === 'number' ? `没有加引号；${reason}` : reason;
    },
  });

const isFilled = (text: string): boolean => text.trim() !== '';

export const name = textThat(isFilled, '写文字，不能空着');
/** Document and article, or `illustrative`, or `to be confirmed`: no number stands without one. */
export const source = textThat(
  isFilled,
  '依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
);
export const day = textThat<Day>(isDay, '日期写成 2026-03-05 的样子，且要有这一天');
export const placeCode = textThat<PlaceCode>(
  isPlaceCode,
  "省级区划写六位数字，末四位 0000，加引号，例如 '510000'",
);
export const regionCode = textThat<RegionCode>(
  isRegionCode,
  "统筹区写六位数字，加引号，例如 '510100'",
);
export const diseaseCode = textThat<DiseaseCode>(isDiseaseCode, '病种写 M 加五位数字，例如 M03900');
export const personId = textThat<PersonId>(isPersonId, '人员编号写 1 到 30 个字符，不含空格');
export const amount = textThat(
  (text) => isYuan(text) && !text.startsWith('-'),
  "金额写元，加引号，最多两位小数，不能为负，例如 '120.00'",
);
export const price = textThat(isPrice, "单价写元，加引号，最多六位小数，例如 '1.25'");
export const ratio = textThat(isRatio, "比例写 0 到 1 的小数，加引号，例如 '0.85'");

/** For an editor: what the key means, and the form of text that zod itself cannot tell. */
export const forEditor = <S extends z.ZodType>(
  schema: S,
  pattern: string,
  description: string,
): S => schema.meta({ type: 'string', pattern, description });

/** A first day and who says so. */
export const sourcedDay = z.strictObject({ from: day, source });

export const toBeforeFrom = '最后一天早于第一天，请核对两个日期';

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
