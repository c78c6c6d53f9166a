import type { Day } from './calendar.ts';
import type { DiseaseCode } from './identifiers.ts';

/**
 * What a place's local disease code is, from a day on: a national code; not yet migrated, and then one
 * of these; or nothing any more.
 *
 * @law 医保办函〔2021〕4号 三(三)
 */
export type DiseaseCodeEntry = { inForceFrom: Day; source: string } & (
  { disease: DiseaseCode } | { oneOf: readonly DiseaseCode[] } | { lapse: string }
);

/** A local code with all that it ever was; start dates only, ascending. */
export interface LocalDiseaseCode {
  code: string;
  name: string;
  entries: readonly DiseaseCodeEntry[];
}
