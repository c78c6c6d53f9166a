import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import { openDatabase, type Database } from '../db/database.ts';
import { placeCode, type PlaceCode } from '../domain/identifiers.ts';
import { centreWorker, placeWorker, runWorker, type PlaceOptions } from '../workers/assemble.ts';
import type { Remembering, Workflows } from '../workers/build.ts';
import { prepareNamespace } from '../workers/dev/temporal-namespace.ts';
import { databaseUrl } from '../workers/settings.ts';
import { searchAttributes } from '../workflows/contracts.ts';

/** Where systems live: the servers of the whole run, or some of a test's own. */
export interface Servers {
  postgresUrl: string; // with {party} as database; parties of these names are cloned
  temporalAddress: string;
}
const sharedServers = (): Servers => ({
  postgresUrl: inject('postgresUrl'),
  temporalAddress: inject('temporalAddress'),
});

/** Databases of one test file, cloned from the seeded templates. */
export interface Databases {
  centre: Database;
  places: ReadonlyMap<PlaceCode, Database>;
  place(code: string): Database;
  urlTemplate: string; // of these databases, with {party}
  drop(): Promise<void>;
}

export const testPlaces = [placeCode('500000'), placeCode('510000')];
let clones = 0;

/** Fresh databases with the seeds loaded and the registry told. */
export async function cloneDatabases(
  name: string,
  { postgresUrl: template } = sharedServers(),
): Promise<Databases> {
  const suffix = `${name.replaceAll(/\W/g, '_')}_${process.pid}_${(clones += 1)}`;
  const server = openDatabase(databaseUrl(template, 'postgres'), 1);
  const clone = async (party: string): Promise<Database> => {
    const copy = `${party}_${suffix}`;
    await server.query(`create database "${copy}" template "${party}" strategy file_copy`);
    return openDatabase(databaseUrl(template, copy));
  };
  const centre = await clone('centre');
  const places = new Map<PlaceCode, Database>();
  for (const place of testPlaces) places.set(place, await clone(`place_${place}`));
  return {
    centre,
    places,
    urlTemplate: template.replace('{party}', `{party}_${suffix}`),
    place: (code) => {
      const database = places.get(placeCode(code));
      if (!database) throw new Error(`no test database for ${code}`);
      return database;
    },
    drop: async () => {
      await Promise.all([centre, ...places.values()].map((database) => database.end()));
      for (const party of ['centre', ...testPlaces.map((place) => `place_${place}`)]) {
        await server.query(`drop database "${party}_${suffix}" with (force)`);
      }
      await server.end();
    },
  };
}

/** Workers come and go with each test; every poll of theirs costs the server, when it begins and when it ends. */
const fewPolls = { maxConcurrentWorkflowTaskPolls: 2, maxConcurrentActivityTaskPolls: 2 };
/** Workers that see a maintenance window at once. */
const attentive = { releasePerSecond: 20, oldestMilliseconds: 100 };

let installed = false;
function quietRuntime(): void {
  if (installed) return;
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  installed = true;
}

/** A whole system of its own: databases, a namespace, the workers. */
export interface TestSystem {
  client: Client;
  databases: Databases;
  namespace: string;
  servers: Servers;
  /** Starts the workers of the centre and of the given places (all by default). */
  startWorkers(
    places?: readonly PlaceCode[],
    remembering?: Remembering,
  ): Promise<{ stop(): Promise<void> }>;
  /**
   * From now on the workers of the centre and of these places run (all by default), and those of no other
   * place. Those that run already go on.
   */
  serve(places?: readonly PlaceCode[]): Promise<void>;
  /** Nobody works from now on of those that served. */
  rest(): Promise<void>;
  /** Starts the centre alone, with other workflows than today's, or as a build. */
  startCentre(workflows: Workflows): Promise<{ stop(): Promise<void> }>;
  /** Starts the workers of more places, beside a centre that runs. */
  startPlaces(
    places: readonly PlaceCode[],
    options?: Partial<PlaceOptions>,
  ): Promise<{ stop(): Promise<void> }>;
  stop(): Promise<void>;
}

/** `shared`: a Temporal that knows nothing of what these databases hold. */
export async function createSystem(
  name: string,
  shared?: Databases,
  servers = sharedServers(),
): Promise<TestSystem> {
  quietRuntime();
  const { temporalAddress: address } = servers;
  const namespace = `test-${name}-${process.pid}`;
  const connection = await Connection.connect({ address });
  const keywords = Object.values(searchAttributes).map((key) => [key, 'Keyword'] as const);
  const attributes = Object.fromEntries(keywords);
  const [databases] = await Promise.all([
    shared ?? cloneDatabases(name, servers),
    prepareNamespace(connection, namespace, attributes, () => undefined),
  ]);
  // Packing what stays on one machine costs both sides.
  const native = await NativeConnection.connect({ address, grpcCompression: { codec: 'none' } });
  const client = new Client({ connection, namespace });
  const where = { connection: native, namespace };
  const started = new Set<{ stop(): Promise<void> }>();
  const workersOf = (places: readonly PlaceCode[], options: Partial<PlaceOptions> = {}) =>
    places.map((place) =>
      placeWorker(where, place, databases.place(place), { ...attentive, ...options }),
    );
  const run = async (workers: Promise<Worker>[]) => {
    const running = (await Promise.all(workers)).map(runWorker);
    const all = {
      stop: async () => {
        if (started.delete(all)) await Promise.all(running.map((worker) => worker.stop()));
      },
    };
    started.add(all);
    return all;
  };
  const centreOf = (workflows: Workflows) =>
    centreWorker(
      where,
      { database: databases.centre, workflows: client.workflow, maintenance: attentive },
      { ...fewPolls, ...workflows },
    );
  const today = { workflowBundle: { codePath: inject('bundlePath') } };
  const serving = new Map<PlaceCode | 'centre', { stop(): Promise<void> }>();
  const rest = async (except: readonly PlaceCode[] | null): Promise<void> => {
    const over = [...serving].filter(
      ([party]) => !except || (party !== 'centre' && !except.includes(party)),
    );
    for (const [party] of over) serving.delete(party);
    await Promise.all(over.map(([, workers]) => workers.stop()));
  };
  return {
    client,
    databases,
    namespace,
    servers,
    serve: async (places = testPlaces) => {
      await rest(places);
      const parties = (['centre', ...places] as const).filter((party) => !serving.has(party));
      await Promise.all(
        parties.map(async (party) => {
          const workers = party === 'centre' ? [centreOf(today)] : workersOf([party]);
          serving.set(party, await run(workers));
        }),
      );
    },
    rest: () => rest(null),
    startWorkers: (places = testPlaces, remembering = {}) =>
      run([centreOf({ ...today, ...remembering }), ...workersOf(places)]),
    startCentre: (workflows) => run([centreOf(workflows)]),
    startPlaces: (places, options) => run(workersOf(places, options)),
    stop: async () => {
      await Promise.all([...started].map((workers) => workers.stop()));
      await Promise.all([native.close(), connection.close()]);
      if (!shared) await databases.drop();
    },
  };
}
