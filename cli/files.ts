import { existsSync, readFileSync, statSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { SeedError } from '../seeds/seed-error.ts';
import { pathOf } from './called-from.ts';
import { textOf } from './utf8.ts';

/** What a command was given cannot be used: one sentence that says what to do. */
export class UnusableInput extends Error {
  override readonly name = 'UnusableInput';
}
/** How a command ends. 2: unusable input, nothing on the output. */
export interface Ended {
  status: 0 | 1 | 2;
  output: string;
  errors: string;
}

/**
 * Reads a file named on the command line; `-` is the standard input.
 *
 * @throws UnusableInput with a sentence when there is nothing to read
 */
export async function readInput(file: string): Promise<string> {
  if (file === '-') return textOf(await buffer(process.stdin), nameOf(file));
  const path = pathOf(file);
  if (!existsSync(path)) throw new UnusableInput(`找不到文件 ${file}，请核对文件名后再执行。`);
  if (statSync(path).isDirectory()) {
    throw new UnusableInput(`${file} 是文件夹，这里要一个文件，请更正后再执行。`);
  }
  return textOf(readFileSync(path), file);
}
/** What faults in a file call it. */
export const nameOf = (file: string): string => (file === '-' ? '<stdin>' : file);

/** The value of an option that a command cannot do without. */
export function needed(value: string | undefined, option: string): string {
  if (value === undefined)
    throw new UnusableInput(`缺少 ${option}，请加上后再执行；用法见 --help。`);
  return value;
}

/** Runs a command; what is wrong with its input ends it with status 2 and nothing on the output. */
export async function ending(run: () => Promise<Ended>): Promise<Ended> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UnusableInput) && !(error instanceof SeedError)) throw error;
    return { status: 2, output: '', errors: `${error.message}\n` };
  }
}

/** Shows how a command ended. */
export function show({ status, output, errors }: Ended): void {
  process.stdout.write(output);
  process.stderr.write(errors);
  process.exitCode = status;
}
