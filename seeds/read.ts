import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ZodType } from 'zod';
import type { ScopeRows } from '../db/seeding-scope.ts';
import type { PlaceRow } from '../db/seeding.ts';
import {
  placeOf,
  type DiseaseCode,
  type InstitutionCode,
  type PlaceCode,
  type RegionCode,
} from '../domain/identifiers.ts';
import { accumulatorsOf } from './accumulators.ts';
import { institutionFile, type InstitutionSeeds } from './institution-file.ts';
import { localCodesOf } from './disease-codes.ts';
import { diseasesFile, placesFile, type DiseaseEntry } from './national-files.ts';
import { personFile, type PersonSeeds } from './person-file.ts';
import { parsePolicyFile, type PolicyFile } from './policy-file.ts';
import { scopeFile } from './scope-file.ts';
import { parseSeed, SeedError } from './seed-error.ts';

/** What the files say of one place; empty where it has no file. */
export interface PlaceSeeds extends InstitutionSeeds, PersonSeeds, ScopeRows {
  policies: PolicyFile[];
}
/** The world as data. */
export interface Seeds {
  places: PlaceRow[];
  diseases: DiseaseEntry[];
  ofPlace: ReadonlyMap<PlaceCode, PlaceSeeds>; // of every place of `places`
}

/** The places that settle across provinces here. */
export const connectedPlaces = ({ places }: Seeds): PlaceCode[] =>
  places.filter(({ connectedFrom }) => connectedFrom !== null).map(({ code }) => code);

const named = (directory: string, path: string): string => `${basename(directory)}/${path}`;

function parseFile<T>(directory: string, path: string, schema: ZodType<T>): T {
  return parseSeed(readFileSync(join(directory, path), 'utf8'), named(directory, path), schema);
}

/** Reads a place's file of a folder, or takes `empty` where the place has none. */
function parseOfPlace<T>(directory: string, path: string, schema: ZodType<T>, empty: T): T {
  return existsSync(join(directory, path)) ? parseFile(directory, path, schema) : empty;
}

const isCases = (name: string): boolean => /^\d{6}\.cases\.yaml$/.test(name);
/**
 * The YAML files of a folder; the worked cases beside a policy are for testing it, not for loading.
 * Anything else in it would be left out silently, so it is refused.
 */
function filesOf(directory: string, folder: string): string[] {
  const all = readdirSync(join(directory, folder)).sort();
  const names = folder === 'policies' ? all.filter((name) => !isCases(name)) : all;
  const strange = names.find((name) => !/^\d{6}\.yaml$/.test(name));
  if (strange !== undefined) {
    throw new SeedError(
      `${named(directory, `${folder}/${strange}`)}:1:1 这里的文件以区划代码命名，例如 500000.yaml`,
    );
  }
  return names;
}

/** A file of a place that nobody asks for would be left out silently. */
function refuseUnknownPlaces(directory: string, places: readonly PlaceRow[]): void {
  const known = new Set(places.map(({ code }) => `${code}.yaml`));
  for (const folder of ['institutions', 'scopes', 'persons']) {
    const strange = filesOf(directory, folder).find((name) => !known.has(name));
    if (strange !== undefined) {
      const file = named(directory, `${folder}/${strange}`);
      throw new SeedError(`${file}:1:1 places.yaml 中没有 ${basename(strange, '.yaml')}`);
    }
  }
}

function readPolicies(directory: string, places: readonly PlaceRow[]): PolicyFile[] {
  const known = new Set(places.map(({ code }) => code));
  return filesOf(directory, 'policies').map((name) => {
    const path = `policies/${name}`;
    const file = named(directory, path);
    const parsed = parsePolicyFile(readFileSync(join(directory, path), 'utf8'), file);
    const { region } = parsed.policy;
    if (`${region}.yaml` !== name)
      throw new SeedError(`${file}:1:1 文件里写的是 ${region}，文件名应为 ${region}.yaml`);
    if (!known.has(placeOf(region))) {
      throw new SeedError(`${file}:1:1 places.yaml 中没有 ${placeOf(region)}`);
    }
    return parsed;
  });
}

interface National {
  places: PlaceRow[];
  diseases: DiseaseEntry[];
  policies: PolicyFile[];
  accumulators: ReadonlyMap<RegionCode, ReturnType<typeof accumulatorsOf>>;
}

function readPlace(
  directory: string,
  { code: place, connectedFrom }: PlaceRow,
  { places, diseases, policies, accumulators }: National,
  taken: ReadonlySet<InstitutionCode>,
): PlaceSeeds {
  const known = new Set<DiseaseCode>(diseases.map(({ code }) => code));
  const institutions = parseOfPlace(
    directory,
    `institutions/${place}.yaml`,
    institutionFile({ place, connectedFrom, diseases: known, taken }),
    { openings: [], institutions: [], institutionDiseases: [], profiles: [] },
  );
  const { catalogue, scopeRules, diseaseCodes } = parseOfPlace<ScopeRows>(
    directory,
    `scopes/${place}.yaml`,
    scopeFile({ place, diseases: known }),
    { catalogue: [], scopeRules: [], diseaseCodes: [] },
  );
  const context = {
    place,
    places: new Set(places.map(({ code }) => code)),
    openings: institutions.openings,
    accumulators,
    localCodes: localCodesOf(diseaseCodes),
  };
  const persons = parseOfPlace(directory, `persons/${place}.yaml`, personFile(context), noPersons);
  const own = policies.filter(({ policy }) => placeOf(policy.region) === place);
  return { ...institutions, ...persons, catalogue, scopeRules, diseaseCodes, policies: own };
}

const noPersons: PersonSeeds = {
  persons: [],
  insurances: [],
  accounts: [],
  accumulatorOpenings: [],
  qualifications: [],
  unmigratedQualifications: [],
  filings: [],
  suspensions: [],
  facts: [],
  selections: [],
  familyDoctors: [],
  visitOpenings: [],
};

/**
 * Reads and checks every seed file, so that nothing is written of a world that is wrong anywhere.
 *
 * @throws SeedError with file, line, column and reason
 */
export function readSeeds(directory: string = import.meta.dirname): Seeds {
  const places = parseFile(directory, 'places.yaml', placesFile);
  const diseases = parseFile(directory, 'diseases.yaml', diseasesFile);
  refuseUnknownPlaces(directory, places);
  const policies = readPolicies(directory, places);
  const accumulators = new Map(
    policies.map(({ policy }) => [policy.region, accumulatorsOf(policy)] as const),
  );
  const national = { places, diseases, policies, accumulators };
  const taken = new Set<InstitutionCode>();
  const ofPlace = new Map<PlaceCode, PlaceSeeds>();
  for (const place of places) {
    const seeds = readPlace(directory, place, national, taken);
    for (const { code } of seeds.institutions) taken.add(code);
    ofPlace.set(place.code, seeds);
  }
  return { places, diseases, ofPlace };
}
