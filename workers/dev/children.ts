import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartFailure } from './start-failure.ts';

export interface ChildOptions {
  name: 'gateway' | 'centre' | 'place';
  environment: NodeJS.ProcessEnv;
  logDirectory: string;
  /** Told when the process ended though nobody asked it to. */
  onEnd: (sentence: string) => void;
  signal?: AbortSignal; // gives up starting, and leaves nothing running
}
export interface Child {
  processId: number;
  stop(): Promise<void>;
}

/** Said by the child when its work has begun; what it says instead is why it cannot. */
export const readyMessage = 'ready';

const workers = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
// Hospitals' door, then workers, then the servers: all of it within 10 s.
const stopMilliseconds = 3_500;

async function launch({ name, environment, logDirectory }: ChildOptions): Promise<ChildProcess> {
  const log = await open(path.join(logDirectory, `${name}.log`), 'a', 0o600);
  // Its own process group: a Ctrl-C in the terminal reaches us alone, and we stop it in order. The
  // channel tells it when we are gone, so that even a kill -9 of us leaves nothing behind.
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(workers, `${name}.ts`)], {
    cwd: path.dirname(workers),
    env: environment,
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  await log.close();
  return child;
}

/** @returns what the child said first, or null when it ended without a word */
async function firstWord(child: ChildProcess): Promise<string | null> {
  const heard = new AbortController();
  const { signal } = heard;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([word]) => String(word)),
      once(child, 'exit', { signal }).then(() => null),
    ]);
  } finally {
    heard.abort();
  }
}

/** Starts one of our processes and waits until it works. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, logDirectory, onEnd, signal } = options;
  const child = await launch(options);
  const exited = once(child, 'exit');
  const giveUp = (): boolean => child.kill('SIGKILL'); // it holds nothing yet
  if (signal?.aborted === true) giveUp();
  signal?.addEventListener('abort', giveUp);
  const word = await firstWord(child);
  signal?.removeEventListener('abort', giveUp);
  const log = path.join(logDirectory, `${name}.log`);
  if (word !== readyMessage) {
    await exited;
    throw new StartFailure(word ?? `The ${name} process ended while it started; its log is ${log}.`);
  }
  let stopping = false;
  void exited.then(() => {
    if (!stopping) onEnd(`The ${name} process ended; its log is ${log}.`);
  });
  return {
    processId: child.pid ?? 0,
    stop: async () => {
      stopping = true;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), stopMilliseconds);
      await exited;
      clearTimeout(late);
    },
  };
}
