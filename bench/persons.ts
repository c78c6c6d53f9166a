import type { Database } from '../db/database.ts';
import { seedPlace, type PlaceRows } from '../db/seeding.ts';
import { personId, placeCode, type PersonId } from '../domain/identifiers.ts';
import { readSeeds } from '../seeds/read.ts';

const template = personId('51010000000000000001'); // Chengdu, employee, hypertension, filed
const insuredPlace = placeCode('510000');

const idOf = (no: number): PersonId => personId(`51019${String(no).padStart(15, '0')}`);

const nothing: PlaceRows = {
  openings: [],
  institutions: [],
  institutionDiseases: [],
  profiles: [],
  catalogue: [],
  scopeRules: [],
  diseaseCodes: [],
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
  policies: [],
};

/**
 * Invents persons like one of the seeds, by the function that loads seeds, which also notes their
 * qualifications and filings for the registry.
 */
export async function inventPersons(database: Database, count: number): Promise<PersonId[]> {
  const seeds = readSeeds().ofPlace.get(insuredPlace);
  if (!seeds) throw new Error('Sichuan has no seeds');
  const ids = Array.from({ length: count }, (_, index) => idOf(index + 1));
  const copies = <T extends { person: PersonId }>(rows: readonly T[]): T[] => {
    const own = rows.filter(({ person }) => person === template);
    return ids.flatMap((person) => own.map((row) => ({ ...row, person })));
  };
  const persons = seeds.persons.filter(({ id }) => id === template);
  await seedPlace(database, {
    ...nothing,
    persons: ids.flatMap((id) => persons.map((row) => ({ ...row, id }))),
    insurances: copies(seeds.insurances),
    accounts: copies(seeds.accounts),
    qualifications: copies(seeds.qualifications),
    filings: copies(seeds.filings),
  });
  return ids;
}
