import { existsSync, readFileSync, statSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { pathOf } from './called-from.ts';
import { textOf } from './utf8.ts';

/**
 * Reads a file named on the command line; `-` is the standard input.
 *
 * @throws StartFailure with a sentence when there is nothing to read
 */
export async function readInput(file: string): Promise<string> {
  if (file === '-') return textOf(await buffer(process.stdin), nameOf(file));
  const path = pathOf(file);
  if (!existsSync(path)) throw new StartFailure(`找不到文件 ${file}，请核对文件名后再执行。`);
  if (statSync(path).isDirectory()) {
    throw new StartFailure(`${file} 是文件夹，这里要一个文件，请更正后再执行。`);
  }
  return textOf(readFileSync(path), file);
}
/** What faults in a file call it. */
export const nameOf = (file: string): string => (file === '-' ? '<stdin>' : file);
