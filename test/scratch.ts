import { accessSync, constants, statfsSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const inMemory = '/dev/shm';
const roomEnough = 3 * 2 ** 30;

function hasRoomInMemory(): boolean {
  try {
    accessSync(inMemory, constants.W_OK);
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize >= roomEnough;
  } catch {
    return false; // not a Linux, or one without it
  }
}

/**
 * A new directory for the files of a server that is thrown away: in memory, where the system has room for
 * that. Databases come and go by the hundred, some hundred files each, and a disk's file system looks
 * long for the place of a new file after so many were deleted.
 */
export async function scratchDirectory(name: string): Promise<string> {
  const parent = hasRoomInMemory() ? inMemory : tmpdir();
  const directory = await mkdtemp(path.join(parent, `kuasheng-${name}-`));
  await chmod(directory, 0o755); // as root, the database runs as another user, who passes through here
  return directory;
}
