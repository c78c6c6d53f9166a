import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../db/database.ts';
import { acceptChanges } from '../db/registry.ts';
import { nextChanges } from '../db/registry-changes.ts';
import { placeCode } from '../domain/identifiers.ts';
import { buildWorkflows } from '../workers/build.ts';
import { startPostgres, type PostgresOptions } from '../workers/dev/postgres.ts';
import { startTemporal, type TemporalOptions } from '../workers/dev/temporal.ts';
import { prepareParties } from '../workers/parties.ts';
import { databaseUrl } from '../workers/settings.ts';
import { scratchDirectory } from './scratch.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string; // with {party} as database
    temporalAddress: string;
    bundlePath: string;
  }
}

const testPlaces = [placeCode('500000'), placeCode('510000')];
const silent = (): void => undefined;

/** The databases every test system is cloned from: migrated, seeded, the registry told. */
async function makeTemplates(urlTemplate: string): Promise<void> {
  const places = testPlaces;
  const serverUrl = databaseUrl(urlTemplate, 'postgres');
  await prepareParties({ urlTemplate, serverUrl, places, progress: silent });
  const centre = openDatabase(databaseUrl(urlTemplate, 'centre'), 1);
  for (const place of places) {
    const database = openDatabase(databaseUrl(urlTemplate, `place_${place}`), 1);
    let accepted: number[] = [];
    for (;;) {
      const changes = await nextChanges(database, accepted, 1000);
      if (changes.length === 0) break;
      await acceptChanges(centre, place, changes);
      accepted = changes.map((change) => change.no);
    }
    await database.end();
  }
  await centre.end();
}

async function bundle(directory: string): Promise<string> {
  const { code } = await buildWorkflows();
  const file = path.join(directory, 'workflows.js');
  await writeFile(file, code);
  return file;
}

const postgresIn = (directory: string): PostgresOptions => ({
  directory: path.join(directory, 'postgres'),
  port: 'any',
  progress: silent,
  durable: false,
});
const temporalIn = (directory: string): TemporalOptions => ({
  environment: { ...process.env, GOMAXPROCS: '1' }, // it need not look for work on the other cores
  cacheDirectory: path.resolve(process.env['KUASHENG_DATA_DIRECTORY'] ?? '.data', 'cache'),
  databaseFile: 'memory',
  port: 'any',
  uiPort: 'none',
  namespace: 'default',
  progress: silent,
  logFile: path.join(directory, 'temporal.log'),
});

/** Starts the real PostgreSQL and the real Temporal dev server once for the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await scratchDirectory('servers');
  const running: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.stop()));
    await rm(directory, { recursive: true, force: true });
  };
  const keep = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    running.push(server);
    return server;
  };
  try {
    const starting = [
      keep(startPostgres(postgresIn(directory))),
      keep(startTemporal(temporalIn(directory))),
      bundle(directory),
    ] as const;
    await Promise.allSettled(starting); // so that what did start is stopped when another failed
    const [postgres, temporal, bundlePath] = await Promise.all(starting);
    const urlTemplate = postgres.url('PARTY').replace('PARTY', '{party}');
    await makeTemplates(urlTemplate);
    project.provide('postgresUrl', urlTemplate);
    project.provide('temporalAddress', temporal.address);
    project.provide('bundlePath', bundlePath);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
