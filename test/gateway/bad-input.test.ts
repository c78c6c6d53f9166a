import { describe, expect, test } from 'vitest';

import { aGatewayWithBatch, aRegistration, aRow, anEnvelope, anOrder, type Json } from './fakes.ts';

const chronic = (change: Json, envelope: Json = {}) =>
  anEnvelope('2207', { data: anOrder(change) }, envelope);
const fees = (...rows: Json[]) => anEnvelope('2204', { feedetail: rows });
const visit = (change: Json, envelope: Json = {}) =>
  anEnvelope('2201', { data: aRegistration({ ipt_otp_no: 'MZ0002', ...change }) }, envelope);
/** Without the field. */
const without = (fields: Json, field: string): Json =>
  Object.fromEntries(Object.entries(fields).filter(([code]) => code !== field));
/** The number exactly as written, which JSON.stringify could not send. */
const raw = (message: Json, mark: string, token: string) =>
  JSON.stringify(message).replace(`"${mark}"`, token);

const amountForm = '不小于 0、整数最多 14 位、小数最多 2 位的金额';
const signedForm = '整数最多 14 位、小数最多 2 位的金额';
const lineAmountForm = '整数最多 14 位、小数最多 2 位的金额';
const textForm = (most: number) => `不超过 ${most} 个字、不含控制字符的文本`;
const correct = '请更正后重新发送。';

const cases: [name: string, message: Json | string, sentence: string][] = [
  // not a message
  ['not JSON', '{"infno":', '报文不是有效的 JSON 对象，请检查报文格式后重新发送。'],
  ['empty', '', '报文不是有效的 JSON 对象，请检查报文格式后重新发送。'],
  ['a JSON array', '[1]', '报文不是有效的 JSON 对象，请检查报文格式后重新发送。'],
  [
    'nested a hundred thousand times',
    '['.repeat(100_000),
    '报文不是有效的 JSON 对象，请检查报文格式后重新发送。',
  ],
  [
    'a key twice',
    '{"infno":"2201","infno":"2207"}',
    '报文不是有效的 JSON 对象，请检查报文格式后重新发送。',
  ],
  [
    'a name in two letter cases',
    { ...chronic({}), INFNO: '2204' },
    '字段 infno（交易编号）出现两次且只有大小写不同，请只保留一个后重新发送。',
  ],
  // envelope
  [
    'no transaction',
    without(chronic({}), 'infno'),
    '字段 infno（交易编号）缺失或为空，请补充后重新发送。',
  ],
  [
    'a transaction that is not open',
    anEnvelope('2299', {}),
    '交易编号 2299 尚未开通，请核对字段 infno（交易编号）后重新发送。',
  ],
  [
    'no message id',
    chronic({}, { msgid: 'null' }),
    '字段 msgid（发送方报文ID）缺失或为空，请补充后重新发送。',
  ],
  [
    'a message id of 31 characters',
    chronic({}, { msgid: 'H'.repeat(31) }),
    `字段 msgid（发送方报文ID）应为不超过 30 位的字母、数字、短横线或下划线，收到 HHHHHHHHHHHHHHHHHHHHHHHH…（共 31 个字），${correct}`,
  ],
  [
    'no insured district',
    chronic({}, { insuplc_admdvs: '' }),
    '字段 insuplc_admdvs（参保地医保区划）缺失或为空，请补充后重新发送。',
  ],
  [
    'a district of five digits',
    chronic({}, { insuplc_admdvs: '51010' }),
    `字段 insuplc_admdvs（参保地医保区划）应为六位医保区划代码，收到 51010，${correct}`,
  ],
  [
    'another treating place',
    chronic({}, { mdtrtarea_admvs: '330100' }),
    `字段 mdtrtarea_admvs（就医地医保区划）应属于本系统服务的重庆市，收到 330100，${correct}`,
  ],
  [
    'a person of the same place',
    chronic({}, { insuplc_admdvs: '500101' }),
    '字段 insuplc_admdvs（参保地医保区划）与就医地同属重庆市，不是跨省就医，请按省内业务办理，或核对后重新发送。',
  ],
  [
    'an unknown institution',
    chronic({}, { fixmedins_code: 'H50010100009' }),
    `字段 fixmedins_code（定点医药机构编号）在重庆市查无此机构，收到 H50010100009，${correct}`,
  ],
  [
    'an envelope time that does not exist',
    chronic({}, { inf_time: '2026-02-30 09:00:00' }),
    `字段 inf_time（交易时间）应为真实存在的时间，写作 2026-11-22 09:30:00，收到 2026-02-30 09:00:00，${correct}`,
  ],
  [
    'no input',
    without(chronic({}), 'input'),
    '字段 input（交易输入）缺失或为空，请补充后重新发送。',
  ],
  [
    'an input that is text',
    chronic({}, { input: 'x' }),
    `字段 input（交易输入）应为对象，收到 x，${correct}`,
  ],
  ['no node', anEnvelope('2207', {}), '字段 data（输入数据）缺失或为空，请补充后重新发送。'],
  [
    'a node that is text',
    anEnvelope('2207', { data: 'x' }),
    `字段 data（输入数据）应为对象或对象的数组，${correct}`,
  ],
  [
    'two visits in one message',
    anEnvelope('2201', { data: [aRegistration(), aRegistration()] }),
    `字段 data（输入数据）应为一个对象，收到 2 个，${correct}`,
  ],
  ['no fee row', fees(), '字段 feedetail（费用明细）缺失或为空，请补充后重新发送。'],
  // 2201
  [
    'a visit day that does not exist',
    visit({ begntime: '2026-02-29 09:15:00' }),
    `字段 begntime（开始时间）应为真实存在的时间，写作 2026-11-22 09:30:00，收到 2026-02-29 09:15:00，${correct}`,
  ],
  [
    'an hour that does not exist',
    visit({ begntime: '2026-11-22 24:00:00' }),
    `字段 begntime（开始时间）应为真实存在的时间，写作 2026-11-22 09:30:00，收到 2026-11-22 24:00:00，${correct}`,
  ],
  [
    'an unknown insurance type',
    visit({ insutype: '510' }),
    `字段 insutype（险种类型）应为310（职工）或 390（城乡居民），收到 510，${correct}`,
  ],
  [
    'a person that is a boolean',
    visit({ psn_no: true }),
    `字段 psn_no（人员编号）应为不超过 30 位、不含空格的人员编号，${correct}`,
  ],
  [
    'a name that is too long is not repeated',
    visit({ psn_name: '张'.repeat(21) }),
    `字段 psn_name（人员姓名）应为${textForm(20)}，${correct}`,
  ],
  [
    'a certificate number that is too long is not repeated',
    visit({ certno: '5'.repeat(21) }),
    `字段 certno（证件号码）应为${textForm(20)}，${correct}`,
  ],
  [
    'a department name that is too long',
    visit({ dept_name: '科'.repeat(101) }),
    `字段 dept_name（科室名称）应为${textForm(100)}，收到 ${'科'.repeat(24)}…（共 101 个字），${correct}`,
  ],
  [
    'a NUL character',
    visit({ dept_name: '内\u0000科' }),
    `字段 dept_name（科室名称）应为${textForm(100)}，收到 内 科，${correct}`,
  ],
  [
    'half a character',
    visit({ dept_name: '内\ud800' }),
    `字段 dept_name（科室名称）应为${textForm(100)}，收到 内 ，${correct}`,
  ],
  [
    'an object where text belongs',
    visit({ dept_code: {} }),
    `字段 dept_code（科室编码）应为${textForm(30)}，收到 对象，${correct}`,
  ],
  [
    'a visit number used for another visit',
    visit({ ipt_otp_no: 'MZ0001', begntime: '2026-11-21 09:15:00' }),
    '字段 ipt_otp_no（住院/门诊号）已用于另一次内容不同的挂号，请换用新的门诊号后重新发送。',
  ],
  // 2204
  [
    'a row without quantity',
    fees(aRow(), without(aRow({ feedetl_sn: '2' }), 'cnt')),
    '第 2 行的字段 cnt（数量）缺失或为空，请补充后重新发送。',
  ],
  [
    'a line amount of 17 digits',
    fees(aRow({ det_item_fee_sumamt: '12345678901234567' })),
    `第 1 行的字段 det_item_fee_sumamt（明细项目费用总额）应为${lineAmountForm}，收到 12345678901234567，${correct}`,
  ],
  [
    'a line amount of 17 digits as a number',
    raw(fees(aRow({ det_item_fee_sumamt: 'MARK' })), 'MARK', '12345678901234567'),
    `第 1 行的字段 det_item_fee_sumamt（明细项目费用总额）应为${lineAmountForm}，收到 12345678901234567，${correct}`,
  ],
  [
    'a line amount of 3 decimals',
    fees(aRow({ det_item_fee_sumamt: '10.005' })),
    `第 1 行的字段 det_item_fee_sumamt（明细项目费用总额）应为${lineAmountForm}，收到 10.005，${correct}`,
  ],
  [
    'a quantity of 5 decimals',
    fees(aRow({ cnt: '5.00001' })),
    `第 1 行的字段 cnt（数量）应为整数最多 12 位、小数最多 4 位的数量，收到 5.00001，${correct}`,
  ],
  [
    'a negative price',
    fees(aRow({ pric: '-2' })),
    `第 1 行的字段 pric（单价）应为不小于 0、整数最多 10 位、小数最多 6 位的单价，收到 -2，${correct}`,
  ],
  [
    'a price in scientific notation',
    raw(fees(aRow({ pric: 'MARK' })), 'MARK', '2e0'),
    `第 1 行的字段 pric（单价）应为不小于 0、整数最多 10 位、小数最多 6 位的单价，收到 2e0，${correct}`,
  ],
  [
    'a negative amount without a negative quantity',
    fees(aRow({ det_item_fee_sumamt: '-10.00' })),
    `第 1 行的字段 cnt（数量）与 det_item_fee_sumamt（明细项目费用总额）应同为正数或同为负数，收到 5.0000 和 -10.00，${correct}`,
  ],
  [
    'a negative quantity without a negative amount',
    fees(aRow({ cnt: '-5' })),
    `第 1 行的字段 cnt（数量）与 det_item_fee_sumamt（明细项目费用总额）应同为正数或同为负数，收到 -5.0000 和 10.00，${correct}`,
  ],
  [
    'no quantity',
    fees(aRow({ cnt: '0.0000', det_item_fee_sumamt: 0 })),
    `第 1 行的字段 cnt（数量）不能为 0，${correct}`,
  ],
  [
    'a line that is two fen off',
    fees(aRow({ det_item_fee_sumamt: '10.02' })),
    `第 1 行的字段 det_item_fee_sumamt（明细项目费用总额）应等于单价乘数量（误差不超过 0.01 元），收到 10.02，单价 2.000000、数量 5.0000，${correct}`,
  ],
  [
    'an unknown item',
    fees(aRow({ med_list_codg: 'XC02DEX999' })),
    `第 1 行的字段 med_list_codg（医疗目录编码）不在就医地就诊日2026年11月22日的医保目录中，收到 XC02DEX999，${correct}`,
  ],
  [
    'an unknown disease',
    fees(aRow({ dise_codg: 'M99999' })),
    `第 1 行的字段 dise_codg（病种编码）应为国家门诊慢特病病种编码或为空，收到 M99999，${correct}`,
  ],
  [
    'a fee day that does not exist',
    fees(aRow({ fee_ocur_time: '2026-11-31 09:00:00' })),
    `第 1 行的字段 fee_ocur_time（费用发生时间）应为真实存在的时间，写作 2026-11-22 09:30:00，收到 2026-11-31 09:00:00，${correct}`,
  ],
  [
    'an unknown approval',
    fees(aRow({ hosp_appr_flag: '3' })),
    `第 1 行的字段 hosp_appr_flag（医院审批标志）应为0、1、2 之一，收到 3，${correct}`,
  ],
  [
    'a line number twice',
    fees(aRow(), aRow({ chrg_bchno: 'B2' })),
    '第 2 行的字段 feedetl_sn（费用明细流水号）与前面的行重复，请改用不重复的流水号后重新发送。',
  ],
  [
    'rows of two visits',
    fees(aRow(), aRow({ feedetl_sn: '2', mdtrt_id: '2' })),
    '第 2 行的字段 mdtrt_id（就诊ID）与第 1 行不一致，一次只能上传一次就诊的费用，请分开后重新发送。',
  ],
  [
    'rows of two persons',
    fees(aRow(), aRow({ feedetl_sn: '2', psn_no: '2' })),
    '第 2 行的字段 psn_no（人员编号）与第 1 行不一致，一次只能上传一次就诊的费用，请分开后重新发送。',
  ],
  [
    'a batch below zero',
    fees(aRow({ chrg_bchno: 'B2', cnt: -5, det_item_fee_sumamt: -10 })),
    '收费批次 B2 的费用合计小于 0，全额退费请办理结算撤销，部分退费请与原费用合并后重新发送。',
  ],
  [
    'an unknown visit',
    fees(aRow({ mdtrt_id: '9' })),
    '字段 mdtrt_id（就诊ID）在本机构查无此就诊，请核对，或先办理挂号（2201）后重新发送。',
  ],
  [
    'the visit of someone else',
    fees(aRow({ psn_no: '9' })),
    '字段 psn_no（人员编号）与挂号（2201）时的不一致，请核对后重新发送。',
  ],
  [
    'the batch again with other content',
    fees(aRow({ cnt: '6', det_item_fee_sumamt: '12' })),
    '批次已上传：收费批次 B1 已有内容不同的费用明细，请换用新的收费批次号后重新发送。',
  ],
  // 2207
  [
    'a total of 3 decimals',
    chronic({ medfee_sumamt: '12.345' }),
    `字段 medfee_sumamt（医疗费总额）应为${amountForm}，收到 12.345，${correct}`,
  ],
  [
    'a sum of binary fractions',
    raw(chronic({ medfee_sumamt: 'MARK' }), 'MARK', '10.000000000000002'),
    `字段 medfee_sumamt（医疗费总额）应为${amountForm}，收到 10.000000000000002，${correct}`,
  ],
  [
    'a total of 17 digits',
    chronic({ medfee_sumamt: '12345678901234567' }),
    `字段 medfee_sumamt（医疗费总额）应为${amountForm}，收到 12345678901234567，${correct}`,
  ],
  [
    'a total of 17 digits as a number',
    raw(chronic({ medfee_sumamt: 'MARK' }), 'MARK', '12345678901234567'),
    `字段 medfee_sumamt（医疗费总额）应为${amountForm}，收到 12345678901234567，${correct}`,
  ],
  [
    'an amount that is words',
    chronic({ inscp_scp_amt: '九元' }),
    `字段 inscp_scp_amt（符合政策范围金额）应为${signedForm}，收到 九元，${correct}`,
  ],
  [
    'an amount that is a list',
    chronic({ inscp_scp_amt: [9.5] }),
    `字段 inscp_scp_amt（符合政策范围金额）应为${signedForm}，收到 数组，${correct}`,
  ],
  [
    'no total',
    chronic({ medfee_sumamt: '' }),
    '字段 medfee_sumamt（医疗费总额）缺失或为空，请补充后重新发送。',
  ],
  [
    'sums that do not add up, by one fen',
    chronic({ preselfpay_amt: '0.49' }),
    `字段 medfee_sumamt（医疗费总额）应等于全自费、超限价、先行自付和符合政策范围金额之和 9.99，收到 10.00，${correct}`,
  ],
  [
    'a kind of care that is not open',
    chronic({ med_type: '2101' }),
    `字段 med_type（医疗类别）应为14（门诊慢特病）或 11（普通门诊），收到 2101，${correct}`,
  ],
  [
    'settlement by quota',
    chronic({ psn_setlway: '02' }),
    `字段 psn_setlway（个人结算方式）应为01（按项目结算），收到 02，${correct}`,
  ],
  [
    'the family account',
    chronic({ acct_used_flag: '2' }),
    '字段 acct_used_flag（个人账户使用标志）为 2（家庭共济账户）尚不支持，请改为 0（不用）或 1（本人账户）后重新发送。',
  ],
  [
    'a batch that is not there',
    chronic({ chrg_bchno: 'B9' }),
    '字段 chrg_bchno（收费批次号）在本次就诊中查无此批次，收到 B9，请先上传费用（2204），或核对后重新发送。',
  ],
  [
    'ordinary care with a disease',
    chronic({ med_type: '11' }),
    '字段 med_type（医疗类别）为 11（普通门诊），而收费批次 B1 的病种是高血压（M03900），请改为 14（门诊慢特病）后重新发送。',
  ],
  [
    'another insurance than the visit',
    chronic({ insutype: '390' }),
    '字段 insutype（险种类型）与挂号（2201）时的不一致，请核对后重新发送。',
  ],
  [
    'another insured district than the visit',
    chronic({}, { insuplc_admdvs: '510300' }),
    '字段 insuplc_admdvs（参保地医保区划）与挂号（2201）时的不一致，请核对后重新发送。',
  ],
  [
    'another person than the visit',
    chronic({ psn_no: '9' }),
    '字段 psn_no（人员编号）与挂号（2201）时的不一致，请核对后重新发送。',
  ],
];

describe('三(三) what is wrong with a message whatever the day', () => {
  test.each(cases)('%s', async (_, message, sentence) => {
    const { post, store, settlements } = await aGatewayWithBatch();
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    const response = await post(body);
    const reply = response.json<Record<string, unknown>>();
    expect(response.statusCode).toBe(200);
    expect(String(reply['err_msg']).replace(/〔KS-[A-Z]{3}-\d\d〕$/, '')).toBe(sentence);
    expect(reply).toMatchObject({ infcode: -1, output: null });
    // nothing stored, nothing started
    expect([store.visits.size, store.batches.size, settlements.requests.length]).toEqual([1, 1, 0]);
  });

  test('bytes that are not UTF-8', async () => {
    const { post } = await aGatewayWithBatch();
    const gbk = Buffer.from([0x7b, 0x22, 0xd6, 0xd0, 0x22, 0x3a, 0x31, 0x7d]);
    expect((await post(gbk)).json()).toMatchObject({
      infcode: -1,
      err_msg: '报文不是 UTF-8 编码，请改用 UTF-8 编码后重新发送。〔KS-MSG-01〕',
    });
  });

  test('more than 1 MiB', async () => {
    const { post } = await aGatewayWithBatch();
    const response = await post(`{"infno":"${'2'.repeat(1024 * 1024)}"}`);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      infcode: -1,
      err_msg: '报文超过 1 MB，请把费用明细按收费批次分开后重新发送。〔KS-MSG-03〕',
    });
  });

  test('a chronic order for a batch without disease', async () => {
    const { upload, settle } = await aGatewayWithBatch();
    await upload(aRow({ feedetl_sn: '2', chrg_bchno: 'B2', dise_codg: null }));
    expect(await settle({ chrg_bchno: 'B2' })).toMatchObject({
      infcode: -1,
      err_msg:
        '字段 med_type（医疗类别）为 14（门诊慢特病），而收费批次 B2 没有病种编码，请改为 11（普通门诊），或带病种编码重新上传费用后重新发送。〔KS-STL-03〕',
    });
  });

  test('a batch whose sum needs 15 digits', async () => {
    const { upload, store } = await aGatewayWithBatch();
    const row = {
      chrg_bchno: 'B2',
      cnt: '90000',
      pric: '999999999',
      det_item_fee_sumamt: '89999999910000',
    };
    const reply = await upload(
      aRow({ ...row, feedetl_sn: '2' }),
      aRow({ ...row, feedetl_sn: '3' }),
    );
    expect(reply.err_msg).toBe(
      '收费批次 B2 的字段 det_item_fee_sumamt（明细项目费用总额）合计超过 14 位整数，请更正后重新发送。〔KS-FEE-11〕',
    );
    expect(store.batches.size).toBe(1);
  });
});
