import { z } from 'zod';

import { isDay } from '../../domain/calendar.ts';
import { isPrice, isQuantity, isYuan } from '../../domain/money.ts';

/** The national fields that we read, by code, with the names the interface prints for them. */
export const fieldNames = {
  // envelope
  infno: '交易编号',
  msgid: '发送方报文ID',
  mdtrtarea_admvs: '就医地医保区划',
  insuplc_admdvs: '参保地医保区划',
  recer_sys_code: '接收方系统代码',
  dev_no: '设备编号',
  dev_safe_info: '设备安全信息',
  cainfo: '数字签名信息',
  signtype: '签名类型',
  infver: '接口版本号',
  opter_type: '经办人类别',
  opter: '经办人',
  opter_name: '经办人姓名',
  inf_time: '交易时间',
  fixmedins_code: '定点医药机构编号',
  fixmedins_name: '定点医药机构名称',
  sign_no: '交易签到流水号',
  input: '交易输入',
  data: '输入数据',
  feedetail: '费用明细',
  // person, visit
  psn_no: '人员编号',
  insutype: '险种类型',
  begntime: '开始时间',
  mdtrt_cert_type: '就诊凭证类型',
  mdtrt_cert_no: '就诊凭证编号',
  card_sn: '卡识别码',
  psn_cert_type: '证件类型',
  certno: '证件号码',
  psn_type: '人员类别',
  psn_name: '人员姓名',
  ipt_otp_no: '住院/门诊号',
  atddr_no: '医师编码',
  dr_name: '医师姓名',
  dept_code: '科室编码',
  dept_name: '科室名称',
  caty: '科别',
  exp_content: '字段扩展',
  mdtrt_id: '就诊ID',
  // fee lines
  feedetl_sn: '费用明细流水号',
  chrg_bchno: '收费批次号',
  dise_codg: '病种编码',
  rxno: '处方号',
  rx_circ_flag: '外购处方标志',
  fee_ocur_time: '费用发生时间',
  med_list_codg: '医疗目录编码',
  medins_list_codg: '医药机构目录编码',
  det_item_fee_sumamt: '明细项目费用总额',
  cnt: '数量',
  pric: '单价',
  sin_dos_dscr: '单次剂量描述',
  used_frqu_dscr: '使用频次描述',
  prd_days: '周期天数',
  medc_way_dscr: '用药途径描述',
  bilg_dept_codg: '开单科室编码',
  bilg_dept_name: '开单科室名称',
  bilg_dr_codg: '开单医生编码',
  bilg_dr_name: '开单医师姓名',
  acord_dept_codg: '受单科室编码',
  acord_dept_name: '受单科室名称',
  orders_dr_code: '受单医生编码',
  orders_dr_name: '受单医生姓名',
  hosp_appr_flag: '医院审批标志',
  tcmdrug_used_way: '中药使用方式',
  etip_flag: '外检标志',
  etip_hosp_code: '外检医院编码',
  dscg_tkdrug_flag: '出院带药标志',
  matn_fee_flag: '生育费用标志',
  memo: '备注',
  comb_no: '组套编码',
  // settlement
  med_type: '医疗类别',
  medfee_sumamt: '医疗费总额',
  psn_setlway: '个人结算方式',
  acct_used_flag: '个人账户使用标志',
  pub_hosp_rfom_flag: '公立医院改革标志',
  invono: '发票号',
  fulamt_ownpay_amt: '全自费金额',
  overlmt_selfpay: '超限价自费费用',
  preselfpay_amt: '先行自付金额',
  inscp_scp_amt: '符合政策范围金额',
  // reversal
  setl_id: '结算ID',
  omsgid: '原发送方报文ID',
  oinfno: '原交易编号',
} as const;
export type FieldCode = keyof typeof fieldNames;

export const isFieldCode = (text: string): text is FieldCode => Object.hasOwn(fieldNames, text);
/** Code and name, as a sentence shows a field. */
export const label = (code: FieldCode): string => `${code}（${fieldNames[code]}）`;

/** Fields of a person, a doctor or an operator, or free text: never repeated in a sentence. */
const unspoken: ReadonlySet<FieldCode> = new Set([
  'psn_no',
  'psn_name',
  'certno',
  'mdtrt_cert_no',
  'card_sn',
  'ipt_otp_no',
  'feedetl_sn', // some hospitals send the person's number
  'opter',
  'opter_name',
  'dr_name',
  'bilg_dr_name',
  'orders_dr_name',
  'exp_content',
  'memo',
  'cainfo',
  'dev_no',
  'dev_safe_info',
]);

const shownCharacters = 24;
/** What a sentence shows of a received text: short, without control characters. */
export function shown(text: string): string {
  const characters = Array.from(text.replace(/[\p{C}\p{Z}]/gu, ' '));
  if (characters.length <= shownCharacters) return characters.join('');
  return `${characters.slice(0, shownCharacters).join('')}…（共 ${characters.length} 个字）`;
}
/** What was received in a field, as a sentence may show it; null when it must not. */
export function received(code: FieldCode, value: unknown): string | null {
  if (unspoken.has(code)) return null;
  if (typeof value === 'string') return shown(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return Array.isArray(value) ? '数组' : '对象';
}

/** A field as text, numbers included; `expected` completes the words 「应为」. */
export const checked = (expected: string, holds: (text: string) => boolean) =>
  z.string({ error: expected }).refine(holds, { error: expected });

// PostgreSQL keeps no NUL, and half a surrogate pair is no character; line breaks may stand in notes.
const unreadable = /[^\P{Cc}\t\r\n]|\p{Cs}/u;
export const text = (most: number) =>
  checked(
    `不超过 ${most} 个字、不含控制字符的文本`,
    (value) => Array.from(value).length <= most && !unreadable.test(value),
  );
export const matching = (shape: RegExp, expected: string) =>
  checked(expected, (value) => shape.test(value));
/** An identifier of the hospital: printable, without spaces. */
export const number = (most: number) =>
  matching(
    new RegExp(`^[\\x21-\\x7e]{1,${most}}$`),
    `不超过 ${most} 位、不含空格的字母、数字或符号`,
  );
export const oneOf = <T extends string>(first: T, ...others: T[]) =>
  z.enum([first, ...others], {
    error: [first, ...others].join('、') + (others.length ? ' 之一' : ''),
  });

export const amount = checked('整数最多 14 位、小数最多 2 位的金额', isYuan);
export const amountNotNegative = checked(
  '不小于 0、整数最多 14 位、小数最多 2 位的金额',
  (value) => isYuan(value) && !value.startsWith('-'),
);
export const priceField = checked('不小于 0、整数最多 10 位、小数最多 6 位的单价', isPrice);
export const quantityField = checked('整数最多 12 位、小数最多 4 位的数量', isQuantity);

export function isDateTime(value: string): boolean {
  const [on = '', at = ''] = value.split(' ');
  return value.length === 19 && isDay(on) && /^([01]\d|2[0-3])(:[0-5]\d){2}$/.test(at);
}
export const dateTime = checked('真实存在的时间，写作 2026-11-22 09:30:00', isDateTime);
