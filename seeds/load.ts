import type { Database } from '../db/database.ts';
import { seedCentre, seedPlace, type PlaceRows, type Seeded } from '../db/seeding.ts';
import type { PlaceCode } from '../domain/identifiers.ts';
import type { PlaceSeeds, Seeds } from './read.ts';
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
 * @throws SeedError where the files know no such place
 */
export async function loadPlaceSeeds(
  database: Database,
  place: PlaceCode,
  { ofPlace }: Pick<Seeds, 'ofPlace'>,
): Promise<Seeded> {
  const seeds = ofPlace.get(place);
  if (!seeds) throw new SeedError(`seeds/places.yaml:1:1 places.yaml 中没有 ${place}`);
  return seedPlace(database, rowsOf(seeds));
}

/** Writes places and diseases into the centre's database. All else reaches it by registry uploads. */
export async function loadCentreSeeds(
  database: Database,
  { places, diseases }: Pick<Seeds, 'places' | 'diseases'>,
): Promise<void> {
  await seedCentre(database, { places, diseases });
}
