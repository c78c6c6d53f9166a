import type { Complaint } from './complaint.ts';
import type { ByReason, Wording } from './notice.ts';
import { billLabel } from './wire/bill-fields.ts';
import { isFieldCode, label } from './wire/fields.ts';
import { codesText, dayText, diseaseText, listText, rowText } from './wording.ts';

const resend = '请更正后重新发送。';

/** What is wrong with a message, and how to correct it. */
export const complaintNotices: {
  readonly [R in Complaint['reason']]: Wording<ByReason[R]>;
} = {
  // the message
  'not-utf8': {
    code: 'KS-MSG-01',
    sentence: () => '报文不是 UTF-8 编码，请改用 UTF-8 编码后重新发送。',
  },
  'not-json': {
    code: 'KS-MSG-02',
    sentence: () => '报文不是有效的 JSON 对象，请检查报文格式后重新发送。',
  },
  'too-large': {
    code: 'KS-MSG-03',
    sentence: () => '报文超过 1 MB，请把费用明细按收费批次分开后重新发送。',
  },
  'unknown-transaction': {
    code: 'KS-MSG-04',
    sentence: ({ transaction }) =>
      `交易编号 ${transaction} 尚未开通，请核对字段 ${label('infno')}后重新发送。`,
  },
  'field-missing': {
    code: 'KS-MSG-05',
    sentence: ({ field, row }) =>
      `${rowText(row)}字段 ${label(field)}缺失或为空，请补充后重新发送。`,
  },
  'field-wrong': {
    code: 'KS-MSG-06',
    sentence: ({ field, row, expected, received }) =>
      `${rowText(row)}字段 ${label(field)}应为${expected}${received === null ? '' : `，收到 ${received}`}，${resend}`,
  },
  'field-repeated': {
    code: 'KS-MSG-07',
    sentence: ({ field }) =>
      `字段 ${isFieldCode(field) ? label(field) : field}出现两次且只有大小写不同，请只保留一个后重新发送。`,
  },
  'when-late-wrong': {
    code: 'KS-MSG-11',
    sentence: ({ received }) =>
      `请求头 Kuasheng-When-Late 应为 refuse（到时不结算）或 wait（继续等待），收到 ${received}，${resend}`,
  },
  'waiting-not-open': {
    code: 'KS-MSG-12',
    sentence: () =>
      '请求头 Kuasheng-When-Late 为 wait，而本机构没有登记「已受理」的交易状态码，请改为 refuse 后重新发送，或先向就医地经办机构登记。',
  },
  'place-not-served': {
    code: 'KS-MSG-08',
    sentence: ({ served, received }, names) =>
      `字段 ${label('mdtrtarea_admvs')}应属于本系统服务的${listText(served.map(names.place))}，收到 ${received}，${resend}`,
  },
  'institution-unknown': {
    code: 'KS-MSG-09',
    sentence: ({ institution, place }, names) =>
      `字段 ${label('fixmedins_code')}在${names.place(place)}查无此机构，收到 ${institution}，${resend}`,
  },
  'same-place': {
    code: 'KS-MSG-10',
    sentence: ({ place }, names) =>
      `字段 ${label('insuplc_admdvs')}与就医地同属${names.place(place)}，不是跨省就医，请按省内业务办理，或核对后重新发送。`,
  },
  'visit-number-used': {
    code: 'KS-VIS-01',
    sentence: () =>
      `字段 ${label('ipt_otp_no')}已用于另一次内容不同的挂号，请换用新的门诊号后重新发送。`,
  },
  'visit-unknown': {
    code: 'KS-VIS-02',
    sentence: () =>
      `字段 ${label('mdtrt_id')}在本机构查无此就诊，请核对，或先办理挂号（2201）后重新发送。`,
  },
  'visit-differs': {
    code: 'KS-VIS-03',
    sentence: ({ field }) => `字段 ${label(field)}与挂号（2201）时的不一致，请核对后重新发送。`,
  },
  'rows-differ': {
    code: 'KS-FEE-01',
    sentence: ({ field, row }) =>
      `第 ${row} 行的字段 ${label(field)}与第 1 行不一致，一次只能上传一次就诊的费用，请分开后重新发送。`,
  },
  'line-repeated': {
    code: 'KS-FEE-02',
    sentence: ({ row }) =>
      `第 ${row} 行的字段 ${label('feedetl_sn')}与前面的行重复，请改用不重复的流水号后重新发送。`,
  },
  'line-taken': {
    code: 'KS-FEE-03',
    sentence: ({ row }) =>
      `第 ${row} 行的字段 ${label('feedetl_sn')}已用于本次就诊的另一个批次，请改用不重复的流水号后重新发送。`,
  },
  'item-unknown': {
    code: 'KS-FEE-04',
    sentence: ({ item, row, on }) =>
      `第 ${row} 行的字段 ${label('med_list_codg')}不在就医地就诊日${dayText(on)}的医保目录中，收到 ${item}，${resend}`,
  },
  'disease-unknown': {
    code: 'KS-FEE-05',
    sentence: ({ received, row }) =>
      `第 ${row} 行的字段 ${label('dise_codg')}应为国家门诊慢特病病种编码或为空，收到 ${received}，${resend}`,
  },
  'disease-not-migrated': {
    code: 'KS-FEE-12',
    sentence: ({ received, row, on, oneOf }) =>
      `第 ${row} 行的字段 ${label('dise_codg')}：地方病种编码 ${received} 在就诊日${dayText(on)}尚未换成国家编码，` +
      `请医院按诊断改用 ${codesText(oneOf)}后重新发送，不能确定的请向就医地经办机构查询。`,
  },
  'quantity-zero': {
    code: 'KS-FEE-06',
    sentence: ({ row }) => `第 ${row} 行的字段 ${label('cnt')}不能为 0，${resend}`,
  },
  'signs-differ': {
    code: 'KS-FEE-07',
    sentence: ({ row, quantity, amount }) =>
      `第 ${row} 行的字段 ${label('cnt')}与 ${label('det_item_fee_sumamt')}应同为正数或同为负数，` +
      `收到 ${quantity} 和 ${amount}，${resend}`,
  },
  'amount-off': {
    code: 'KS-FEE-08',
    sentence: ({ row, price, quantity, amount, tolerance }) =>
      `第 ${row} 行的字段 ${label('det_item_fee_sumamt')}应等于单价乘数量（误差不超过 ${tolerance} 元），` +
      `收到 ${amount}，单价 ${price}、数量 ${quantity}，${resend}`,
  },
  'batch-negative': {
    code: 'KS-FEE-09',
    sentence: ({ batch }) =>
      `收费批次 ${batch} 的费用合计小于 0，全额退费请办理结算撤销，部分退费请与原费用合并后重新发送。`,
  },
  'batch-too-large': {
    code: 'KS-FEE-11',
    sentence: ({ batch }) =>
      `收费批次 ${batch} 的字段 ${label('det_item_fee_sumamt')}合计超过 14 位整数，${resend}`,
  },
  'batch-uploaded': {
    code: 'KS-FEE-10',
    sentence: ({ batch }) =>
      `批次已上传：收费批次 ${batch} 已有内容不同的费用明细，请换用新的收费批次号后重新发送。`,
  },
  'bill-field-missing': {
    code: 'KS-BIL-01',
    sentence: ({ field, row }) =>
      `账单${rowText(row)}字段 ${billLabel(field)}缺失，请补充后重新发送。`,
  },
  'bill-field-wrong': {
    code: 'KS-BIL-02',
    sentence: ({ field, row, expected }) =>
      `账单${rowText(row)}字段 ${billLabel(field)}应为${expected}，${resend}`,
  },
  'bill-field-unknown': {
    code: 'KS-BIL-03',
    sentence: ({ field, row }) =>
      `账单${rowText(row)}字段 ${field} 不是约定的字段，请删去或改正名称后重新发送。`,
  },
  'bill-total-off': {
    code: 'KS-BIL-04',
    sentence: ({ declared, computed }) =>
      `账单字段 ${billLabel('total')}应等于各行金额之和 ${computed}，收到 ${declared}，${resend}`,
  },
  'batch-unknown': {
    code: 'KS-STL-01',
    sentence: ({ batch }) =>
      `字段 ${label('chrg_bchno')}在本次就诊中查无此批次，收到 ${batch}，请先上传费用（2204），或核对后重新发送。`,
  },
  'total-off': {
    code: 'KS-STL-02',
    sentence: ({ declared, computed }) =>
      `字段 ${label('medfee_sumamt')}应等于全自费、超限价、先行自付和符合政策范围金额之和 ${computed}，收到 ${declared}，${resend}`,
  },
  'disease-needed': {
    code: 'KS-STL-03',
    sentence: ({ batch }) =>
      `字段 ${label('med_type')}为 14（门诊慢特病），而收费批次 ${batch} 没有病种编码，` +
      '请改为 11（普通门诊），或带病种编码重新上传费用后重新发送。',
  },
  'disease-unwanted': {
    code: 'KS-STL-04',
    sentence: ({ batch, disease }, names) =>
      `字段 ${label('med_type')}为 11（普通门诊），而收费批次 ${batch} 的病种是${diseaseText(disease, names)}，` +
      '请改为 14（门诊慢特病）后重新发送。',
  },
  'family-account': {
    code: 'KS-STL-05',
    sentence: () =>
      `字段 ${label('acct_used_flag')}为 2（家庭共济账户）尚不支持，请改为 0（不用）或 1（本人账户）后重新发送。`,
  },
  'settlement-not-found': {
    code: 'KS-QRY-01',
    sentence: ({ received }) =>
      `字段 ${label('setl_id')}在本机构的本次就诊中查无此结算，收到 ${received}，请核对后重新发送；没有收到结算编号的，请不填该字段。`,
  },
  'several-settlements': {
    code: 'KS-QRY-02',
    sentence: ({ settlements }) =>
      `本次就诊有 ${settlements.length} 笔结算（${listText(settlements)}），请填写字段 ${label('setl_id')}逐笔查询，没有编号的请用原报文重新发送结算（2207）。`,
  },
  'settlement-unknown': {
    code: 'KS-REV-03',
    sentence: ({ received }) =>
      `字段 ${label('setl_id')}在本机构查无此结算，收到 ${received}，本次未撤销，请核对后重新发送；没有收到结算编号的，请改用冲正（2601）。`,
  },
  'settlement-differs': {
    code: 'KS-REV-04',
    sentence: ({ field }) =>
      `字段 ${label(field)}与原结算的不一致，本次未撤销，请核对原结算后重新发送。`,
  },
  'reversal-of-reversal': {
    code: 'KS-REV-05',
    sentence: ({ received }) =>
      `字段 ${label('setl_id')}是一笔撤销的编号，收到 ${received}，撤销不能再撤销，请核对；需要重新结算的，请用新的报文编号发送结算（2207）。`,
  },
  'not-reversible': {
    code: 'KS-REV-07',
    sentence: ({ received }) =>
      `字段 ${label('oinfno')}应为 2207 或 2207A，收到 ${received}，其他交易无需冲正，请用原报文重新发送来取得结果。`,
  },
};
