import { rm } from 'node:fs/promises';
import path from 'node:path';
import { startPostgres } from '../../workers/dev/postgres.ts';
import { dataPath } from '../../workers/dev/system.ts';
import { startTemporal } from '../../workers/dev/temporal.ts';
import { prepareParties } from '../../workers/parties.ts';
import { readSettings } from '../../workers/settings.ts';
import { scratchDirectory } from '../scratch.ts';
import { testPlaces, type Servers } from '../system.ts';
import { persistently } from './world.ts';

/** A PostgreSQL and a Temporal of one run's own, which keep what they confirmed when they are killed. */

interface Server {
  processId: number | null;
  stop(): Promise<void>;
}
type Start<S extends Server> = (port: number | 'any') => Promise<S>;
const silent = (): void => undefined;

const postgresIn = (directory: string) => (port: number | 'any') =>
  startPostgres({ directory: path.join(directory, 'postgres'), port, progress: silent });

const temporalIn = (directory: string) => async (port: number | 'any') => {
  const temporal = await startTemporal({
    environment: { ...process.env, TEMPORAL_ADDRESS: '' }, // nobody else's is killed
    cacheDirectory: dataPath(readSettings(process.env), 'cache'),
    databaseFile: path.join(directory, 'temporal.db'),
    port,
    uiPort: 'none',
    namespace: 'default',
    progress: silent,
    logFile: path.join(directory, 'temporal.log'),
  });
  return { ...temporal, port: Number(temporal.address.split(':')[1]) };
};

/** A server that can be killed (kill -9) where it stands, and begins again on its data and its port. */
async function killable<S extends Server & { port: number }>(start: Start<S>) {
  const first = await start('any');
  let server: Promise<Server> = Promise.resolve(first);
  return {
    first,
    kill: async () => {
      const { processId } = await server;
      if (processId === null) throw new Error('the server is not ours');
      process.kill(processId, 'SIGKILL');
      server = persistently(() => start(first.port)); // it is claimed until its end was noticed
      await server;
    },
    stop: async () => (await server).stop(),
  };
}

export interface OwnServers extends Servers {
  /** Kills Temporal, PostgreSQL, or both, in turn; resolves when they answer again. */
  kill: (turn: number) => Promise<void>;
}

/** Runs the work on servers of its own, which end with it. */
export async function withOwnServers<T>(work: (servers: OwnServers) => Promise<T>): Promise<T> {
  const directory = await scratchDirectory('own');
  const running: { stop(): Promise<void> }[] = [];
  const open = async <S extends Server & { port: number }>(start: Start<S>) => {
    const server = await killable(start);
    running.push(server);
    return server;
  };
  try {
    const postgres = await open(postgresIn(directory));
    const temporal = await open(temporalIn(directory));
    const postgresUrl = postgres.first.url('PARTY').replace('PARTY', '{party}');
    const serverUrl = postgres.first.url('postgres');
    const parties = { urlTemplate: postgresUrl, serverUrl, places: testPlaces, progress: silent };
    await prepareParties(parties);
    const turns = [[temporal], [postgres], [temporal, postgres]];
    return await work({
      postgresUrl,
      temporalAddress: temporal.first.address,
      kill: async (turn) => {
        await Promise.all((turns[turn % turns.length] ?? []).map((server) => server.kill()));
      },
    });
  } finally {
    await Promise.all(running.map((server) => server.stop()));
    await rm(directory, { recursive: true, force: true });
  }
}
