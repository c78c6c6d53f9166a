import { LosslessNumber, parse, stringify } from 'lossless-json';

/** A JSON object as it came: numbers are text with the digits that were sent. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads JSON; a number becomes the text of its token, so that no digit is lost.
 *
 * @throws SyntaxError, or RangeError when nested too deeply
 */
export const readJson = (text: string): unknown => parse(text, null, (token) => token);

/** A number that is written digit by digit: `12.30` stays `12.30`. */
export type Exact = LosslessNumber;
export const exact = (token: string): Exact => new LosslessNumber(token);

export function writeJson(value: Fields): string {
  const text = stringify(value);
  if (text === undefined) throw new TypeError('an object always has a JSON form');
  return text;
}

/** One text for one content: keys sorted, nothing else. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isFields(value)) return JSON.stringify(value ?? null);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
  return `{${entries.join(',')}}`;
}
