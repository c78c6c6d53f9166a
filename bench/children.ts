import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Child } from '../workers/dev/children.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';

export interface FloorChildOptions {
  name: 'centre' | 'place' | 'gateway';
  environment: NodeJS.ProcessEnv;
  logDirectory: string;
  onEnd: (sentence: string) => void;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const stopMilliseconds = 7_000;

/** Starts one of the floor's processes as workers/dev/children.ts starts ours. */
export async function startFloorChild(
  options: FloorChildOptions,
): Promise<Pick<Child, 'processId' | 'stop'>> {
  const { name, environment, logDirectory, onEnd } = options;
  const log = await open(path.join(logDirectory, `floor-${name}.log`), 'a', 0o600);
  const words = [path.join(root, 'run.mjs'), `bench/floor/${name}.ts`];
  const child = spawn(process.execPath, words, {
    cwd: root,
    env: environment,
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  await log.close();
  const exited = once(child, 'exit').then(() => false);
  const ready = once(child, 'message').then(() => true);
  if (!(await Promise.race([ready, exited]))) {
    throw new StartFailure(`The floor's ${name} ended while it started; see its log.`);
  }
  let stopping = false;
  const gone = exited.then(() => {
    if (!stopping) onEnd(`The floor's ${name} ended.`);
  });
  return {
    processId: child.pid ?? 0,
    stop: async () => {
      stopping = true;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), stopMilliseconds);
      await gone;
      clearTimeout(late);
    },
  };
}
