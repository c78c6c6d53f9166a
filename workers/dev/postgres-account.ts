import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Account, lastLine, runCommand } from './commands.ts';
import { StartFailure } from './start-failure.ts';

const userName = 'postgres';

/**
 * PostgreSQL refuses to run as root. Started by root it runs as the owner of its data, or at first
 * as the user `postgres`, who is created when there is none.
 *
 * @returns undefined when we are an ordinary user, as whom the server then runs
 */
export async function serverAccount(
  dataDirectory: string,
  progress: (line: string) => void,
): Promise<Account | undefined> {
  const owner = await ownerOf(dataDirectory);
  if (process.getuid?.() !== 0) {
    if (owner !== null) checkOwner(owner, dataDirectory);
    return undefined;
  }
  if (owner !== null && owner.uid !== 0) return owner;
  return (await lookUp()) ?? (await create(progress));
}

function checkOwner(owner: Account, dataDirectory: string): void {
  if (owner.uid === process.getuid?.()) return;
  throw new StartFailure(
    `The PostgreSQL data in ${dataDirectory} belongs to ${owner.name}, perhaps from a start as root: start as root again, or choose another directory.`,
  );
}

async function ownerOf(path: string): Promise<Account | null> {
  try {
    const { uid, gid } = await stat(path);
    return { name: `user ${uid}`, uid, gid };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new StartFailure(`${path} cannot be looked at (${code ?? 'unknown'}).`);
  }
}

async function lookUp(): Promise<Account | null> {
  const [uid, gid] = await Promise.all([run('id', ['-u', userName]), run('id', ['-g', userName])]);
  if (!uid.succeeded || !gid.succeeded) return null;
  return { name: `user ${userName}`, uid: Number(uid.output), gid: Number(gid.output) };
}

async function create(progress: (line: string) => void): Promise<Account> {
  progress(`PostgreSQL: creating the user ${userName}, because it does not run as root`);
  await run('groupadd', ['--system', '--force', userName]);
  const options = ['--system', '--gid', userName, '--no-create-home', userName];
  const created = await run('useradd', options);
  const account = await lookUp();
  if (account !== null) return account;
  throw new StartFailure(
    `PostgreSQL does not run as root, and its user ${userName} could not be created (${lastLine(created.output)}): start as an ordinary user.`,
  );
}

function run(executable: string, commandArguments: string[]) {
  return runCommand(executable, commandArguments, { environment: process.env, timeoutSeconds: 20 });
}

/** Finds the first directory on the way to a path that the account may not enter. */
export async function checkReachable(path: string, account: Account): Promise<void> {
  const way: string[] = [];
  for (let at = path; at !== dirname(at); at = dirname(at)) way.unshift(at);
  for (const directory of way) {
    if (await mayEnter(directory, account)) continue;
    throw new StartFailure(
      `PostgreSQL, started by root, runs as ${account.name}, who may not enter ${directory}: allow it (chmod a+x ${directory}), or keep project and data where every user may enter.`,
    );
  }
}

async function mayEnter(directory: string, account: Account): Promise<boolean> {
  const { mode, uid, gid } = await stat(directory);
  if (uid === account.uid) return (mode & 0o100) !== 0;
  if (gid === account.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}
