import path from 'node:path';
import { openDatabase } from '../../db/database.ts';
import { searchAttributes } from '../../workflows/contracts.ts';
import { prepareParties } from '../parties.ts';
import { databaseUrl, type Settings } from '../settings.ts';
import { startChild, type Child } from './children.ts';
import { makeDirectory } from './files.ts';
import { startPostgres } from './postgres.ts';
import { StartFailure } from './start-failure.ts';
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
  port: number | null; // null likewise
}

export const steadyMilliseconds = 10_000; // a process that ends sooner would end again
const elsewhere = { stop: () => Promise.resolve(), processId: null, port: null };
export const dataPath = (settings: Settings, ...names: string[]): string =>
  path.resolve(settings.KUASHENG_DATA_DIRECTORY, ...names);

async function checkAnswers(serverUrl: string): Promise<void> {
  const database = openDatabase(serverUrl, 1);
  try {
    await database.query('select 1');
  } catch (error) {
    throw new StartFailure(
      `The PostgreSQL of KUASHENG_DATABASE_URL does not let us in: ${(error as Error).message}`,
    );
  } finally {
    await database.end();
  }
}

/** The PostgreSQL of the settings, or our own. */
export async function openPostgres(settings: Settings, starting: Starting): Promise<Postgres> {
  const given = settings.KUASHENG_DATABASE_URL;
  if (given !== undefined) {
    const serverUrl = databaseUrl(given, 'postgres');
    await checkAnswers(serverUrl);
    return { ...elsewhere, urlTemplate: given, serverUrl };
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
    port: postgres.port,
    stop: () => postgres.stop(),
  };
}

/** The Temporal of the settings, or our own dev server with its UI. */
export async function openTemporal(settings: Settings, starting: Starting) {
  await makeDirectory(dataPath(settings, 'logs'));
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
  signal: AbortSignal;
  say: (sentence: string) => void;
  onEnd: (sentence: string) => void;
  /** Told of a process that was started again, perhaps with other code than before. */
  onAgain?: (child: Child) => Promise<void>;
}

export type ProcessName = 'gateway' | 'centre' | 'place';

/**
 * Starts one of our processes against this PostgreSQL and this Temporal. One that ends by itself,
 * or is killed to see what happens, is started again; what it left half done is resumed.
 */
export async function openProcess(
  name: ProcessName,
  plan: ProcessPlan,
): Promise<Running & Pick<Child, 'build'>> {
  let child: Promise<Child>;
  const start = (): Promise<Child> => {
    const startedAt = Date.now();
    const onEnd = (sentence: string): void => {
      if (Date.now() - startedAt < steadyMilliseconds) {
        plan.onEnd(sentence);
        return;
      }
      plan.say(`${sentence} It is started again.`);
      child = start();
      child.then(plan.onAgain).catch((error: unknown) => {
        plan.onEnd(error instanceof StartFailure ? error.message : sentence);
      });
    };
    return startChild({
      name,
      environment: {
        ...process.env,
        TEMPORAL_ADDRESS: plan.temporalAddress,
        KUASHENG_DATABASE_URL: plan.urlTemplate,
      },
      logDirectory: dataPath(plan.settings, 'logs'),
      onEnd,
      signal: plan.signal,
    });
  };
  child = start();
  const { build } = await child;
  return { build, stop: async () => (await child.catch(() => null))?.stop() };
}

/** A server of ours that is gone, which nobody asked for, is told within a second. */
export function watchServer(
  name: string,
  { processId }: { processId: number | null },
  onEnd: (sentence: string) => void,
): void {
  if (processId === null) return;
  const timer = setInterval(() => {
    try {
      process.kill(processId, 0);
    } catch {
      clearInterval(timer);
      onEnd(`${name} (process ${processId}) ended.`);
    }
  }, 1000);
}
