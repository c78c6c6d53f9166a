import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isRunning, markOf } from './dev/leftovers.ts';

/** What a running `npm start` tells the command line: where things are. No secrets. */
const runFile = z.object({
  temporalAddress: z.string(),
  namespace: z.string(),
  uiUrl: z.string().nullable(),
  gatewayUrl: z.string(),
  postgresPort: z.number().nullable().default(null), // null when KUASHENG_DATABASE_URL says where it is
  processId: z.number(),
  startedAt: z.string(), // with the id above, what names a process for ever
});
export type RunFile = z.infer<typeof runFile>;
type Addresses = Omit<RunFile, 'processId' | 'startedAt'>;

const fileIn = (directory: string): string => path.join(directory, 'run.json');

/** Tells that this process runs the system. */
export async function writeRunFile(directory: string, addresses: Addresses): Promise<void> {
  const file = fileIn(directory);
  const run = { ...addresses, ...(await markOf(process.pid)) };
  await writeFile(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** Takes back what this process told, or one that was killed; what a running one told stays. */
export async function removeRunFile(directory: string): Promise<void> {
  const run = await readRunFile(directory);
  if (run === null || run.processId === process.pid) await rm(fileIn(directory), { force: true });
}

/** The addresses of the system that runs in this directory; null when none does. */
export async function readRunFile(directory: string): Promise<RunFile | null> {
  try {
    const run = runFile.parse(JSON.parse(await readFile(fileIn(directory), 'utf8')));
    return (await isRunning(run)) ? run : null; // a start that was killed leaves its file
  } catch {
    return null; // absent, or half written by a start that was killed
  }
}
