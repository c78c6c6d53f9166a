import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scratchDirectory } from '../scratch.ts';
import { elsewhere } from './elsewhere.ts';
import { markOf } from '../../workers/dev/leftovers.ts';
import { makeSymlinks } from '../../workers/dev/postgres-binaries.ts';
import { type RunningPostgres, startPostgres } from '../../workers/dev/postgres.ts';
import { StartFailure } from '../../workers/dev/start-failure.ts';

let root: string;
let lines: string[] = [];

beforeAll(async () => {
  root = await scratchDirectory('postgres');
});
afterAll(() => rm(root, { recursive: true, force: true }));

function start(name: string, port: number | 'any' = 'any'): Promise<RunningPostgres> {
  lines = [];
  const progress = (line: string) => lines.push(line);
  return startPostgres({ directory: join(root, name), port, progress, durable: false });
}

async function query(server: RunningPostgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url('postgres') });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<{ value: unknown }>(sql)).rows.map((row) => row.value);
  } finally {
    await client.end();
  }
}

const keep = (server: RunningPostgres) =>
  query(server, "create table kept as select '重庆'::text as value");
const kept = (server: RunningPostgres) => query(server, 'select value from kept');

const isAlive = async (processId: number) => (await markOf(processId)) !== null;

/** Another process that starts PostgreSQL on the directory and holds it until it is killed. */
const startElsewhere = (name: string) =>
  elsewhere('postgres', { directory: join(root, name), port: 'any', durable: false });

async function killElsewhere(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('the embedded PostgreSQL', () => {
  test('starts on an empty directory, and a second start finds the data and the password again', async () => {
    const listeners = process.listenerCount('SIGINT');
    const first = await start('fresh');
    await keep(first);
    await first.stop();
    expect(await isAlive(first.processId)).toBe(false);

    const second = await start('fresh');
    expect(await kept(second)).toEqual(['重庆']);
    expect(second.password).toBe(first.password);
    expect(lines.join()).not.toContain('initdb');
    await second.stop();
    expect(process.listenerCount('SIGINT')).toBe(listeners);
  });

  test('has a password of its own that only its user can read, UTF-8, and the order of code points', async () => {
    const server = await start('fresh');
    const password = join(root, 'fresh', 'password');
    expect(await readFile(password, 'utf8')).toBe(server.password);
    expect((await stat(password)).mode & 0o777).toBe(0o600);
    expect(server.password).toMatch(/^[\w-]{32}$/);
    const wrong = new pg.Client({
      connectionString: server.url('postgres').replace(/:[^:]*@/, ':x@'),
    });
    await expect(wrong.connect()).rejects.toThrow('password authentication failed');
    expect(
      await query(server, "select v as value from (values ('a'),('B'),('重')) t(v) order by v"),
    ).toEqual(['B', 'a', '重']);
    expect(
      await query(
        server,
        "select setting as value from pg_settings where name in ('server_encoding','max_connections','server_version') order by name",
      ),
    ).toEqual(['200', 'UTF8', expect.stringMatching(/^18/)]);
    await server.stop();
  });

  test('keeps what was committed when it is killed, in the same process too', async () => {
    const options = {
      directory: join(root, 'killed'),
      port: 'any',
      progress: () => undefined,
    } as const;
    const first = await startPostgres(options);
    await keep(first);
    process.kill(first.processId, 'SIGKILL');
    await expect.poll(() => isAlive(first.processId)).toBe(false);
    const second = await startPostgres(options);
    expect(await kept(second)).toEqual(['重庆']);
    await second.stop();
  });

  test('takes over from a server whose run was killed', async () => {
    const { child, processId } = await startElsewhere('orphan');
    await expect(start('orphan')).rejects.toThrow(`in use by process ${String(child.pid)}`);
    await killElsewhere(child);
    expect(await isAlive(processId)).toBe(true);

    const server = await start('orphan');
    expect(lines).toContain(
      `PostgreSQL: stopping process ${processId}, left over from an earlier run`,
    );
    expect(await isAlive(processId)).toBe(false);
    await server.stop();
  });

  test('does not take another program that has the id of its lock for a server', async () => {
    const lock = [process.pid, join(root, 'fresh', 'data'), 1, 5432, '', '127.0.0.1', ''];
    await writeFile(join(root, 'fresh', 'data', 'postmaster.pid'), lock.join('\n'));
    const server = await start('fresh');
    expect(await kept(server)).toEqual(['重庆']);
    await server.stop();
  });

  test('makes anew what an interrupted initdb left, in place or aside', async () => {
    const home = join(root, 'half');
    await mkdir(join(home, 'data', 'global'), { recursive: true });
    await writeFile(join(home, 'data', 'PG_VERSION'), '18\n');
    await mkdir(join(home, 'unfinished-abc', 'data'), { recursive: true });
    const server = await start('half');
    expect(lines).toContain('PostgreSQL: removing a half-made data directory');
    expect(await query(server, 'select 1 as value')).toEqual([1]);
    await server.stop();
    expect((await readdir(home)).filter((name) => name.startsWith('unfinished'))).toEqual([]);
  });

  test('never removes finished data, and says what is missing', async () => {
    await rm(join(root, 'half', 'password'));
    await expect(start('half')).rejects.toThrow(/password is missing/);
    expect(await readdir(join(root, 'half', 'data'))).toContain('PG_VERSION');
    expect(await readdir(join(root, 'half'))).not.toContain('owner.json');
  });

  test('names the port that is busy and the setting that changes it', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const failure: unknown = await start('fresh', port).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartFailure);
    expect(String(failure)).toBe(
      `StartFailure: Port ${port}, wanted for PostgreSQL, is in use by another program: free it, or set KUASHENG_POSTGRES_PORT to another port.`,
    );
    holder.close();
  });

  test('gives up when it is told to, and leaves nothing running', async () => {
    const options = {
      directory: join(root, 'fresh'),
      port: 'any',
      progress: () => undefined,
    } as const;
    await expect(startPostgres({ ...options, signal: AbortSignal.abort() })).rejects.toThrow(
      /stopped/,
    );
    const server = await start('fresh');
    await server.stop();
  });

  test('makes the links of its libraries where install scripts were blocked', async () => {
    const lib = join(root, 'package', 'native', 'lib');
    await mkdir(lib, { recursive: true });
    const list = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
    await writeFile(join(root, 'package', 'native', 'pg-symlinks.json'), JSON.stringify(list));
    await makeSymlinks(join(root, 'package'));
    await makeSymlinks(join(root, 'package'));
    expect(await readlink(join(lib, 'libpq.so.5'))).toBe('libpq.so.5.18');
  });
});
