import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { eventually, patientMs } from '../patience.ts';
import { maintenanceCommands } from '../../cli/maintenance.ts';
import { placeCode, type InstitutionCode, type MessageId } from '../../domain/identifiers.ts';
import { instant, type MaintenanceParty } from '../../domain/maintenance.ts';
import { announceWindow, keepWindows, readWindows } from '../../db/maintenance.ts';
import { maintenanceDesk } from '../../workers/maintenance-desk.ts';
import { settlementWorkflowId, windowsWorkflowId } from '../../workflows/contracts.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { loseHistory, untilPhase } from '../workflows/scenarios.ts';
import {
  aPatient,
  aVisit,
  china,
  lasting,
  openHospital,
  type Fields,
  type Hospital,
  type Sums,
} from './hospital.ts';

/** What a hospital and an agency live through when a party is in maintenance. */

const sichuan = placeCode('510000');
const chongqing = placeCode('500000');
let system: TestSystem;
let hospital: Hospital;
beforeAll(async () => {
  system = await createSystem('windows');
  await system.startWorkers();
  hospital = openHospital(system);
});
afterAll(async () => {
  await hospital.close();
  await system.stop();
});
afterEach(async () => {
  for (const database of [system.databases.centre, ...system.databases.places.values()]) {
    await database.query('truncate maintenance_window');
  }
  await reopen();
});
/** A gateway knows its windows for a second; a new one reads them. */
async function reopen(deadlineMs = patientMs): Promise<void> {
  await hospital.close();
  hospital = openHospital(system, { deadlineMs });
}

const sums: Sums = ['30.00', '0.00', '0.00', '1.50', '28.50'];
const aBill = () =>
  aVisit(hospital, aPatient(), [['XC09CAX002A001010199002', '3.00', '10', '30.00']]);
const workflowIdOf = (message: Fields) =>
  settlementWorkflowId(message['fixmedins_code'] as InstitutionCode, message['msgid'] as MessageId);
const isStarted = async (message: Fields): Promise<boolean> => {
  const handle = system.client.workflow.getHandle(workflowIdOf(message));
  return handle.describe().then(
    () => true,
    () => false,
  );
};
const hour = 3_600_000;
/** A window that has begun, as the party's own database and the treating place know it. */
async function close(party: MaintenanceParty, until: number | null = Date.now() + hour) {
  const { centre } = system.databases;
  const { window, recent } = await announceWindow(
    party === 'centre' ? centre : system.databases.place(party),
    party,
    {
      services: ['settlement'],
      from: instant(new Date(Date.now() - hour).toISOString()),
      to: until === null ? null : instant(new Date(until).toISOString()),
      message: '系统升级',
      by: 'test',
    },
  );
  await keepWindows(system.databases.place(chongqing), recent);
  await reopen();
  return window;
}
/** `11月22日18:05` */
const inWords = (at: number): string => {
  const [day = '', time = ''] = china(at).split(' ');
  return `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日${time.slice(0, 5)}`;
};
const sayingOf = (who: string, until: number | null): string =>
  `${who}正在停机维护（系统升级），${until === null ? '恢复时间另行通知' : `预计${inWords(until)}恢复`}，本次未结算，` +
  '不能等的请患者先自费，再凭票据向参保地经办机构申请报销，其余请医院在恢复后用新的报文编号重新发送结算。〔KS-SYS-04〕';

describe('4号 三(三) 2207 in a known maintenance window', () => {
  it.each([
    ['the insured place’s', sichuan, '四川省'],
    ['the treating place’s', chongqing, '重庆市'],
    ['the centre’s', 'centre', '国家平台'],
  ] as const)('%s: who, until when, what to do; nothing is started', async (_name, party, who) => {
    const bill = await aBill();
    const until = Date.now() + hour;
    await close(party, until);
    const order = bill.order(sums);
    const reply = await hospital.send(order);
    expect(reply).toMatchObject({ infcode: '-1', err_msg: sayingOf(who, until), output: null });
    expect(await isStarted(order)).toBe(false);
    await system.databases.place(chongqing).query('truncate maintenance_window');
    await reopen();
    if (party !== sichuan) return;
    await system.databases.place(sichuan).query('truncate maintenance_window');
    expect(await hospital.send(bill.order(sums))).toMatchObject({ infcode: '0' });
  });

  it('without a known end says so', async () => {
    const bill = await aBill();
    await close(sichuan, null);
    expect(await hospital.send(bill.order(sums))).toMatchObject({
      err_msg: sayingOf('四川省', null),
    });
  });

  it('a settled message sent again gets the bytes of its answer, also when its history is lost', async () => {
    const bill = await aBill();
    const order = bill.order(sums);
    const settled = await hospital.send(order);
    expect(settled.infcode).toBe('0');
    await untilPhase(system, workflowIdOf(order), 'settled');
    await close(sichuan);
    expect(lasting(await hospital.send(order))).toBe(lasting(settled));
    await loseHistory(system, workflowIdOf(order));
    expect(lasting(await hospital.send(order))).toBe(lasting(settled));
  });

  it('a message that is on its way is never told that it was not settled', async () => {
    const bill = await aBill();
    await reopen(1000);
    await system.databases.place(chongqing).query('truncate maintenance_window');
    await announceWindow(system.databases.place(sichuan), sichuan, {
      services: ['settlement'],
      from: instant(new Date(Date.now() - hour).toISOString()),
      to: null,
      message: '尚未告知各地',
      by: 'test',
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const order = bill.order(sums);
    const wait = { 'kuasheng-when-late': 'wait' };
    const pending = await eventually(async () => {
      const told = await hospital.send(order, wait);
      expect(told).toMatchObject({ infcode: '2001', output: null });
      expect(told.err_msg).toMatch(
        /^已受理，尚未结算：等待四川省的待遇计算，该方停机维护恢复时间待定（尚未告知各地），/,
      );
      return told;
    });
    await keepWindows(
      system.databases.place(chongqing),
      await readWindows(system.databases.place(sichuan)),
    );
    await reopen();
    expect((await hospital.send(order)).err_msg).toBe(pending.err_msg);
    const [window] = await readWindows(system.databases.place(sichuan));
    await maintenanceDesk(system.client, sichuan, system.databases.place(sichuan)).close({
      id: window?.id ?? '',
      by: 'test',
    });
    await untilPhase(system, workflowIdOf(order), 'settled');
    expect(await hospital.send(order)).toMatchObject({ infcode: '0' });
  });
});

describe('kuasheng maintenance', () => {
  /** Runs the command in this process, on these servers. */
  async function run(...words: string[]) {
    let output = '';
    const line = (text: unknown): void => {
      output += `${String(text)}\n`;
    };
    vi.spyOn(console, 'log').mockImplementation(line);
    vi.spyOn(console, 'error').mockImplementation(line);
    vi.stubEnv('KUASHENG_DATABASE_URL', system.databases.urlTemplate);
    vi.stubEnv('TEMPORAL_ADDRESS', inject('temporalAddress'));
    vi.stubEnv('TEMPORAL_NAMESPACE', system.namespace);
    const { exitCode } = process;
    try {
      await new Command('kuasheng')
        .addCommand(maintenanceCommands())
        .parseAsync(['maintenance', ...words], { from: 'user' });
      return { status: process.exitCode, output };
    } finally {
      process.exitCode = exitCode;
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
    }
  }
  const told = (party: MaintenanceParty) =>
    system.client.workflow.getHandle(windowsWorkflowId(party)).result();
  const night = ['--from', '2099-12-31 18:00', '--to', '2100-01-01 08:00', '--by', '张三'];

  it('announces, prolongs and closes; every place and the centre know each time', async () => {
    const announced = await run('announce', '--party', '510000', ...night, '--message', '年度切换');
    expect(announced.status).toBe(0);
    const id = /510000-\d+/.exec(announced.output)?.[0] ?? '';
    expect(announced.output).toContain(
      `已登记停机公告 ${id}：四川省，全部，2099-12-31 18:00 至 2100-01-01 08:00（北京时间）。`,
    );
    await told(sichuan);
    const listed = await run('list', '--party', '500000');
    expect(listed.output).toMatch(
      new RegExp(`${id} +四川省 +全部 +2099-12-31 18:00 至 2100-01-01 08:00 +年度切换`),
    );
    const moved = await run('prolong', id, '--to', '2100-01-01 12:00', '--by', '张三');
    expect(moved.output).toContain(
      `已改结束时间 ${id}：四川省，全部，2099-12-31 18:00 至 2100-01-01 12:00`,
    );
    await told(sichuan);
    expect((await run('list', '--party', 'centre')).output).toContain('至 2100-01-01 12:00');
    const closed = await run('close', id, '--by', '李四');
    expect(closed).toMatchObject({ status: 0 });
    expect(closed.output).toContain(`已结束停机 ${id}`);
    await told(sichuan);
    for (const database of [system.databases.centre, ...system.databases.places.values()]) {
      const { rows } = await database.query(
        `select from_at = to_at as "isEmpty", revision from maintenance_window where id = $1`,
        [id],
      );
      expect(rows).toEqual([{ isEmpty: true, revision: 3 }]);
    }
    expect(await run('close', 'centre-99', '--by', '李四')).toMatchObject({ status: 1 });
  });

  it('the centre’s window is told to every place', async () => {
    const of = [
      '--party',
      'centre',
      '--services',
      'settlement,clearing',
      '--message',
      '国家平台升级',
    ];
    expect(await run('announce', ...of, ...night)).toMatchObject({ status: 0 });
    await told('centre');
    expect((await run('list')).output).toMatch(/centre-\d+ +国家平台 +结算、清算 /);
    expect((await run('list', '--party', '510000')).output).toContain('国家平台升级');
  });

  it.each([
    [['announce', '--party', '51', ...night, '--message', 'x'], '--party 应写成 510000'],
    [
      [
        'announce',
        '--party',
        '510000',
        '--from',
        '2026-02-30 10:00',
        '--message',
        'x',
        '--by',
        'y',
      ],
      '--from 应写成北京时间',
    ],
    [
      [
        ...['announce', '--party', '510000', '--from', '2099-01-02 10:00'],
        ...['--to', '2099-01-02 10:00', '--message', 'x', '--by', 'y'],
      ],
      '--to 必须晚于 --from',
    ],
    [
      ['announce', '--party', '510000', ...night, '--message', 'x', '--services', 'all'],
      '--services 只能是 settlement、reversal、registry、clearing',
    ],
    [['announce', '--party', '510000', ...night, '--message', '字'.repeat(61)], '1 到 60 个字'],
    [['close', 'abc', '--by', 'y'], '公告编号应写成 510000-1'],
  ])('refuses %j with a sentence', async (words, sentence) => {
    const { status, output } = await run(...words);
    expect(status).toBe(2);
    expect(output).toContain(sentence);
  });
});
