import { Connection } from '@temporalio/client';
import { realpath, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { makeDirectory, readIfThere } from './files.ts';
import { type Ending, claim, endProcess, isRunning, loadMark, saveMark } from './leftovers.ts';
import { choosePorts, loopback } from './ports.ts';
import { type LaunchedServer, endOfLog, launchServer, waitUntilReady } from './servers.ts';
import { StartFailure } from './start-failure.ts';
import { findTemporal } from './temporal-executable.ts';
import { type SearchAttributes, prepareNamespace } from './temporal-namespace.ts';

export interface TemporalOptions {
  environment: NodeJS.ProcessEnv; // TEMPORAL_ADDRESS, TEMPORAL_CLI and PATH are looked up here
  cacheDirectory: string;
  databaseFile: string; // or `memory`
  port: number | 'any';
  uiPort: number | 'any' | 'none';
  namespace: string;
  progress: (line: string) => void;
  searchAttributes?: SearchAttributes;
  logFile: string;
  signal?: AbortSignal; // gives up starting, and leaves nothing running
}

export interface RunningTemporal {
  address: string;
  namespace: string;
  uiUrl: string | null;
  processId: number | null; // null when the server is somebody else's
  stop(): Promise<void>;
}

/** A development server that is to be started, with the file that says who owns its data. */
interface Plan {
  options: TemporalOptions;
  executable: string;
  anchor: string;
}

interface Ports {
  port: number;
  uiPort: number | undefined;
}

const answerLimitSeconds = 3;
const readyLimitSeconds = 60;

const endings: readonly Ending[] = [
  { signal: 'SIGTERM', patienceSeconds: 5 },
  { signal: 'SIGKILL', patienceSeconds: 2 },
];

/** Uses the server of TEMPORAL_ADDRESS, or finds the Temporal CLI and starts a development server. */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const address = options.environment['TEMPORAL_ADDRESS'];
  if (address !== undefined && address !== '') return useExisting(address, options);
  const executable = await findTemporal(options);
  const anchor = await anchorOf(options);
  const release = await claim(`${anchor}.owner.json`, `Temporal's ${anchor}`);
  try {
    await endOrphan(anchor, options);
    return await launch({ options, executable, anchor }, release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function useExisting(address: string, options: TemporalOptions): Promise<RunningTemporal> {
  const { namespace, progress } = options;
  progress(`Temporal: using the server at ${address} (TEMPORAL_ADDRESS)`);
  const connection = await connectTo(address);
  try {
    await prepareWithin(connection, options);
  } catch (error) {
    if (error instanceof StartFailure) throw error;
    throw new StartFailure(
      `The Temporal server at ${address} (TEMPORAL_ADDRESS) does not let the namespace ${namespace} be prepared: ${(error as Error).message}`,
    );
  } finally {
    await connection.close();
  }
  return { address, namespace, uiUrl: null, processId: null, stop: () => Promise.resolve() };
}

/** No call waits for ever on a server that accepts it and does not answer. */
function prepareWithin(connection: Connection, options: TemporalOptions): Promise<void> {
  const { namespace, searchAttributes = {}, progress } = options;
  return connection.withDeadline(Date.now() + readyLimitSeconds * 1000, () =>
    prepareNamespace(connection, namespace, searchAttributes, progress),
  );
}

async function connectTo(address: string): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout: answerLimitSeconds * 1000 });
  } catch {
    throw new StartFailure(
      `The Temporal server at ${address} (TEMPORAL_ADDRESS) does not answer: start it, correct the address, or unset TEMPORAL_ADDRESS to have a development server started.`,
    );
  }
}

/** @returns the file beside which a run notes what it started: the data's, or else the log's */
async function anchorOf({ databaseFile, logFile }: TemporalOptions): Promise<string> {
  await makeDirectory(dirname(logFile));
  const file = databaseFile === 'memory' ? logFile : databaseFile;
  await makeDirectory(dirname(file));
  return join(await realpath(dirname(file)), basename(file));
}

const markFileOf = (anchor: string): string => `${anchor}.server.json`;

/** A server that outlived the run that started it would hold the ports and the data. */
async function endOrphan(anchor: string, options: TemporalOptions): Promise<void> {
  const mark = await loadMark(markFileOf(anchor));
  if (mark === null || !(await isRunning(mark))) return;
  options.progress(`Temporal: stopping process ${mark.processId}, left over from an earlier run`);
  await endProcess(mark, endings, 'group');
}

async function launch(plan: Plan, release: () => Promise<void>): Promise<RunningTemporal> {
  const { options, anchor } = plan;
  const { server, ports } = await launchOnPorts(plan);
  void server.exited.then(release); // a server that dies by itself frees its data too
  const uiUrl = ports.uiPort === undefined ? null : `http://${loopback}:${ports.uiPort}`;
  const address = `${loopback}:${ports.port}`;
  options.progress(`Temporal: ready on ${address}${uiUrl === null ? '' : `, UI on ${uiUrl}`}`);
  return {
    address,
    namespace: options.namespace,
    uiUrl,
    processId: server.mark.processId,
    stop: async () => {
      await endProcess(server.mark, endings, 'group');
      await rm(markFileOf(anchor), { force: true });
      await release();
    },
  };
}

/** A port that was found free may be lost before the server opens it; then others are found. */
async function launchOnPorts(plan: Plan): Promise<{ server: LaunchedServer; ports: Ports }> {
  const { options } = plan;
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choose(options);
    options.progress('Temporal: starting the development server');
    const server = await launchServer(serverCommand(plan, ports));
    if (server && (await becomesReady(plan, server, ports))) return { server, ports };
    const log = (await readIfThere(options.logFile)) ?? '';
    if (attempt === 3 || !/address already in use/i.test(log)) {
      throw new StartFailure(await endOfLog('The Temporal development server', options.logFile));
    }
  }
}

async function choose({ port, uiPort }: TemporalOptions): Promise<Ports> {
  const server = { port, purpose: 'Temporal', setting: 'KUASHENG_TEMPORAL_PORT' };
  const setting = 'KUASHENG_TEMPORAL_UI_PORT';
  const ui = uiPort === 'none' ? [] : [{ port: uiPort, purpose: "Temporal's UI", setting }];
  const [chosen = 0, chosenForUi] = await choosePorts([server, ...ui]);
  return { port: chosen, uiPort: chosenForUi };
}

function serverCommand({ options, executable, anchor }: Plan, ports: Ports) {
  const dynamic = [
    'frontend.enableServerVersionCheck=false',
    'frontend.enableUpdateWorkflowExecution=true',
    'frontend.enableUpdateWorkflowExecutionAsyncAccepted=true',
    // One order per queue: over several partitions, who came first and who is urgent is a matter of luck.
    'matching.numTaskqueueWritePartitions=1',
    'matching.numTaskqueueReadPartitions=1',
    // Its one shard looks for new tasks 20 times a second and no more: each step of a lone settlement would wait 35 ms.
    'history.transferProcessorMaxPollRPS=1000',
    'history.timerProcessorMaxPollRPS=1000',
    'history.visibilityProcessorMaxPollRPS=1000',
  ];
  const attributes = Object.entries(options.searchAttributes ?? {});
  return {
    executable,
    arguments: [
      ...['server', 'start-dev', '--ip', loopback, '--port', String(ports.port)],
      ...['--namespace', options.namespace, '--log-format', 'pretty', '--log-level', 'warn'],
      ...(ports.uiPort === undefined ? ['--headless'] : ['--ui-port', String(ports.uiPort)]),
      ...(options.databaseFile === 'memory' ? [] : ['--db-filename', anchor]),
      ...dynamic.flatMap((setting) => ['--dynamic-config-value', setting]),
      ...attributes.flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ],
    environment: serverEnvironment(options.environment),
    logFile: options.logFile,
  };
}

/** Without the variables by which the CLI would take another address or namespace for its own. */
function serverEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return Object.fromEntries(kept);
}

/** @returns false when the server ended instead */
async function becomesReady(
  plan: Plan,
  { mark }: LaunchedServer,
  { port }: Ports,
): Promise<boolean> {
  const { options, anchor } = plan;
  const { progress, signal, logFile } = options;
  const isReady = async () =>
    (await acceptsConnections(port)) && (await namespaceIsReady(options, port));
  const waiting = { name: 'Temporal', isReady, limitSeconds: readyLimitSeconds, progress, signal };
  await saveMark(markFileOf(anchor), mark);
  return waitUntilReady(mark, endings, { ...waiting, logFile });
}

/** Asked before gRPC is, whose client waits longer and longer between attempts. */
function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: loopback, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** Not only that the server answers: the namespace is there, and knows our search attributes. */
async function namespaceIsReady(options: TemporalOptions, port: number): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    const address = `${loopback}:${port}`;
    connection = await Connection.connect({ address, connectTimeout: answerLimitSeconds * 1000 });
    await prepareWithin(connection, options);
    return true;
  } catch (error) {
    if (error instanceof StartFailure) throw error;
    return false; // it has only begun to answer
  } finally {
    await connection?.close();
  }
}
