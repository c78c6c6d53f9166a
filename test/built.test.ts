import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** A project of two sources and one program, which is run as ours are. */

let root: string;
const program = 'cli/hello.ts';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'kuasheng-built-'));
  const files = ['built.mjs', 'install.mjs', 'run.mjs', 'package-lock.json', 'tsconfig.json'];
  for (const file of files) copyFileSync(resolve(file), join(root, file));
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  for (const folder of ['cli', 'domain']) mkdirSync(join(root, folder));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const write = (file: string, text: string) => {
  writeFileSync(join(root, file), text);
};
const writeWord = (word: string) => {
  write('domain/word.ts', `export const word: string = '${word}';\n`);
};
/** Runs it from another folder. */
const hello = (...words: string[]): Promise<{ output: string; errors: string }> =>
  new Promise((end) => {
    const command = [join(root, 'run.mjs'), program, ...words];
    execFile(process.execPath, command, { cwd: tmpdir() }, (_error, output, errors) => {
      end({ output, errors });
    });
  });
const made = () => join(root, '.build', program);
const keptFile = () => join(made(), readdirSync(made())[0]!, 'program.mjs');

describe('a program that is made of the sources', () => {
  test('knows its words and where its source lies; begun thrice at once, it is kept once', async () => {
    writeWord('你好');
    write(
      program,
      `import { word } from '../domain/word.ts';
interface Place { here: string }
const place: Place = { here: import.meta.dirname };
console.log(word, process.argv.slice(1).join(' '), place.here, import.meta.url);
if (process.argv[2] === 'fail') throw new Error('on line 5');
`,
    );
    const all = await Promise.all([hello('a', 'b'), hello('a', 'b'), hello('a', 'b')]);
    const output = `你好 ${program} a b ${join(root, 'cli')} file://${join(root, program)}\n`;
    for (const one of all) expect(one).toEqual({ output, errors: '' });
    expect(readdirSync(made())).toHaveLength(1);
  });

  test('is not made again while nothing has changed', async () => {
    const text = readFileSync(keptFile(), 'utf8');
    writeFileSync(keptFile(), `console.log('kept');\n${text}`);
    expect((await hello()).output).toMatch(/^kept\n你好 /);
  });

  test('is made anew when another source than its own has changed, and the old one is gone', async () => {
    writeWord('再见');
    expect((await hello()).output).toMatch(/^再见 /);
    expect(readdirSync(made())).toHaveLength(1);
  });

  test('tells an error by the line of the source', async () => {
    const { errors } = await hello('fail');
    expect(errors).toContain('on line 5');
    expect(errors).toContain(`${join(root, program)}:5:`);
  });

  test('that cannot be made says where, and is made once that is mended', async () => {
    write('domain/word.ts', `export const word: string = ;\n`);
    const { output, errors } = await hello();
    expect(output).toBe('');
    expect(errors).toContain('domain/word.ts:1:');
    expect(readdirSync(made())).toHaveLength(1);
    writeWord('好');
    expect((await hello()).output).toMatch(/^好 /);
  });
});
