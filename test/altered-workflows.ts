import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { buildWorkflows, type Build } from '../workers/build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A build of our workflows in which `settlement.ts` reads otherwise, as in a later release. */
export async function buildAltered(alter: (source: string) => string): Promise<Build> {
  // Beside workflows/, so that the bundler treats it as ours and its imports stay as they are.
  const directory = await mkdtemp(path.join(root, '.altered-'));
  try {
    await cp(path.join(root, 'workflows'), directory, { recursive: true });
    const file = path.join(directory, 'settlement.ts');
    const source = await readFile(file, 'utf8');
    const altered = alter(source);
    expect(altered).not.toBe(source);
    await writeFile(file, altered);
    return await buildWorkflows(path.join(directory, 'index.ts'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
