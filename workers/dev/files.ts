import { lstat, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartFailure } from './start-failure.ts';

/** @returns null when there is no such file */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Whether something has this name, be it a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** A process that ends while its entry in /proc is read answers with ESRCH. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESRCH';
}

export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw notWritable(dirname(path), error);
  }
}

export function notWritable(directory: string, error: unknown): StartFailure {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return new StartFailure(
    `Nothing can be written in ${directory} (${code}), which may belong to another user, perhaps from a start as root: give it to this user, or choose another directory.`,
  );
}
