import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSystem, type TestSystem } from '../system.ts';
import {
  aFeeRow,
  aPatient,
  aRegistration,
  aVisit,
  anEnvelope,
  anOrder,
  everythingStored,
  nodeOf,
  openHospital,
  personal,
  rowCounts,
  type FeeLine,
  type Fields,
  type Hospital,
  type Patient,
  type Sums,
} from './hospital.ts';

/**
 * What is wrong with a message whatever the day: refused with field, reason and what to do, in one
 * Chinese sentence; nothing stored, nothing started.
 */

const of = aPatient();
const other = aPatient({ person: '51010000000000000002' });
const line: FeeLine = ['XC08CAA001A001010199001', '1.25', '4', '5.00'];
const sums: Sums = ['5.00', '0.00', '0.00', '0.00', '5.00'];

let system: TestSystem;
let hospital: Hospital;
/** A visit with batch B1 of line 1 and BZ, whose line has the person's number; someone else's visit. */
let visit: Awaited<ReturnType<typeof aVisit>>;
let others: Awaited<ReturnType<typeof aVisit>>;
beforeAll(async () => {
  system = await createSystem('bad-input');
  hospital = openHospital(system);
  visit = await aVisit(hospital, of, [line]);
  others = await aVisit(hospital, other, [line]);
  const ofZhejiang = await hospital.send(
    uploading(aRow({ feedetl_sn: of.person, chrg_bchno: 'BZ' })),
  );
  expect(ofZhejiang.infcode).toBe('0');
  await system.databases.place('500000').query(
    `with copy as (
       insert into settlement_copy (settlement_id, institution, message_id, visit_id, batch_no,
         total, fund_total, personal_account, answer, recorded_at)
       values ('S1', '5000001000003', 'X1', $1, 'B1', 5.00, 0.00, 0.00, '{}', now()))
     insert into reversal_copy (reversal_id, settlement_id, institution, message_id, visit_id, total,
       fund_total, personal_account, answer, recorded_at)
     values ('S3', 'S2', '5000001000003', 'X2', $1, -5.00, 0.00, 0.00, '{}', now())`,
    [visit.where.visit],
  );
  counts = await rowCounts(system);
  contents = await everythingStored(system);
});
afterAll(async () => {
  await hospital.close();
  await system.stop();
});

const envelopeOf = (infno: string, input: unknown, changes: Fields = {}, by: Patient = of) =>
  anEnvelope(by, infno, input, changes);
const registering = (data: Fields = {}, envelope: Fields = {}) =>
  envelopeOf('2201', { data: aRegistration(of, data) }, envelope);
/** A row of a new batch, line number 2. */
const aRow = (changes: Fields = {}): Fields =>
  aFeeRow(of, { visit: visit.where.visit, batch: 'B2', no: '2' }, [
    line[0],
    line[1],
    line[2],
    line[3],
    changes,
  ]);
const uploading = (...rows: Fields[]) => envelopeOf('2204', { feedetail: rows });
/** 2208 of the visit's settlement S1. */
const aReversal = (changes: Fields = {}): Fields => ({
  setl_id: 'S1',
  mdtrt_id: visit.where.visit,
  psn_no: of.person,
  ...changes,
});
const reversing = (data: Fields = {}, envelope: Fields = {}) =>
  envelopeOf('2208', { data: aReversal(data) }, envelope);
const anUndo = (changes: Fields = {}): Fields => ({
  psn_no: of.person,
  omsgid: 'X1',
  oinfno: '2207',
  ...changes,
});
const undoing = (data: Fields = {}, envelope: Fields = {}) =>
  envelopeOf('2601', { data: anUndo(data) }, envelope);
const settling = (data: Fields = {}, envelope: Fields = {}) => visit.order(sums, data, envelope);

const without = (fields: Fields, field: string): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([code]) => code !== field));
/** Digits as JSON writes a number, which JSON.stringify would round. */
const withToken = (message: Fields, token: string) =>
  JSON.stringify(message).replace('"TOKEN"', token);
const inGbk = (message: Fields): Buffer => {
  const [before = '', after = ''] = JSON.stringify(message).split('GBK');
  return Buffer.concat([
    Buffer.from(before),
    Buffer.from([0xd5, 0xc5, 0xc8, 0xfd]), // 张三
    Buffer.from(after),
  ]);
};
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

type Message = Fields | string | Buffer;
/** Name, message, the field (or what is wrong as a whole), the reason, what to do. */
type Case = [name: string, message: () => Message, field: string, reason: string, todo: string];

const asJson = '报文不是有效的 JSON 对象';
const correct = '请更正后重新发送';
const add = '请补充后重新发送';
const shape = '整数最多 14 位、小数最多 2 位的金额';
const existing = '应为真实存在的时间';

const wholeMessages: Case[] = [
  ['not JSON', () => '<xml/>', asJson, '', '请检查报文格式'],
  ['cut off', () => JSON.stringify(settling()).slice(0, -2), asJson, '', '请检查报文格式'],
  ['empty', () => '', asJson, '', '请检查报文格式'],
  ['white space', () => ' \n', asJson, '', '请检查报文格式'],
  ['null', () => 'null', asJson, '', '请检查报文格式'],
  ['text', () => '"2207"', asJson, '', '请检查报文格式'],
  ['an array', () => `[${JSON.stringify(settling())}]`, asJson, '', '请检查报文格式'],
  ['GBK bytes', () => inGbk(registering({ psn_name: 'GBK' })), '不是 UTF-8', '', '请改用 UTF-8'],
  ['GBK in a note', () => inGbk(settling({ invono: 'GBK' })), '不是 UTF-8', '', '请改用 UTF-8'],
  [
    'more than 1 MiB',
    () => uploading(aRow({ memo: 'x'.repeat(1024 * 1024) })),
    '报文超过 1 MB',
    '',
    '请把费用明细按收费批次分开',
  ],
  [
    'nested without end, in a field nobody reads',
    () => withToken(settling({}, { enc_type: 'TOKEN' }), nested(100_000)),
    asJson,
    '',
    '请检查报文格式',
  ],
  [
    'nested without end, in exp_content',
    () => withToken(settling({ exp_content: { a: 'TOKEN' } }), nested(100_000)),
    asJson,
    '',
    '请检查报文格式',
  ],
  [
    'a name twice',
    () => JSON.stringify(settling()).replace('{', '{"msgid":"X1",'),
    asJson,
    '',
    '请检查报文格式',
  ],
  [
    'a name in two letter cases',
    () => ({ ...settling(), MSGID: 'X1' }),
    'msgid（发送方报文ID）',
    '出现两次',
    '请只保留一个',
  ],
];

const envelopes: Case[] = [
  [
    'unknown transaction',
    () => settling({}, { infno: '2299' }),
    'infno（交易编号）',
    '2299 尚未开通',
    '请核对',
  ],
  [
    'a transaction not open yet',
    () => settling({}, { infno: '2206' }),
    'infno（交易编号）',
    '2206 尚未开通',
    '请核对',
  ],
  [
    'a transaction of the object’s own names',
    () => settling({}, { infno: 'toString' }),
    'infno（交易编号）',
    '应为4 至 6 位的交易编号',
    correct,
  ],
  [
    'a message id of 31 characters',
    () => settling({}, { msgid: `${'H'.repeat(30)}1` }),
    'msgid（发送方报文ID）',
    '应为不超过 30 位',
    correct,
  ],
  [
    'a message id that would escape its workflow id',
    () => settling({}, { msgid: '../1' }),
    'msgid（发送方报文ID）',
    '应为不超过 30 位',
    correct,
  ],
  [
    'unknown institution',
    () => settling({}, { fixmedins_code: '5000001999999' }),
    'fixmedins_code（定点医药机构编号）',
    '在重庆市查无此机构，收到 5000001999999',
    correct,
  ],
  [
    'an institution of another place',
    () => registering({}, { fixmedins_code: 'H51010700901' }),
    'fixmedins_code（定点医药机构编号）',
    '在重庆市查无此机构，收到 H51010700901',
    correct,
  ],
  [
    'a treating place that is not served',
    () => registering({}, { mdtrtarea_admvs: '330100' }),
    'mdtrtarea_admvs（就医地医保区划）',
    '应属于本系统服务的重庆市、四川省，收到 330100',
    correct,
  ],
  [
    'a treating district of no shape',
    () => registering({}, { mdtrtarea_admvs: '5000' }),
    'mdtrtarea_admvs（就医地医保区划）',
    '应为六位医保区划代码',
    correct,
  ],
  [
    'an insured district of no place',
    () => registering({}, { insuplc_admdvs: '990000' }),
    'insuplc_admdvs（参保地医保区划）',
    '990000',
    correct,
  ],
  [
    'the same place twice',
    () => registering({}, { insuplc_admdvs: '500101' }),
    'insuplc_admdvs（参保地医保区划）',
    '与就医地同属重庆市，不是跨省就医',
    '请按省内业务办理',
  ],
  [
    'a time that does not exist',
    () => settling({}, { inf_time: '2026-02-30 09:30:00' }),
    'inf_time（交易时间）',
    `${existing}，写作 2026-11-22 09:30:00，收到 2026-02-30 09:30:00`,
    correct,
  ],
  [
    'input as text',
    () => ({ ...settling(), input: JSON.stringify({ data: {} }) }),
    'input（交易输入）',
    '应为对象',
    correct,
  ],
  [
    'input as an array',
    () => ({ ...settling(), input: [] }),
    'input（交易输入）',
    '应为对象',
    correct,
  ],
  [
    'too long a name',
    () => settling({}, { fixmedins_name: '院'.repeat(201) }),
    'fixmedins_name（定点医药机构名称）',
    '应为不超过 200 个字',
    correct,
  ],
  [
    'a control character',
    () => settling({}, { recer_sys_code: 'YB\u0007XT' }),
    'recer_sys_code（接收方系统代码）',
    '不含控制字符',
    correct,
  ],
];

const registrations: Case[] = [
  [
    'a day that does not exist',
    () => registering({ begntime: '2026-02-30 09:00:00' }),
    'begntime（开始时间）',
    `${existing}，写作 2026-11-22 09:30:00，收到 2026-02-30 09:00:00`,
    correct,
  ],
  [
    'a day of another shape',
    () => registering({ begntime: '2026/02/28 09:00:00' }),
    'begntime（开始时间）',
    existing,
    correct,
  ],
  [
    'a day without its time',
    () => registering({ begntime: '2026-02-28' }),
    'begntime（开始时间）',
    existing,
    correct,
  ],
  [
    'a time as a number',
    () => registering({ begntime: 20260228090000 }),
    'begntime（开始时间）',
    existing,
    correct,
  ],
  [
    'a minute that does not exist',
    () => registering({ begntime: '2026-02-28 09:60:00' }),
    'begntime（开始时间）',
    existing,
    correct,
  ],
  [
    'a person as a boolean',
    () => registering({ psn_no: true }),
    'psn_no（人员编号）',
    '应为不超过 30 位',
    correct,
  ],
  [
    'a person as an object',
    () => registering({ psn_no: { id: of.person } }),
    'psn_no（人员编号）',
    '应为不超过 30 位',
    correct,
  ],
  [
    'unknown insurance type',
    () => registering({ insutype: '510' }),
    'insutype（险种类型）',
    '应为310（职工）或 390（城乡居民），收到 510',
    correct,
  ],
  [
    'unknown credential type',
    () => registering({ mdtrt_cert_type: '04' }),
    'mdtrt_cert_type（就诊凭证类型）',
    '应为01、02、03 之一',
    correct,
  ],
  [
    'too long text',
    () => registering({ dept_name: '科'.repeat(101) }),
    'dept_name（科室名称）',
    '应为不超过 100 个字、不含控制字符的文本',
    correct,
  ],
  [
    'a NUL character',
    () => registering({ dept_name: '内\u0000科' }),
    'dept_name（科室名称）',
    '不含控制字符',
    correct,
  ],
  [
    'an escape character',
    () => registering({ ipt_otp_no: 'MZ\u001b[2J' }),
    'ipt_otp_no（住院/门诊号）',
    '不含控制字符',
    correct,
  ],
  [
    'half a character',
    () => registering({ caty: 'A\ud800' }),
    'caty（科别）',
    '不含控制字符',
    correct,
  ],
  [
    'two visits in one message',
    () => envelopeOf('2201', { data: [aRegistration(of), aRegistration(of)] }),
    'data（输入数据）',
    '应为一个对象，收到 2 个',
    correct,
  ],
  ['no visit', () => envelopeOf('2201', { data: [] }), 'data（输入数据）', '缺失或为空', add],
  [
    'a visit number used for other content',
    () => {
      const { data } = visit.registration.input as { data: Fields };
      return registering({ ...data, begntime: '2026-01-05 08:00:00' });
    },
    'ipt_otp_no（住院/门诊号）',
    '已用于另一次内容不同的挂号',
    '请换用新的门诊号',
  ],
];

const money = 'det_item_fee_sumamt（明细项目费用总额）';
const uploads: Case[] = [
  ['no row', () => uploading(), 'feedetail（费用明细）', '缺失或为空', add],
  [
    'rows as text',
    () => envelopeOf('2204', { feedetail: 'x' }),
    'feedetail（费用明细）',
    '应为对象或对象的数组',
    correct,
  ],
  [
    'a row that is no object, after a good one',
    () => envelopeOf('2204', { feedetail: [aRow(), 1] }),
    'feedetail（费用明细）',
    '应为对象或对象的数组',
    correct,
  ],
  [
    'unknown visit',
    () => uploading(aRow({ mdtrt_id: '209901010000000001' })),
    'mdtrt_id（就诊ID）',
    '在本机构查无此就诊',
    '请核对，或先办理挂号（2201）',
  ],
  [
    'the visit of another institution',
    () =>
      envelopeOf('2204', { feedetail: [aRow()] }, {}, aPatient({ institution: '5000001000004' })),
    'mdtrt_id（就诊ID）',
    '在本机构查无此就诊',
    '请核对，或先办理挂号（2201）',
  ],
  [
    'the visit of another person',
    () => uploading(aRow({ mdtrt_id: others.where.visit })),
    'psn_no（人员编号）',
    '与挂号（2201）时的不一致',
    '请核对',
  ],
  [
    'rows of two visits',
    () => uploading(aRow(), aRow({ feedetl_sn: '3', mdtrt_id: others.where.visit })),
    'mdtrt_id（就诊ID）',
    '第 2 行的字段',
    '请分开',
  ],
  [
    'rows of two persons',
    () => uploading(aRow(), aRow({ feedetl_sn: '3', psn_no: other.person })),
    'psn_no（人员编号）',
    '第 2 行的字段',
    '请分开',
  ],
  [
    'unknown item, after a good row',
    () => uploading(aRow(), aRow({ feedetl_sn: '3', med_list_codg: 'XC02DEX999' })),
    'med_list_codg（医疗目录编码）',
    '不在就医地就诊日',
    correct,
  ],
  [
    'an item that only another place has',
    () => uploading(aRow({ med_list_codg: 'X' })),
    'med_list_codg（医疗目录编码）',
    '第 1 行的字段',
    correct,
  ],
  [
    'unknown disease',
    () => uploading(aRow({ dise_codg: 'M99999' })),
    'dise_codg（病种编码）',
    '应为国家门诊慢特病病种编码或为空，收到 M99999',
    correct,
  ],
  [
    'a disease by its name',
    () => uploading(aRow({ dise_codg: '高血压' })),
    'dise_codg（病种编码）',
    '收到 高血压',
    correct,
  ],
  [
    'negative amount without negative quantity',
    () => uploading(aRow({ det_item_fee_sumamt: '-5.00' })),
    money,
    '应同为正数或同为负数，收到 4.0000 和 -5.00',
    correct,
  ],
  [
    'negative quantity without negative amount',
    () => uploading(aRow({ cnt: '-4' })),
    money,
    '应同为正数或同为负数，收到 -4.0000 和 5.00',
    correct,
  ],
  [
    'quantity zero',
    () => uploading(aRow({ cnt: '0', det_item_fee_sumamt: '0.00' })),
    'cnt（数量）',
    '不能为 0',
    correct,
  ],
  [
    'quantity minus zero',
    () => uploading(aRow({ cnt: '-0.0', det_item_fee_sumamt: '-0.00' })),
    'cnt（数量）',
    '不能为 0',
    correct,
  ],
  [
    'a batch below zero',
    () => uploading(aRow({ cnt: '-4', det_item_fee_sumamt: '-5.00' })),
    '收费批次 B2',
    '费用合计小于 0',
    '请办理结算撤销',
  ],
  [
    '17 digits as text',
    () => uploading(aRow({ det_item_fee_sumamt: '12345678901234567' })),
    money,
    `应为${shape}，收到 12345678901234567`,
    correct,
  ],
  [
    '17 digits as a number',
    () => withToken(uploading(aRow({ det_item_fee_sumamt: 'TOKEN' })), '12345678901234567'),
    money,
    `应为${shape}，收到 12345678901234567`,
    correct,
  ],
  [
    '17 digits before the point and two behind',
    () => withToken(uploading(aRow({ det_item_fee_sumamt: 'TOKEN' })), '123456789012345.67'),
    money,
    `应为${shape}，收到 123456789012345.67`,
    correct,
  ],
  [
    '3 decimals',
    () => uploading(aRow({ det_item_fee_sumamt: '5.005' })),
    money,
    `应为${shape}，收到 5.005`,
    correct,
  ],
  [
    '3 decimals as a number',
    () => uploading(aRow({ det_item_fee_sumamt: 5.001 })),
    money,
    `应为${shape}，收到 5.001`,
    correct,
  ],
  [
    'an amount with an exponent',
    () => withToken(uploading(aRow({ det_item_fee_sumamt: 'TOKEN' })), '5e0'),
    money,
    `应为${shape}，收到 5e0`,
    correct,
  ],
  [
    'an amount in full-width digits',
    () => uploading(aRow({ det_item_fee_sumamt: '５.００' })),
    money,
    `应为${shape}，收到 ５.００`,
    correct,
  ],
  [
    'a quantity of 5 decimals',
    () => uploading(aRow({ cnt: '4.00001' })),
    'cnt（数量）',
    '小数最多 4 位的数量，收到 4.00001',
    correct,
  ],
  [
    'a price below zero',
    () => uploading(aRow({ pric: '-1.25' })),
    'pric（单价）',
    '应为不小于 0、',
    correct,
  ],
  [
    'price × quantity two fen above the amount',
    () => uploading(aRow({ det_item_fee_sumamt: '4.98' })),
    money,
    '应等于单价乘数量（误差不超过 0.01 元），收到 4.98，单价 1.250000、数量 4.0000',
    correct,
  ],
  [
    'price × quantity two fen below the amount',
    () => uploading(aRow({ det_item_fee_sumamt: '5.02' })),
    money,
    '收到 5.02，单价 1.250000、数量 4.0000',
    correct,
  ],
  [
    'a day that does not exist',
    () => uploading(aRow({ fee_ocur_time: '2026-02-30 09:00:00' })),
    'fee_ocur_time（费用发生时间）',
    existing,
    correct,
  ],
  [
    'a malformed day',
    () => uploading(aRow({ fee_ocur_time: '22.11.2026 09:00' })),
    'fee_ocur_time（费用发生时间）',
    existing,
    correct,
  ],
  [
    'a line number twice in one message',
    () => uploading(aRow(), aRow({ chrg_bchno: 'B3' })),
    'feedetl_sn（费用明细流水号）',
    '第 2 行的字段',
    '请改用不重复的流水号',
  ],
  [
    'a line number of another batch of the visit',
    () => uploading(aRow({ feedetl_sn: '1' })),
    'feedetl_sn（费用明细流水号）',
    '已用于本次就诊的另一个批次',
    '请改用不重复的流水号',
  ],
  [
    'the batch again with another line',
    () => uploading(aRow({ chrg_bchno: 'B1' })),
    '收费批次 B1',
    '批次已上传',
    '请换用新的收费批次号',
  ],
  [
    'a good batch beside one that is there with other content',
    () => uploading(aRow({ feedetl_sn: '3' }), aRow({ chrg_bchno: 'B1' })),
    '收费批次 B1',
    '批次已上传',
    '请换用新的收费批次号',
  ],
  [
    'too long a note',
    () => uploading(aRow({ memo: '注'.repeat(1001) })),
    'memo（备注）',
    '应为不超过 1000 个字',
    correct,
  ],
  [
    'a NUL in a batch number',
    () => uploading(aRow({ chrg_bchno: 'B\u00002' })),
    'chrg_bchno（收费批次号）',
    '不含空格的字母、数字或符号',
    correct,
  ],
];

const orders: Case[] = [
  [
    'unknown visit',
    () => settling({ mdtrt_id: '209901010000000001' }),
    'mdtrt_id（就诊ID）',
    '在本机构查无此就诊',
    '请核对，或先办理挂号（2201）',
  ],
  [
    'the visit of another institution',
    () => settling({}, { fixmedins_code: '5000001000004' }),
    'mdtrt_id（就诊ID）',
    '在本机构查无此就诊',
    '请核对，或先办理挂号（2201）',
  ],
  [
    'unknown batch',
    () => settling({ chrg_bchno: 'B9' }),
    'chrg_bchno（收费批次号）',
    '在本次就诊中查无此批次，收到 B9',
    '请先上传费用（2204）',
  ],
  [
    'the visit of another person',
    () => settling({ psn_no: other.person }),
    'psn_no（人员编号）',
    '与挂号（2201）时的不一致',
    '请核对',
  ],
  [
    'another insured district',
    () => settling({}, { insuplc_admdvs: '510700' }),
    'insuplc_admdvs（参保地医保区划）',
    '与挂号（2201）时的不一致',
    '请核对',
  ],
  [
    'another insurance',
    () => settling({ insutype: '390' }),
    'insutype（险种类型）',
    '与挂号（2201）时的不一致',
    '请核对',
  ],
  [
    'a total one fen above its four sums',
    () => settling({ medfee_sumamt: '5.01' }),
    'medfee_sumamt（医疗费总额）',
    '应等于全自费、超限价、先行自付和符合政策范围金额之和 5.00，收到 5.01',
    correct,
  ],
  [
    'a sum one fen below',
    () => settling({ inscp_scp_amt: '4.99' }),
    'medfee_sumamt（医疗费总额）',
    '之和 4.99，收到 5.00',
    correct,
  ],
  [
    '17 digits as text',
    () => settling({ medfee_sumamt: '12345678901234567' }),
    'medfee_sumamt（医疗费总额）',
    '收到 12345678901234567',
    correct,
  ],
  [
    '17 digits as a number',
    () => withToken(settling({ medfee_sumamt: 'TOKEN' }), '12345678901234567'),
    'medfee_sumamt（医疗费总额）',
    '收到 12345678901234567',
    correct,
  ],
  [
    '3 decimals',
    () => settling({ preselfpay_amt: '0.001' }),
    'preselfpay_amt（先行自付金额）',
    '小数最多 2 位的金额，收到 0.001',
    correct,
  ],
  [
    'an amount in words',
    () => settling({ overlmt_selfpay: '零' }),
    'overlmt_selfpay（超限价自费费用）',
    '收到 零',
    correct,
  ],
  [
    'an amount as a list',
    () => settling({ overlmt_selfpay: [0] }),
    'overlmt_selfpay（超限价自费费用）',
    '收到 数组',
    correct,
  ],
  [
    'care that is not settled here',
    () => settling({ med_type: '2101' }),
    'med_type（医疗类别）',
    '应为14（门诊慢特病）或 11（普通门诊），收到 2101',
    correct,
  ],
  [
    'ordinary care with a disease',
    () => settling({ med_type: '11' }),
    'med_type（医疗类别）',
    '收费批次 B1 的病种是高血压（M03900）',
    '请改为 14',
  ],
  [
    'settlement by quota',
    () => settling({ psn_setlway: '02' }),
    'psn_setlway（个人结算方式）',
    '应为01（按项目结算），收到 02',
    correct,
  ],
  [
    'the family’s account',
    () => settling({ acct_used_flag: '2' }),
    'acct_used_flag（个人账户使用标志）',
    '尚不支持',
    '请改为 0（不用）或 1（本人账户）',
  ],
];

const unknownSettlement = '在本机构查无此结算';
const reversals: Case[] = [
  [
    '2208 of an unknown settlement',
    () => reversing({ setl_id: '209901010000000001' }),
    'setl_id（结算ID）',
    `${unknownSettlement}，收到 209901010000000001`,
    '没有收到结算编号的，请改用冲正（2601）',
  ],
  [
    '2208 of another institution’s settlement',
    () => reversing({}, { fixmedins_code: '5000001000004' }),
    'setl_id（结算ID）',
    unknownSettlement,
    '请核对',
  ],
  [
    '2208 of a reversal',
    () => reversing({ setl_id: 'S3' }),
    'setl_id（结算ID）',
    '是一笔撤销的编号，收到 S3，撤销不能再撤销',
    '请核对',
  ],
  [
    '2208 of the settlement of another visit',
    () => reversing({ mdtrt_id: others.where.visit }),
    'mdtrt_id（就诊ID）',
    '与原结算的不一致',
    '请核对原结算',
  ],
  [
    '2208 of what was taken back, for another visit',
    () => reversing({ setl_id: 'S2', mdtrt_id: others.where.visit }),
    'mdtrt_id（就诊ID）',
    '与原结算的不一致',
    '请核对原结算',
  ],
  [
    '2208 for another person',
    () => reversing({ psn_no: other.person }),
    'psn_no（人员编号）',
    '与挂号（2201）时的不一致',
    '请核对',
  ],
  [
    '2208 for another insured district',
    () => reversing({}, { insuplc_admdvs: '510700' }),
    'insuplc_admdvs（参保地医保区划）',
    '与挂号（2201）时的不一致',
    '请核对',
  ],
  [
    '2208 with a number of 31 characters',
    () => reversing({ setl_id: '1'.repeat(31) }),
    'setl_id（结算ID）',
    '应为不超过 30 位的字母、数字或短横线',
    correct,
  ],
  [
    '2208 with a number as an object',
    () => reversing({ setl_id: {} }),
    'setl_id（结算ID）',
    '收到 对象',
    correct,
  ],
  [
    '2208 for two settlements in one message',
    () => envelopeOf('2208', { data: [aReversal(), aReversal()] }),
    'data（输入数据）',
    '应为一个对象，收到 2 个',
    correct,
  ],
  [
    '2601 of an upload',
    () => undoing({ oinfno: '2204' }),
    'oinfno（原交易编号）',
    '应为 2207 或 2207A，收到 2204，其他交易无需冲正',
    '请用原报文重新发送',
  ],
  [
    '2601 of a 2208',
    () => undoing({ oinfno: '2208' }),
    'oinfno（原交易编号）',
    '应为 2207 或 2207A，收到 2208',
    '请用原报文重新发送',
  ],
  [
    '2601 of a message id that would escape its workflow id',
    () => undoing({ omsgid: '../1' }),
    'omsgid（原发送方报文ID）',
    '应为不超过 30 位的字母、数字、短横线或下划线，收到 ../1',
    correct,
  ],
  [
    '2601 of an unknown institution',
    () => undoing({}, { fixmedins_code: '5000001999999' }),
    'fixmedins_code（定点医药机构编号）',
    '在重庆市查无此机构',
    correct,
  ],
];

// What the tables call mandatory, but for what only one province's table has (「HN only」).
const mandatory: Record<string, string> = {
  envelope:
    'infno msgid mdtrtarea_admvs insuplc_admdvs recer_sys_code infver opter_type opter opter_name inf_time fixmedins_code fixmedins_name input',
  '2201':
    'psn_no insutype begntime mdtrt_cert_type mdtrt_cert_no ipt_otp_no dept_code dept_name caty',
  '2204':
    'feedetl_sn mdtrt_id psn_no chrg_bchno rx_circ_flag fee_ocur_time med_list_codg medins_list_codg det_item_fee_sumamt cnt pric bilg_dept_codg bilg_dept_name bilg_dr_codg bilg_dr_name hosp_appr_flag',
  '2207':
    'psn_no mdtrt_cert_type mdtrt_cert_no med_type medfee_sumamt psn_setlway mdtrt_id chrg_bchno acct_used_flag insutype fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt',
  '2208': 'setl_id mdtrt_id psn_no',
  '2601': 'psn_no omsgid oinfno',
};
const lacking = (what: string, field: string): Fields => {
  if (what === 'envelope') return without(settling(), field);
  if (what === '2201') return envelopeOf('2201', { data: without(aRegistration(of), field) });
  if (what === '2204') return uploading(aRow(), without(aRow({ feedetl_sn: '3' }), field));
  if (what === '2208') return envelopeOf('2208', { data: without(aReversal(), field) });
  if (what === '2601') return envelopeOf('2601', { data: without(anUndo(), field) });
  const data = anOrder(of, visit.where, sums);
  return envelopeOf('2207', { data: without(data, field) });
};
const lacks: Case[] = Object.entries(mandatory).flatMap(([what, fields]) =>
  fields
    .split(' ')
    .map((field): Case => [
      `${what} without ${field}`,
      () => lacking(what, field),
      `字段 ${field}（`,
      '缺失或为空',
      add,
    ]),
);
const empties: Case[] = [
  ['no total, but ""', () => settling({ medfee_sumamt: '' }), 'medfee_sumamt（', '缺失', add],
  ['no total, but null', () => settling({ medfee_sumamt: null }), 'medfee_sumamt（', '缺失', add],
  [
    'no total, but "null"',
    () => settling({ medfee_sumamt: 'null' }),
    'medfee_sumamt（',
    '缺失',
    add,
  ],
  ['no person, but a blank', () => registering({ psn_no: ' ' }), 'psn_no（', '缺失', add],
];

/** Where something personal is of a wrong shape or in a wrong place. */
const long = (text: string): string => text + 'X'.repeat(120);
const indiscreet: [name: string, message: () => Fields][] = [
  ['psn_no', () => registering({ psn_no: long(of.person) })],
  ['psn_name', () => registering({ psn_name: long(personal.name) })],
  ['certno', () => registering({ certno: long(personal.certificate) })],
  ['mdtrt_cert_no', () => registering({ mdtrt_cert_no: long(personal.token) })],
  ['card_sn', () => registering({ card_sn: long(personal.card) })],
  ['ipt_otp_no', () => registering({ ipt_otp_no: long(personal.certificate) })],
  ['dr_name', () => registering({ dr_name: long(personal.doctor) })],
  ['opter', () => registering({}, { opter: long(personal.operator) })],
  ['opter_name', () => registering({}, { opter_name: long(personal.operator) })],
  ['bilg_dr_name', () => uploading(aRow({ bilg_dr_name: long(personal.doctor) }))],
  ['memo', () => uploading(aRow({ memo: `${personal.name}\u0000` }))],
  ['2207 certno', () => settling({ certno: long(personal.certificate) })],
  ['2207 card_sn', () => settling({ card_sn: long(personal.card) })],
  ['2208 psn_no', () => reversing({ psn_no: long(of.person) })],
  ['2601 psn_no', () => undoing({ psn_no: long(of.person) })],
  // Zhejiang's clients send the person's number as the line's (interface, section 11).
  ['feedetl_sn', () => uploading(aRow({ feedetl_sn: long(of.person) }))],
];

/** One sentence that ends with its code: 「……。〔KS-MSG-06〕」 */
function expectOneSentence(text: string | null): string {
  expect(text).toMatch(/^[^。\n]+。〔KS-[A-Z]{3}-\d\d〕$/);
  const sentence = text ?? '';
  expect(Array.from(sentence).length).toBeLessThanOrEqual(200);
  expect(sentence).toMatch(/\p{Script=Han}{4}/u);
  expect(sentence).toContain('请');
  expect(sentence).not.toMatch(/undefined|\[object|NaN|\p{Cc}/u);
  return sentence;
}

/** No execution with the message's id, whoever it says it is from. */
async function expectNothingStarted(payload: string): Promise<void> {
  const [id, institution = of.institution] = ['msgid', 'fixmedins_code'].map(
    (field) => new RegExp(`"${field}":"([^"]+)"`).exec(payload)?.[1],
  );
  if (id === undefined) return;
  const handle = system.client.workflow.getHandle(`settlement/${institution}/${id}`);
  await expect(handle.describe()).rejects.toThrow(WorkflowNotFoundError);
}

let counts: object; // of every table, after the last message
let contents: object; // before the first of them

async function refused(message: Message): Promise<string> {
  const payload =
    typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message);
  const before = counts;
  const reply = await hospital.post(payload);
  counts = await rowCounts(system);
  expect(counts).toEqual(before);
  expect(reply.statusCode).toBe(200);
  expect(reply.text).toMatch(/^\{"infcode":-1,"inf_refmsgid":"\d{30}","refmsg_time":"\d{17}",/);
  expect(reply.text).toMatch(/,"output":null\}$/);
  const sentence = expectOneSentence(reply.err_msg);
  await expectNothingStarted(payload.toString());
  return sentence;
}

describe('三(三) a message that is wrong whatever the day: refused, nothing stored, nothing started', () => {
  describe.each<[string, Case[]]>([
    ['as a whole', wholeMessages],
    ['in its envelope', envelopes],
    ['in 2201', registrations],
    ['in 2204', uploads],
    ['in 2207', orders],
    ['in 2208 and 2601', reversals],
    ['for what it lacks', [...lacks, ...empties]],
  ])('%s', (_, cases) => {
    const rows = cases.map(([name, message, ...parts]) => [name, message, parts] as const);
    it.each(rows)('%s', async (_name, message, parts) => {
      const sentence = await refused(message());
      for (const part of parts) expect(sentence).toContain(part);
    });
  });

  it.each(indiscreet)('something personal in %s is not repeated', async (_, message) => {
    const sentence = await refused(message());
    for (const value of [of.person, ...Object.values(personal)]) {
      expect(sentence).not.toContain(value);
    }
  });

  it('a line that goes by the person’s number is not named by it', async () => {
    const again = aRow({ feedetl_sn: of.person, chrg_bchno: 'BY' });
    expect(await refused(uploading(again))).not.toContain(of.person);
  });

  it('however deep a message nests, it is read or refused, never “busy”', async () => {
    for (let depth = 500; depth <= 10_000; depth += 500) {
      const order = settling({ exp_content: { a: 'TOKEN' }, chrg_bchno: 'B9' }, { x: 'TOKEN' });
      const deep = withToken(order, nested(depth)).replace('"TOKEN"', nested(depth));
      expect(await refused(deep), String(depth)).toMatch(/查无此批次|不是有效的 JSON 对象/);
    }
  });

  it.each([undefined, 'text/plain', 'text/plain; charset=utf-8', 'application/json;charset=GBK'])(
    'content type %s changes nothing: what is wrong is the message',
    async (type) => {
      expect((await hospital.post('{', type)).err_msg).toContain(asJson);
    },
  );
  it.each(['x', '', 'text'])(
    'a content type that is none, 「%s」, changes nothing either',
    async (type) => {
      expect((await hospital.post('{', type)).err_msg).toContain(asJson);
    },
  );

  it('the log holds a line per message, and nothing personal', () => {
    expect(hospital.log.length).toBeGreaterThan(100);
    const log = hospital.log.join('');
    expect(log).not.toMatch(/0{12}/); // every person’s number of the seeds
    for (const value of Object.values(personal)) expect(log).not.toContain(value);
  });
  it('the log calls none of them a fault of ours', () => {
    const faults = hospital.log.filter((line) => /"level":(40|50|60)/.test(line));
    expect(faults).toEqual([]);
  });
  it('no execution was started by any of them', async () => {
    expect((await system.client.workflow.count()).count).toBe(0);
  });
  it('and nothing that was stored is other than it was', async () => {
    expect(await everythingStored(system)).toEqual(contents);
  });
});

describe('the same messages without their fault', () => {
  it('are accepted, one fen between price × quantity and amount included', async () => {
    await system.startWorkers();
    expect((await hospital.send(registering())).infcode).toBe('0');
    const off = [
      aRow({ chrg_bchno: 'B2', feedetl_sn: '2', det_item_fee_sumamt: '4.99' }),
      aRow({ chrg_bchno: 'B2', feedetl_sn: '3', det_item_fee_sumamt: '5.01' }),
    ];
    const uploaded = await hospital.send(uploading(...off));
    expect((nodeOf(uploaded, 'result') as unknown as Fields[]).length).toBe(2);
    const settled = await hospital.send(settling());
    expect(nodeOf(settled, 'setlinfo')).toMatchObject({
      medfee_sumamt: '5.00',
      act_pay_dedc: '5.00', // below the deductible
      hifp_pay: '0.00',
      pool_prop_selfpay: '0.0000',
      psn_cash_pay: '5.00',
    });
  });
});
