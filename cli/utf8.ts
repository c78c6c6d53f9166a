import { SeedError } from '../seeds/seed-error.ts';

/** Every byte counts, also a byte order mark: the hash of a file is of its text. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a file as its bytes say. Another encoding would otherwise be stored with its letters
 * lost, and a null character cannot be stored at all.
 *
 * @throws SeedError when it is not UTF-8 text
 */
export function textOf(bytes: Uint8Array, file: string): string {
  if (bytes.includes(0)) throw new SeedError(`${file}:1:1 不是 UTF-8 文本，请另存为 UTF-8`);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SeedError(`${file}:1:1 不是 UTF-8 文本，请另存为 UTF-8`, { cause: error });
  }
}
