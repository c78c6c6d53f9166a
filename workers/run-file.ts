import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** What a running `npm start` tells the command line: where things are. No secrets. */
const runFile = z.object({
  temporalAddress: z.string(),
  namespace: z.string(),
  uiUrl: z.string().nullable(),
  gatewayUrl: z.string(),
  processId: z.number(),
});
export type RunFile = z.infer<typeof runFile>;

const fileIn = (directory: string): string => path.join(directory, 'run.json');

export async function writeRunFile(directory: string, run: RunFile): Promise<void> {
  const file = fileIn(directory);
  await writeFile(`${file}.new`, `${JSON.stringify(run, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
export const removeRunFile = (directory: string): Promise<void> =>
  rm(fileIn(directory), { force: true });

/** The addresses of the system that runs in this directory; null when none does. */
export async function readRunFile(directory: string): Promise<RunFile | null> {
  try {
    return runFile.parse(JSON.parse(await readFile(fileIn(directory), 'utf8')));
  } catch {
    return null; // absent, or half written by a start that was killed
  }
}
