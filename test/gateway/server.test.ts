import { describe, expect, test } from 'vitest';

import { day } from '../../domain/calendar.ts';
import { placeCode } from '../../domain/identifiers.ts';
import type { SettleOutcome } from '../../gateway/client.ts';
import type { GatewayLog } from '../../gateway/server.ts';
import {
  FakeSettlements,
  MemoryStore,
  aGateway,
  aGatewayWithBatch,
  aResult,
  aRow,
  anEnvelope,
  anOrder,
  aRegistration,
  refusedOutcome,
  type Json,
} from './fakes.ts';

function aLog() {
  const lines: { level: string; fields: object; message: string }[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  const log: GatewayLog = { info: at('info'), warn: at('warn'), error: at('error') };
  return { lines, log };
}
const order = () => JSON.stringify(anEnvelope('2207', { data: anOrder() }));
const personal = ['51000000001234567890', '510101196001011234', '张三', '李四', '王五', 'MZ0001'];

describe('the reply', () => {
  test('an envelope in the order of the table, in China time', async () => {
    const instants = [
      Date.parse('2026-12-31T16:00:00.007Z'),
      Date.parse('2026-12-31T16:00:01.250Z'),
    ];
    const clock = () => (instants.length > 1 ? instants.shift() : instants[0]) ?? 0;
    const { register } = aGateway({ clock });
    const reply = await register();
    expect(Object.keys(reply)).toEqual([
      'infcode',
      'inf_refmsgid',
      'refmsg_time',
      'respond_time',
      'err_msg',
      'output',
    ]);
    expect(reply.inf_refmsgid).toMatch(/^50000020270101000000\d{10}$/);
    expect(reply).toMatchObject({
      infcode: 0,
      refmsg_time: '20270101000000007',
      respond_time: '20270101000001250',
      err_msg: null,
      output: {
        data: {
          mdtrt_id: '202611220000000001',
          psn_no: '51000000001234567890',
          ipt_otp_no: 'MZ0001',
          exp_content: null,
        },
      },
    });
  });

  test('serial numbers increase', async () => {
    const { settle } = aGateway();
    const [first, second] = [await settle(), await settle()];
    const serial = (reply: { inf_refmsgid: string }) => Number(reply.inf_refmsgid.slice(20));
    expect(serial(second)).toBe(serial(first) + 1);
  });

  test('the health of the process, and no other path', async () => {
    const { app } = aGateway();
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await app.inject('/fsi/api/other')).statusCode).toBe(404);
  });

  test('2204 returns each row with its four parts, digit by digit', async () => {
    const { register, post } = aGateway();
    await register();
    const rows = [
      aRow(),
      aRow({ feedetl_sn: '2', med_list_codg: 'XC02DEX002' }),
      aRow({
        feedetl_sn: '3',
        med_list_codg: '001101000010000',
        cnt: -1,
        det_item_fee_sumamt: '-2',
      }),
      aRow({
        feedetl_sn: '4',
        med_list_codg: 'XC02DEX003',
        hosp_appr_flag: '1',
        cnt: '0.3333',
        det_item_fee_sumamt: '0.67',
      }),
    ];
    const { body } = await post(JSON.stringify(anEnvelope('2204', { feedetail: rows })));
    const nothing =
      '"bas_medn_flag":null,"hi_nego_drug_flag":null,"chld_medc_flag":null,"list_sp_item_flag":null';
    const tail = '"drt_reim_flag":null,"memo":null,"exp_content":null';
    expect(body).toContain(
      `"output":{"result":[` +
        `{"feedetl_sn":"1","det_item_fee_sumamt":10.00,"cnt":5.0000,"pric":2.000000,"pric_uplmt_amt":99999999.000000,"selfpay_prop":0.0500,"fulamt_ownpay_amt":0.00,"overlmt_amt":0.00,"preselfpay_amt":0.50,"inscp_scp_amt":9.50,"chrgitm_lv":"02","med_chrgitm_type":"09",${nothing},"lmt_used_flag":"0",${tail}},` +
        `{"feedetl_sn":"2","det_item_fee_sumamt":10.00,"cnt":5.0000,"pric":2.000000,"pric_uplmt_amt":1.500000,"selfpay_prop":0.0000,"fulamt_ownpay_amt":0.00,"overlmt_amt":2.50,"preselfpay_amt":0.00,"inscp_scp_amt":7.50,"chrgitm_lv":"01","med_chrgitm_type":"09",${nothing},"lmt_used_flag":"0",${tail}},` +
        `{"feedetl_sn":"3","det_item_fee_sumamt":-2.00,"cnt":-1.0000,"pric":2.000000,"pric_uplmt_amt":99999999.000000,"selfpay_prop":1.0000,"fulamt_ownpay_amt":-2.00,"overlmt_amt":0.00,"preselfpay_amt":0.00,"inscp_scp_amt":0.00,"chrgitm_lv":"03","med_chrgitm_type":"05",${nothing},"lmt_used_flag":"0",${tail}},` +
        `{"feedetl_sn":"4","det_item_fee_sumamt":0.67,"cnt":0.3333,"pric":2.000000,"pric_uplmt_amt":99999999.000000,"selfpay_prop":0.0500,"fulamt_ownpay_amt":0.00,"overlmt_amt":0.00,"preselfpay_amt":0.03,"inscp_scp_amt":0.64,"chrgitm_lv":"02","med_chrgitm_type":"09",${nothing},"lmt_used_flag":"1",${tail}}` +
        `]}`,
    );
  });

  test('2207 returns the receipt in the order of the table, digit by digit', async () => {
    const { post } = await aGatewayWithBatch();
    const { body } = await post(order());
    expect(body).toContain(
      '"output":{"setlinfo":{"mdtrt_id":"202611220000000001","setl_id":"S20261122000000000001","psn_no":"51000000001234567890","psn_name":"张三","psn_cert_type":"01","certno":"510101196001011234","gend":null,"naty":null,"brdy":null,"age":null,"insutype":"310","psn_type":"12","cvlserv_flag":"0","setl_time":"2026-11-22 09:31:02","mdtrt_cert_type":null,"med_type":"14","medfee_sumamt":10.00,"fulamt_ownpay_amt":0.00,"overlmt_selfpay":0.00,"preselfpay_amt":0.50,"inscp_scp_amt":9.50,"act_pay_dedc":2.00,"hifp_pay":6.00,"pool_prop_selfpay":0.8000,"cvlserv_pay":0.00,"hifes_pay":0.00,"hifmi_pay":0.00,"hifob_pay":0.30,"maf_pay":0.00,"oth_pay":0.00,"fund_pay_sumamt":6.30,"psn_part_amt":3.70,"acct_pay":1.70,"psn_cash_pay":2.00,"hosp_part_amt":0.00,"balc":48.30,"acct_mulaid_pay":0.00,"medins_setl_id":"H50010100001202611220930000001","clr_optins":"500000","clr_way":"1","clr_type":"11","hifdm_pay":0.00,"exp_content":"{\\"FEE_CATEGORY\\":\\"门诊慢特病\\"}"},' +
        '"setldetail":[' +
        '{"fund_pay_type":"310100","inscp_scp_amt":7.50,"crt_payb_lmt_amt":6.00,"fund_payamt":6.00,"fund_pay_type_name":"职工基本医疗保险统筹基金","setl_proc_info":"起付标准：2.00（illustrative）；统筹基金支付：7.50×0.8000=6.00（illustrative）"},' +
        '{"fund_pay_type":"330100","inscp_scp_amt":1.50,"crt_payb_lmt_amt":0.30,"fund_payamt":0.30,"fund_pay_type_name":"大额医疗费用补助基金","setl_proc_info":"大额支付：1.50×0.2000=0.30（illustrative）"},' +
        '{"fund_pay_type":"310200","inscp_scp_amt":0.00,"crt_payb_lmt_amt":1.70,"fund_payamt":1.70,"fund_pay_type_name":"职工基本医疗保险个人账户","setl_proc_info":"个人账户支付：1.70（illustrative）"}' +
        ']}',
    );
  });

  test('a receipt explains by whole steps in no more than 4000 characters, and has every digit of a large amount', async () => {
    const settlements = new FakeSettlements();
    const result = aResult();
    const [step] = result.calculation.steps;
    settlements.outcome = ({ digest }) => ({
      kind: 'answered',
      answer: {
        kind: 'settled',
        digest,
        result: aResult({
          totals: { ...result.totals, total: '99999999999999.99' },
          calculation: { ...result.calculation, steps: Array.from({ length: 300 }, () => step!) },
        }),
      },
    });
    const { settle, post } = await aGatewayWithBatch({ settlements });
    const [pool] = (await settle()).output?.['setldetail'] as Json[];
    const told = String(pool?.['setl_proc_info']);
    const one = '起付标准：2.00（illustrative）；'; // 24 characters
    expect(told).toBe(`${one.repeat(165)}其余步骤从略，请向参保地经办机构查询`);
    expect(Array.from(told).length).toBeLessThanOrEqual(4000);
    expect(Array.from(told).length).toBeGreaterThan(4000 - one.length);
    expect((await post(order())).body).toContain('"medfee_sumamt":99999999999999.99,');
  });

  test('ordinary care of a resident, whose hospital sent no name', async () => {
    const settlements = new FakeSettlements();
    settlements.outcome = ({ digest }) => ({
      kind: 'answered',
      answer: { kind: 'settled', digest, result: aResult({ feeCategory: '普通门诊' }) },
    });
    const { send, settle, upload } = aGateway({ settlements });
    const anonymous = { psn_name: '', psn_cert_type: null, certno: 'null', psn_type: null };
    await send(anEnvelope('2201', { data: aRegistration({ ...anonymous, insutype: 390 }) }));
    await upload(aRow({ dise_codg: '' }));
    const { output } = await settle({ ...anonymous, insutype: '390', med_type: '11' });
    expect(output).toMatchObject({
      setlinfo: {
        psn_name: null,
        psn_cert_type: null,
        certno: null,
        psn_type: null,
        med_type: '11',
      },
      setldetail: [
        { fund_pay_type: '390100' },
        { fund_pay_type: '330100' },
        { fund_pay_type: '390500' },
      ],
    });
  });
});

describe('when there is no result', () => {
  const answers = (outcome: SettleOutcome) => {
    const settlements = new FakeSettlements();
    settlements.outcome = () => outcome;
    return settlements;
  };

  test('a refusal is told with its sentence', async () => {
    const settlements = answers(refusedOutcome);
    const { settle } = await aGatewayWithBatch({ settlements });
    expect(await settle()).toMatchObject({
      infcode: -1,
      err_msg:
        '未查到该参保人员的高血压（M03900）门诊慢特病待遇资格，本次未结算，请患者先向参保地经办机构申请资格认定，认定后由医院用新的报文编号重新发送结算。〔KS-ELG-07〕',
      output: null,
    });
  });

  test('a message id used for another request', async () => {
    const { settle } = await aGatewayWithBatch({ settlements: answers({ kind: 'conflict' }) });
    expect((await settle()).err_msg).toContain('报文编号已用于另一笔不同内容的请求');
  });

  test.each([
    ['deadline', 'warn', 'no answer within the deadline'],
    ['unreachable', 'error', 'undetermined: unreachable'],
    ['closed-without-answer', 'error', 'undetermined: closed-without-answer'],
    ['failed', 'error', 'undetermined: failed'],
  ] as const)('undetermined, %s: never a failure', async (why, level, message) => {
    const { lines, log } = aLog();
    const settlements = answers({ kind: 'undetermined', why, error: new Error('张三') });
    const { settle } = await aGatewayWithBatch({ settlements, logger: log });
    const reply = await settle();
    expect(reply.err_msg).toMatch(
      /^结果未定：.*请稍后用同一报文重新发送以取得结果。〔KS-SYS-01〕$/,
    );
    expect(lines.at(-1)).toMatchObject({ level, message, fields: { why, code: 'KS-SYS-01' } });
  });

  test('a bug after Temporal was asked is undetermined', async () => {
    const settlements = new FakeSettlements();
    settlements.outcome = () => {
      throw new TypeError('a bug');
    };
    const { settle } = await aGatewayWithBatch({ settlements });
    expect((await settle()).err_msg).toContain('结果未定');
  });

  test('a result that cannot be written down is undetermined', async () => {
    const settlements = new FakeSettlements();
    settlements.outcome = ({ digest }) => ({
      kind: 'answered',
      answer: {
        kind: 'settled',
        digest,
        result: aResult({ totals: { ...aResult().totals, total: 'NaN' } }),
      },
    });
    const { settle } = await aGatewayWithBatch({ settlements });
    expect((await settle()).err_msg).toContain('结果未定');
  });

  test('a database that is down: nothing was started, the same message may come again', async () => {
    const { lines, log } = aLog();
    const store = new MemoryStore();
    store.institution = () => Promise.reject(new Error('connect ECONNREFUSED 张三'));
    const settlements = new FakeSettlements();
    const { register, upload, settle } = aGateway({
      stores: new Map([[placeCode('500000'), store]]),
      settlements,
      logger: log,
    });
    for (const reply of [await register(), await upload(aRow()), await settle()]) {
      expect(reply).toMatchObject({
        infcode: -1,
        err_msg: '系统暂时繁忙，本次请求未能处理完成，请稍后用同一报文重新发送。〔KS-SYS-03〕',
      });
    }
    expect(settlements.requests).toEqual([]);
    expect(lines.map(({ level }) => level)).toEqual(['error', 'error', 'error']);
  });

  test('a database that hangs does not hold the counter longer than the deadline', async () => {
    const store = new MemoryStore();
    store.institution = () => new Promise(() => undefined);
    const settlements = new FakeSettlements();
    const stores = new Map([[placeCode('500000'), store]]);
    const { settle } = aGateway({ stores, settlements, deadlineMs: 30 });
    expect((await settle()).err_msg).toContain('系统暂时繁忙');
    expect(settlements.requests).toEqual([]);
  });

  test('what the store took of the deadline is not given to the settlement', async () => {
    let now = Date.parse('2026-11-22T01:30:00Z');
    const store = new MemoryStore();
    const settlements = new FakeSettlements();

    const stores = new Map([[placeCode('500000'), store]]);
    const clock = () => now;
    const { register, upload, settle } = aGateway({
      stores,
      clock,
      settlements,
    });
    await register();
    await upload(aRow());
    const batch = store.batch.bind(store);
    store.batch = (visit, no) => {
      now += 1500;
      return batch(visit, no);
    };
    await settle();
    expect(settlements.deadlines).toEqual([6500]);
  });
});

describe('privacy', () => {
  test('no log line and no refusal names the person', async () => {
    const { lines, log } = aLog();
    const settlements = new FakeSettlements();
    const { register, upload, settle, post } = aGateway({ logger: log, settlements });
    const sentences = [
      await register(),
      await register({ begntime: '2026-11-21 09:15:00' }),
      await register({ ipt_otp_no: 'MZ0001'.repeat(6) }),
      await register({ psn_name: '张三'.repeat(11) }),
      await register({ certno: '510101196001011234510' }),
      await register({ mdtrt_cert_no: '510101196001011234'.repeat(3) }),
      await register({ psn_no: '51000000001234567890 51000000001234567890' }),
      await upload(aRow()),
      await upload(aRow({ bilg_dr_name: '王五'.repeat(30) })),
      await upload(aRow({ psn_no: '51000000001234567891' })),
      await settle(),
      await settle({ psn_no: '51000000001234567891' }),
    ].map(({ err_msg }) => err_msg ?? '');
    await post('{"psn_name":"张三"');
    settlements.outcome = () => {
      throw new Error(`张三 51000000001234567890`, { cause: new Error('张三') });
    };
    await settle();
    const told = JSON.stringify([lines, sentences]);
    for (const value of personal) expect(told).not.toContain(value);
    expect(lines.at(-1)).toMatchObject({ fields: { error: 'Error', why: 'unexpected' } });
  });

  test('the visit of another institution is as unknown as one that is not there', async () => {
    const { store, settle } = await aGatewayWithBatch();
    const [id, visit] = [...store.visits][0]!;
    store.visits.set(id, { ...visit, institution: 'H50010100002' as typeof visit.institution });
    expect((await settle()).err_msg).toContain('在本机构查无此就诊');
    expect(visit.visitedOn).toBe(day('2026-11-22'));
  });
});
