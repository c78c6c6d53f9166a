import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { searchAttributes } from '../../workflows/contracts.ts';
import { prepareParties } from '../parties.ts';
import { databaseUrl, type Settings } from '../settings.ts';
import { startChild, type Child } from './children.ts';
import { startPostgres } from './postgres.ts';
import { startTemporal } from './temporal.ts';

/** How a start reports, and how it is given up. */
export interface Starting {
  progress: (line: string) => void;
  signal: AbortSignal;
}
/** Something that runs and can be stopped. */
export interface Running {
  stop(): Promise<void>;
}
export interface Postgres extends Running {
  urlTemplate: string; // with {party}
  serverUrl: string;
  processId: number | null; // null when it is somebody else's
}

const elsewhere = { stop: () => Promise.resolve(), processId: null };
export const dataPath = (settings: Settings, ...names: string[]): string =>
  path.resolve(settings.KUASHENG_DATA_DIRECTORY, ...names);

/** The PostgreSQL of the settings, or our own. */
export async function openPostgres(settings: Settings, starting: Starting): Promise<Postgres> {
  const given = settings.KUASHENG_DATABASE_URL;
  if (given !== undefined) {
    return { ...elsewhere, urlTemplate: given, serverUrl: databaseUrl(given, 'postgres') };
  }
  const postgres = await startPostgres({
    directory: dataPath(settings, 'postgres'),
    port: settings.KUASHENG_POSTGRES_PORT,
    ...starting,
  });
  return {
    urlTemplate: postgres.url('PARTY').replace('PARTY', '{party}'),
    serverUrl: postgres.url('postgres'),
    processId: postgres.processId,
    stop: () => postgres.stop(),
  };
}

/** The Temporal of the settings, or our own dev server with its UI. */
export async function openTemporal(settings: Settings, starting: Starting) {
  await mkdir(dataPath(settings, 'logs'), { recursive: true });
  const keywords = Object.values(searchAttributes).map((name) => [name, 'Keyword'] as const);
  return startTemporal({
    environment: process.env,
    cacheDirectory: dataPath(settings, 'cache'),
    databaseFile: dataPath(settings, 'temporal', 'temporal.db'),
    port: settings.KUASHENG_TEMPORAL_PORT,
    uiPort: settings.KUASHENG_TEMPORAL_UI_PORT,
    namespace: settings.TEMPORAL_NAMESPACE,
    searchAttributes: Object.fromEntries(keywords),
    logFile: dataPath(settings, 'logs', 'temporal.log'),
    ...starting,
  });
}

export async function openParties(
  settings: Settings,
  { urlTemplate, serverUrl }: Postgres,
  progress: Starting['progress'],
): Promise<void> {
  const places = settings.KUASHENG_PLACES;
  await prepareParties({ urlTemplate, serverUrl, places, progress });
}

export interface ProcessPlan {
  settings: Settings;
  temporalAddress: string;
  urlTemplate: string;
  onEnd: (sentence: string) => void;
}

export type ProcessName = 'gateway' | 'centre' | 'place';

/** Starts one of our processes against this PostgreSQL and this Temporal. */
export const openProcess = (
  name: 'gateway' | 'centre' | 'place',
  plan: ProcessPlan,
): Promise<Child> =>
  startChild({
    name,
    environment: {
      ...process.env,
      TEMPORAL_ADDRESS: plan.temporalAddress,
      KUASHENG_DATABASE_URL: plan.urlTemplate,
    },
    logDirectory: dataPath(plan.settings, 'logs'),
    onEnd: plan.onEnd,
  });
