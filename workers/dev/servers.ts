import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './commands.ts';
import { exists, readIfThere } from './files.ts';
import { type Ending, type ProcessMark, endProcess, isRunning, markOf } from './leftovers.ts';
import { StartFailure } from './start-failure.ts';

const pollMilliseconds = 25;
const wordEverySeconds = 5;

export interface ServerCommand {
  executable: string;
  arguments: readonly string[];
  environment: NodeJS.ProcessEnv;
  logFile: string;
  directory?: string | undefined;
  account?: Account | undefined;
}

export interface LaunchedServer {
  mark: ProcessMark;
  exited: Promise<void>;
}

/**
 * Starts a server that a Ctrl-C in our terminal does not reach, because it leads a session of its
 * own: we decide when it stops, after what uses it has stopped.
 *
 * @returns null when it ended at once; its log says why
 */
export async function launchServer(command: ServerCommand): Promise<LaunchedServer | null> {
  await setAside(command.logFile);
  const log = await open(command.logFile, 'a', 0o600);
  try {
    const child = spawnDetached(command, log.fd);
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
    await once(child, 'spawn');
    child.unref();
    const mark = await markOf(child.pid ?? 0);
    return mark && { mark, exited };
  } finally {
    await log.close();
  }
}

function spawnDetached(command: ServerCommand, log: number): ChildProcess {
  return spawn(command.executable, command.arguments, {
    cwd: command.directory,
    env: command.environment,
    uid: command.account?.uid,
    gid: command.account?.gid,
    detached: true,
    stdio: ['ignore', log, log],
  });
}

/** The log of this run alone, and of the one before: enough to explain a failure, and it ends. */
async function setAside(logFile: string): Promise<void> {
  if (await exists(logFile)) await rename(logFile, `${logFile}.previous`);
}

export interface Waiting {
  name: string;
  isReady: () => Promise<boolean>;
  limitSeconds: number;
  logFile: string;
  progress: (line: string) => void;
  signal: AbortSignal | undefined;
}

/**
 * Waits for a server that was launched. One that takes too long, fails, or is no longer wanted, is
 * ended.
 *
 * @returns false when it ended by itself
 */
export async function waitUntilReady(
  mark: ProcessMark,
  endings: readonly Ending[],
  waiting: Waiting,
): Promise<boolean> {
  try {
    return await watch(mark, waiting);
  } catch (error) {
    await endProcess(mark, endings, 'group');
    throw error;
  }
}

async function watch(mark: ProcessMark, waiting: Waiting): Promise<boolean> {
  const { name, limitSeconds, progress, isReady } = waiting;
  const started = Date.now();
  const seconds = () => Math.floor((Date.now() - started) / 1000);
  let nextWord = wordEverySeconds;
  while (seconds() < limitSeconds) {
    if (waiting.signal?.aborted === true) {
      throw new StartFailure(`${name} was stopped while it was starting.`);
    }
    if (await isReady()) return true;
    if (!(await isRunning(mark))) return false;
    if (seconds() >= nextWord) {
      progress(`${name}: waiting until it answers, ${seconds()} s so far`);
      nextWord += wordEverySeconds;
    }
    await sleep(pollMilliseconds);
  }
  throw new StartFailure(await endOfLog(name, waiting.logFile));
}

/** A sentence on a server that ended or never answered, with the last that it said. */
export async function endOfLog(name: string, logFile: string): Promise<string> {
  const log = (await readIfThere(logFile)) ?? '';
  const lines = log.trim().split('\n').slice(-3).join(' | ').slice(-600);
  return `${name} did not start; its log ${logFile} ends with: ${lines === '' ? '(nothing)' : lines}`;
}
