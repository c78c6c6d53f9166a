import { inForceOn, type Day } from './calendar.ts';
import type { DiseaseCode } from './identifiers.ts';

/** What a place's own disease code (地方病种代码) is in national codes. */
export type DiseaseCodeMeaning =
  | { disease: DiseaseCode }
  | { oneOf: readonly DiseaseCode[] } // not migrated yet: one of these, person by person
  | { lapse: string }; // a code no more, and why
export type DiseaseCodeEntry = DiseaseCodeMeaning & { inForceFrom: Day; source: string };

/**
 * What the place's table says of one of its codes on a day; null before its first entry.
 *
 * @law 医保办函〔2021〕4号 三(三)
 */
export const meaningOn = (
  entries: readonly DiseaseCodeEntry[],
  on: Day,
): DiseaseCodeMeaning | null => inForceOn(entries, on) ?? null;
