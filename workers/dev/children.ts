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
}
export interface Child {
  processId: number;
  stop(): Promise<void>;
}

const workers = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stopMilliseconds = 7_000;

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

async function isReady(child: ChildProcess): Promise<boolean> {
  const ended = new AbortController();
  const { signal } = ended;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(() => true),
      once(child, 'exit', { signal }).then(() => false),
    ]);
  } finally {
    ended.abort();
  }
}

/** Starts one of our processes and waits until it works. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, logDirectory, onEnd } = options;
  const child = await launch(options);
  const log = path.join(logDirectory, `${name}.log`);
  if (!(await isReady(child))) {
    throw new StartFailure(`The ${name} process ended while it started; its log is ${log}.`);
  }
  let stopping = false;
  const exited = once(child, 'exit').then(() => {
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
