import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announceWindow, keepWindows } from '../../db/maintenance.ts';
import { placeCode, type InstitutionCode, type MessageId } from '../../domain/identifiers.ts';
import { instant } from '../../domain/maintenance.ts';
import { maintenanceDesk } from '../../workers/maintenance-desk.ts';
import { settlementWorkflowId } from '../../workflows/contracts.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { aBill, openVisits, valsartan } from '../visits.ts';
import { holding, untilBlocked } from '../workflows/holding.ts';
import { loseHistory, untilPhase } from '../workflows/scenarios.ts';
import {
  aPatient,
  aVisit,
  anEnvelope,
  lasting,
  nodeOf,
  openHospital,
  personal,
  rowsOf,
  type FeeLine,
  type Fields,
  type Hospital,
  type Patient,
  type Sums,
} from './hospital.ts';

/** What is said at the counter while a settlement takes long, and how its result is found out. */

const chongqing = placeCode('500000');
const sichuan = placeCode('510000');
const wait = { 'kuasheng-when-late': 'wait' };
let system: TestSystem;
let hospital: Hospital;
let hasty: Hospital;
beforeAll(async () => {
  system = await createSystem('counter-journey');
  await system.startWorkers([chongqing]);
  hospital = openHospital(system);
  hasty = openHospital(system, { deadlineMs: 2000 });
});
afterAll(async () => {
  await Promise.all([hospital.close(), hasty.close()]);
  await system.stop();
});

const lines: FeeLine[] = [['XC08CAA001A001010199001', '1.50', '300', '450.00']];
const sums: Sums = ['450.00', '0.00', '0.00', '0.00', '450.00'];
const keyOf = (message: Fields) => ({
  institution: message['fixmedins_code'] as InstitutionCode,
  messageId: message['msgid'] as MessageId,
});
const workflowIdOf = (message: Fields): string => {
  const { institution, messageId } = keyOf(message);
  return settlementWorkflowId(institution, messageId);
};
const isOver = (message: Fields): Promise<unknown> =>
  system.client.workflow.getHandle(workflowIdOf(message)).result();
const pathOf = (message: Fields): string => Object.values(keyOf(message)).join('/');
/** 5203, where nothing else is said by visit and person alone. */
const asking = (of: Patient, visit: string, data: Fields = {}): Fields =>
  anEnvelope(of, '5203', { data: { psn_no: of.person, mdtrt_id: visit, ...data } });
const waits = (what: string): RegExp =>
  new RegExp(
    `^已受理，尚未结算：等待${what}，之后自动完成，请勿重新收费，也勿更换报文编号，请(稍后|届时)用同一报文重新发送，或用结算信息查询（5203）取得结果。〔KS-SYS-05〕$`,
  );

describe('a sender that waits, while the insured place is down', () => {
  const of = aPatient({ person: '51010000000000000007' });
  let visit: Awaited<ReturnType<typeof aVisit>>;
  let order: Fields;
  let setl: unknown;
  const pending = { infcode: '2001', output: null };

  it('is told that it is accepted, what it waits for, and the same again', async () => {
    visit = await aVisit(hospital, of, lines);
    expect((await hasty.send(asking(of, visit.where.visit))).err_msg).toMatch(/〔KS-QRY-03〕$/);
    order = visit.order(sums);
    expect(await hasty.send(order, wait)).toMatchObject(pending);
    await expect
      .poll(async () => (await hasty.send(order, wait)).err_msg)
      .toMatch(waits('四川省的待遇计算')); // a slow machine is still at the split at first
    const [reply, again] = [await hasty.send(order, wait), await hasty.send(order, wait)];
    expect(lasting(again)).toBe(lasting(reply));
  });

  it('finds the same by visit and person, by the message, and by nobody else', async () => {
    const asked = await hasty.send(asking(of, visit.where.visit));
    expect(asked).toMatchObject(pending);
    expect(asked.err_msg).toMatch(waits('四川省的待遇计算'));
    expect(await hasty.get(pathOf(order), of.institution)).toMatchObject({
      status: 202,
      body: { state: 'pending', phase: 'calculation', party: '510000', until: null },
    });
    const other = aPatient({ institution: '5000001000005' });
    expect((await hasty.get(pathOf(order), other.institution)).status).toBe(404);
    const strange = { ...asking(other, visit.where.visit), insuplc_admdvs: of.insuredRegion };
    expect((await hasty.send(strange)).err_msg).toMatch(/〔KS-VIS-02〕$/);
  });

  it('that does not wait: never settled, by the workflow alone where its gateway died meanwhile', async () => {
    const untold = await aVisit(hospital, of, lines);
    // The gateway is gone as soon as the settlement is started: its calls at Temporal break.
    const dying = new AbortController();
    const left = untold.order(sums);
    const unheard = system.client.withAbortSignal(dying.signal, () => hasty.send(left));
    await untilPhase(system, workflowIdOf(left), 'calculation');
    dying.abort();
    await unheard;
    await untilPhase(system, workflowIdOf(left), 'reversing');
    const another = openHospital(system);
    const never =
      '四川省的医保系统没有及时应答，本次未结算（已确定不会再结算），请稍后由医院用新的报文编号重新发送结算。〔KS-CTR-01〕';
    expect((await another.send(left)).err_msg).toBe(never);
    expect((await another.send(asking(of, untold.where.visit))).err_msg).toBe(never);
    expect(await another.get(pathOf(left), of.institution)).toMatchObject({
      status: 200,
      body: { state: 'refused', code: 'KS-CTR-01', sentence: never },
    });
    await another.close();
  });

  it('gets the result as soon as it is there: by long poll, by the same message, by 5203', async () => {
    const longPoll = hasty.get(pathOf(order), of.institution, { prefer: 'wait=60' });
    await system.startPlaces([sichuan]);
    const { status, body } = await longPoll;
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'settled', result: { totals: { total: '450.00' } } });
    setl = body['settlementId'];
    const settled = await hospital.send(order);
    expect(nodeOf(settled, 'setlinfo')).toMatchObject({ setl_id: setl, hifp_pay: '120.00' });
    await untilPhase(system, workflowIdOf(order), 'settled');
    const told = await hospital.send(asking(of, visit.where.visit));
    const info = nodeOf(told, 'setlinfo');
    const {
      psn_part_amt: personShare,
      psn_cash_pay: cash,
      ...receipt
    } = nodeOf(settled, 'setlinfo');
    for (const code of ['hosp_part_amt', 'hifdm_pay', 'exp_content'])
      Reflect.deleteProperty(receipt, code);
    expect(info).toMatchObject({
      ...receipt,
      pay_loc: '4',
      fixmedins_code: of.institution,
      fixmedins_name: '陆军军医大学第一附属医院',
      psn_pay: personShare,
      cash_payamt: cash,
      refd_setl_flag: '0',
      dise_codg: 'M03900',
      dise_name: '高血压',
    });
    expect(rowsOf(told, 'setldetail')).toEqual(rowsOf(settled, 'setldetail'));
  });

  it('also when the history is gone', async () => {
    const before = await hospital.send(asking(of, visit.where.visit, { setl_id: setl }));
    await loseHistory(system, workflowIdOf(order));
    expect(lasting(await hospital.send(asking(of, visit.where.visit)))).toBe(lasting(before));
    expect(await hospital.get(String(setl), of.institution)).toMatchObject({
      status: 200,
      body: { state: 'settled', settlementId: setl },
    });
    expect((await hospital.get(String(setl), '5000001000005')).status).toBe(404);
  });
});

describe('an institution whose profile says that it waits, in a window of the insured place', () => {
  const of = aPatient({ institution: '5000001000004' });

  it('is let in, told until when, and its settlement rides through; a request that does not wait is turned away', async () => {
    const visit = await aVisit(hospital, of, lines);
    const database = system.databases.place(sichuan);
    const { window, recent } = await announceWindow(database, sichuan, {
      services: ['settlement'],
      from: instant('2020-01-01T00:00:00.000Z'),
      to: instant('2099-12-31T22:00:00.000Z'),
      message: '年度切换',
      by: 'test',
    });
    await keepWindows(system.databases.place(chongqing), recent);
    await new Promise((resolve) => setTimeout(resolve, 100)); // the worker's memory of windows is 50 ms
    const order = visit.order(sums);
    const refusing = await hasty.send(order, { 'kuasheng-when-late': 'refuse' });
    expect(refusing.err_msg).toMatch(/^四川省正在停机维护（年度切换），.*〔KS-SYS-04〕$/);
    // It is told as soon as it waits, not after three quarters of ten minutes; so is who would not wait.
    const patient = openHospital(system, { deadlineMs: 600_000 });
    const reply = await patient.send(order);
    expect(reply.infcode).toBe('2001');
    expect(reply.err_msg).toMatch(
      waits('四川省的待遇计算，该方停机维护至2100年1月1日06:00（年度切换）'),
    );
    const refuse = { 'kuasheng-when-late': 'refuse' };
    expect(lasting(await patient.send(order, refuse))).toBe(lasting(reply));
    const visits = openVisits(system, { deadlineMs: 600_000 });
    const bill = aBill({}, [valsartan('300.00', 'M03900'), valsartan('50.00', 'M00500')]);
    const answered = await visits.post(bill);
    expect(answered.statusCode).toBe(202);
    expect(answered.body.parts).toMatchObject([
      { kind: 'refused', code: 'KS-ELG-07' },
      { kind: 'pending', phase: 'calculation', party: sichuan, until: window.to },
    ]);
    const desk = maintenanceDesk(system.client, sichuan, database);
    await desk.close({ id: window.id, by: 'test' });
    const poll = { prefer: 'wait=60' };
    expect((await hasty.get(pathOf(order), of.institution, poll)).body).toMatchObject({
      state: 'settled',
    });
    expect(nodeOf(await hospital.send(order), 'setlinfo')).toMatchObject({
      medfee_sumamt: '450.00',
    });
    await expect
      .poll(async () => (await visits.get(bill)).body.parts)
      .toMatchObject([{ kind: 'refused' }, { kind: 'settled' }]);
    await Promise.all([patient.close(), visits.close()]);
  });
});

describe('a gateway that dies between start and answer', () => {
  const of = aPatient({ person: '51010000000000000007' });

  it('takes nothing with it: the same message at another gateway gets the one answer', async () => {
    const { order: ordering } = await aVisit(hospital, of, lines);
    const order = ordering(sums);
    const lock = { party: sichuan, sql: 'select from person where id = $1 for update' };
    const dying = new AbortController();
    await holding(system, { ...lock, values: [of.person] }, async () => {
      const unheard = system.client.withAbortSignal(dying.signal, () => hospital.send(order));
      await untilBlocked(system, sichuan);
      dying.abort();
      expect((await unheard).err_msg).toMatch(/^结果未定/);
    });
    const another = openHospital(system);
    const answers = await Promise.all([another.send(order), another.send(order)]);
    expect(new Set(answers.map(lasting)).size).toBe(1);
    expect(answers[0]).toMatchObject({ infcode: '0' });
    const { rows } = await system.databases.centre.query(
      'select count(*)::int as n from settlement where message_id = $1',
      [order['msgid']],
    );
    expect(rows).toEqual([{ n: 1 }]);
    await another.close();
  });
});

describe('5203 of a visit with more than one settlement', () => {
  const of = aPatient({ person: '51010000000000000007' });

  it('tells what was taken back as refunded, and asks which of several', async () => {
    const visit = await aVisit(hospital, of, lines);
    const first = visit.order(sums);
    const settled = nodeOf(await hospital.send(first), 'setlinfo')['setl_id'];
    await untilPhase(system, workflowIdOf(first), 'settled');
    const reversing = { setl_id: settled, mdtrt_id: visit.where.visit, psn_no: of.person };
    const reversed = await hospital.send(anEnvelope(of, '2208', { data: reversing }));
    const reversal = nodeOf(reversed, 'setlinfo')['setl_id'];
    await isOver(first);
    const infoOf = async (data: Fields = {}) =>
      nodeOf(await hospital.send(asking(of, visit.where.visit, data)), 'setlinfo');
    expect(await infoOf()).toMatchObject({ setl_id: settled, refd_setl_flag: '1' });
    expect(await infoOf({ setl_id: settled })).toMatchObject({
      medfee_sumamt: '450.00',
      refd_setl_flag: '1',
    });
    expect(await infoOf({ setl_id: reversal })).toMatchObject({
      setl_id: reversal,
      medfee_sumamt: '-450.00',
      refd_setl_flag: '1',
    });
    expect(await hospital.get(String(settled), of.institution)).toMatchObject({
      status: 200,
      body: { state: 'reversed', settlementId: settled, reversal: { reversalId: reversal } },
    });
    const again = visit.order(sums);
    const second = nodeOf(await hospital.send(again), 'setlinfo')['setl_id'];
    expect(await infoOf()).toMatchObject({ setl_id: second, refd_setl_flag: '0' });
    // Another batch of the visit, whose answer is lost: which of the two is asked for?
    const upload = structuredClone(visit.upload) as Fields & { input: { feedetail: Fields[] } };
    for (const row of upload.input.feedetail)
      Object.assign(row, { feedetl_sn: 'X', chrg_bchno: 'B2' });
    await hospital.send(upload);
    const more = await hospital.send(visit.order(sums, { chrg_bchno: 'B2' }));
    const third = nodeOf(more, 'setlinfo')['setl_id'];
    const which = await hospital.send(asking(of, visit.where.visit));
    expect(which).toMatchObject({ infcode: '-1', output: null });
    expect(which.err_msg).toBe(
      `本次就诊有 2 笔结算（${String(third)}、${String(second)}），请填写字段 setl_id（结算ID）逐笔查询，没有编号的请用原报文重新发送结算（2207）。〔KS-QRY-02〕`,
    );
    expect(await infoOf({ setl_id: third })).toMatchObject({ setl_id: third });
    const strange = await hospital.send(asking(of, visit.where.visit, { setl_id: '2026' }));
    expect(strange.err_msg).toMatch(/〔KS-QRY-01〕$/);
  });

  it('and nothing personal stands in the gateways’ logs nor in their sentences', () => {
    const read = [hospital, hasty].flatMap(({ log, errors }) => [...log, ...errors]).join('\n');
    for (const value of Object.values(personal)) expect(read).not.toContain(value);
    expect(read).not.toMatch(/0{12}/);
  });
});
