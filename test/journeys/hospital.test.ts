import { createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyness } from '../patience.ts';
import { brokenLinks } from '../../db/ledger.ts';
import { placeCode } from '../../domain/identifiers.ts';
import { settlementWorkflowId } from '../../workflows/contracts.ts';
import type { InstitutionCode, MessageId } from '../../domain/identifiers.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { closeMonth, thisMonth, untilPhase } from '../workflows/scenarios.ts';
import {
  aPatient,
  aVisit,
  anEnvelope,
  anOrder,
  aRegistration,
  aFeeRow,
  china,
  dayInWords,
  everythingStored,
  lasting,
  nextMessageId,
  nodeOf,
  openHospital,
  personal,
  rowsOf,
  type FeeLine,
  type Fields,
  type Hospital,
  type Reply,
  type Sums,
} from './hospital.ts';

/** What a hospital lives through, message by message. Every amount is worked out by hand from the seeds. */

const resend =
  '结果未定：尚未得到结算结果，费用可能已经结算，请勿重新收费，也勿更换报文编号，请稍后用同一报文重新发送以取得结果。〔KS-SYS-01〕';
const otherBody =
  '字段 msgid（发送方报文ID）：报文编号已用于另一笔不同内容的请求，本次未受理，请换用新的报文编号重新发送；重发原请求时请保持内容不变。〔KS-SYS-02〕';

// the tables of the interface, 7.9 and 7.12
const splitColumns =
  'feedetl_sn det_item_fee_sumamt cnt pric pric_uplmt_amt selfpay_prop fulamt_ownpay_amt overlmt_amt preselfpay_amt inscp_scp_amt chrgitm_lv med_chrgitm_type bas_medn_flag hi_nego_drug_flag chld_medc_flag list_sp_item_flag lmt_used_flag drt_reim_flag memo exp_content';
const setlinfoColumns =
  'mdtrt_id setl_id psn_no psn_name psn_cert_type certno gend naty brdy age insutype psn_type cvlserv_flag setl_time mdtrt_cert_type med_type medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt act_pay_dedc hifp_pay pool_prop_selfpay cvlserv_pay hifes_pay hifmi_pay hifob_pay maf_pay oth_pay fund_pay_sumamt psn_part_amt acct_pay psn_cash_pay hosp_part_amt balc acct_mulaid_pay medins_setl_id clr_optins clr_way clr_type hifdm_pay exp_content';
const mayBeNull =
  'gend naty brdy age insutype mdtrt_cert_type act_pay_dedc clr_optins clr_way exp_content'.split(
    ' ',
  );
const detailColumns =
  'fund_pay_type inscp_scp_amt crt_payb_lmt_amt fund_payamt fund_pay_type_name setl_proc_info';

/** Row by row: full self-pay, over the limit, first share, in scope. */
const partsOf = (uploaded: Reply) =>
  rowsOf(uploaded, 'result').map((row) => [
    row['fulamt_ownpay_amt'],
    row['overlmt_amt'],
    row['preselfpay_amt'],
    row['inscp_scp_amt'],
  ]);
/** Each fund's code, what it could pay on, what it paid. */
const paymentsOf = (settled: Reply) =>
  rowsOf(settled, 'setldetail').map((row) => [
    row['fund_pay_type'],
    row['inscp_scp_amt'],
    row['fund_payamt'],
  ]);

/** `12.30` as 1230; every amount on the wire has two decimals. */
const fen = (amount: unknown): bigint => {
  expect(amount).toMatch(/^-?\d+\.\d\d$/);
  return BigInt(String(amount).replace('.', ''));
};
const sumOf = (amounts: readonly unknown[]): bigint => amounts.map(fen).reduce((a, b) => a + b, 0n);
const scaled = (text: unknown, decimals: number): bigint => {
  const [whole = '', part = ''] = String(text).split('.');
  return BigInt(whole + part.padEnd(decimals, '0'));
};
/** Half up on the magnitude. */
const divided = (number: bigint, by: bigint): bigint => {
  const magnitude = ((number < 0n ? -number : number) * 2n + by) / (2n * by);
  return number < 0n ? -magnitude : magnitude;
};

/** Identities 1 to 10 of the interface's section 10, over one upload and its settlement. */
function expectIdentities(uploaded: Reply, settled: Reply): void {
  const rows = rowsOf(uploaded, 'result');
  const detail = rowsOf(settled, 'setldetail');
  const of = nodeOf(settled, 'setlinfo');
  const sum = (...fields: string[]): bigint => sumOf(fields.map((field) => of[field]));
  const parts = ['fulamt_ownpay_amt', 'overlmt_selfpay', 'preselfpay_amt', 'inscp_scp_amt'];
  const rowParts = ['fulamt_ownpay_amt', 'overlmt_amt', 'preselfpay_amt', 'inscp_scp_amt'];
  expect(fen(of['medfee_sumamt'])).toBe(sum('fund_pay_sumamt', 'psn_part_amt', 'hosp_part_amt'));
  expect(fen(of['fund_pay_sumamt'])).toBe(
    sum('hifp_pay', 'hifmi_pay', 'hifob_pay', 'hifes_pay', 'cvlserv_pay', 'maf_pay', 'oth_pay'),
  );
  expect(fen(of['acct_mulaid_pay']) <= fen(of['acct_pay'])).toBe(true);
  expect(fen(of['psn_part_amt'])).toBe(sum('acct_pay', 'psn_cash_pay'));
  expect(fen(of['medfee_sumamt'])).toBe(sum(...parts));
  for (const row of rows) {
    const amount = fen(row['det_item_fee_sumamt']);
    expect(amount).toBe(sumOf(rowParts.map((field) => row[field])));
    const product = scaled(row['cnt'], 4) * scaled(row['pric'], 6);
    const off = amount - divided(product, 10n ** 8n);
    expect(off >= -1n && off <= 1n).toBe(true);
    const capped = amount - fen(row['overlmt_amt']) - fen(row['fulamt_ownpay_amt']);
    const first = divided(capped * scaled(row['selfpay_prop'], 4), 10n ** 4n);
    expect(fen(row['preselfpay_amt'])).toBe(first);
    if (row['selfpay_prop'] === '1.0000') expect(fen(row['fulamt_ownpay_amt'])).toBe(amount);
  }
  parts.forEach((field, index) => {
    expect(fen(of[field])).toBe(sumOf(rows.map((row) => row[rowParts[index] ?? ''])));
  });
  expect(sumOf(detail.map((row) => row['fund_payamt']))).toBe(
    sum('fund_pay_sumamt', 'acct_pay', 'hosp_part_amt'),
  );
  expect(fen(of['act_pay_dedc']) <= fen(of['inscp_scp_amt'])).toBe(true);
}

const workflowOf = ({ client }: TestSystem, message: Fields) =>
  client.workflow.getHandle(
    settlementWorkflowId(
      message['fixmedins_code'] as InstitutionCode,
      message['msgid'] as MessageId,
    ),
  );

/** The ledger's lines of a settlement: who owes whom what. */
async function ledgerOf({ databases }: TestSystem, settlement: unknown) {
  const { rows } = await databases.centre.query<Record<string, string>>(
    `select e.treating_place || ' ' || e.insured_place || ' ' || e.insurance_type || ' ' || kind as entry,
       account, place, amount from ledger_entry e join ledger_posting p on p.entry_id = e.id
     where settlement_id = $1 order by account`,
    [settlement],
  );
  return rows.map((row) => [row['entry'], row['account'], row['place'], row['amount']]);
}

/** Nothing of the person, the operator or the doctor in the log nor in a sentence. */
function expectNothingPersonal(hospital: Hospital, ...more: string[]): void {
  const read = [...hospital.log, ...hospital.errors].join('\n');
  expect(read).not.toBe('');
  for (const value of [...Object.values(personal), ...more]) expect(read).not.toContain(value);
  expect(read).not.toMatch(/0{12}/); // every person’s number of the seeds, and no other
}

describe('4号 三 a Chengdu employee with hypertension, treated in Chongqing', () => {
  const of = aPatient();
  let system: TestSystem;
  let hospital: Hospital;
  beforeAll(async () => {
    system = await createSystem('hospital');
    hospital = openHospital(system);
    await system.startWorkers();
  });
  afterAll(async () => {
    await hospital.close();
    await system.stop();
  });

  let visit: Awaited<ReturnType<typeof aVisit>>;
  let order: Fields;
  let settled: Reply;
  const sums: Sums = ['907.68', '49.97', '27.22', '45.52', '784.97'];

  it('is registered: 2201 gives the visit', async () => {
    visit = await aVisit(hospital, of, [
      ['XC09CAX002A001010199002', '3.30', '168', '554.40'], // limit 3.20, 5 %
      ['XC08CAA001A001010199001', '1.25', '84', '105.00'], // class 甲
      ['003107010220000', '160.00', '1', '160.00'], // limit 150.00, 10 %
      ['XC01EBF017A001010199017', '1.50', '30', '45.00'], // class 丙
      ['XC09DXS005A001010199005', '5.03', '7', '35.21', { hosp_appr_flag: '1' }], // limit 4.97, 10 %
      ['XC09DXS005A001010199005', '4.97', '1', '4.97'], // restricted, not approved
      ['XC09CAX002A001010199002', '3.10', '1', '3.10'], // 5 % is 0.155
    ]);
    expect(visit.registered.text).toContain('"infcode":0,');
    const data = visit.registration.input as { data: Fields };
    expect(visit.registered).toMatchObject({ statusCode: 200, infcode: '0', err_msg: null });
    expect(visit.registered.output).toEqual({
      data: {
        mdtrt_id: visit.where.visit,
        psn_no: of.person,
        ipt_otp_no: data.data['ipt_otp_no'],
        exp_content: null,
      },
    });
    const today = china().slice(0, 10).replaceAll('-', '');
    expect(visit.registered.inf_refmsgid).toMatch(new RegExp(`^500000${today}\\d{16}$`));
  });

  it('三(一) is split by Chongqing’s scope: four sums per line, half a fen goes up', () => {
    const [first] = rowsOf(visit.uploaded, 'result');
    expect(Object.keys(first ?? {}).join(' ')).toBe(splitColumns);
    expect(partsOf(visit.uploaded)).toEqual([
      ['0.00', '16.80', '26.88', '510.72'],
      ['0.00', '0.00', '0.00', '105.00'],
      ['0.00', '10.00', '15.00', '135.00'],
      ['45.00', '0.00', '0.00', '0.00'],
      ['0.00', '0.42', '3.48', '31.31'],
      ['4.97', '0.00', '0.00', '0.00'],
      ['0.00', '0.00', '0.16', '2.94'],
    ]);
  });

  it('三(一) pays Chengdu’s deductible of 300.00, the fund pays 80 % above it, the account the rest in scope', async () => {
    order = visit.order(sums, { acct_used_flag: '1' });
    const before = Date.now();
    settled = await hospital.send(order);
    const info = nodeOf(settled, 'setlinfo');
    expect(Object.keys(info).join(' ')).toBe(setlinfoColumns);
    expect(info).toMatchObject({
      mdtrt_id: visit.where.visit,
      psn_no: of.person,
      insutype: '310',
      med_type: '14',
      cvlserv_flag: '0',
      medfee_sumamt: '907.68',
      fulamt_ownpay_amt: '49.97',
      overlmt_selfpay: '27.22',
      preselfpay_amt: '45.52',
      inscp_scp_amt: '784.97',
      act_pay_dedc: '300.00',
      hifp_pay: '387.98', // 80 % of 484.97 is 387.976
      pool_prop_selfpay: '0.8000',
      cvlserv_pay: '0.00',
      hifes_pay: '0.00',
      hifmi_pay: '0.00',
      hifob_pay: '0.00',
      maf_pay: '0.00',
      oth_pay: '0.00',
      fund_pay_sumamt: '387.98',
      psn_part_amt: '519.70',
      acct_pay: '442.51', // 300.00 + 96.99 + 45.52
      psn_cash_pay: '77.19', // full self-pay and over the limit
      hosp_part_amt: '0.00',
      balc: '57.49', // of 500.00
      acct_mulaid_pay: '0.00',
      medins_setl_id: order['msgid'],
      clr_optins: '500000',
      hifdm_pay: '0.00',
      exp_content: '{"FEE_CATEGORY":"门诊慢特病"}',
    });
    const at = Date.parse(`${String(info['setl_time']).replace(' ', 'T')}+08:00`);
    expect(at).toBeGreaterThan(before - 2000);
    expect(at).toBeLessThan(Date.now() + 2000);
  });

  it('has a line per fund, and the identities hold', () => {
    const [pool] = rowsOf(settled, 'setldetail');
    expect(Object.keys(pool ?? {}).join(' ')).toBe(detailColumns);
    expect(pool?.['setl_proc_info']).toMatch(/387\.98/);
    expect(paymentsOf(settled)).toEqual([
      ['310100', '484.97', '387.98'],
      ['330100', '0.00', '0.00'],
      ['310200', '0.00', '442.51'],
    ]);
    expectIdentities(visit.uploaded, settled);
  });

  it('leaves no field of the receipt empty that the table calls never null', () => {
    const info = nodeOf(settled, 'setlinfo');
    const empty = Object.keys(info).filter((field) => info[field] === null);
    expect(empty.filter((field) => !mayBeNull.includes(field))).toEqual([]);
    expect(info).toMatchObject({
      psn_type: '11',
      psn_name: personal.name,
      psn_cert_type: '01',
      certno: personal.certificate,
    });
  });

  it('is in the ledger: Sichuan owes Chongqing the fund’s part and the account’s, apart', async () => {
    const entry = '500000 510000 310 settlement';
    expect(await ledgerOf(system, nodeOf(settled, 'setlinfo')['setl_id'])).toEqual([
      [entry, 'account-payable', '510000', '-442.51'],
      [entry, 'account-receivable', '500000', '442.51'],
      [entry, 'fund-payable', '510000', '-387.98'],
      [entry, 'fund-receivable', '500000', '387.98'],
    ]);
  });

  it('the second visit pays no deductible and goes on where the first band had been left', async () => {
    const lines: FeeLine[] = [['XC09AAP003A001010199003', '45.00', '100', '4500.00']];
    const second = await aVisit(hospital, of, lines);
    const sums: Sums = ['4500.00', '0.00', '0.00', '0.00', '4500.00'];
    const reply = await hospital.send(second.order(sums, { acct_used_flag: '1' }));
    expect(nodeOf(reply, 'setlinfo')).toMatchObject({
      act_pay_dedc: '0.00',
      hifp_pay: '3614.24', // 80 % of 784.97…5000.00: 3372.02, 85 % of 284.97: 242.22
      pool_prop_selfpay: '0.8032',
      fund_pay_sumamt: '3614.24',
      psn_part_amt: '885.76',
      acct_pay: '57.49',
      psn_cash_pay: '828.27',
      balc: '0.00',
    });
    expectIdentities(second.uploaded, reply);
  });

  it('the third meets the year’s ceiling of 30000.00, and 大额 pays 75 % of what is above', async () => {
    const lines: FeeLine[] = [['XC09AAP003A001010199003', '400.00', '100', '40000.00']];
    const third = await aVisit(hospital, of, lines);
    const sums: Sums = ['40000.00', '0.00', '0.00', '0.00', '40000.00'];
    const reply = await hospital.send(third.order(sums, { acct_used_flag: '1' }));
    expect(nodeOf(reply, 'setlinfo')).toMatchObject({
      act_pay_dedc: '0.00',
      hifp_pay: '25997.78', // what was left of 30000.00; reached at 30585.62
      hifob_pay: '7060.79', // 75 % of 9414.38 is 7060.785
      pool_prop_selfpay: '0.6499',
      fund_pay_sumamt: '33058.57',
      psn_part_amt: '6941.43',
      acct_pay: '0.00',
      psn_cash_pay: '6941.43',
      balc: '0.00',
    });
    expect(paymentsOf(reply)).toEqual([
      ['310100', '40000.00', '25997.78'],
      ['330100', '9414.38', '7060.79'],
    ]);
    expectIdentities(third.uploaded, reply);
  });

  it('2201 and 2204 sent again, even twice at once, give the visit and the split they gave', async () => {
    const { registration, upload, registered, uploaded } = visit;
    const later = { msgid: nextMessageId(of.institution), inf_time: china() };
    const again = await Promise.all(
      [registration, { ...registration, ...later }, upload, { ...upload, ...later }].map((one) =>
        hospital.send(one),
      ),
    );
    const first = [registered, registered, uploaded, uploaded];
    expect(again.map(lasting)).toEqual(first.map(lasting));
  });

  const honest: [string, Fields, Fields][] = [
    ['to the byte', {}, {}],
    [
      'with another credential',
      { mdtrt_cert_type: '01', mdtrt_cert_no: 'another token', card_sn: 'another reading' },
      {},
    ],
    [
      'in another envelope',
      {},
      { inf_time: '2026-01-01 00:00:00', opter: '9', sign_no: 'S2', cainfo: 'x', infver: '1.0' },
    ],
    ['as 2207A', {}, { infno: '2207A' }],
  ];
  const repeats = () => {
    it.each(honest)('2207 sent again %s: the same answer', async (_, data, envelope) => {
      const own = (order['input'] as { data: Fields }).data;
      const repeat = { ...order, ...envelope, input: { data: { ...own, ...data } } };
      expect(lasting(await hospital.send(repeat))).toBe(lasting(settled));
    });
    it('2207 with another body under the same message id is refused, and nothing changes', async () => {
      const own = (order['input'] as { data: Fields }).data;
      const before = await everythingStored(system);
      for (const data of [{ acct_used_flag: '0' }, { invono: 'F2' }]) {
        const reply = await hospital.send({ ...order, input: { data: { ...own, ...data } } });
        expect(reply).toMatchObject({ infcode: '-1', output: null, err_msg: otherBody });
      }
      expect(await everythingStored(system)).toEqual(before);
    });
  };
  describe('before the month is closed', repeats);

  describe('when the month is closed', () => {
    it('has one statement: what the ledger and the three receipts say', async () => {
      await untilPhase(system, workflowOf(system, order).workflowId, 'settled');
      const closed = await closeMonth(system, thisMonth());
      expect(closed).toMatchObject({
        ok: true,
        told: 3,
        statements: [
          {
            treatingPlace: '500000',
            insuredPlace: '510000',
            insuranceType: '310',
            settlements: 3,
            total: '45407.68',
            fundTotal: '37060.79', // 387.98 + 3614.24 + 33058.57
            personalAccount: '500.00', // 442.51 + 57.49
            owed: '37560.79',
          },
        ],
      });
      expect(await brokenLinks(system.databases.centre)).toEqual([]);
    });
    it('三(五) the workflow ends as cleared', async () => {
      const result: unknown = await workflowOf(system, order).result();
      expect(result).toMatchObject({ phase: 'cleared', month: thisMonth() });
      const { status } = await workflowOf(system, order).describe();
      expect(status.name).toBe('COMPLETED');
    });
    repeats();
    it('the batch is still taken: a second 2207 is refused, naming the settlement', async () => {
      const reply = await hospital.send(visit.order(sums, { acct_used_flag: '1' }));
      expect(reply).toMatchObject({ infcode: '-1', output: null });
      expect(reply.err_msg).toContain(String(nodeOf(settled, 'setlinfo')['setl_id']));
    });
  });

  it('2.4 a hospital’s own disease code settles as the national one, by level and insurance type', async () => {
    const of = aPatient({
      person: '51010000000000000005', // resident, kidney transplant
      insuranceType: '390',
      disease: 'CQ-KPY-S', // M08301 since 2022-07-01
    });
    const visit = await aVisit(hospital, of, [
      ['XL04ADT030A001010199030', '13.40', 10, '134.00'], // limit 12.40, residents 0.10
      ['C0601010990100099031', '1.50', 10, '15.00'], // tertiary 1.00, hospital bears the rest, 0.10
    ]);
    expect(partsOf(visit.uploaded)).toEqual([
      ['0.00', '10.00', '12.40', '111.60'],
      ['0.00', '5.00', '1.00', '9.00'],
    ]);
    const { rows } = await system.databases
      .place('500000')
      .query('select distinct disease, doctor from fee_line where visit_id = $1', [
        visit.where.visit,
      ]);
    expect(rows).toEqual([{ disease: 'M08301', doctor: 'D500000000001' }]);

    const sums: Sums = ['149.00', '0.00', '15.00', '13.40', '120.60'];
    const settled = await hospital.send(visit.order(sums));
    expect(nodeOf(settled, 'setlinfo')).toMatchObject({ hosp_part_amt: '5.00' });
    expect(rowsOf(settled, 'setldetail').at(-1)).toMatchObject({
      fund_pay_type: '999996',
      fund_payamt: '5.00',
    });
    expectIdentities(visit.uploaded, settled);
  });

  it('nothing personal stands in the gateway’s log nor in its sentences', () => {
    expect(hospital.log.length).toBeGreaterThan(20);
    expectNothingPersonal(hospital, of.person);
  });
});

describe('4号 三 others, each in one visit', () => {
  let system: TestSystem;
  let hospital: Hospital;
  let leaveLater: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    system = await createSystem('hospitals');
    hospital = openHospital(system);
  });
  afterAll(async () => {
    await leaveLater?.();
    await hospital.close();
    await system.stop();
  });

  describe('a place that does not answer', () => {
    const of = aPatient({ person: '51010000000000000007' });
    const lines: FeeLine[] = [['XC08CAA001A001010199001', '1.50', '300', '450.00']];
    const sums: Sums = ['450.00', '0.00', '0.00', '0.00', '450.00'];

    const hastily = { deadlineMs: 2000 };
    let treating: { stop(): Promise<void> } | undefined;
    beforeAll(async () => {
      treating = await system.startWorkers([placeCode('500000')]);
    });
    const back = async (): Promise<void> => {
      await treating?.stop();
      if (treating) await system.startWorkers();
      treating = undefined;
    };
    afterAll(back);

    it('is named within the deadline: not settled, and never will be; a new message settles when it is back', async () => {
      const began = Date.now();
      const { order } = await aVisit(hospital, of, lines);
      const message = order(sums);
      const before = Date.now();
      const deadlineMs = 3500 + 10 * (before - began); // a slow machine is still to reach the calculation
      const hasty = openHospital(system, { deadlineMs });
      const reply = await hasty.send(message);
      expect(Date.now() - before).toBeLessThan(1.2 * deadlineMs);
      expect(reply).toMatchObject({ statusCode: 200, infcode: '-1', output: null });
      expect(reply.err_msg).toBe(
        '四川省的医保系统没有及时应答，本次未结算（已确定不会再结算），请稍后由医院用新的报文编号重新发送结算。〔KS-CTR-01〕',
      );
      expect(lasting(await hasty.send(message))).toBe(lasting(reply));
      await back();
      const { fixmedins_code: institution, msgid } = message;
      await system.client.workflow.getHandle(`settlement/${institution}/${msgid}`).result(); // the batch is free
      expect(lasting(await hasty.send(message))).toBe(lasting(reply));
      const result = await hospital.send(order(sums));
      expect(nodeOf(result, 'setlinfo')).toMatchObject({
        act_pay_dedc: '300.00',
        hifp_pay: '120.00', // 80 % of 150.00
        psn_cash_pay: '330.00',
        balc: '210.00',
      });
      expect(await ledgerOf(system, nodeOf(result, 'setlinfo')['setl_id'])).toHaveLength(4);
      expectNothingPersonal(hasty, of.person);
      await hasty.close();
    });

    it('gives 结果未定 when Temporal is out of reach, never a false no; later the result', async () => {
      const port = await closedPort();
      const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
      const client = new Client({ connection, namespace: system.namespace });
      const cutOff = openHospital(system, { client, ...hastily });
      const { order } = await aVisit(hospital, of, lines);
      const message = order(sums);
      const before = Date.now();
      expect(await cutOff.send(message)).toMatchObject({ infcode: '-1', err_msg: resend });
      expect(Date.now() - before).toBeLessThan(2000 + 800 * busyness());
      expect(cutOff.log.join()).toMatch(/deadline|unreachable/);
      expectNothingPersonal(cutOff, of.person);
      expect(nodeOf(await hospital.send(message), 'setlinfo')).toMatchObject({
        act_pay_dedc: '0.00', // the first visit used it up
        hifp_pay: '360.00',
        psn_cash_pay: '90.00',
      });
      await cutOff.close();
      // The SDK sleeps between its tries beyond the deadline; a try on a closed connection throws.
      const lastTry = before + 4000;
      leaveLater = async () => {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, lastTry - Date.now())));
        await connection.close();
      };
    });
  });

  it('the other direction: a Chongqing diabetic in Chengdu pays by Sichuan’s scope and Chongqing’s policy', async () => {
    const of = aPatient({
      person: '50000000000000000001',
      insuredRegion: '500000',
      treatingRegion: '510000',
      institution: 'H51010700901',
      disease: 'M01600',
    });
    const visit = await aVisit(hospital, of, [
      ['XA10BAM006A001010199006', '0.40', '180', '72.00'], // limit 0.38
      ['XA10BKD008A001010199008', '4.36', '84', '366.24', { hosp_appr_flag: '1' }], // 15 %
      ['XA10AEG009A001010199009', '68.85', '10', '688.50'], // 10 %, no limit
      ['002503020040000', '65.00', '1', '65.00'], // limit 58.00
      ['C0301010990100099027', '2.50', '50', '125.00'], // class 丙 in Sichuan
    ]);
    expect(partsOf(visit.uploaded)).toEqual([
      ['0.00', '3.60', '0.00', '68.40'],
      ['0.00', '0.00', '54.94', '311.30'],
      ['0.00', '0.00', '68.85', '619.65'],
      ['0.00', '7.00', '0.00', '58.00'],
      ['125.00', '0.00', '0.00', '0.00'],
    ]);
    const sums: Sums = ['1316.74', '125.00', '10.60', '123.79', '1057.35'];
    const settled = await hospital.send(visit.order(sums));
    expect(settled.inf_refmsgid).toMatch(/^510000/);
    const info = nodeOf(settled, 'setlinfo');
    expect(info).toMatchObject({
      med_type: '14',
      act_pay_dedc: '880.00',
      hifp_pay: '150.75', // 85 % of 177.35 is 150.7475
      pool_prop_selfpay: '0.8500',
      fund_pay_sumamt: '150.75',
      psn_part_amt: '1165.99',
      acct_pay: '0.00',
      psn_cash_pay: '1165.99',
      balc: '320.00',
      clr_optins: '510100',
      exp_content: '{"FEE_CATEGORY":"门诊慢特病"}',
    });
    expect(paymentsOf(settled)).toEqual([
      ['310100', '177.35', '150.75'],
      ['330100', '0.00', '0.00'],
    ]);
    expectIdentities(visit.uploaded, settled);
    const entry = '510000 500000 310 settlement';
    expect(await ledgerOf(system, info['setl_id'])).toEqual([
      [entry, 'account-payable', '500000', '0.00'],
      [entry, 'account-receivable', '510000', '0.00'],
      [entry, 'fund-payable', '500000', '-150.75'],
      [entry, 'fund-receivable', '510000', '150.75'],
    ]);
  });

  it('ordinary outpatient care needs no qualification: 200.00 deductible, 50 %, then no deductible', async () => {
    const of = aPatient({ person: '51010000000000000011', disease: null });
    const visit = await aVisit(hospital, of, [
      ['001102000010000', '12.00', '1', '12.00'],
      ['ZA12HAF0160010199016', '26.85', '11', '295.35'], // 10 % is 29.535
      ['001105000030000', '30.00', '1', '30.00'], // class 丙
    ]);
    expect(partsOf(visit.uploaded)).toEqual([
      ['0.00', '0.00', '0.00', '12.00'],
      ['0.00', '0.00', '29.54', '265.81'],
      ['30.00', '0.00', '0.00', '0.00'],
    ]);
    const sums: Sums = ['337.35', '30.00', '0.00', '29.54', '277.81'];
    const settled = await hospital.send(visit.order(sums, { acct_used_flag: '1' }));
    expect(nodeOf(settled, 'setlinfo')).toMatchObject({
      med_type: '11',
      act_pay_dedc: '200.00',
      hifp_pay: '38.91', // 50 % of 77.81 is 38.905
      fund_pay_sumamt: '38.91',
      psn_part_amt: '298.44',
      acct_pay: '100.00', // all it had, of 200.00 + 38.90 + 29.54
      psn_cash_pay: '198.44',
      balc: '0.00',
      exp_content: '{"FEE_CATEGORY":"普通门诊"}',
    });
    expect(paymentsOf(settled)).toEqual([
      ['310100', '77.81', '38.91'],
      ['310200', '0.00', '100.00'],
    ]);
    expectIdentities(visit.uploaded, settled);
    const next = await aVisit(hospital, of, [['001102000010000', '12.00', '1', '12.00']]);
    const reply = await hospital.send(next.order(['12.00', '0.00', '0.00', '0.00', '12.00']));
    expect(nodeOf(reply, 'setlinfo')).toMatchObject({ act_pay_dedc: '0.00', hifp_pay: '6.00' });
  });

  it('a resident with a temporary filing bears 5 % first; 大病 takes over above 15000.00', async () => {
    const of = aPatient({
      person: '51010000000000000003',
      insuranceType: '390',
      institution: '5000001000009',
      disease: 'M00500',
    });
    const visit = await aVisit(hospital, of, [
      ['XL01XAA011A001010199011', '300.00', '100', '30000.00', { hosp_appr_flag: '1' }],
      ['XL01BCK010A001010199010', '8.15', '4000', '32600.00'],
      ['001204000060000', '18.00', '21', '378.00'],
      ['C0501010990100099029', '4999.99', '1', '4999.99'],
    ]);
    expect(partsOf(visit.uploaded)).toEqual([
      ['0.00', '1000.00', '2900.00', '26100.00'],
      ['0.00', '0.00', '3260.00', '29340.00'],
      ['0.00', '0.00', '0.00', '378.00'],
      ['0.00', '799.99', '2100.00', '2100.00'],
    ]);
    const sums: Sums = ['67977.99', '0.00', '1799.99', '8260.00', '57918.00'];
    const settled = await hospital.send(visit.order(sums, { acct_used_flag: '1' }));
    expect(nodeOf(settled, 'setlinfo')).toMatchObject({
      insutype: '390',
      inscp_scp_amt: '57918.00',
      act_pay_dedc: '500.00',
      hifp_pay: '37075.03', // 57918.00 − 5 % (2895.90) − 500.00 = 54522.10, of it 68 %
      pool_prop_selfpay: '0.6800',
      hifmi_pay: '1768.24', // 60 % of 500.00 + 17447.07 − 15000.00
      fund_pay_sumamt: '38843.27',
      psn_part_amt: '29134.72',
      acct_pay: '0.00',
      psn_cash_pay: '29134.72',
      balc: '0.00',
    });
    expect(paymentsOf(settled)).toEqual([
      ['390100', '54522.10', '37075.03'],
      ['390200', '17947.07', '1768.24'],
    ]);
    expectIdentities(visit.uploaded, settled);
  });

  describe('三(三) refund lines', () => {
    const of = aPatient({ person: '51010000000000000006', disease: 'M01600' });

    it('inside a positive batch are split like what they take back', async () => {
      const visit = await aVisit(hospital, of, [
        ['XA10BAM006A001010199006', '0.50', '100', '50.00'], // limit 0.42
        ['XA10BAM006A001010199006', '0.50', '-20', '-10.00'],
        ['XA10BFA007A001010199007', '1.10', '300', '330.00'], // 5 %
        ['XA10BFA007A001010199007', '1.10', '-30', '-33.00'],
      ]);
      expect(partsOf(visit.uploaded)).toEqual([
        ['0.00', '8.00', '0.00', '42.00'],
        ['0.00', '-1.60', '0.00', '-8.40'],
        ['0.00', '0.00', '16.50', '313.50'],
        ['0.00', '0.00', '-1.65', '-31.35'],
      ]);
      const sums: Sums = ['337.00', '0.00', '6.40', '14.85', '315.75'];
      const settled = await hospital.send(visit.order(sums));
      expect(nodeOf(settled, 'setlinfo')).toMatchObject({
        medfee_sumamt: '337.00',
        act_pay_dedc: '300.00',
        hifp_pay: '12.60', // 80 % of 15.75
        psn_part_amt: '324.40',
        psn_cash_pay: '324.40',
        balc: '76.30',
      });
      expectIdentities(visit.uploaded, settled);
    });

    it('that take more out of a part than the batch put in: the refusal says so, and what to do', async () => {
      const visit = await aVisit(hospital, of, [
        ['XA10BFA007A001010199007', '1.10', '300', '330.00'],
        ['001105000030000', '2.50', '-2', '-5.00'], // class 丙
      ]);
      const sums: Sums = ['325.00', '-5.00', '0.00', '16.50', '313.50'];
      const reply = await hospital.send(visit.order(sums));
      expect(reply).toMatchObject({ infcode: '-1', output: null });
      expect(reply.err_msg).toContain('fulamt_ownpay_amt（全自费金额）');
      // To change the sums cannot help: they are what 2204 answered. The refund belongs elsewhere.
      expect(reply.err_msg).toMatch(/退费/);
    });
  });

  it('三(三) a person of a place that is not connected is told whose place, and what to do', async () => {
    const of = aPatient({ person: '44010000000000000001', insuredRegion: '440100' });
    const { order } = await aVisit(hospital, of, [['001102000010000', '12.00', '1', '12.00']]);
    const message = order(['12.00', '0.00', '0.00', '0.00', '12.00']);
    const reply = await hospital.send(message);
    expect(reply).toMatchObject({ infcode: '-1', output: null });
    expect(reply.err_msg).toBe(
      `广东省在就诊日${dayInWords(china())}尚未开通门诊慢特病跨省直接结算，本次未结算，请患者先自费，再凭票据向参保地经办机构申请报销。〔KS-ELG-01〕`,
    );
    expect(lasting(await hospital.send(message))).toBe(lasting(reply));
  });

  it('三(二) a batch is settled once: the second 2207 is refused with the first’s number', async () => {
    const of = aPatient({ person: '51010000000000000002' });
    const { order } = await aVisit(hospital, of, [['001102000010000', '12.00', '1', '12.00']]);
    const sums: Sums = ['12.00', '0.00', '0.00', '0.00', '12.00'];
    const both = await Promise.all([order(sums), order(sums)].map((one) => hospital.send(one)));
    const first = both.find(({ infcode }) => infcode === '0') ?? both[0];
    const settlement = String(nodeOf(first!, 'setlinfo')['setl_id']);
    const second = both.find((one) => one !== first);
    expect(second?.err_msg).toContain(`由结算 ${settlement} 占用`);
    expect(await hospital.send(order(sums))).toMatchObject({
      infcode: '-1',
      output: null,
      err_msg: `本收费批次已由结算 ${settlement} 占用（已结算或正在结算），没有重复结算，请医院以该结算的结果为准，勿再次收费。〔KS-SPL-03〕`,
    });
    expect(await ledgerOf(system, settlement)).toHaveLength(4);
  });

  it('2.3 the forms that hospitals send all mean the same, to the byte', async () => {
    // retired, filed for all of Sichuan, at a secondary hospital of Mianyang
    const of = aPatient({
      person: '50000000000000000002',
      insuredRegion: '500000',
      treatingRegion: '510000',
      institution: 'H51070300932',
    });
    const registration = aRegistration(of, { insutype: 310, exp_content: { a: 1 }, dr_name: null });
    const registered = await hospital.send(
      upper(anEnvelope(of, '2201', upper({ data: [upper(registration)] }))),
    );
    const visit = String(nodeOf(registered, 'data')['mdtrt_id']);
    const where = { visit, batch: 'B1' };
    const row = aFeeRow(of, { ...where, no: '1' }, ['XC08CAA001A001010199001', 1.4, 500, 700]);
    const oneRow = { FeeDetail: { ...row, rxno: 'null', prd_days: '', comb_no: null } };
    const uploaded = await hospital.send(anEnvelope(of, '2204A', oneRow, { dev_no: 'null' }));
    expect(partsOf(uploaded)).toEqual([['0.00', '25.00', '0.00', '675.00']]);

    const account = { acct_used_flag: 1, insutype: 310, med_type: 14, psn_setlway: '1' };
    const odd = anOrder(of, where, [700, 0, 25.0, 0, 675], {
      ...account,
      invono: 'null',
      exp_content: { trum_flag: '0' },
    });
    const oddly = upper(anEnvelope(of, '2207A', { DATA: [upper(odd)] }));
    const settled = await hospital.send(oddly);
    expect(nodeOf(settled, 'setlinfo')).toMatchObject({
      act_pay_dedc: '440.00',
      hifp_pay: '223.25', // 95 % of 235.00
      pool_prop_selfpay: '0.9500',
      psn_part_amt: '476.75',
      acct_pay: '451.75', // of 2400.00
      psn_cash_pay: '25.00',
      balc: '1948.25',
      clr_optins: '510700',
    });
    expectIdentities(uploaded, settled);

    const sums: Sums = ['700.00', '0.00', '25.00', '0.00', '675.00'];
    const plain = anOrder(of, where, sums, {
      acct_used_flag: '1',
      exp_content: '{"TRUM_FLAG":"0"}',
    });
    const msgid = oddly['MSGID'];
    const plainly = await hospital.send(anEnvelope(of, '2207', { data: plain }, { msgid }));
    expect(lasting(plainly)).toBe(lasting(settled));
  });

  it('nothing personal stands in the gateway’s log nor in its sentences', () => {
    expect(hospital.log.length).toBeGreaterThan(20);
    expectNothingPersonal(hospital);
  });
});

const upper = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key.toUpperCase(), value]));

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
