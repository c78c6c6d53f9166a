import { Client, Connection } from '@temporalio/client';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { busyness } from '../patience.ts';
import { scratchDirectory } from '../scratch.ts';
import { commandLineOf } from '../../workers/dev/leftovers.ts';
import { choosePorts } from '../../workers/dev/ports.ts';
import { steadyMilliseconds } from '../../workers/dev/system.ts';
import { findTemporal } from '../../workers/dev/temporal-executable.ts';
import { readReleases } from '../../cli/releases.ts';
import { readRunFile, type RunFile } from '../../workers/run-file.ts';

/** `npm start` in a copy of this project, as a newcomer has it: one story, test after test. */

const folders = ['domain', 'workflows', 'activities', 'gateway', 'db', 'workers', 'cli', 'seeds'];
const files = ['start', 'install', 'built', 'run', 'kuasheng'].map((name) => `${name}.mjs`);
files.push('package.json', 'package-lock.json', 'tsconfig.json');
const portSettings = ['GATEWAY', 'POSTGRES', 'TEMPORAL', 'TEMPORAL_UI'];

let project: string; // what every process of this test has in its command line
let data: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  project = await scratchDirectory('start');
  for (const name of [...folders, ...files]) {
    await cp(resolve(name), join(project, name), { recursive: true });
  }
  await symlink(resolve('node_modules'), join(project, 'node_modules'));
  data = join(project, '我的 data');
  const wanted = portSettings.map(
    (setting) => ({ port: 'any', purpose: 'test', setting }) as const,
  );
  const ports = await choosePorts(wanted);
  const lines = portSettings.map((name, at) => `KUASHENG_${name}_PORT=${String(ports[at])}`);
  lines.push(`KUASHENG_DATA_DIRECTORY="${data}"`, 'KUASHENG_LOG_LEVEL=');
  await writeFile(join(project, '.env'), `${lines.join('\n')}\n`);
  const others = Object.entries(process.env).filter(
    ([name]) => !/^(KUASHENG|TEMPORAL)_/.test(name),
  );
  const cacheDirectory = resolve('.data/cache');
  const progress = () => undefined;
  environment = {
    ...Object.fromEntries(others),
    NO_COLOR: '1',
    NODE_EXTRA_CA_CERTS: '', // nobody outside is asked, and each process would read them
    GOMAXPROCS: '1', // Temporal need not look for work on the other cores
    TEMPORAL_CLI: await findTemporal({ environment: process.env, cacheDirectory, progress }),
  };
}, 600_000);

afterAll(async () => {
  for (const processId of await processes()) kill(processId);
  await rm(project, { recursive: true, force: true, maxRetries: 5 });
});

function kill(processId: number): void {
  try {
    process.kill(processId, 'SIGKILL');
  } catch {
    // It was quicker.
  }
}

/** ps is not on every small machine. */
async function allProcesses(): Promise<number[]> {
  const listed =
    process.platform === 'linux'
      ? await readdir('/proc')
      : (await promisify(execFile)('ps', ['-ax', '-o', 'pid='])).stdout.split('\n');
  return listed.map(Number).filter((id) => id > 0);
}

/** What runs from this project or on its data: npm start, its children, PostgreSQL, Temporal. */
async function processes(like = ''): Promise<number[]> {
  const found: number[] = [];
  for (const processId of await allProcesses()) {
    const commandLine = (await commandLineOf(processId)) ?? '';
    if (commandLine.includes(project) && commandLine.includes(like)) found.push(processId);
  }
  return found;
}

interface Start {
  processId: number;
  output: () => string;
  says: (words: string | RegExp) => Promise<void>;
  ended: Promise<{ status: number | null; output: string }>;
}

function start(words: string[] = [], settings: NodeJS.ProcessEnv = {}): Start {
  const child = spawn(process.execPath, [join(project, 'start.mjs'), ...words], {
    cwd: tmpdir(),
    env: { ...environment, ...settings },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const ended = once(child, 'close').then(([status]) => ({
    status: status as number | null,
    output,
  }));
  const says = async (words: string | RegExp): Promise<void> => {
    const heard = (): boolean => output.search(words) >= 0;
    while (!heard() && child.exitCode === null && child.signalCode === null) await pause();
    expect(output).toMatch(words);
  };
  return { processId: child.pid!, output: () => output, says, ended };
}

const pause = () => new Promise((done) => setTimeout(done, 50));
const listed = { interval: 200 }; // looking at every process of the machine costs time
const started = 'Stop with Ctrl-C';

/** Ends it as Ctrl-C does; everything must be gone within 10 s. */
async function stop({ processId, ended }: Start): Promise<string> {
  const asked = Date.now();
  process.kill(processId, 'SIGINT');
  const { status, output } = await ended;
  expect(Date.now() - asked).toBeLessThan(10_000 * busyness());
  expect(status, output).toBe(0);
  await nothingIsLeft();
  return output;
}

async function nothingIsLeft(): Promise<void> {
  expect(await processes()).toEqual([]);
  expect(await readdir(data)).not.toContain('run.json');
}

/** It ends by itself, and its last words are these: no stack, and nothing is left running. */
async function endsWith(run: Start, words: RegExp): Promise<void> {
  const { status, output } = await run.ended;
  expect(status, output).toBe(1);
  expect(output.trim().split('\n').at(-1)).toMatch(words);
  expect(output).not.toMatch(/^ +at /m);
  expect(await processes()).toEqual([]);
}

interface Ended {
  status: number;
  output: string;
}

function kuasheng(...words: string[]): Promise<Ended> {
  const command = [join(project, 'kuasheng.mjs'), ...words];
  return new Promise((end) => {
    execFile(process.execPath, command, { env: environment }, (error, out, err) => {
      end({ status: error ? 1 : 0, output: `${out}${err}` });
    });
  });
}
const monthClose = (month: string): Promise<Ended> => kuasheng('month', 'close', month);

/** Asks the Temporal of a system that runs. */
async function asking<T>(
  { temporalAddress, namespace }: RunFile,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    return await work(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}
const statusOf = (system: RunFile, workflowId: string) =>
  asking(system, async ({ workflow }) => {
    return (await workflow.getHandle(workflowId).describe()).status.name;
  });
const currentBuild = (system: RunFile) =>
  asking(system, async (client) => {
    return (await readReleases(client)).find(({ isCurrent }) => isCurrent)?.build;
  });

/** What the demonstration printed, by its labels. */
function receiptIn(output: string): Record<string, string> {
  const rows = output.matchAll(/^ *(\p{Script=Han}+) {2,}(\S+)$/gmu);
  return Object.fromEntries([...rows].map(([, label = '', amount = '']) => [label, amount]));
}

const executionIn = (output: string): string =>
  decodeURIComponent(/这一笔的执行 .*\/workflows\/(\S+)/.exec(output)?.[1] ?? '');
const monthIn = (output: string): string =>
  /npx kuasheng month close (\d{4}-\d\d)/.exec(output)?.[1] ?? '';

const statement = [
  '就医地  参保地  险种  笔数  医疗费总额  基金支付  个人账户  应付合计',
  '重庆市  四川省  职工     2     1962.80   1148.36    500.00   1648.36',
  '合计                     2     1962.80   1148.36    500.00   1648.36',
].join('\n');

describe('npm start', { timeout: 600_000 }, () => {
  let first: string; // what the first start printed
  let firstMs: number;
  let closed: string; // what closing the month printed

  test('says one sentence for each wrong setting or word, and starts nothing', async () => {
    const wrong = { KUASHENG_GATEWAY_PORT: 'abc', KUASHENG_GATEWAY_PRT: '1' };
    expect(await start([], wrong).ended).toEqual({
      status: 1,
      output:
        'KUASHENG_GATEWAY_PRT is not a setting; see .env.example for all of them.\n' +
        'KUASHENG_GATEWAY_PORT must be a port number.\n',
    });
    expect(await start(['--demo']).ended).toEqual({
      status: 1,
      output: 'npm start knows only --no-demo, not --demo.\n',
    });
    expect(await readdir(project)).not.toContain('我的 data');
  });

  test('stopped while it makes its data, it leaves nothing running', async () => {
    const run = start();
    await run.says('initdb');
    expect(await stop(run)).toContain('Stopping …');
  });

  test('on an empty directory settles one visit and shows the receipt, its steps and the links', async () => {
    const began = Date.now();
    const run = start();
    await run.says(started);
    firstMs = Date.now() - began;
    first = run.output();
    expect(receiptIn(first)).toMatchObject({
      费用类别: '门诊慢特病',
      医疗费总额: '981.40',
      全自费: '45.00',
      超限价: '26.80',
      先行自付: '41.88',
      符合政策范围: '867.72',
      起付标准: '300.00',
      职工基本医疗保险统筹基金: '454.18',
      大额医疗费用补助基金: '0.00',
      职工基本医疗保险个人账户: '455.42',
      基金支付总额: '454.18',
      个人负担: '527.22',
    });
    expect(first).toContain('怎么算出来的：\n');
    expect(first).toContain('567.72×0.8000=454.18');
    expect(first).toMatch(
      /initdb[^]*PostgreSQL: ready[^]*process centre[^]*Release: work goes to build \d[^]*Registry: [1-9]/,
    );
    const { uiUrl, gatewayUrl } = (await readRunFile(data))!;
    expect(first).toContain(`${uiUrl!}/namespaces/default/workflows/settlement%2F`);
    expect(first).toMatch(new RegExp(`^Gateway +${gatewayUrl}$`, 'm'));
    expect((await fetch(uiUrl!)).status).toBe(200);
    expect((await fetch(gatewayUrl)).status).toBe(404);

    // A second one in the same directory is refused, and the first does not notice.
    const refused = await start().ended;
    expect(refused.status).toBe(1);
    const lastLine = refused.output.trim().split('\n').at(-1);
    expect(lastLine).toContain(`in use by process ${run.processId}`);
    expect(await readRunFile(data)).toMatchObject({ processId: run.processId });
    await stop(run);
  });

  test('a second time is ready within 15 s and has kept everything; the month is closed once', async () => {
    const began = Date.now();
    const run = start();
    await run.says(started);
    const ready = Date.now();
    // The first one had more to do: where that took long, the machine is slow.
    expect(ready - began).toBeLessThan(Math.max(15_000 * busyness(), 2 * firstMs));
    const second = run.output();
    expect(second).not.toContain('initdb');
    expect(receiptIn(second)).toMatchObject({ 起付标准: '0.00', 基金支付总额: '694.18' });

    const system = (await readRunFile(data))!;
    const settlements = [executionIn(first), executionIn(second)] as const;
    expect(await statusOf(system, settlements[0])).toBe('RUNNING');
    const close = await monthClose(monthIn(second));
    expect(close.status).toBe(0);
    expect(close.output).toContain(statement);
    for (const id of settlements) expect(await statusOf(system, id)).toBe('COMPLETED');
    closed = close.output;

    // A process that is killed is started again, once it has shown that it can stay; the centre with the
    // workflows that are there now.
    const build = await currentBuild(system);
    expect(second).toContain(`Release: work goes to build ${build!}`);
    const shown = await kuasheng('release', 'show');
    expect(shown.output).toMatch(new RegExp(`^${build!} +现行`, 'm'));
    await appendFile(join(project, 'workflows/settlement.ts'), '// another build\n');
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, ready + steadyMilliseconds - Date.now())),
    );
    const [centre] = await processes('workers/centre.ts');
    kill(centre!);
    await run.says(/The centre process ended; its log is .*centre\.log\. It is started again\./);
    await expect.poll(async () => (await processes('workers/centre.ts')).length, listed).toBe(1);
    await expect
      .poll(() => currentBuild(system), { ...listed, timeout: 30_000 * busyness() })
      .toSatisfy((now) => now !== undefined && now !== build);
  });

  test('after a kill -9 of everything it works again, with its data', async () => {
    const [parent] = await processes('start.mjs');
    const all = await processes();
    expect(all.length).toBeGreaterThanOrEqual(6); // itself, PostgreSQL, Temporal, three of ours
    for (const processId of [parent!, ...all]) kill(processId);
    await expect.poll(processes, listed).toEqual([]);

    const run = start(['--no-demo']);
    await run.says(started);
    expect(run.output()).not.toContain('演示');
    expect(await monthClose(monthIn(first))).toEqual({ status: 0, output: closed });
  });

  test('after a kill -9 of itself alone its processes end, and the next takes over the servers; where one of them ends, it says so and stops', async () => {
    const [parent] = await processes('start.mjs');
    kill(parent!);
    await expect.poll(() => processes('workers/'), listed).toEqual([]);
    const orphans = await processes();
    expect(orphans).toHaveLength(2);

    const run = start(['--no-demo']);
    await run.says('process centre');
    for (const name of ['PostgreSQL', 'Temporal']) {
      expect(run.output()).toMatch(`${name}: stopping process `);
    }

    // A server that ends is told; it ends here while the processes start, which end too.
    const [temporal] = await processes('temporal.db');
    kill(temporal!);
    await endsWith(run, /^Temporal \(process \d+\) ended\. Everything is stopped; start again/);
    await nothingIsLeft();
  });

  test('where the port of the gateway is busy it says so and stops', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const run = start([], { KUASHENG_GATEWAY_PORT: String(port) });
    await endsWith(run, new RegExp(`^Port ${port}, .*KUASHENG_GATEWAY_PORT`));
    holder.close();
  });

  test('where a seed file is wrong it names file, line and reason, and stops', async () => {
    const file = join(project, 'seeds/policies/510100.yaml');
    const lines = (await readFile(file, 'utf8')).split('\n').length;
    await appendFile(file, 'surprise: 1\n');
    await endsWith(
      start(),
      new RegExp(`^seeds/policies/510100.yaml:${lines}:\\d+ surprise: 没有这个键`),
    );
  });
});
