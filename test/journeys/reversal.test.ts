import { MockActivityEnvironment } from '@temporalio/testing';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clearingActivities } from '../../activities/clearing.ts';
import * as statements from '../../db/statements.ts';
import { month, type Month } from '../../domain/calendar.ts';
import { placeCode, type InstitutionCode, type MessageId } from '../../domain/identifiers.ts';
import { reversalWorkflowId, settlementWorkflowId } from '../../workflows/contracts.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { closeMonth, thisMonth, untilPhase } from '../workflows/scenarios.ts';
import {
  aPatient,
  aVisit,
  anEnvelope,
  lasting,
  nextMessageId,
  nodeOf,
  openHospital,
  personal,
  rowsOf,
  type FeeLine,
  type Fields,
  type Hospital,
  type Patient,
  type Reply,
  type Sums,
} from './hospital.ts';

/** What a hospital takes back, message by message. Every amount is worked out by hand from the seeds. */

let system: TestSystem;
let hospital: Hospital;
let workers: { stop(): Promise<void> };
beforeAll(async () => {
  system = await createSystem('takes-back');
  hospital = openHospital(system);
  workers = await system.startWorkers();
});
afterAll(async () => {
  await hospital.close();
  await system.stop();
});

const lines: FeeLine[] = [['XC08CAA001A001010199001', '1.50', '300', '450.00']];
const sums: Sums = ['450.00', '0.00', '0.00', '0.00', '450.00'];
const withAccount = { acct_used_flag: '1' };
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

type Where = Awaited<ReturnType<typeof aVisit>>['where'];
/** 2208 */
const reversing = (of: Patient, { visit }: Where, settlement: unknown, envelope: Fields = {}) =>
  anEnvelope(
    of,
    '2208',
    { data: { setl_id: settlement, mdtrt_id: visit, psn_no: of.person, exp_content: '' } },
    envelope,
  );
/** 2601 */
const undoing = (of: Patient, original: Fields, changes: Fields = {}) =>
  anEnvelope(of, '2601', {
    data: { psn_no: of.person, omsgid: original['msgid'], oinfno: '2207', ...changes },
  });

/** A visit that is settled, and everything that can be sent again. */
async function aSettled(of: Patient, by: Hospital = hospital) {
  const visit = await aVisit(by, of, lines);
  const order = visit.order(sums, withAccount);
  const settled = await by.send(order);
  const settlement = nodeOf(settled, 'setlinfo')['setl_id'];
  await untilPhase(system, workflowIdOf(order), 'settled');
  return { ...visit, order, settled, settlement };
}
/** What the person has used up and has left, and who has the batch. */
async function stateOf({ person }: Patient, { visit }: Where): Promise<unknown> {
  const { rows } = await system.databases.place('510000').query(
    `select balance::text,
       (select coalesce(sum(value), 0.00)::text from accumulator where person = $1) as used
     from personal_account where person = $1`,
    [person],
  );
  const batches = await system.databases
    .place('500000')
    .query('select settlement_id as "frozenBy" from fee_batch where visit_id = $1', [visit]);
  return { ...rows[0], ...batches.rows[0] };
}
const ledgerOf = async (settlement: unknown): Promise<unknown[]> => {
  const { rows } = await system.databases.centre.query(
    `select kind, account, amount from ledger_entry e join ledger_posting p on p.entry_id = e.id
     where settlement_id = $1 and account like '%receivable' order by entry_no, account`,
    [settlement],
  );
  return rows.map((row: Record<string, string>) => Object.values(row).join(' '));
};

describe('2208 takes back a settlement', () => {
  const of = aPatient({ person: '51010000000000000007' });
  let first: Awaited<ReturnType<typeof aSettled>>;
  let before: unknown;
  let reversal: Fields;
  let reversed: Reply;

  it('with every amount of the receipt mirrored, under a number of its own', async () => {
    before = await stateOf(of, { visit: 'none yet', batch: '' });
    first = await aSettled(of);
    expect(nodeOf(first.settled, 'setlinfo')).toMatchObject({
      act_pay_dedc: '300.00',
      hifp_pay: '120.00', // 80 % of 150.00
      acct_pay: '210.00', // all it had, of 330.00
      psn_cash_pay: '120.00',
      balc: '0.00',
    });
    reversal = reversing(of, first.where, first.settlement);
    reversed = await hospital.send(reversal);
    const receipt = nodeOf(first.settled, 'setlinfo');
    const info = nodeOf(reversed, 'setlinfo');
    expect(Object.keys(info)).toEqual(Object.keys(receipt));
    expect(info['setl_id']).toMatch(/^\d{18}$/);
    expect(info['setl_id']).not.toBe(first.settlement);
    expect(info).toMatchObject({
      mdtrt_id: first.where.visit,
      psn_no: of.person,
      psn_name: personal.name,
      med_type: '14',
      medfee_sumamt: '-450.00',
      fulamt_ownpay_amt: '0.00',
      inscp_scp_amt: '-450.00',
      act_pay_dedc: '-300.00',
      hifp_pay: '-120.00',
      pool_prop_selfpay: '0.8000',
      hifob_pay: '0.00',
      fund_pay_sumamt: '-120.00',
      psn_part_amt: '-330.00',
      acct_pay: '-210.00',
      psn_cash_pay: '-120.00',
      hosp_part_amt: '0.00',
      balc: '210.00',
      medins_setl_id: reversal['msgid'],
      clr_optins: receipt['clr_optins'],
    });
    const payments = rowsOf(reversed, 'setldetail').map((row) => [
      row['fund_pay_type'],
      row['inscp_scp_amt'],
      row['fund_payamt'],
      row['setl_proc_info'],
    ]);
    const why = `撤销结算 ${String(first.settlement)}`;
    expect(payments).toEqual([
      ['310100', '-150.00', '-120.00', why],
      ['330100', '0.00', '0.00', why],
      ['310200', '0.00', '-210.00', why],
    ]);
  });

  it('and restores accumulators, account, batch and ledger', async () => {
    expect(await isOver(first.order)).toMatchObject({ phase: 'reversed' });
    expect(await stateOf(of, first.where)).toEqual({ ...(before as object), frozenBy: null });
    expect(await ledgerOf(first.settlement)).toEqual([
      'settlement account-receivable 210.00',
      'settlement fund-receivable 120.00',
      'reversal account-receivable -210.00',
      'reversal fund-receivable -120.00',
    ]);
  });

  it('and gives a repeat, under the same number or another, the first answer to the byte', async () => {
    expect(lasting(await hospital.send(reversal))).toBe(lasting(reversed));
    const again = reversing(of, first.where, first.settlement);
    expect(lasting(await hospital.send(again))).toBe(lasting(reversed));
    expect(await ledgerOf(first.settlement)).toHaveLength(4);
  });

  it('so that a reversal cannot be taken back', async () => {
    const id = nodeOf(reversed, 'setlinfo')['setl_id'];
    expect(await hospital.send(reversing(of, first.where, id))).toMatchObject({
      infcode: '-1',
      output: null,
      err_msg: `字段 setl_id（结算ID）是一笔撤销的编号，收到 ${String(id)}，撤销不能再撤销，请核对；需要重新结算的，请用新的报文编号发送结算（2207）。〔KS-REV-05〕`,
    });
  });

  it('and the settlement’s own message tells no result that no longer stands', async () => {
    expect(await hospital.send(first.order)).toMatchObject({
      infcode: '-1',
      err_msg:
        '这笔结算请求已被撤销，不会再结算，请医院核对后用新的报文编号重新发送结算。〔KS-ELG-12〕',
    });
  });

  it('after which the batch is settled anew, as if nothing had been', async () => {
    const order = { ...first.order, msgid: nextMessageId(of.institution) };
    const info = nodeOf(await hospital.send(order), 'setlinfo');
    expect(info).toMatchObject({
      act_pay_dedc: '300.00',
      hifp_pay: '120.00',
      acct_pay: '210.00',
      psn_cash_pay: '120.00',
      balc: '0.00',
    });
    expect(await hospital.send(undoing(of, order))).toMatchObject({ infcode: '0' });
    await isOver(order);
  });
});

describe('2601 takes back a request by its message', () => {
  const of = aPatient({ person: '51010000000000000007' });
  const done = { infcode: '0', err_msg: null, output: null };

  it('that has not arrived: it answers nothing, and the late 2207 is refused', async () => {
    const { order: ordering } = await aVisit(hospital, of, lines);
    const order = ordering(sums);
    expect(await hospital.send(undoing(of, order))).toMatchObject(done);
    const late = await hospital.send(order);
    expect(late).toMatchObject({ infcode: '-1', output: null });
    expect(late.err_msg).toMatch(/^这笔结算请求已被撤销，不会再结算.*〔KS-ELG-12〕$/);
    expect(await hospital.send(undoing(of, order, { oinfno: '2207a' }))).toMatchObject(done);
  });

  it('whose answer was lost: nothing is owed, and its repeat is told so', async () => {
    const { where, order, settlement } = await aSettled(of);
    expect(await hospital.send(undoing(of, order))).toMatchObject(done);
    expect((await hospital.send(order)).err_msg).toMatch(/〔KS-ELG-12〕$/);
    await isOver(order);
    expect(await stateOf(of, where)).toMatchObject({ frozenBy: null, balance: '210.00' });
    expect(await ledgerOf(settlement)).toEqual([
      'settlement account-receivable 210.00',
      'settlement fund-receivable 120.00',
      'reversal account-receivable -210.00',
      'reversal fund-receivable -120.00',
    ]);
  });

  it('naming another person: refused, and the settlement stands', async () => {
    const { where, order, settled, settlement } = await aSettled(of);
    const other = undoing(of, order, { psn_no: '51010000000000000001' });
    expect((await hospital.send(other)).err_msg).toBe(
      '字段 psn_no（人员编号）与原结算的参保人员不一致，本次未撤销，请核对原结算和人员编号，更正后用新的报文编号重新发送。〔KS-REV-02〕',
    );
    expect(lasting(await hospital.send(order))).toBe(lasting(settled));
    const reversed = await hospital.send(reversing(of, where, settlement));
    expect(nodeOf(reversed, 'setlinfo')).toMatchObject({ medfee_sumamt: '-450.00' });
    await isOver(order);
  });
});

describe('what cannot be reached', () => {
  const of = aPatient({ person: '51010000000000000007' });

  it('the insured place is down: answered at once, a repeat of 2207 is told, and the undo rides through', async () => {
    const { where, order, settlement } = await aSettled(of);
    await workers.stop();
    workers = await system.startWorkers([placeCode('500000')]);
    const reversal = reversing(of, where, settlement);
    const reversed = await hospital.send(reversal);
    expect(nodeOf(reversed, 'setlinfo')).toMatchObject({ fund_pay_sumamt: '-120.00' });
    await untilPhase(system, workflowIdOf(order), 'reversing');
    expect(lasting(await hospital.send(reversal))).toBe(lasting(reversed));
    expect((await hospital.send(order)).err_msg).toMatch(/〔KS-ELG-12〕$/);
    const more = await system.startPlaces([placeCode('510000')]);
    expect(await isOver(order)).toMatchObject({ phase: 'reversed' });
    expect(await stateOf(of, where)).toMatchObject({ frozenBy: null, balance: '210.00' });
    await Promise.all([workers.stop(), more.stop()]);
    workers = await system.startWorkers();
  });

  it('Temporal is out of reach: 结果未定, never a false no; later the answer', async () => {
    const { where, order, settlement } = await aSettled(of);
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const client = new Client({ connection, namespace: system.namespace });
    const cutOff = openHospital(system, { client, deadlineMs: 1000 });
    const sent = Date.now();
    const unknown =
      '结果未定：尚未得到撤销结果，原结算可能已经撤销，请勿重新收费或退款，也勿更换报文编号，请稍后用同一报文重新发送以取得结果。〔KS-REV-08〕';
    const [reversal, undo] = [reversing(of, where, settlement), undoing(of, order)];
    expect(await cutOff.send(reversal)).toMatchObject({ infcode: '-1', err_msg: unknown });
    expect(await cutOff.send(undo)).toMatchObject({ infcode: '-1', err_msg: unknown });
    await cutOff.close();
    expect(nodeOf(await hospital.send(reversal), 'setlinfo')).toMatchObject({ balc: '210.00' });
    await isOver(order);
    // The SDK sleeps between its tries beyond the deadline; a try on a closed connection throws.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, sent + 4000 - Date.now())));
    await connection.close();
  });
});

/** Closes a month that has not begun, and tells its workflows, as `clearing` does with one that has. */
async function closeAhead(of: Month) {
  const { centre: database } = system.databases;
  const closed = await statements.closeMonth(database, of);
  const { tellCleared } = clearingActivities({ database, workflows: system.client.workflow });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const page = { month: of, atMost: 100 };
  await environment.run<[typeof page], number, typeof tellCleared>(tellCleared, page);
  return closed.statements;
}

describe('4号 三(五) 2208 of a settlement whose month is closed', () => {
  const of = aPatient({ person: '51010000000000000007' });
  const pair = { treatingPlace: '500000', insuredPlace: '510000', insuranceType: '310' };

  it('is a negative settlement of the next month; both months add up', async () => {
    const { where, order, settlement } = await aSettled(of);
    const closed = await closeMonth(system, thisMonth());
    // Everything else of this file was taken back in its own month.
    expect(closed).toMatchObject({
      ok: true,
      statements: [
        {
          ...pair,
          total: '450.00',
          fundTotal: '120.00',
          personalAccount: '210.00',
          owed: '330.00',
        },
      ],
    });
    expect(await isOver(order)).toMatchObject({ phase: 'cleared' });
    const reversal = reversing(of, where, settlement);
    const reversed = await hospital.send(reversal);
    expect(nodeOf(reversed, 'setlinfo')).toMatchObject({ medfee_sumamt: '-450.00' });
    await untilPhase(system, reversalWorkflowId(keyOf(order)), 'reversed');
    expect(await stateOf(of, where)).toMatchObject({ frozenBy: null, balance: '210.00' });
    expect(await closeAhead(month('2099-01'))).toEqual([
      {
        ...pair,
        settlements: 1,
        total: '-450.00',
        fundTotal: '-120.00',
        personalAccount: '-210.00',
        owed: '-330.00',
      },
    ]);
    const handle = system.client.workflow.getHandle(reversalWorkflowId(keyOf(order)));
    expect(await handle.result()).toMatchObject({ phase: 'reversed', month: '2099-01' });
    expect(lasting(await hospital.send(reversal))).toBe(lasting(reversed));
    expect((await hospital.send(order)).err_msg).toMatch(/〔KS-ELG-12〕$/);
  });

  it('and nothing personal stands in the gateway’s log nor in its sentences', () => {
    const read = [...hospital.log, ...hospital.errors].join('\n');
    for (const value of Object.values(personal)) expect(read).not.toContain(value);
    expect(read).not.toMatch(/0{12}/);
  });
});
