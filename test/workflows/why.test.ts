import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sayWhy, type Known, type Said } from '../../cli/why-text.ts';
import type { Waiting } from '../../gateway/waiting.ts';
import { whyCommand } from '../../cli/why.ts';
import { askTemporal } from '../../cli/why-known.ts';
import { rowsOfBill } from '../../cli/why-visit.ts';
import { findRequests } from '../../db/explanations.ts';
import { announceWindow, keepWindows, readWindows } from '../../db/maintenance.ts';
import { placeCode } from '../../domain/identifiers.ts';
import { instant, maintenanceServices, type MaintenanceWindow } from '../../domain/maintenance.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { readNames } from '../../seeds/names.ts';
import {
  centreQueue,
  retry,
  visitWorkflowId,
  type SettlementStatus,
} from '../../workflows/contracts.ts';
import { runOn } from '../cli-on-system.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { aBill, keepOnly, keyOf, openVisits, valsartan } from '../visits.ts';
import { settleNow, untilPhase, workflowIdOf } from './scenarios.ts';
import { handsOn } from './windows.ts';

const names = readNames();
const treating = placeCode('500000');
let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('why');
});
afterAll(() => system.stop());

async function knownOf(request: SettlementRequest): Promise<Known> {
  const [found] = await findRequests(system.databases.centre, request.messageId);
  if (!found) throw new Error('no request');
  const workflowId = workflowIdOf(request);
  const windows = await readWindows(system.databases.centre);
  return { request: found, workflowId, windows, ...(await askTemporal(system.client, workflowId)) };
}
const why = async (request: SettlementRequest): Promise<Said> =>
  sayWhy(await knownOf(request), names);

describe('kuasheng why', () => {
  it('names the place that nobody serves, then the failures of one that answers wrongly, then the end', async () => {
    await system.serve([treating]);
    const request = await prepare(system.databases, aCase());
    const answer = settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'calculation');
    expect(await why(request)).toMatchObject({
      what: expect.stringMatching(/^待遇计算在等待（第 1 次尝试，自 \d{4}-.*起）$/) as string,
      whom: '参保地四川省',
      until: '该地的进程启动为止',
      todo: '还没有进程取走：请确认参保地四川省的 place 进程正在运行。',
    });

    const insured = system.databases.place('510000');
    await insured.query('alter table person rename to person_gone');
    await system.serve();
    await expect
      .poll(() => why(request))
      .toMatchObject({
        whom: '参保地四川省',
        failures: ['relation "person" does not exist'],
        todo: '会自动重试；总是失败时，请参保地四川省按失败原因处理。',
      });
    await insured.query('alter table person_gone rename to person');
    await answer;
    await untilPhase(system, workflowIdOf(request), 'settled');
    expect(await why(request)).toMatchObject({ what: '已结算，等待清算', until: '月度清算' });
  });

  it('joins a step that no process takes, or that sleeps, with the window as it is now', async () => {
    await system.rest();
    const insured = placeCode('510000');
    const place = system.databases.place('510000');
    const change = await announceWindow(place, insured, {
      services: maintenanceServices,
      from: instant(new Date(Date.now() - 1000).toISOString()),
      to: instant('2099-01-01T00:00:00.000Z'),
      message: '系统升级',
      by: 'test',
    });
    await keepWindows(system.databases.centre, change.recent);
    await system.serve();
    const request = await prepare(system.databases, aCase());
    const answer = settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'calculation');
    const inMaintenance = {
      whom: '参保地四川省停机维护：系统升级',
      todo: '不用处理，维护结束后自动继续。',
    };
    expect(await why(request)).toMatchObject({
      ...inMaintenance,
      until: '2099-01-01 08:00:00（北京时间）',
    });
    await system.databases.centre.query('truncate maintenance_window');
    await place.query('truncate maintenance_window');
    await answer;
  });

  it('tells why a settlement stopped and what to do, and the sentence of one that was refused', async () => {
    await system.serve();
    const database = system.databases.place('500000');
    const request = await prepare(system.databases, aCase());
    await database.query('create table lost as select * from catalogue_item');
    await database.query(`delete from catalogue_item where code = 'XC09CAX002A001010199002'`);
    const answer = settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'stopped');
    const stopped = await why(request);
    expect(stopped.what).toBe('在费用分割停止：数据自相矛盾，继续会算错');
    expect(stopped.failures.join()).toContain('left the catalogue');
    expect(stopped.todo).toContain(`signal --name retry -w ${workflowIdOf(request)}`);
    await database.query('insert into catalogue_item select * from lost on conflict do nothing');
    await database.query('drop table lost');
    await system.client.workflow.getHandle(workflowIdOf(request)).signal(retry);
    await answer;

    const refused = await prepare(system.databases, aCase({ person: '51010000000000000015' }));
    await settleNow(system, refused);
    expect(await why(refused)).toMatchObject({
      what: '没有结算：已拒绝',
      whom: '无',
      todo: expect.stringContaining('未查到该参保人员的异地就医备案') as string,
    });
  });
});

describe('kuasheng why of what the centre’s books do not have', () => {
  /** Runs `kuasheng why` on this system until what it says is of that shape; its lines, without the blanks. */
  const said = async (id: string, shape: RegExp): Promise<string[]> => {
    let told = { status: 0 as unknown, output: '' };
    await expect
      .poll(async () => {
        told = await runOn(system, whyCommand(), [id]);
        return told.output;
      })
      .toMatch(shape);
    expect(told.status).toBe(0);
    return told.output.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' ').trim());
  };

  it('a settlement whose claim waits in the centre’s window: its phase, for whom, until when, what to do', async () => {
    await system.rest();
    const hands = handsOn(system);
    const window = await hands.close({ party: 'centre', for: null });
    await system.serve();
    const request = await prepare(system.databases, aCase());
    const answer = settleNow(system, request);
    const lines = await said(request.messageId, /资格校验在等待/);
    expect(lines).toEqual([
      `结算 （还没有编号） ${workflowIdOf(request)}`,
      expect.stringMatching(/^就医 510000参保人在500000.*就医，M03900，320\.00 元$/),
      '状态 资格校验在等待',
      '等谁 国家级经办机构停机维护：系统升级',
      '到何时 恢复时间待定',
      '怎么办 不用处理，维护结束后自动继续。',
      '',
    ]);
    await hands.open(window);
    await answer;
    await hands.untilTold('centre');
  });

  it('a whole bill: each part, in which phase, for whom it waits', async () => {
    await system.serve([treating]);
    const bill = aBill({}, [valsartan('300.00', 'M03900'), valsartan('50.00', 'M00500')]);
    const { messageId } = keyOf(bill);
    const [, hypertension] = (await keepOnly(system, bill)).parts;
    const gateway = openVisits(system);
    const answer = gateway.post(bill);
    await untilPhase(system, workflowIdOf(hypertension!), 'calculation');
    const lines = await said(messageId, /1 个还没有最后的结果(.*\n)*.*待遇计算在等待/);
    expect(lines).toEqual([
      `账单 visit/5000001000003/${messageId}`,
      '就医 四川省参保人在重庆市5000001000003就医，共 2 个部分，350.00 元',
      '状态 共 2 个部分，1 个还没有最后的结果',
      expect.stringMatching(/^第 1 部分 恶性肿瘤.*（M00500） 结算 \d+$/),
      '没有结算：已拒绝',
      expect.stringContaining('待遇资格'),
      expect.stringMatching(/^第 2 部分 高血压（M03900） 结算 \d+$/),
      expect.stringMatching(
        /^待遇计算在等待（第 1 次尝试.*；等参保地四川省，到该地的进程启动为止$/,
      ),
      '还没有进程取走：请确认参保地四川省的 place 进程正在运行。',
      '',
    ]);
    await system.serve();
    await answer;
    await untilPhase(system, workflowIdOf(hypertension!), 'settled');
    expect(await said(messageId, /已结算/)).toContain(
      '已结算，等待清算；等国家级经办机构，到月度清算',
    );
    await gateway.close();
  });

  it('a whole bill for which no worker answers: its parts all the same, by what it was started with', async () => {
    await system.rest();
    const bill = aBill();
    await system.client.workflow.start('visit', {
      workflowId: visitWorkflowId(keyOf(bill)),
      taskQueue: centreQueue,
      args: [await keepOnly(system, bill)],
      staticSummary: '就医',
    });
    const client = Object.create(system.client) as typeof system.client;
    client.withDeadline = (_, ask) => system.client.withDeadline(Date.now() + 50, ask); // in vain
    const { centre } = system.databases;
    const rows = await rowsOfBill({ client, centre, windows: [], names }, keyOf(bill));
    expect(rows.slice(1)).toEqual([
      ['就医', '就医'],
      ['状态', '共 2 个部分；中心没有应答，请确认中心的 centre 进程正在运行'],
      ['第 1 部分', `高血压（M03900）  报文 ${bill.messageId}-1`],
      ['', '还没有开始，等中心'],
      ['第 2 部分', expect.stringContaining(`报文 ${bill.messageId}-2`) as string],
      ['', '还没有开始，等中心'],
    ]);
  });

  it('what nobody knows is told so', async () => {
    const { status, output } = await runOn(system, whyCommand(), ['209901010000000001']);
    expect(status).toBe(1);
    expect(output).toMatch(/^没有编号为 209901010000000001 的结算/);
  });
});

describe('what is said of a step that', () => {
  const request = {
    body: { treatingPlace: '500000', insuredPlace: '510000' },
  } as unknown as Known['request'];
  const waiting: Waiting = {
    activity: 'calculate',
    attempt: 3,
    isRunning: false,
    isPaused: false,
    since: Date.UTC(2026, 10, 22, 4, 0, 0),
    nextAt: Date.UTC(2026, 10, 22, 4, 5, 0),
    failure: 'connection refused',
    maintenance: null,
  };
  const known = {
    request,
    workflowId: 'settlement/H/M',
    state: 'RUNNING',
    status: null,
    summary: null,
  };
  const said = (changes: Partial<Waiting>, windows: MaintenanceWindow[] = []): Said =>
    sayWhy({ ...known, windows, waiting: [{ ...waiting, ...changes }] }, names);

  it('failed: when it is tried again', () => {
    expect(said({})).toMatchObject({
      what: '待遇计算在等待（第 3 次尝试，自 2026-11-22 12:00:00（北京时间）起）',
      until: '下次尝试 2026-11-22 12:05:00（北京时间）',
      failures: ['connection refused'],
    });
  });
  it('runs: that it ends soon', () => {
    expect(said({ isRunning: true, nextAt: null })).toMatchObject({
      until: '这次尝试结束（最多 10 秒）',
    });
  });
  it('somebody paused: who must resume it', () => {
    expect(said({ isPaused: true })).toMatchObject({ until: '有人恢复为止' });
  });
  const aWindow: MaintenanceWindow = {
    id: '510000-1',
    party: placeCode('510000'),
    services: ['settlement'],
    from: instant('2026-01-01T00:00:00.000Z'),
    to: instant('2099-01-01T00:00:00.000Z'),
    message: '延长',
    revision: 2,
  };
  it('waits for a window that was prolonged since: until the new end', () => {
    const maintenance = { until: '2026-01-02T22:00:00.000Z', message: '系统升级' };
    expect(said({ maintenance }, [aWindow])).toMatchObject({
      whom: '参保地四川省停机维护：延长',
      until: '2099-01-01 08:00:00（北京时间）；轮到这一笔约在 2026-11-22 12:05:00（北京时间）',
    });
  });
  it('waits for a window without an end: no turn is told, its next attempt only asks again', () => {
    const maintenance = { until: null, message: '系统升级' };
    for (const windows of [[{ ...aWindow, to: null }], []]) {
      expect(said({ maintenance }, windows).until).toBe('恢复时间待定');
    }
  });
  it('failed before its place went into maintenance: the failure is told too', () => {
    expect(said({}, [aWindow])).toMatchObject({
      whom: '参保地四川省停机维护：延长',
      failures: ['connection refused'],
    });
  });
  it('undoes something while only settlements are closed: the window is no reason', () => {
    expect(said({ activity: 'undo-calculate' }, [aWindow]).whom).toBe('参保地四川省');
  });
  it('is the centre’s, in whose window the execution itself waits', () => {
    const status: SettlementStatus = {
      phase: 'recording',
      settlementId: null,
      stopped: null,
      month: null,
      isReversed: false,
      refusal: null,
      atCounter: false,
      waitsFor: { party: 'centre', until: instant('2099-01-01T00:00:00.000Z') },
    };
    expect(sayWhy({ ...known, status, windows: [], waiting: [] }, names)).toMatchObject({
      what: '记账在等待',
      whom: '国家级经办机构停机维护',
      until: '2099-01-01 08:00:00（北京时间）',
    });
  });
  it('is the centre’s, for whose execution no worker answers: the window that the centre knows tells it', () => {
    const centre = { ...aWindow, party: 'centre' as const, to: null };
    expect(sayWhy({ ...known, windows: [centre], waiting: [] }, names)).toMatchObject({
      what: '已受理，中心还没有往下做',
      whom: '国家级经办机构停机维护：延长',
      until: '恢复时间待定',
    });
    expect(sayWhy({ ...known, windows: [], waiting: [] }, names)).toMatchObject({
      todo: '请确认中心的 centre 进程正在运行。',
    });
  });
  it.each<[string, Partial<Known['request']>, string]>([
    [
      'reversed',
      { reversal: {} as NonNullable<Known['request']['reversal']> },
      '可能还没有撤完：执行 kuasheng reverse M，可重复执行。',
    ],
    [
      'settled',
      { answer: { kind: 'settled' } as Known['request']['answer'] },
      '可能还没有回传，也不会得知清算：请医院用同一报文重新发送（2207）。',
    ],
  ])(
    'was ended by hand after it was %s: that something may be left, and what to do',
    (_, of, todo) => {
      const messageId = 'M' as Known['request']['messageId'];
      const cutOff = { ...known, state: 'TERMINATED', windows: [], waiting: [] };
      expect(sayWhy({ ...cutOff, request: { ...request, messageId, ...of } }, names)).toMatchObject(
        {
          what: expect.stringMatching(/，执行被人终止（TERMINATED）$/) as string,
          whom: '运维人员',
          todo,
        },
      );
    },
  );
  it('was told of a window that is over: it has its turn', () => {
    const maintenance = { until: '2026-01-02T22:00:00.000Z', message: '系统升级' };
    expect(said({ maintenance })).toMatchObject({
      whom: '参保地四川省停机维护已结束，正在依次放行',
      until: '2026-11-22 12:05:00（北京时间）',
      todo: '不用处理，轮到后自动继续。',
    });
  });
  it('is in maintenance: who says so, until when, that nothing is to be done', () => {
    const maintenance = { until: '2099-11-22T22:00:00.000Z', message: '系统升级' };
    expect(said({ maintenance })).toEqual({
      what: '待遇计算在等待（第 3 次尝试，自 2026-11-22 12:00:00（北京时间）起）',
      whom: '参保地四川省停机维护：系统升级',
      until: '2099-11-23 06:00:00（北京时间）；轮到这一笔约在 2026-11-22 12:05:00（北京时间）',
      failures: [],
      todo: '不用处理，维护结束后自动继续。',
    });
    const unknown = said({ maintenance: { until: null, message: '' }, nextAt: null });
    expect(unknown.until).toBe('恢复时间待定');
  });
});
