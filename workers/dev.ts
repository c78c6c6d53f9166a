import { Listr } from 'listr2';
import { demonstrate } from './dev/demonstration.ts';
import { StartFailure } from './dev/start-failure.ts';
import {
  dataPath,
  openParties,
  openPostgres,
  openProcess,
  openTemporal,
  type ProcessName,
  type Postgres,
  type Running,
  type Starting,
} from './dev/system.ts';
import type { RunningTemporal } from './dev/temporal.ts';
import { SeedError } from '../seeds/seed-error.ts';
import { removeRunFile, writeRunFile } from './run-file.ts';
import { uploadRegistry } from './registry-upload.ts';
import { readSettings, type Settings } from './settings.ts';

/** Everything at once: PostgreSQL, Temporal, the centre, the places, the gateway, a demonstration. */
interface System {
  postgres?: Postgres;
  temporal?: RunningTemporal;
}

/** What runs, in the order it must stop: hospitals first, books last. */
const running: Running[][] = [];
const state: { stopping: boolean; prepared: Promise<unknown> } = {
  stopping: false,
  prepared: Promise.resolve(),
};
const givenUp = new AbortController();

async function stopAll(): Promise<void> {
  for (const together of running.splice(0).reverse()) {
    await Promise.all(together.map((one) => one.stop()));
  }
}

async function stopAndExit(status: number): Promise<never> {
  await stopAll();
  process.exit(status);
}

function onCtrlC(settings: Settings): void {
  const stop = (): void => {
    if (state.stopping) return;
    state.stopping = true;
    console.log('\nStopping …');
    givenUp.abort();
    void Promise.allSettled([state.prepared, removeRunFile(settings.KUASHENG_DATA_DIRECTORY)]).then(
      () => stopAndExit(0),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
}

const onEnd = (sentence: string): void => {
  if (state.stopping) return;
  state.stopping = true;
  console.error(`${sentence} Everything is stopped; start again with npm start.`);
  void stopAndExit(1);
};

const startingOf = (own: { output: string }): Starting => ({
  progress: (line) => {
    own.output = line;
  },
  signal: givenUp.signal,
});

/** Both servers at once; the databases are prepared while Temporal starts. */
const startServers = (settings: Settings, servers: Running[]) => [
  {
    title: 'PostgreSQL with one database per party',
    task: async (system: System, own: { output: string }): Promise<void> => {
      const starting = startingOf(own);
      system.postgres = await openPostgres(settings, starting);
      servers.push(system.postgres);
      await openParties(settings, system.postgres, starting.progress);
    },
  },
  {
    title: 'Temporal dev server with its UI',
    task: async (system: System, own: { output: string }): Promise<void> => {
      system.temporal = await openTemporal(settings, startingOf(own));
      servers.push(system.temporal);
    },
  },
];

const startProcess = (settings: Settings, name: ProcessName, to: Running[]) => ({
  title: `process ${name}`,
  task: async ({ postgres, temporal }: System): Promise<void> => {
    if (!postgres || !temporal) throw new StartFailure('PostgreSQL or Temporal is not there.');
    const { urlTemplate } = postgres;
    const plan = { settings, urlTemplate, temporalAddress: temporal.address, onEnd };
    to.push(await openProcess(name, plan));
  },
});

function preparation(settings: Settings): Listr<System> {
  const servers: Running[] = [];
  const books: Running[] = [];
  const doors: Running[] = [];
  running.push(servers, books, doors);
  const processes = [
    startProcess(settings, 'centre', books),
    startProcess(settings, 'place', books),
    startProcess(settings, 'gateway', doors),
  ];
  return new Listr<System>(
    [
      {
        title: 'PostgreSQL and Temporal',
        task: (_, task) => task.newListr(startServers(settings, servers), { concurrent: true }),
      },
      {
        title: 'Processes (the centre bundles its workflows)',
        task: (_, task) => task.newListr(processes, { concurrent: true }),
      },
      {
        title: 'Registry: qualifications, filings and institutions reach the centre',
        task: async ({ temporal }, task) => {
          if (!temporal) return;
          const { TEMPORAL_NAMESPACE: namespace, KUASHENG_PLACES: places } = settings;
          const count = await uploadRegistry({ address: temporal.address, namespace }, places);
          task.title = `Registry: ${count} new message(s) reached the centre`;
        },
      },
    ],
    { rendererOptions: { collapseSubtasks: false }, fallbackRenderer: 'simple' },
  );
}

/** What stops a start for a reason that its sentence tells; anything else is our bug and shows where. */
const isForPeople = (error: unknown): error is Error =>
  error instanceof StartFailure || error instanceof SeedError;

async function announce(settings: Settings, temporal: RunningTemporal): Promise<string> {
  const { KUASHENG_GATEWAY_HOST: host, KUASHENG_GATEWAY_PORT: port } = settings;
  const gatewayUrl = `http://${host}:${port}`;
  await writeRunFile(settings.KUASHENG_DATA_DIRECTORY, {
    temporalAddress: temporal.address,
    namespace: temporal.namespace,
    uiUrl: temporal.uiUrl,
    gatewayUrl,
    processId: process.pid,
  });
  return gatewayUrl;
}

async function main(): Promise<void> {
  const unknown = process.argv.slice(2).filter((argument) => argument !== '--no-demo');
  if (unknown.length > 0) {
    throw new StartFailure(`npm start knows only --no-demo, not ${unknown.join(' ')}.`);
  }
  const settings = readSettings(process.env);
  onCtrlC(settings);
  const prepared = preparation(settings).run({});
  state.prepared = prepared;
  const { temporal } = await prepared;
  if (!temporal) throw new StartFailure('Temporal is not there.');
  const gatewayUrl = await announce(settings, temporal);
  if (!process.argv.includes('--no-demo')) {
    await demonstrate({ gatewayUrl, uiUrl: temporal.uiUrl, namespace: temporal.namespace });
  }
  console.log(`\nGateway      ${gatewayUrl}`);
  console.log(`Temporal UI  ${temporal.uiUrl ?? `(of the server at ${temporal.address})`}`);
  console.log(`Logs         ${dataPath(settings, 'logs')}`);
  console.log('Stop with Ctrl-C.');
}

try {
  await main();
} catch (error) {
  if (!state.stopping) {
    state.stopping = true;
    console.error(isForPeople(error) ? `\n${error.message}` : error);
    await stopAndExit(1);
  }
}
