import type { z } from 'zod';

import { UnreadableMessage } from '../complaint.ts';
import { received, shown, type FieldCode } from './fields.ts';
import { isFields, readJson, type Fields } from './json.ts';

/** Reads JSON with tolerance for how hospitals write it, and finds the first fault of a field. */

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new UnreadableMessage({ reason: 'not-utf8' });
  }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || value === 'null';

/** `exp_content` stays as it came; some clients write it in Java's way. */
const extension = 'exp_content';
const codeOf = (key: string): string => {
  const lower = key.trim().toLowerCase();
  return lower === 'expcontent' ? extension : lower;
};

function tidyFields(fields: Fields): Fields {
  const tidied = new Map<string, unknown>();
  for (const [key, value] of Object.entries(fields)) {
    const code = codeOf(key);
    const content = code === extension && isFields(value) ? value : tidy(value);
    if (isEmpty(content)) continue;
    if (tidied.has(code) && tidied.get(code) !== content) {
      throw new UnreadableMessage({ reason: 'field-repeated', field: shown(code) });
    }
    tidied.set(code, content);
  }
  return Object.fromEntries(tidied);
}

/** Lower-case names, trimmed texts, and no trace of what is empty: null, "" or "null". */
function tidy(value: unknown): unknown {
  if (typeof value === 'string') return value.trim();
  if (Array.isArray(value)) return value.map(tidy);
  return isFields(value) ? tidyFields(value) : value;
}

const deepest = 100; // no message needs it; what reads further down would run out of stack
const isDeeperThan = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((item) => isDeeperThan(item, levels - 1)));

/**
 * The body of a request as one JSON object.
 *
 * @throws UnreadableMessage when it is not UTF-8 or not a JSON object
 */
export function readBody(body: Uint8Array): Fields {
  const text = decode(body);
  let json: unknown;
  try {
    json = readJson(text);
  } catch {
    // Not JSON, a key twice, or nested too deeply: it cannot be read, whatever the detail.
    throw new UnreadableMessage({ reason: 'not-json' });
  }
  if (!isFields(json) || isDeeperThan(json, deepest)) {
    throw new UnreadableMessage({ reason: 'not-json' });
  }
  return tidyFields(json);
}

/**
 * Reads the fields that the schema names, and no others.
 *
 * @throws UnreadableMessage for the first field that is missing or wrong
 */
export function readFields<S extends z.ZodObject>(
  schema: S,
  fields: Fields,
  row: number | null = null,
): z.infer<S> {
  const result = schema.safeParse(fields, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = String(issue?.path[0]) as FieldCode; // the schemas know no other keys
  if (issue?.input === undefined) {
    throw new UnreadableMessage({ reason: 'field-missing', field, row });
  }
  throw new UnreadableMessage({
    reason: 'field-wrong',
    field,
    row,
    expected: issue.message,
    received: received(field, issue.input),
  });
}

/**
 * The rows of a node: one object, or an array of objects.
 *
 * @throws UnreadableMessage when the node is missing, empty or something else
 */
export function readRows(input: Fields, node: FieldCode): Fields[] {
  const value = input[node];
  const rows: unknown[] = Array.isArray(value) ? value : [value];
  if (value === undefined || rows.length === 0) {
    throw new UnreadableMessage({ reason: 'field-missing', field: node, row: null });
  }
  if (rows.every(isFields)) return rows;
  const wrong = { field: node, row: null, expected: '对象或对象的数组', received: null };
  throw new UnreadableMessage({ reason: 'field-wrong', ...wrong });
}

/** The one row of a node that has no more than one. */
export function readRow(input: Fields, node: FieldCode): Fields {
  const [row, ...more] = readRows(input, node);
  if (row !== undefined && more.length === 0) return row;
  const wrong = { field: node, row: null, expected: '一个对象', received: `${more.length + 1} 个` };
  throw new UnreadableMessage({ reason: 'field-wrong', ...wrong });
}

const upperKeys = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key.toUpperCase(), value]));

/** The content of `exp_content`, the same whether it came as a text or as an object. */
export function contentOf(extended: string | Fields | undefined): string | Fields | undefined {
  if (extended === undefined) return undefined;
  if (isFields(extended)) return upperKeys(extended);
  try {
    const json = readJson(extended);
    return isFields(json) ? upperKeys(json) : extended;
  } catch {
    return extended; // some clients send plain text
  }
}
