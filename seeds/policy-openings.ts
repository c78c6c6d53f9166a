import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlaceRow } from '../db/seeding.ts';
import type { Disease, PlaceCode } from '../domain/identifiers.ts';
import type { FirstDay } from '../domain/insured-place/coverage.ts';
import { institutionFile, type InstitutionSeeds } from './institution-file.ts';
import { diseasesFile, placesFile, type DiseaseEntry } from './national-files.ts';
import { parseSeed } from './seed-error.ts';

/** What the national files and a place's openings ask of a policy. */
export interface Openings {
  diseases: readonly DiseaseEntry[]; // the national list
  place: (code: PlaceCode) => PlaceRow | undefined;
  firstDays: (code: PlaceCode) => FirstDay[];
}

/**
 * From when on a region of the place has to have entries: of a disease since the place settles it, of
 * ordinary outpatient care since the place is connected. A disease that the place has not opened needs
 * none; a place that is not connected yet needs all of them, on days that nobody says.
 */
export function firstDaysOf(
  place: PlaceRow | undefined,
  openings: InstitutionSeeds['openings'],
  diseases: readonly DiseaseEntry[],
): FirstDay[] {
  const all: Disease[] = [...diseases.map(({ code }) => code), 'none'];
  const connectedFrom = place?.connectedFrom ?? null;
  if (connectedFrom === null) return all.map((disease) => ({ disease, from: null }));
  return [
    ...openings.map(({ disease, settlementFrom }) => ({ disease, from: settlementFrom })),
    { disease: 'none', from: connectedFrom },
  ];
}

/**
 * Reads places, diseases and, when asked, a place's openings from the seed files.
 *
 * @throws SeedError when one of these files is wrong
 */
export function readOpenings(directory: string = import.meta.dirname): Openings {
  const read = (path: string): string => readFileSync(join(directory, path), 'utf8');
  const places = parseSeed(read('places.yaml'), 'seeds/places.yaml', placesFile);
  const diseases = parseSeed(read('diseases.yaml'), 'seeds/diseases.yaml', diseasesFile);
  const known = new Set(diseases.map(({ code }) => code));
  const place = (code: PlaceCode): PlaceRow | undefined =>
    places.find((each) => each.code === code);
  const openingsOf = (code: PlaceCode): InstitutionSeeds['openings'] => {
    const path = `institutions/${code}.yaml`;
    if (!existsSync(join(directory, path))) return [];
    const connectedFrom = place(code)?.connectedFrom ?? null;
    const context = { place: code, connectedFrom, diseases: known, taken: new Set<never>() };
    return parseSeed(read(path), `seeds/${path}`, institutionFile(context)).openings;
  };
  const firstDays = (code: PlaceCode): FirstDay[] =>
    firstDaysOf(place(code), openingsOf(code), diseases);
  return { diseases, place, firstDays };
}
