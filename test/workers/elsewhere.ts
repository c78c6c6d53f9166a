import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Another process that starts the server and holds it until it is killed. */
export async function elsewhere(
  server: 'postgres' | 'temporal',
  options: object,
): Promise<{ child: ChildProcess; processId: number }> {
  const words = ['run.mjs', 'test/workers/hold-server.ts', server, JSON.stringify(options)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, processId: Number(printed.toString()) };
}
