import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

/** What the check of types says of planted faults: the compiler's word, and that of the rules with types. */

const root = path.resolve(import.meta.dirname, '..');
const planted = `
export const amount: number = '981.40';
const pay = (): Promise<string> => Promise.resolve('981.40');
export function settle(): void {
  pay();
}
`;

test('a wrong type and a promise that nobody waits for are found', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kuasheng-types-'));
  try {
    await writeFile(path.join(directory, 'planted.ts'), planted);
    const tsconfig = { extends: path.join(root, 'tsconfig.json'), compilerOptions: { types: [] } };
    await writeFile(
      path.join(directory, 'tsconfig.json'),
      JSON.stringify({ ...tsconfig, include: ['.'] }),
    );
    const words = ['--type-check', '--type-aware', '--format', 'unix', '.'];
    const said = await new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        [
          path.join(root, 'node_modules/oxlint/bin/oxlint'),
          '-c',
          path.join(root, '.oxlintrc.json'),
          ...words,
        ],
        { cwd: directory },
        (_, output) => {
          resolve(output);
        },
      );
    });
    expect(said).toMatch(/planted\.ts:2:\d+: .*not assignable to type 'number'/);
    expect(said).toMatch(/planted\.ts:5:\d+: Promises must be awaited/);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
