import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres } from '../../workers/dev/postgres.ts';
import { dataPath } from '../../workers/dev/system.ts';
import { startTemporal } from '../../workers/dev/temporal.ts';
import { prepareParties } from '../../workers/parties.ts';
import { readSettings } from '../../workers/settings.ts';
import { testPlaces, type Servers } from '../system.ts';
import { persistently } from './world.ts';

/** A PostgreSQL and a Temporal of one run's own, which keep what they confirmed when they are killed. */

type Port = number | 'any';
const silent = (): void => undefined;

const openPostgres = (directory: string, port: Port) =>
  startPostgres({ directory: path.join(directory, 'postgres'), port, progress: silent });

const openTemporal = (directory: string, port: Port) =>
  startTemporal({
    environment: { ...process.env, TEMPORAL_ADDRESS: '' }, // nobody else's is killed
    cacheDirectory: dataPath(readSettings(process.env), 'cache'),
    databaseFile: path.join(directory, 'temporal.db'),
    port,
    uiPort: 'none',
    namespace: 'default',
    progress: silent,
    logFile: path.join(directory, 'temporal.log'),
  });

interface Server {
  processId: number | null;
  stop(): Promise<void>;
}
/** A server that is killed (kill -9) where it stands, and begun again on its data. */
function killable(first: Server, again: () => Promise<Server>) {
  let server = Promise.resolve(first);
  return {
    kill: async () => {
      const { processId } = await server;
      if (processId === null) throw new Error('the server is not ours');
      process.kill(processId, 'SIGKILL');
      server = persistently(again); // its directory is claimed until its end is noticed
      await server;
    },
    stop: async () => (await server).stop(),
  };
}

export interface OwnServers extends Servers {
  /** Kills Temporal, PostgreSQL, or both, in turn; resolves when they answer again. */
  kill: (turn: number) => Promise<void>;
  stop(): Promise<void>;
}
export async function startOwnServers(): Promise<OwnServers> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kuasheng-own-'));
  await chmod(directory, 0o755); // the database may run as another user
  const first = await openPostgres(directory, 'any');
  const postgres = killable(first, () => openPostgres(directory, first.port));
  const { address, ...started } = await openTemporal(directory, 'any');
  const port = Number(address.split(':')[1]);
  const temporal = killable(started, () => openTemporal(directory, port));
  const urlTemplate = first.url('PARTY').replace('PARTY', '{party}');
  const serverUrl = first.url('postgres');
  await prepareParties({ urlTemplate, serverUrl, places: testPlaces, progress: silent });
  const turns = [[temporal], [postgres], [temporal, postgres]];
  return {
    postgresUrl: urlTemplate,
    temporalAddress: address,
    kill: async (turn) => {
      await Promise.all((turns[turn % turns.length] ?? []).map((server) => server.kill()));
    },
    stop: async () => {
      await Promise.all([temporal.stop(), postgres.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
