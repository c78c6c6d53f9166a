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
  build: string | null; // of the workflows that it runs, when it runs any
  processId: number;
  stop(): Promise<void>;
}

/** Said by the child when its work has begun, or when it cannot begin, and why. */
export type FirstWord = Pick<Child, 'build'> | { failure: string };

const root = fileURLToPath(new URL('../..', import.meta.url));
// Hospitals' door, then workers, then the servers: all of it within 10 s.
const stopMilliseconds = 3_500;

const logFile = ({ name, logDirectory }: ChildOptions): string =>
  path.join(logDirectory, `${name}.log`);

async function launch(options: ChildOptions): Promise<ChildProcess> {
  const { name, environment } = options;
  const log = await open(logFile(options), 'a', 0o600);
  // Its own process group: a Ctrl-C in the terminal reaches us alone, and we stop it in order. The
  // channel tells it when we are gone, so that even a kill -9 of us leaves nothing behind.
  const child = spawn(process.execPath, [path.join(root, 'run.mjs'), `workers/${name}.ts`], {
    cwd: root,
    env: environment,
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  await log.close();
  return child;
}

function endOf(options: ChildOptions): string {
  const ended = options.signal?.aborted === true ? 'was stopped' : 'ended';
  return `The ${options.name} process ${ended} while it started; its log is ${logFile(options)}.`;
}

/** What the child said first, or that it ended without a word. */
async function firstWord(child: ChildProcess, options: ChildOptions): Promise<FirstWord> {
  const heard = new AbortController();
  const { signal } = heard;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([word]) => word as FirstWord),
      once(child, 'exit', { signal }).then(() => ({ failure: endOf(options) })),
    ]);
  } finally {
    heard.abort();
  }
}

/** Waits until the child works; one that cannot, or is no longer wanted, has ended when this throws. */
async function becomeReady(child: ChildProcess, options: ChildOptions): Promise<Child['build']> {
  const { signal } = options;
  const exited = once(child, 'exit');
  const giveUp = (): boolean => child.kill('SIGKILL'); // it holds nothing yet
  if (signal?.aborted === true) giveUp();
  signal?.addEventListener('abort', giveUp);
  const word = await firstWord(child, options);
  signal?.removeEventListener('abort', giveUp);
  if ('build' in word) return word.build;
  await exited;
  throw new StartFailure(word.failure);
}

/** Starts one of our processes and waits until it works. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = await launch(options);
  const build = await becomeReady(child, options);
  let stopping = false;
  const exited = once(child, 'exit').then(() => {
    if (stopping) return;
    options.onEnd(`The ${options.name} process ended; its log is ${logFile(options)}.`);
  });
  return {
    build,
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
