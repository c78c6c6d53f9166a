import { readdir } from 'node:fs/promises';
import { runCommand } from '../workers/dev/commands.ts';
import { readIfThere } from '../workers/dev/files.ts';

/** What a process and its children, past and present, have used of the processors. */

const ticksPerSecond = 100; // USER_HZ, the same on every Linux

interface Used {
  parent: number;
  seconds: number;
}

async function usedOnLinux(processId: number): Promise<Used | null> {
  const stat = await readIfThere(`/proc/${processId}/stat`);
  if (stat === null) return null;
  // The name in brackets may hold anything; what follows the last bracket is state, then numbers.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [parent, ...times] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]));
  const ticks = times.reduce((all, one) => all + one, 0);
  return { parent: parent ?? 0, seconds: ticks / ticksPerSecond };
}

async function listOnLinux(): Promise<Map<number, Used>> {
  const names = await readdir('/proc');
  const ids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const listed = await Promise.all(ids.map(async (id) => [id, await usedOnLinux(id)] as const));
  return new Map(listed.flatMap(([id, used]) => (used === null ? [] : [[id, used] as const])));
}

/** `[[days-]hours:]minutes:seconds`, as `ps` writes it. */
function secondsOf(time: string): number {
  const [days, clock] = time.includes('-') ? time.split('-') : ['0', time];
  const parts = (clock ?? '').split(':').map(Number);
  return parts.reduce((all, part) => all * 60 + part, 0) + Number(days) * 86_400;
}

async function listByPs(): Promise<Map<number, Used> | null> {
  const listed = await runCommand('ps', ['-axo', 'pid=,ppid=,time='], {
    environment: { ...process.env, LC_ALL: 'C' },
    timeoutSeconds: 5,
  });
  if (!listed.succeeded) return null;
  const rows = listed.output.split('\n').map((line) => line.trim().split(/\s+/));
  return new Map(
    rows.map(([id, parent, time = '']) => [
      Number(id),
      { parent: Number(parent), seconds: secondsOf(time) },
    ]),
  );
}

/** Seconds by name; null where the process is not ours to look at, or this system does not tell. */
export type ProcessorTimes = Record<string, number | null>;

export async function readTimes(
  processes: Readonly<Record<string, number | null>>,
): Promise<ProcessorTimes> {
  const listed = process.platform === 'linux' ? await listOnLinux() : await listByPs();
  const total = (id: number | null): number | null => {
    const own = id === null ? undefined : listed?.get(id);
    if (own === undefined) return null;
    // All others are children of the bench; of it alone, its own use is asked for.
    const all = id === process.pid ? [] : [...(listed?.values() ?? [])];
    const children = all.filter(({ parent }) => parent === id);
    return children.reduce((sum, { seconds }) => sum + seconds, own.seconds);
  };
  return Object.fromEntries(Object.entries(processes).map(([name, id]) => [name, total(id)]));
}

/** What was used between two readings. */
export const timesBetween = (before: ProcessorTimes, after: ProcessorTimes): ProcessorTimes =>
  Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => {
      const start = before[name] ?? null;
      return [name, seconds === null || start === null ? null : seconds - start];
    }),
  );

/** The sum of several spans, by name. */
export const sumOfTimes = (spans: readonly ProcessorTimes[]): ProcessorTimes =>
  Object.fromEntries(
    Object.keys(spans[0] ?? {}).map((name) => {
      const values = spans.map((span) => span[name] ?? null);
      const known = values.filter((value) => value !== null);
      const sum = known.reduce((all, value) => all + value, 0);
      return [name, known.length === values.length ? sum : null];
    }),
  );
