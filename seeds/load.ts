import type { Database } from '../db/database.ts';
import { seedCentre, seedPlace, type PlaceRows, type Seeded } from '../db/seeding.ts';
import type { PlaceCode } from '../domain/identifiers.ts';
import { readSeeds, type PlaceSeeds } from './read.ts';
import { SeedError } from './seed-error.ts';

const rowsOf = ({ policies, ...rows }: PlaceSeeds): PlaceRows => ({
  ...rows,
  policies: policies.map(({ policy, hash, text }) => ({
    region: policy.region,
    hash,
    body: policy,
    text,
  })),
});

/**
 * Writes what the seed files say of a place into its own database, in one transaction. A second load
 * changes nothing; accounts and accumulators are opened once and never set again.
 *
 * @returns what was new: the registry changes that the place has to send to the centre
 * @throws SeedError before anything is written, when any seed file is wrong
 */
export async function loadPlaceSeeds(
  database: Database,
  place: PlaceCode,
  directory?: string,
): Promise<Seeded> {
  const seeds = readSeeds(directory).ofPlace.get(place);
  if (!seeds) throw new SeedError(`seeds/places.yaml:1:1 has no ${place}`);
  return seedPlace(database, rowsOf(seeds));
}

/**
 * Writes places and diseases into the centre's database. All else reaches it by registry uploads.
 *
 * @throws SeedError before anything is written, when any seed file is wrong
 */
export async function loadCentreSeeds(database: Database, directory?: string): Promise<void> {
  const { places, diseases } = readSeeds(directory);
  await seedCentre(database, { places, diseases });
}
