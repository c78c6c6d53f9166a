import type { PlaceCode } from '../domain/identifiers.ts';
import { openDatabase, type Database, type Party } from '../db/database.ts';
import { createDatabase, migrate } from '../db/migrate.ts';
import { loadCentreSeeds, loadPlaceSeeds } from '../seeds/load.ts';
import { readSeeds } from '../seeds/read.ts';
import { databaseUrl } from './settings.ts';

export interface PartiesOptions {
  urlTemplate: string; // with {party}
  serverUrl: string; // of a database that exists
  places: readonly PlaceCode[];
  seedDirectory?: string; // ours where left out
  progress: (line: string) => void;
}

async function withDatabase<T>(
  { urlTemplate }: PartiesOptions,
  party: Party,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = openDatabase(databaseUrl(urlTemplate, party), 1);
  try {
    return await work(database);
  } finally {
    await database.end();
  }
}

/**
 * One database per party, at the newest migration, with the seeds loaded. Safe to run again.
 *
 * @throws SeedError before anything is written, when any seed file is wrong
 */
export async function prepareParties(options: PartiesOptions): Promise<void> {
  const { urlTemplate, serverUrl, places, progress } = options;
  const seeds = readSeeds(options.seedDirectory);
  const parties: Party[] = ['centre', ...places.map((place): Party => `place_${place}`)];
  for (const party of parties) {
    await createDatabase(serverUrl, party);
    const applied = await migrate(databaseUrl(urlTemplate, party), party);
    if (applied.length > 0) progress(`${party}: ${applied.length} migration(s) applied`);
  }
  await withDatabase(options, 'centre', (database) => loadCentreSeeds(database, seeds));
  for (const place of places) {
    await withDatabase(options, `place_${place}`, (database) =>
      loadPlaceSeeds(database, place, seeds),
    );
    progress(`place_${place}: seeds loaded`);
  }
}
