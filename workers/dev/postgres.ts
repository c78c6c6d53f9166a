import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './commands.ts';
import { readIfThere } from './files.ts';
import {
  type Ending,
  type ProcessMark,
  claim,
  commandLineOf,
  endProcess,
  markOf,
} from './leftovers.ts';
import { choosePorts, loopback } from './ports.ts';
import { checkReachable, serverAccount } from './postgres-account.ts';
import { type PostgresBinaries, locateBinaries } from './postgres-binaries.ts';
import { dataDirectory, makeHome, passwordFile, prepareData } from './postgres-data.ts';
import {
  type LaunchedServer,
  type ServerCommand,
  endOfLog,
  launchServer,
  waitUntilReady,
} from './servers.ts';
import { StartFailure } from './start-failure.ts';

export interface PostgresOptions {
  directory: string; // data, password and log live in it
  port: number | 'any';
  progress: (line: string) => void;
  durable?: boolean; // false only where losing everything at a crash does not matter
  signal?: AbortSignal; // gives up starting, and leaves nothing running
}

export interface RunningPostgres {
  host: string;
  port: number;
  user: string;
  password: string;
  url(database: string): string;
  processId: number;
  stop(): Promise<void>;
}

/** All that a start knows about its place and its means. */
interface Cluster {
  options: PostgresOptions;
  home: string;
  logFile: string;
  binaries: PostgresBinaries;
  account: Account | undefined;
}

const user = 'kuasheng';
const urlOf = (port: number, password: string, database: string): string =>
  `postgresql://${user}:${password}@${loopback}:${port}/${database}`;
const readyLimitSeconds = 120; // recovery after a crash reads up to a gigabyte of log
const retrySeconds = 10;

// PostgreSQL's own words: SIGINT is a fast shutdown, SIGQUIT an immediate one.
const endings: readonly Ending[] = [
  { signal: 'SIGINT', patienceSeconds: 6 },
  { signal: 'SIGQUIT', patienceSeconds: 2 },
  { signal: 'SIGKILL', patienceSeconds: 1 },
];

/** Starts PostgreSQL on a directory, whatever an earlier run left there, and waits until it answers. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const binaries = await locateBinaries();
  const home = await makeHome(options.directory);
  const release = await claim(join(home, 'owner.json'), `The PostgreSQL directory ${home}`);
  try {
    const account = await serverAccount(dataDirectory(home), options.progress);
    if (account !== undefined) await checkReachable(binaries.postgres, account);
    if (account !== undefined) await checkReachable(home, account);
    const cluster = { options, home, logFile: join(home, 'server.log'), binaries, account };
    await endOrphan(cluster);
    await prepareData(dataPlan(cluster));
    return await launch(cluster, release);
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * The databases, as `{party}`, of a server that runs on this directory and port; for another process of
 * the same user.
 *
 * @returns null when there is no password file, or it is somebody else's
 */
export async function urlTemplateOf(directory: string, port: number): Promise<string | null> {
  const password = await readIfThere(passwordFile(directory)).catch(() => null);
  return password === null ? null : urlOf(port, password, '{party}');
}

/** A server that outlived the run that started it. Its lock names it, but the id may be reused. */
async function endOrphan({ home, options }: Cluster): Promise<void> {
  const lock = join(dataDirectory(home), 'postmaster.pid');
  const processId = Number((await readIfThere(lock))?.split('\n')[0]);
  if (!Number.isInteger(processId) || processId <= 0) return;
  const mark = await markOf(processId);
  if (mark === null) return; // PostgreSQL itself clears the lock of a process that is gone
  const commandLine = await commandLineOf(processId);
  if (commandLine?.includes(` -D ${dataDirectory(home)} `) ?? false) {
    options.progress(`PostgreSQL: stopping process ${processId}, left over from an earlier run`);
    await endProcess(mark, endings, 'process');
  } else {
    // Some other program has that id now; PostgreSQL would take it for a running server.
    await rm(lock, { force: true });
  }
}

function dataPlan({ options, home, binaries, account }: Cluster) {
  const { progress, signal, durable = true } = options;
  const environment = serverEnvironment();
  return { home, user, initdb: binaries.initdb, account, durable, environment, progress, signal };
}

async function launch(cluster: Cluster, release: () => Promise<void>): Promise<RunningPostgres> {
  const { home, options } = cluster;
  const password = await readIfThere(passwordFile(home));
  if (password === null) {
    throw new StartFailure(
      `The file ${passwordFile(home)} is missing, without which the data beside it cannot be used: put it back, or remove ${home} to begin anew.`,
    );
  }
  const { server, port } = await launchOnPort(cluster);
  void server.exited.then(release); // a server that dies by itself frees its directory too
  options.progress(`PostgreSQL: ready on ${loopback}:${port}`);
  return {
    host: loopback,
    port,
    user,
    password,
    url: (database) => urlOf(port, password, encodeURIComponent(database)),
    processId: server.mark.processId,
    stop: async () => {
      await endProcess(server.mark, endings, 'process');
      await release();
    },
  };
}

// The lock of a killed server counts while its parent has not yet taken notice of its end.
const passing =
  /shared memory block .* still in use|Address already in use|"postmaster.pid" already exists/;
/** Tries again where that helps: a port lost in a race, or a killed server not quite gone yet. */
async function launchOnPort(cluster: Cluster): Promise<{ server: LaunchedServer; port: number }> {
  const { options, logFile } = cluster;
  const deadline = Date.now() + retrySeconds * 1000;
  for (;;) {
    const setting = 'KUASHENG_POSTGRES_PORT';
    const [port = 0] = await choosePorts([{ port: options.port, purpose: 'PostgreSQL', setting }]);
    const server = await launchServer(serverCommand(cluster, port));
    if (server && (await becomesReady(cluster, server))) return { server, port };
    const log = (await readIfThere(logFile)) ?? '';
    const passes = passing.test(log);
    if (!passes || Date.now() > deadline) {
      throw new StartFailure(await endOfLog('PostgreSQL', logFile));
    }
    await sleep(250);
  }
}

/** @returns false when the server ended instead */
function becomesReady(
  { home, options, logFile }: Cluster,
  { mark }: LaunchedServer,
): Promise<boolean> {
  return waitUntilReady(mark, endings, {
    name: 'PostgreSQL',
    isReady: () => isReady(home, mark),
    limitSeconds: readyLimitSeconds,
    progress: options.progress,
    signal: options.signal,
    logFile,
  });
}

/** The lock file tells, as it tells PostgreSQL's own pg_ctl: id in its first line, state in its eighth. */
async function isReady(home: string, mark: ProcessMark): Promise<boolean> {
  const lock = (await readIfThere(join(dataDirectory(home), 'postmaster.pid')))?.split('\n') ?? [];
  return lock[0] === String(mark.processId) && lock[7]?.trim() === 'ready';
}

function serverCommand(
  { home, binaries, account, logFile, options }: Cluster,
  port: number,
): ServerCommand {
  return {
    executable: binaries.postgres,
    // The directory comes first, for endOrphan() looks for it with what follows.
    arguments: [
      '-D',
      dataDirectory(home),
      '-p',
      String(port),
      '-k',
      '',
      ...serverSettings(options),
    ],
    environment: serverEnvironment(),
    directory: dataDirectory(home),
    account,
    logFile,
  };
}

/** For data that nobody wants again: nothing waits for a disk, and little is written. */
const thrownAway = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_wal_size=128MB',
];

/** Sized for a small machine that also runs Temporal and our own processes. */
function serverSettings({ durable = true }: PostgresOptions): string[] {
  const settings = [
    `listen_addresses=${loopback}`,
    'max_connections=200',
    'shared_buffers=128MB',
    'timezone=UTC',
    'log_timezone=UTC',
    'jit=off', // what is asked of it is short: compiling takes longer than doing
    ...(durable ? [] : thrownAway),
  ];
  return settings.flatMap((setting) => ['-c', setting]);
}

/** Without the variables that would point PostgreSQL's programs at another server. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
