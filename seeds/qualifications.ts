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

interface Fault {
  key: 'disease' | 'from';
  reason: string;
}
const notOpened = (code: string): Fault => ({
  key: 'disease',
  reason: `本地没有开通 ${code}，请先写在 openings 中`,
});
/** A code is opened by the place, or is in its table; days before the table's first are worth nothing. */
const codeFaults = ({ disease: code }: Qualification, codes: CodesOfPlace): Fault[] =>
  openingOf(code, codes) || codes.localCodes.has(code) ? [] : [notOpened(code)];
function openingFaults({ disease, from }: NationalQualification, codes: CodesOfPlace): Fault[] {
  const opening = openingOf(disease, codes);
  if (!opening) return [notOpened(disease)];
  const first = opening.qualificationFrom;
  return from < first ? [{ key: 'from', reason: `早于本地开始认定的 ${first}` }] : [];
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
    const ofNational = translated.qualifications.flatMap((one) => openingFaults(one, codes));
    for (const { key, reason } of [...codeFaults(written, codes), ...ofNational]) {
      complain(['qualifications', index, key], reason);
    }
  }
  const keys = each.flatMap(({ index, translated }) => [
    ...translated.qualifications.map(({ disease, from }) => ({
      index,
      key: `${disease}（${from} 起）`,
    })),
    ...translated.unmigrated.map(({ localCode: of, from }) => ({
      index,
      key: `${of}（${from} 起）`,
    })),
  ]);
  refuseRepeats(
    keys,
    ({ key }) => key,
    (at, key) => {
      complain(['qualifications', keys[at]?.index ?? 0], `${key} 写了两次，请去掉一个`);
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
