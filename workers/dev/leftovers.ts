import { rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { runCommand } from './commands.ts';
import { makeDirectory, notWritable, readIfThere } from './files.ts';
import { StartFailure } from './start-failure.ts';

/** A process and the moment it began: the system gives process ids out again, never this pair. */
const processMark = z.strictObject({ processId: z.int().positive(), startedAt: z.string().min(1) });
export type ProcessMark = z.infer<typeof processMark>;

export interface Ending {
  signal: NodeJS.Signals;
  patienceSeconds: number;
}

const pollMilliseconds = 25;

/** @returns null when there is no such process, or only its body (a zombie nobody waited for) */
export async function markOf(processId: number): Promise<ProcessMark | null> {
  const startedAt =
    process.platform === 'linux' ? await startOnLinux(processId) : await startByPs(processId);
  return startedAt === null ? null : { processId, startedAt };
}

async function startOnLinux(processId: number): Promise<string | null> {
  const stat = await readIfThere(`/proc/${processId}/stat`);
  if (stat === null) return null;
  // The name in brackets may hold anything; what follows the last bracket is state, then numbers.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  if (ticks === undefined || state === 'Z' || state === 'X') return null;
  const boot = await readIfThere('/proc/sys/kernel/random/boot_id');
  return `${boot?.trim() ?? ''} ${ticks}`;
}

async function startByPs(processId: number): Promise<string | null> {
  const listed = await ps('stat=,lstart=', processId);
  return listed === null || listed.startsWith('Z') ? null : listed.replace(/^\S+\s+/, '');
}

/** The words a process was started with, each followed by a blank. */
export async function commandLineOf(processId: number): Promise<string | null> {
  if (process.platform !== 'linux') {
    const listed = await ps('command=', processId);
    return listed === null ? null : `${listed} `;
  }
  return (await readIfThere(`/proc/${processId}/cmdline`))?.replaceAll('\0', ' ') ?? null;
}

async function ps(columns: string, processId: number): Promise<string | null> {
  const listed = await runCommand('ps', ['-ww', '-o', columns, '-p', String(processId)], {
    environment: { ...process.env, LC_ALL: 'C' },
    timeoutSeconds: 5,
  });
  return listed.succeeded ? listed.output : null;
}

export async function isRunning(mark: ProcessMark): Promise<boolean> {
  return (await markOf(mark.processId))?.startedAt === mark.startedAt;
}

/**
 * Ends a process, gently first: each signal in turn, as long as the one before was not enough.
 *
 * @param reach `group` for a program that may be a script around the real one
 */
export async function endProcess(
  mark: ProcessMark,
  endings: readonly Ending[],
  reach: 'process' | 'group',
): Promise<void> {
  for (const { signal, patienceSeconds } of endings) {
    if (!(await isRunning(mark))) return;
    send(reach === 'group' ? -mark.processId : mark.processId, signal);
    const deadline = Date.now() + patienceSeconds * 1000;
    while (Date.now() < deadline && (await isRunning(mark))) await sleep(pollMilliseconds);
  }
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export async function saveMark(file: string, mark: ProcessMark): Promise<void> {
  await writeFile(file, JSON.stringify(mark));
}

/** @returns null when there is no such file, or it was cut short: both are what a kill leaves */
export async function loadMark(file: string): Promise<ProcessMark | null> {
  const text = await readIfThere(file);
  if (text === null) return null;
  try {
    return processMark.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * Makes this process the only one that uses something, until the returned function is called. A
 * claim whose process is gone counts for nothing, so `kill -9` leaves nothing to clean up.
 */
export async function claim(file: string, subject: string): Promise<() => Promise<void>> {
  const mine = await markOf(process.pid);
  if (mine === null) throw new Error('This process must be able to see itself.');
  await makeDirectory(dirname(file));
  while (!(await writeNew(file, JSON.stringify(mine)))) {
    const holder = await loadMark(file);
    if (holder !== null && (await isRunning(holder))) {
      throw new StartFailure(
        `${subject} is in use by process ${holder.processId}: stop that first, or choose another directory (KUASHENG_DATA_DIRECTORY).`,
      );
    }
    await rm(file, { force: true });
  }
  let held = true;
  return async () => {
    if (!held) return;
    held = false;
    await rm(file, { force: true });
  };
}

async function writeNew(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw notWritable(dirname(file), error);
  }
}
