import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { openDatabase, type Database } from '../db/database.ts';
import { placeCode, type PersonId, type PlaceCode } from '../domain/identifiers.ts';
import { callPath } from '../gateway/server.ts';
import { startChild, type Child } from '../workers/dev/children.ts';
import { choosePorts, loopback } from '../workers/dev/ports.ts';
import { startPostgres, type RunningPostgres } from '../workers/dev/postgres.ts';
import { dataPath } from '../workers/dev/system.ts';
import { startTemporal, type RunningTemporal } from '../workers/dev/temporal.ts';
import { prepareParties } from '../workers/parties.ts';
import { uploadRegistry } from '../workers/registry-upload.ts';
import { makeCurrent } from '../workers/release.ts';
import { databaseUrl, readSettings } from '../workers/settings.ts';
import { searchAttributes } from '../workflows/contracts.ts';
import { startFloorChild } from './children.ts';
import { floorPath } from './floor/contracts.ts';
import { inventPersons } from './persons.ts';

/** A system of the bench's own: both servers with their data, our processes, the floor's processes. */

export interface Opening {
  run: string; // names the namespace
  persons: number;
  profileDirectory: string | null;
  progress: (line: string) => void;
  signal: AbortSignal;
  /** Told when a process ended though nobody asked it to. */
  onEnd: (sentence: string) => void;
  /** What must be undone, last first, also when opening fails half way. */
  undo: (() => Promise<unknown>)[];
}

export interface BenchDatabases {
  centre: Database;
  treating: Database;
  insured: Database;
}

export interface BenchSystem {
  client: Client;
  centre: Database;
  persons: PersonId[];
  gatewayUrl: string;
  floorUrl: string;
  processes: {
    shared: Record<'Temporal' | 'PostgreSQL', number | null>;
    settlement: Record<ProcessName, number>;
    floor: Record<ProcessName, number>;
  };
}

const processNames = ['gateway', 'centre', 'place'] as const;
export type ProcessName = (typeof processNames)[number];
export const treatingPlace = placeCode('500000');
export const insuredPlace = placeCode('510000');
const places: readonly PlaceCode[] = [treatingPlace, insuredPlace];
const patienceMs = '60000'; // on a busy machine an answer comes late, and late is what is measured

async function makeDirectory(undo: Opening['undo']): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kuasheng-bench-'));
  undo.push(() => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755); // the database may run as another user
  await mkdir(path.join(directory, 'logs'));
  return directory;
}

async function openPostgres(opening: Opening, directory: string): Promise<RunningPostgres> {
  const { undo, progress, signal } = opening;
  const postgres = await startPostgres({
    directory: path.join(directory, 'postgres'),
    port: 'any',
    durable: true, // a commit waits for the disk, as it must
    progress,
    signal,
  });
  undo.push(() => postgres.stop());
  return postgres;
}

async function openTemporal(opening: Opening, directory: string): Promise<RunningTemporal> {
  const { undo, run, progress, signal } = opening;
  const keywords = Object.values(searchAttributes).map((name) => [name, 'Keyword'] as const);
  const temporal = await startTemporal({
    environment: process.env,
    cacheDirectory: dataPath(readSettings(process.env), 'cache'),
    databaseFile: 'memory',
    port: 'any',
    uiPort: 'none',
    namespace: `kuasheng-bench-${run}`,
    searchAttributes: Object.fromEntries(keywords),
    logFile: path.join(directory, 'temporal.log'),
    progress,
    signal,
  });
  undo.push(() => temporal.stop());
  return temporal;
}

/** A server that is somebody else's is left without our namespace. */
async function openClient(
  { undo }: Opening,
  { address, namespace, processId }: RunningTemporal,
): Promise<Client> {
  const connection = await Connection.connect({ address });
  undo.push(() => connection.close());
  if (processId === null) {
    undo.push(() => connection.operatorService.deleteNamespace({ namespace }));
  }
  return new Client({ connection, namespace });
}

async function openParties(
  { undo, persons, progress }: Opening,
  postgres: RunningPostgres,
): Promise<{ urlTemplate: string; databases: BenchDatabases; persons: PersonId[] }> {
  const urlTemplate = postgres.url('PARTY').replace('PARTY', '{party}');
  await prepareParties({ urlTemplate, serverUrl: postgres.url('postgres'), places, progress });
  const open = (party: string): Database => {
    const database = openDatabase(databaseUrl(urlTemplate, party), 1);
    undo.push(() => database.end());
    return database;
  };
  const databases = {
    centre: open('centre'),
    treating: open(`place_${treatingPlace}`),
    insured: open(`place_${insuredPlace}`),
  };
  const invented = await inventPersons(databases.insured, persons);
  return { urlTemplate, databases, persons: invented };
}

/** A profile is taken inside each process, by a module that is loaded before its own code. */
function profiling(directory: string | null): NodeJS.ProcessEnv {
  if (directory === null) return {};
  const module = new URL('profile.mjs', import.meta.url).href;
  return { NODE_OPTIONS: `--import ${module}`, BENCH_PROFILE_DIRECTORY: directory };
}

/** Starts processes at once. */
async function startAtOnce<N extends ProcessName>(
  { undo }: Opening,
  names: readonly N[],
  start: (name: N) => Promise<Pick<Child, 'processId' | 'stop'>>,
): Promise<Record<N, number>> {
  const started = names.map(async (name) => {
    const child = await start(name);
    undo.push(() => child.stop());
    return [name, child.processId] as const;
  });
  await Promise.allSettled(started); // so that what did start is stopped when another failed
  return Object.fromEntries(await Promise.all(started)) as Record<N, number>;
}

interface Plan {
  client: Client;
  environment: NodeJS.ProcessEnv;
  logDirectory: string;
}

/** A process as `npm start` runs it; the build that workflows run on is the current one. */
async function startOurs(
  { onEnd }: Opening,
  name: ProcessName,
  { client, environment, logDirectory }: Plan,
): Promise<Child> {
  const child = await startChild({ name, environment, logDirectory, onEnd });
  if (child.build !== null) await makeCurrent(client, child.build);
  return child;
}

/** Our processes as `npm start` runs them, and the floor's beside them. */
async function startBoth(opening: Opening, plan: Plan) {
  const { onEnd, progress } = opening;
  const purpose = { port: 'any', purpose: 'the bench', setting: 'KUASHENG_GATEWAY_PORT' } as const;
  const [port = 0, floorPort = 0] = await choosePorts([purpose, purpose]);
  progress('processes: the centre and the floor bundle their workflows');
  const at = (of: number): Plan => ({
    ...plan,
    environment: { ...plan.environment, KUASHENG_GATEWAY_PORT: String(of) },
  });
  const settlement = await startAtOnce(opening, processNames, (name) =>
    startOurs(opening, name, at(port)),
  );
  const floor = await startAtOnce(opening, processNames, (name) =>
    startFloorChild({ name, ...at(floorPort), onEnd }),
  );
  return {
    settlement,
    floor,
    gatewayUrl: `http://${loopback}:${port}${callPath}`,
    floorUrl: `http://${loopback}:${floorPort}${floorPath}`,
  };
}

/** Opens both servers with their data; no process of ours runs yet. */
async function openServers(opening: Opening) {
  const directory = await makeDirectory(opening.undo);
  const servers = [openPostgres(opening, directory), openTemporal(opening, directory)] as const;
  await Promise.allSettled(servers);
  const [postgres, temporal] = await Promise.all(servers);
  const client = await openClient(opening, temporal);
  const { urlTemplate, databases, persons } = await openParties(opening, postgres);
  const plan: Plan = {
    client,
    environment: {
      ...process.env,
      ...profiling(opening.profileDirectory),
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      KUASHENG_DATABASE_URL: urlTemplate,
      KUASHENG_PLACES: places.join(','),
      KUASHENG_GATEWAY_HOST: loopback,
      KUASHENG_ANSWER_DEADLINE_MS: patienceMs,
    },
    logDirectory: path.join(directory, 'logs'),
  };
  return { postgres, temporal, client, databases, persons, plan };
}

async function tellRegistry({ progress }: Opening, temporal: RunningTemporal): Promise<void> {
  const told = await uploadRegistry(temporal, places);
  progress(`registry: ${told} messages reached the centre`);
}

/** Opens everything and tells the registry of the invented persons. */
export async function openSystem(opening: Opening): Promise<BenchSystem> {
  const { postgres, temporal, client, databases, persons, plan } = await openServers(opening);
  const { settlement, floor, ...urls } = await startBoth(opening, plan);
  await tellRegistry(opening, temporal);
  const shared = { Temporal: temporal.processId, PostgreSQL: postgres.processId };
  const { centre } = databases;
  return { client, centre, persons, ...urls, processes: { shared, settlement, floor } };
}

/** The parties without a gateway: who drills starts the settlements itself. */
export async function openParts(
  opening: Opening,
  settings: NodeJS.ProcessEnv,
): Promise<{ client: Client; databases: BenchDatabases; persons: PersonId[] }> {
  const { temporal, client, databases, persons, plan } = await openServers(opening);
  const environment = { ...plan.environment, ...settings };
  await startAtOnce(opening, ['centre', 'place'], (name) =>
    startOurs(opening, name, { ...plan, environment }),
  );
  await tellRegistry(opening, temporal);
  return { client, databases, persons };
}
