import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { Listr } from 'listr2';
import { demonstrate } from './dev/demonstration.ts';
import type { Child } from './dev/children.ts';
import { choosePorts, type PortRequest } from './dev/ports.ts';
import { StartFailure } from './dev/start-failure.ts';
import {
  dataPath,
  openParties,
  openPostgres,
  openProcess,
  openTemporal,
  watchServer,
  type ProcessName,
  type Postgres,
  type Running,
  type Starting,
} from './dev/system.ts';
import type { RunningTemporal } from './dev/temporal.ts';
import { SeedError } from '../seeds/seed-error.ts';
import { removeRunFile, writeRunFile } from './run-file.ts';
import { uploadRegistry } from './registry-upload.ts';
import { makeCurrent } from './release.ts';
import { readSettings, type Settings } from './settings.ts';

/** Everything at once: PostgreSQL, Temporal, the centre, the places, the gateway, a demonstration. */
interface System {
  postgres?: Postgres;
  temporal?: RunningTemporal;
  build?: string | null; // of the centre's workflows
}
/** What was begun together, whether it runs yet or not. */
type Group = Promise<Running>[];

const stopLimitMilliseconds = 9_500;
/** A place in maintenance uploads later; the others need not wait for it. */
const registryLimit = 60_000;
const doors: Group = [];
const books: Group = [];
const servers: Group = [];
const givenUp = new AbortController();
const state: { prepared: Promise<unknown> } = { prepared: Promise.resolve() };

function keep<T extends Running>(group: Group, starting: Promise<T>): Promise<T> {
  group.push(starting);
  return starting;
}

async function stopGroup(group: Group): Promise<void> {
  await Promise.allSettled(group.map(async (one) => (await one).stop()));
}

/** Hospitals' door first, books last. */
async function stopAll(): Promise<void> {
  for (const group of [doors, books, servers]) await stopGroup(group);
  // The list of what is prepared gives the terminal back.
  await Promise.race([Promise.allSettled([state.prepared]), sleep(1000)]);
}

/** Stops what runs and what still starts, whatever hangs; then says why, and ends. */
async function stopAndExit(status: number, reason?: unknown): Promise<void> {
  if (givenUp.signal.aborted) return;
  givenUp.abort();
  await Promise.race([stopAll(), sleep(stopLimitMilliseconds)]);
  if (reason !== undefined) console.error(reason);
  process.exit(status);
}

function onCtrlC(): void {
  const stop = (): void => {
    if (!givenUp.signal.aborted) console.log('\nStopping …');
    void stopAndExit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  // A terminal that is gone cannot be written to; what runs is stopped all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', stop);
}

const onEnd = (sentence: string): void => {
  void stopAndExit(1, `${sentence} Everything is stopped; start again with npm start.`);
};

const startingOf = (own: { output: string }): Starting => ({
  progress: (line) => {
    own.output = line;
  },
  signal: givenUp.signal,
});

/** Both servers at once; the databases are prepared while Temporal starts. */
const startServers = (settings: Settings) => [
  {
    title: 'PostgreSQL with one database per party',
    task: async (system: System, own: { output: string }): Promise<void> => {
      const starting = startingOf(own);
      system.postgres = await keep(servers, openPostgres(settings, starting));
      watchServer('PostgreSQL', system.postgres, onEnd);
      await openParties(settings, system.postgres, starting.progress);
    },
  },
  {
    title: 'Temporal dev server with its UI',
    task: async (system: System, own: { output: string }): Promise<void> => {
      system.temporal = await keep(servers, openTemporal(settings, startingOf(own)));
      watchServer('Temporal', system.temporal, onEnd);
    },
  },
];

/** From now on work goes to this build; before that, nothing would start. */
async function release({ temporal }: System, build: string | null | undefined): Promise<void> {
  if (!temporal || build === undefined || build === null) return;
  const { address, namespace } = temporal;
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection, namespace, identity: `npm-start/${process.pid}` });
    if (await makeCurrent(client, build)) return;
    throw new StartFailure(`Temporal sees no worker of the build ${build}: see the centre's log.`);
  } finally {
    await connection.close();
  }
}

const gatewayPort = (settings: Settings): PortRequest => ({
  port: settings.KUASHENG_GATEWAY_PORT,
  host: settings.KUASHENG_GATEWAY_HOST,
  purpose: 'the gateway',
  setting: 'KUASHENG_GATEWAY_PORT',
});

const startProcess = (settings: Settings, name: ProcessName, group: Group) => ({
  title: `process ${name}`,
  task: async (system: System): Promise<void> => {
    const { postgres, temporal } = system;
    if (!postgres || !temporal) throw new StartFailure('PostgreSQL or Temporal is not there.');
    const { urlTemplate } = postgres;
    const addresses = { urlTemplate, temporalAddress: temporal.address };
    const told = { say: console.log, onEnd, onAgain: ({ build }: Child) => release(system, build) };
    const plan = { settings, ...addresses, signal: givenUp.signal, ...told };
    const { build } = await keep(group, openProcess(name, plan));
    system.build ??= build;
  },
});

function preparation(settings: Settings): Listr<System> {
  const processes = [
    startProcess(settings, 'centre', books),
    startProcess(settings, 'place', books),
    startProcess(settings, 'gateway', doors),
  ];
  return new Listr<System>(
    [
      {
        title: 'PostgreSQL and Temporal',
        task: (_, task) => task.newListr(startServers(settings), { concurrent: true }),
      },
      {
        title: 'Processes (the centre bundles its workflows)',
        task: async (_, task) => {
          await choosePorts([gatewayPort(settings)]); // a busy one is told before anything waits for it
          return task.newListr(processes, { concurrent: true });
        },
      },
      {
        title: 'Release: work goes to this build of the workflows',
        task: async (system, task) => {
          await release(system, system.build);
          task.title = `Release: work goes to build ${system.build ?? ''}`;
        },
      },
      {
        title: 'Registry: qualifications, filings and institutions reach the centre',
        task: async ({ temporal }, task) => {
          if (!temporal) return;
          const { TEMPORAL_NAMESPACE: namespace, KUASHENG_PLACES: places } = settings;
          const upload = uploadRegistry({ address: temporal.address, namespace }, places);
          const count = await Promise.race([upload, sleep(registryLimit, null, { ref: false })]);
          task.title =
            count === null
              ? 'Registry: still on its way; is a place in maintenance? npx kuasheng maintenance list'
              : `Registry: ${count} new message(s) reached the centre`;
        },
      },
    ],
    {
      rendererOptions: { collapseSubtasks: false, showErrorMessage: false },
      fallbackRenderer: 'simple',
      registerSignalListeners: false, // its own would end us and leave everything running
    },
  );
}

/** What stops a start for a reason that its sentence tells; anything else is our bug and shows where. */
const isForPeople = (error: unknown): error is Error =>
  error instanceof StartFailure || error instanceof SeedError;

/** Tells the command line where everything is, until it stops. */
async function announce(settings: Settings, addresses: Parameters<typeof writeRunFile>[1]) {
  const { KUASHENG_DATA_DIRECTORY: directory } = settings;
  await writeRunFile(directory, addresses);
  return { stop: () => removeRunFile(directory) };
}

/** A settlement that is refused, perhaps for lack of a place, is no reason to stop. */
async function show(addresses: Parameters<typeof demonstrate>[0]): Promise<void> {
  try {
    await demonstrate(addresses);
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    console.error(error.message);
  }
}

async function main(): Promise<void> {
  const unknown = process.argv.slice(2).filter((argument) => argument !== '--no-demo');
  if (unknown.length > 0) {
    throw new StartFailure(`npm start knows only --no-demo, not ${unknown.join(' ')}.`);
  }
  const settings = readSettings(process.env);
  onCtrlC();
  await removeRunFile(settings.KUASHENG_DATA_DIRECTORY); // of a start that was killed
  const prepared = preparation(settings).run({});
  state.prepared = prepared;
  const { temporal, postgres } = await prepared;
  if (!temporal) throw new StartFailure('Temporal is not there.');
  givenUp.signal.throwIfAborted();
  const { KUASHENG_GATEWAY_HOST: host, KUASHENG_GATEWAY_PORT: port } = settings;
  const { address: temporalAddress, namespace, uiUrl } = temporal;
  const addresses = { gatewayUrl: `http://${host}:${port}`, temporalAddress, namespace, uiUrl };
  const postgresPort = postgres?.port ?? null;
  await keep(doors, announce(settings, { ...addresses, postgresPort }));
  if (!process.argv.includes('--no-demo')) await show(addresses);
  console.log(`\nGateway      ${addresses.gatewayUrl}`);
  console.log(`Temporal UI  ${uiUrl ?? `(of the server at ${temporalAddress})`}`);
  console.log(`Logs         ${dataPath(settings, 'logs')}`);
  console.log('Stop with Ctrl-C.');
}

try {
  await main();
} catch (error) {
  await stopAndExit(1, isForPeople(error) ? error.message : error);
}
