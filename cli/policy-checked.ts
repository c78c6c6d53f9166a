import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Day } from '../domain/calendar.ts';
import type { Disease, InsuranceType } from '../domain/identifiers.ts';
import { gapsOf, type Gap } from '../domain/insured-place/coverage.ts';
import type { EntryText, Policy } from '../domain/insured-place/policy.ts';
import { parsePolicyFile } from '../seeds/policy-file.ts';
import { figuresOf, type Figure } from '../seeds/policy-figures.ts';
import { readOpenings, type Openings } from '../seeds/policy-openings.ts';
import { SeedError } from '../seeds/seed-error.ts';
import { pathOf } from './called-from.ts';
import { cannotRun, fine, found, type Status } from './ending.ts';

/** What a policy says of one insurance type. */
export interface InsuranceTypeSummary {
  insuranceType: InsuranceType;
  diseases: number; // ordinary outpatient care counts as one
  rules: number;
  lapses: number;
  firstDays: Day[];
}
/** A file that can be used, and what a clerk should know of it. */
export interface UsableFile {
  file: string;
  place: string;
  placeName: string | null; // null: no place of the national list
  isConnected: boolean;
  region: string;
  name: string;
  hash: string;
  insuranceTypes: InsuranceTypeSummary[];
  figures: Figure[];
  gaps: (Gap & { diseaseName: string | null })[];
  unknownDiseases: Disease[]; // not in the national list: nothing is settled under them
}
/** A file that cannot be used, and all that is wrong with it: `file:line:column path: reason`. */
export interface FaultyFile {
  file: string;
  faults: string[];
}
export type CheckedFile = UsableFile | FaultyFile;

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: '找不到这个文件，请核对文件名',
  EISDIR: '这是文件夹，请写出其中的文件',
  EACCES: '没有读这个文件的权限',
};
function read(file: string): string {
  const at = `${file}:1:1`;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) // the hash is of every byte
      .decode(readFileSync(pathOf(file)));
    if (text.trim() === '') throw new SeedError(`${at} 文件是空的`);
    return text;
  } catch (error) {
    if (error instanceof TypeError) throw new SeedError(`${at} 不是 UTF-8 编码，请另存为 UTF-8`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new SeedError(`${at} ${unreadable[code] ?? code}`);
  }
}

function summaryOf(
  insuranceType: InsuranceType,
  diseases: Partial<Record<Disease, readonly EntryText[]>>,
): InsuranceTypeSummary {
  const entries = Object.values(diseases).flatMap((list = []) => list);
  const lapses = entries.filter((entry) => 'lapse' in entry).length;
  const firstDays = [...new Set(entries.map(({ inForceFrom }) => inForceFrom))].sort();
  const count = Object.keys(diseases).length;
  return { insuranceType, diseases: count, rules: entries.length - lapses, lapses, firstDays };
}

const diseasesOf = ({ policies }: Policy): Disease[] => [
  ...new Set(Object.values(policies).flatMap((of) => Object.keys(of) as Disease[])),
];

function check(file: string, openings: Openings, today: Day): UsableFile {
  const text = read(file);
  const { policy, hash } = parsePolicyFile(text, file);
  const { place, region, name, policies } = policy;
  if (/^\d{6}\.yaml$/.test(basename(file)) && basename(file) !== `${region}.yaml`) {
    throw new SeedError(`${file}:1:1 文件里写的是 ${region}，文件名应为 ${region}.yaml`);
  }
  const nameOf = (disease: Disease | null): string | null =>
    disease === 'none'
      ? '普通门诊'
      : (openings.diseases.find(({ code }) => code === disease)?.name ?? null);
  const types = Object.keys(policies) as InsuranceType[];
  return {
    file,
    place,
    placeName: openings.place(place)?.name ?? null,
    isConnected: (openings.place(place)?.connectedFrom ?? null) !== null,
    region,
    name,
    hash,
    insuranceTypes: types.map((type) => summaryOf(type, policies[type] ?? {})),
    figures: figuresOf(text),
    gaps: gapsOf(policy, openings.firstDays(place), today).map((gap) => ({
      ...gap,
      diseaseName: nameOf(gap.disease),
    })),
    unknownDiseases: diseasesOf(policy).filter((disease) => nameOf(disease) === null),
  };
}

/**
 * Checks policy files, each by itself, against the national list and the place's openings.
 *
 * @throws SeedError when the files of places, diseases or openings are wrong
 */
export function checkPolicies(
  files: readonly string[],
  today: Day,
  openings: Openings = readOpenings(),
): CheckedFile[] {
  return files.map((file) => {
    try {
      return check(file, openings, today);
    } catch (error) {
      if (!(error instanceof SeedError)) throw error;
      return { file, faults: error.message.split('\n') };
    }
  });
}

/** 0 fine, 1 some day has no entry or no figure, 2 a file cannot be used. */
export function statusOf(checked: readonly CheckedFile[]): Status {
  if (checked.some((each) => 'faults' in each)) return cannotRun;
  return checked.some((each) => 'gaps' in each && each.gaps.length > 0) ? found : fine;
}
