import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdtemp,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, lastLine, runCommand } from './commands.ts';
import { exists, makeDirectory } from './files.ts';
import { StartFailure } from './start-failure.ts';

/** Where a cluster lives, and what it is made with. */
export interface DataPlan {
  home: string;
  user: string;
  initdb: string;
  account: Account | undefined;
  durable: boolean;
  environment: NodeJS.ProcessEnv;
  progress: (line: string) => void;
  signal: AbortSignal | undefined;
}

const finishedMarker = 'kuasheng-finished';
const unfinishedPrefix = 'unfinished-';
const initdbLimitSeconds = 120;

export const dataDirectory = (home: string): string => join(home, 'data');
export const passwordFile = (home: string): string => join(home, 'password');

/** @returns the directory in the one spelling by which a later run recognises its orphans */
export async function makeHome(directory: string): Promise<string> {
  await makeDirectory(directory);
  // Under a strict umask the server's user could not reach the data, which protects itself.
  const { mode } = await stat(directory);
  if (process.getuid?.() === 0) await chmod(directory, mode | 0o011);
  return realpath(directory);
}

/** Leaves a finished data directory as it is, and makes one where there is none or half of one. */
export async function prepareData(plan: DataPlan): Promise<void> {
  const { home, progress } = plan;
  const data = dataDirectory(home);
  for (const entry of await readdir(home)) {
    if (entry.startsWith(unfinishedPrefix)) await removeTree(join(home, entry));
  }
  if (await exists(join(data, finishedMarker))) return;
  if (await exists(data)) {
    progress('PostgreSQL: removing a half-made data directory');
    await removeTree(data);
  }
  await initialise(plan);
}

/** Makes the data aside and moves it into place as the last step, so that it is there whole or not. */
async function initialise(plan: DataPlan): Promise<void> {
  const { home, progress, account } = plan;
  progress('PostgreSQL: making a new data directory (initdb)');
  const unfinished = await mkdtemp(join(home, unfinishedPrefix));
  // PostgreSQL's user must be able to read it, and nobody else may.
  const password = join(unfinished, 'password');
  await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account !== undefined) {
    await chown(unfinished, account.uid, account.gid);
    await chown(password, account.uid, account.gid);
  }
  await runInitdb(plan, unfinished);
  await writeFile(
    join(unfinished, 'data', finishedMarker),
    'Without this file the data is remade.\n',
  );
  if (account !== undefined) await chown(password, 0, 0);
  await rename(password, passwordFile(home));
  await rename(join(unfinished, 'data'), dataDirectory(home));
  await removeTree(unfinished);
}

async function runInitdb(plan: DataPlan, directory: string): Promise<void> {
  const commandArguments = [
    '--pgdata=data',
    '--pwfile=password',
    `--username=${plan.user}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // PostgreSQL's own code-point order: the same on every machine, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(plan.durable ? [] : ['--no-sync']),
  ];
  const { environment, account, signal } = plan;
  const timeoutSeconds = initdbLimitSeconds;
  const made = await runCommand(plan.initdb, commandArguments, {
    environment,
    account,
    signal,
    directory,
    timeoutSeconds,
  });
  if (!made.succeeded) {
    throw new StartFailure(`PostgreSQL could not make its data (initdb): ${lastLine(made.output)}`);
  }
}

/** An initdb that outlived its killed parent may still be writing: then a second try helps. */
async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
