import type { DiseaseCodeRow } from '../db/seeding-scope.ts';
import type { DiseaseCodeEntry } from '../domain/disease-code.ts';
import { textThat } from './shapes.ts';

/** A local disease code as its place writes it. */
export const localCode = textThat(
  (text) => /^[\x21-\x7e]{1,30}$/.test(text),
  '病种编码写 1 到 30 个字符，不含空格',
);

/** The entries of each local code. */
export type LocalCodes = ReadonlyMap<string, readonly DiseaseCodeEntry[]>;

/** What a row of the place's table says. */
export function entryOf(row: DiseaseCodeRow): DiseaseCodeEntry {
  const { disease, oneOf, lapse, inForceFrom, source } = row;
  const since = { inForceFrom, source };
  if (disease !== null) return { ...since, disease };
  return oneOf === null ? { ...since, lapse: lapse ?? '' } : { ...since, oneOf };
}

/** The table of a place, as its scope file says. */
export function localCodesOf(rows: readonly DiseaseCodeRow[]): LocalCodes {
  const codes = new Map<string, DiseaseCodeEntry[]>();
  for (const row of rows) codes.set(row.code, [...(codes.get(row.code) ?? []), entryOf(row)]);
  return codes;
}
