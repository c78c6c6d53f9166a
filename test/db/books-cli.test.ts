import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { accumulatorCommands } from '../../cli/accumulators.ts';
import { explainCommand } from '../../cli/explain.ts';
import { historyCommand, publishCommand } from '../../cli/policy-publish.ts';
import { day } from '../../domain/calendar.ts';
import { personId, type MessageId, type PersonId } from '../../domain/identifiers.ts';
import type { Calculation } from '../../domain/settlement.ts';
import { reversalActivities } from '../../activities/reversal.ts';
import type { Split } from '../../activities/treating-place.ts';
import { writeRunFile } from '../../workers/run-file.ts';
import { nextMessage } from '../requests.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { aRequest, claimCase, partiesOf, valueOf, type Claimed } from './steps.ts';
import {
  anOrderOf,
  aPersonWithAccount,
  aPolicyFile,
  aRuleWithAccount,
  givePolicy,
} from './twins.ts';

const kuasheng = resolve('kuasheng.mjs');
const person = personId('51030000000000000001');
const policyCommands = (): Command =>
  new Command('policy').addCommand(publishCommand()).addCommand(historyCommand());
let databases: Databases;
let directory: string;
beforeAll(async () => {
  databases = await cloneDatabases('books');
  directory = mkdtempSync(join(tmpdir(), 'kuasheng-books-'));
  await givePolicy(databases.place('510000'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await databases.drop();
});

interface Ended {
  status: number | string | null | undefined;
  output: string;
}
const settingsOf = (settings: NodeJS.ProcessEnv): Record<string, string> => ({
  INIT_CWD: directory,
  KUASHENG_DATABASE_URL: databases.urlTemplate,
  KUASHENG_DATA_DIRECTORY: directory,
  ...settings,
});
/** Runs the real command in a folder of its own, on these databases. */
function runKuasheng(words: string): Promise<Ended> {
  const options = { cwd: directory, env: { ...process.env, ...settingsOf({}) } };
  return new Promise((end) => {
    execFile(process.execPath, [kuasheng, ...words.split(' ')], options, (error, out, err) => {
      end({ status: error ? error.code : 0, output: `${out}${err}` });
    });
  });
}

const commands = {
  accumulators: accumulatorCommands,
  explain: explainCommand,
  policy: policyCommands,
};
/** The same in this process, which need not start. */
async function run(words: string, settings: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const [group, ...rest] = words.split(' ');
  const command = commands[group as keyof typeof commands]();
  let output = '';
  const write = (text: unknown): boolean => {
    output += String(text);
    return true;
  };
  const line = (text: unknown): void => void write(`${String(text)}\n`);
  vi.spyOn(console, 'log').mockImplementation(line);
  vi.spyOn(console, 'error').mockImplementation(line);
  vi.spyOn(process.stdout, 'write').mockImplementation(write);
  for (const [name, value] of Object.entries(settingsOf(settings))) vi.stubEnv(name, value);
  const { exitCode } = process;
  try {
    await command.parseAsync(rest, { from: 'user' });
    return { status: process.exitCode, output };
  } finally {
    process.exitCode = exitCode;
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
}
const wordsOf = (line: string): string[] => line.trim().split(/\s+/);
const lineWith = (output: string, text: string): string[] =>
  wordsOf(output.split('\n').find((line) => line.includes(text)) ?? '');

describe('kuasheng accumulators verify', () => {
  it('says that the books agree', async () => {
    const ended = await runKuasheng('accumulators verify --place 510000');
    expect(ended.status).toBe(0);
    expect(ended.output).toMatch(
      /^四川省（510000）：\d+ 人、\d+ 项累计，账上与期初加各笔结算一致。\n$/,
    );
  });

  it('shows what differs by name and period without telling who it is, and ends with 1', async () => {
    const sichuan = databases.place('510000');
    const changed: PersonId[] = [];
    for (const cents of ['0.01', '0.02']) {
      const each = await aPersonWithAccount(sichuan);
      valueOf<Calculation>(await partiesOf(databases).insured().calculate(anOrderOf(each)));
      await sichuan.query(
        `update accumulator set value = value + $2 where person = $1 and name = 'in-scope'`,
        [each, cents],
      );
      changed.push(each);
    }
    const ended = await run('accumulators verify');
    expect(ended.status).toBe(1);
    expect(ended.output).toContain('重庆市（500000）：');
    expect(ended.output).toContain('其中 2 项账上与期初加各笔结算不一致：');
    expect(lineWith(ended.output, 'in-scope')).toEqual([
      'in-scope',
      '2025',
      'all',
      '2',
      '600.03',
      '600.00',
    ]);
    expect(changed.some((each) => ended.output.includes(each))).toBe(false);
    const persons = await run('accumulators verify --place 510000 --persons');
    expect(lineWith(persons.output, changed[1] ?? '')).toEqual([
      changed[1],
      'in-scope',
      '2025',
      'all',
      '300.02',
      '300.00',
    ]);
    await sichuan.query(
      `update accumulator set value = 300 where person = any($1) and name = 'in-scope'`,
      [changed],
    );
  });

  it.each([
    ['a place that is none', '--place 510100', '参保地应写成 510000 的样子，收到「510100」'],
    ['a place without a database', '--place 440000', '没有数据库 place_440000'],
  ])('cannot run for %s, and ends with 2', async (_, words, sentence) => {
    const ended = await run(`accumulators verify ${words}`);
    expect(ended.status).toBe(2);
    expect(ended.output).toContain(sentence);
    expect(ended.output.trim().split('\n')).toHaveLength(1);
  });
});

describe('the database of a command', () => {
  const nowhere = { KUASHENG_DATABASE_URL: '' };
  it('is not there when nothing runs', async () => {
    expect(await run('accumulators verify', nowhere)).toEqual({
      status: 2,
      output: '没有找到正在运行的系统：请先执行 npm start，或设置 KUASHENG_DATABASE_URL。\n',
    });
  });

  it('is found by what a running system tells, and its password', async () => {
    const { port, password } = new URL(inject('postgresUrl').replace('{party}', 'centre'));
    const addresses = { temporalAddress: '127.0.0.1:9', namespace: 'default', uiUrl: null };
    const told = { ...addresses, gatewayUrl: 'http://127.0.0.1:9', postgresPort: Number(port) };
    await writeRunFile(directory, told);
    const locked = await run('accumulators verify --place 510000', nowhere);
    expect(locked.output).toMatch(/^读不到数据库口令/);
    mkdirSync(join(directory, 'postgres'));
    writeFileSync(join(directory, 'postgres', 'password'), password);
    const ended = await run('accumulators verify --place 510000', nowhere);
    expect(ended).toMatchObject({ status: 0, output: expect.stringContaining('一致') as string });
    await writeRunFile(directory, { ...told, postgresPort: null });
    const elsewhere = await run('accumulators verify --place 510000', nowhere);
    expect(elsewhere.output).toMatch(/^正在运行的系统用的是另设的数据库/);
    rmSync(join(directory, 'run.json'));
  });
});

/** Runs every step of a settlement, without Temporal. */
async function settle(claimed: Claimed): Promise<void> {
  const { centre, treating, insured } = partiesOf(databases);
  const { totals, level, region } = valueOf<Split>(await treating().split(claimed));
  const order = { ...claimed, totals, level, region };
  const calculation = valueOf<Calculation>(await insured().calculate(order));
  await centre.record({ ...claimed, totals, calculation });
}

describe('kuasheng explain', () => {
  const claim = (): Promise<Claimed> =>
    claimCase(databases, { person, insuredRegion: '510300', account: 'own' });

  it('shows on one screen why each fen was paid by whom, and nothing about the person', async () => {
    const claimed = await claim();
    const before = await run(`explain ${claimed.settlementId}`);
    expect(before.output).toContain('还没有结果：请求已受理，正在结算');
    await settle(claimed);
    const { status, output } = await run(`explain ${claimed.settlementId}`);
    expect(status).toBe(0);
    expect(output).not.toContain(person);
    expect(lineWith(output, '就诊 ')).toEqual(['就诊', '2025-03-05', '高血压（M03900）']);
    expect(output).toContain('320.00 = 超限价 5.00 + 先行自付 15.00 + 符合政策范围 300.00');
    expect(lineWith(output, '起付标准 300.00 元')).toContain('300.00');
    expect(output).toContain('医疗费总额  320.00 = 个人 320.00');
    expect(output).toContain('320.00 = 个人账户 100.00 + 现金 220.00');
    expect(lineWith(output, 'in-scope')).toEqual(['in-scope', '2025', '全部', '0.00', '300.00']);
    expect(output).toContain('用 2021-12-25 起施行的条目');
    expect(output).toMatch(/政策文件第 1 版，.* 自贡市医保局：[0-9a-f]{64}/);
    expect(output.trim().split('\n').length).toBeLessThan(45);
    const byMessage = await runKuasheng(`explain ${claimed.request.messageId}`);
    expect(byMessage.output).toBe(output);
  });

  it('adds up: fund, person and hospital, then each part of them', async () => {
    const claimed = await claim();
    await settle(claimed);
    const { output } = await run(`explain ${claimed.settlementId}`);
    expect(output).toContain('医疗费总额  320.00 = 基金 240.00 + 个人 80.00');
    expect(output).toContain('基金支付    240.00 = 统筹基金 240.00');
    expect(output).toContain('80.00 = 药品超限价 5.00 + 先行自付 15.00 + 统筹段个人自付 60.00');
    expect(lineWith(output, '统筹基金支付：')).toEqual(
      expect.arrayContaining(['统筹基金', '300.00', '0.8000', '240.00']),
    );
  });

  it('gives programs what is stored', async () => {
    const claimed = await claim();
    await settle(claimed);
    const { status, output } = await run(`explain ${claimed.settlementId} --json`);
    expect(status).toBe(0);
    expect(output).not.toContain(person);
    expect(JSON.parse(output)).toMatchObject({
      settlementId: claimed.settlementId,
      state: 'settled',
      insuredRegion: '510300',
      totals: { total: '320.00', inScope: '300.00' },
      benefit: { fundTotal: '240.00', personShare: '80.00' },
      policy: { inForceFrom: '2021-12-25', version: 1, publishedBy: '自贡市医保局' },
      reversedAt: null,
    });
    await partiesOf(databases).insured().undoCalculation(claimed.settlementId);
    const reversed = await run(`explain ${claimed.settlementId}`);
    expect(reversed.output).toMatch(/这次计算已于 .* 撤销，下面是撤销前的结果。/);
  });

  it('says that what is stored is not what the hospital was told, and ends with 1', async () => {
    const claimed = await claim();
    await settle(claimed);
    const id = claimed.settlementId;
    const place = databases.place('510000');
    const warning = '注意：参保地保存的计算与中心答复医院的结果不一致，请查明原因。\n';
    const change = (what: string): Promise<unknown> =>
      place.query(`update calculation set ${what} where settlement_id = $1`, [id]);
    const { rows } = await place.query<{ steps: unknown }>(
      'select steps from calculation where settlement_id = $1',
      [id],
    );
    for (const what of [
      `steps = steps - 0`,
      `steps = '${JSON.stringify(rows[0]?.steps)}', benefit = benefit || '{"cash": "1.00"}'`,
      `benefit = benefit || '{"cash": "80.00"}', policy_hash = 'another'`,
    ]) {
      await change(what);
      const { status, output } = await run(`explain ${id}`);
      expect(status, what).toBe(1);
      expect(output, what).toContain('谁来付');
      expect(output.endsWith(warning), what).toBe(true);
    }
    const { output } = await run(`explain ${id} --json`);
    expect(output).toContain('"doubt": "参保地保存的计算与中心答复');
  });

  it('shows what took a settlement back, and since when', async () => {
    const thisYear = `${new Date().getFullYear()}-01-05`;
    const claimed = await claimCase(databases, {
      person,
      insuredRegion: '510300',
      visitedOn: thisYear,
    });
    await settle(claimed);
    const { institution, messageId } = claimed.request;
    const { decideReversal } = reversalActivities({ database: databases.centre });
    const { answer } = await decideReversal({
      request: { institution, messageId },
      workflowId: 'reversal/1',
      by: 'operator',
      messageId: null,
      person: null,
      why: '重复收费',
    });
    if (answer.kind !== 'reversed') throw new Error(answer.kind);
    const { status, output } = await run(`explain ${claimed.settlementId}`);
    expect(status).toBe(0);
    expect(output).toMatch(/已于 20\d\d-.* 撤销，撤销编号 \d{18}，冲回的金额如下/);
    expect(output).toContain(answer.reversal.reversalId);
    expect(lineWith(output, '-320.00')).toEqual(['医疗费总额', '-320.00']);
    const { benefit } = answer.reversal;
    expect(lineWith(output, '个人现金')).toEqual(['个人现金', benefit.cash]);
    expect(benefit.cash).toMatch(/^-/);
    const json = await run(`explain ${claimed.settlementId} --json`);
    expect(JSON.parse(json.output)).toMatchObject({
      state: 'reversed',
      reversal: { reversalId: answer.reversal.reversalId, totals: { total: '-320.00' } },
    });
  });

  it('knows a request that was taken back before it arrived', async () => {
    const { institution } = aRequest();
    const messageId = nextMessage() as MessageId;
    const { decideReversal } = reversalActivities({ database: databases.centre });
    const request = { institution, messageId };
    const wish = { by: 'operator', messageId: null, person: null, why: null } as const;
    await decideReversal({ request, workflowId: 'reversal/2', ...wish });
    expect(await run(`explain ${messageId}`)).toEqual({
      status: 0,
      output: `没有结算：医疗机构 ${institution} 的报文 ${messageId} 在到达之前已被冲正。\n`,
    });
  });

  it('shows why a request was refused', async () => {
    const request = aRequest({ visitedOn: day('2099-01-01') });
    await partiesOf(databases).centre.claim(request);
    const { status, output } = await run(`explain ${request.messageId}`);
    expect(status).toBe(0);
    expect(output).toContain('没有结算：就诊日2099年1月1日还没有到');
  });

  it('knows no such settlement, and ends with 1', async () => {
    expect(await run('explain 209901010000000001')).toEqual({
      status: 1,
      output: '没有编号为 209901010000000001 的结算，请核对结算编号（setl_id）或医院报文编号。\n',
    });
  });
});

describe('publishing a policy from the command line', () => {
  const later = aPolicyFile([
    aRuleWithAccount(),
    aRuleWithAccount({ inForceFrom: day('2099-01-01') }),
  ]);
  const past = aPolicyFile([
    aRuleWithAccount(),
    aRuleWithAccount({ inForceFrom: day('2024-07-01') }),
  ]);
  const publish = (file: string, words = '') => run(`policy publish ${file} --by 张三${words}`);
  beforeAll(() => {
    writeFileSync(join(directory, 'later.yaml'), later.text);
    writeFileSync(join(directory, 'past.yaml'), past.text);
    writeFileSync(join(directory, 'wrong.yaml'), 'place: 510000\n');
    // 「自」 as GBK writes it
    const [head = '', tail = ''] = later.text.split('自');
    const gbk = Buffer.concat([Buffer.from(head), Buffer.from([0xd7, 0xd4]), Buffer.from(tail)]);
    writeFileSync(join(directory, 'gbk.yaml'), gbk);
    writeFileSync(join(directory, 'bom.yaml'), `\uFEFF${later.text.replaceAll('}', '}\r\n')}`);
  });

  it('tries, publishes once, and lists what was published', async () => {
    const tried = await publish('later.yaml', ' --dry-run');
    expect(tried).toEqual({
      status: 0,
      output: 'later.yaml 可以发布为自贡市（510300）第 2 版；这次只是试，没有发布。\n',
    });
    const published = await publish('later.yaml');
    expect(published).toMatchObject({
      status: 0,
      output: `已发布自贡市（510300）第 2 版，各条目从各自的施行日起适用。\n哈希 ${later.hash}\n`,
    });
    expect((await publish('later.yaml')).output).toBe(
      '自贡市（510300）第 2 版就是这个文件，没有重复发布。\n',
    );
    const { output } = await run('policy history --region 510300');
    const [region, name, version, , , by, firstDays, hash] = lineWith(output, later.hash);
    expect([region, name, version, by, firstDays, hash]).toEqual([
      ...['510300', '自贡市', '2', '张三', '2021-12-25、2099-01-01', later.hash],
    ]);
    const text = await run(`policy history --text ${later.hash.slice(0, 8)}`);
    expect(text).toEqual({ status: 0, output: later.text });
  });

  it('refuses what would change a past day, with the disease and the day, and ends with 1', async () => {
    const { status, output } = await runKuasheng('policy publish past.yaml --by 张三');
    expect(status).toBe(1);
    expect(output).toContain('past.yaml 没有发布：已经过去的日子，其规定不能再改。');
    expect(lineWith(output, 'M03900')).toEqual(['职工', 'M03900', '高血压', '2024-07-01']);
  });

  it.each([
    ['a file with faults', 'wrong.yaml', /^wrong\.yaml:1:8 place: /],
    ['a file in another encoding', 'gbk.yaml', /^gbk\.yaml:1:1 不是 UTF-8 文本，请另存为 UTF-8\n$/],
    [
      'a file that is not there',
      'nowhere.yaml',
      /^找不到文件 nowhere\.yaml，请核对文件名后再执行。/,
    ],
  ])('cannot publish %s, and ends with 2', async (_, file, sentence) => {
    const { status, output } = await publish(file);
    expect(status).toBe(2);
    expect(output).toMatch(sentence);
  });

  it('a file as Windows saves it is kept to the byte', async () => {
    expect((await publish('bom.yaml')).status).toBe(0);
    const { rows } = await databases
      .place('510000')
      .query<{ hash: string; text: string }>(
        `select hash, source_text as text from policy where region = '510300' order by version desc limit 1`,
      );
    const file = readFileSync(join(directory, 'bom.yaml'));
    expect(rows).toEqual([
      { hash: createHash('sha256').update(file).digest('hex'), text: file.toString('utf8') },
    ]);
  });

  it('nobody publishes in the name of the seeds', async () => {
    const { status, output } = await run('policy publish later.yaml --by seed');
    expect(status).toBe(2);
    expect(output).toMatch(/^--by 不能写 seed/);
  });
});
