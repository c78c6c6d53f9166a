import { z } from 'zod';
import type { OpeningRow } from '../db/seeding.ts';
import type { QualificationRow, UnmigratedQualificationRow } from '../db/seeding-persons.ts';
import type { PersonId } from '../domain/identifiers.ts';
import {
  translateQualification,
  type NationalQualification,
  type TranslatedQualification,
} from '../domain/insured-place/disease-codes.ts';
import { localCode, type LocalCodes } from './disease-codes.ts';
import { days, isOrdered, refuseRepeats, source, toBeforeFrom, type Complain } from './shapes.ts';

/** A qualification under a national code that the place has opened, or under a local code of its table. */
export const qualification = z
  .strictObject({ disease: localCode, ...days, source })
  .refine(isOrdered, { error: toBeforeFrom, path: ['to'] });
type Qualification = z.infer<typeof qualification>;

/** What the place says of codes. */
export interface CodesOfPlace {
  openings: readonly OpeningRow[];
  localCodes: LocalCodes;
}

const openingOf = (disease: string, { openings }: CodesOfPlace): OpeningRow | undefined =>
  openings.find((each) => each.disease === disease);

function translate(
  { disease: code, from, to: last }: Qualification,
  codes: CodesOfPlace,
): TranslatedQualification {
  const to = last ?? null;
  const opening = openingOf(code, codes);
  if (opening) return { qualifications: [{ disease: opening.disease, from, to }], unmigrated: [] };
  return translateQualification({ localCode: code, from, to }, codes.localCodes.get(code) ?? []);
}

/** Why the code says nothing on the first day; null when it does. */
function codeFault(
  { disease: code, from }: Qualification,
  codes: CodesOfPlace,
): { key: 'disease' | 'from'; reason: string } | null {
  if (openingOf(code, codes)) return null;
  const [first] = codes.localCodes.get(code) ?? [];
  if (!first) return { key: 'disease', reason: `the place has not opened ${code}` };
  if (from >= first.inForceFrom) return null;
  return { key: 'from', reason: `before the local code holds, ${first.inForceFrom}` };
}
function openingFault(
  { disease, from }: NationalQualification,
  codes: CodesOfPlace,
): { key: 'disease' | 'from'; reason: string } | null {
  const opening = openingOf(disease, codes);
  if (!opening) return { key: 'disease', reason: `the place has not opened ${disease}` };
  if (from >= opening.qualificationFrom) return null;
  const first = opening.qualificationFrom;
  return { key: 'from', reason: `before the place qualifies under it, ${first}` };
}

/** Each qualification speaks of codes that the place knows, on days on which it does, and once. */
export function checkQualifications(
  qualifications: readonly Qualification[],
  codes: CodesOfPlace,
  complain: Complain,
): void {
  const each = qualifications.map((written, index) => ({
    index,
    written,
    translated: translate(written, codes),
  }));
  for (const { index, written, translated } of each) {
    const ofCode = codeFault(written, codes);
    const faults = [ofCode, ...translated.qualifications.map((one) => openingFault(one, codes))];
    for (const fault of faults) {
      if (fault) complain(['qualifications', index, fault.key], fault.reason);
    }
  }
  const keys = each.flatMap(({ index, translated }) => [
    ...translated.qualifications.map(({ disease, from }) => ({
      index,
      key: `${disease} from ${from}`,
    })),
    ...translated.unmigrated.map(({ localCode: of, from }) => ({
      index,
      key: `${of} from ${from}`,
    })),
  ]);
  refuseRepeats(
    keys,
    ({ key }) => key,
    (at, key) => {
      complain(['qualifications', keys[at]?.index ?? 0], `${key} is there twice`);
    },
  );
}

/** What is stored of a person's qualifications: under national codes, and what is not migrated yet. */
export function qualificationRows(
  person: PersonId,
  qualifications: readonly Qualification[],
  codes: CodesOfPlace,
): { qualifications: QualificationRow[]; unmigratedQualifications: UnmigratedQualificationRow[] } {
  const each = qualifications.map((written) => ({
    source: written.source,
    ...translate(written, codes),
  }));
  return {
    qualifications: each.flatMap(({ source: told, qualifications: all }) =>
      all.map(({ disease, from, to }) => ({
        person,
        disease,
        validFrom: from,
        validTo: to,
        source: told,
      })),
    ),
    unmigratedQualifications: each.flatMap(({ source: told, unmigrated }) =>
      unmigrated.map(({ from, to, ...of }) => ({
        person,
        ...of,
        validFrom: from,
        validTo: to,
        source: told,
      })),
    ),
  };
}
