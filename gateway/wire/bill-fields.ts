import { fieldNames, type FieldCode } from './fields.ts';

/** The fields of a whole bill in our own words, and which national field each of them is. */
const codes: Readonly<Record<string, FieldCode>> = {
  messageId: 'msgid',
  institution: 'fixmedins_code',
  treatingRegion: 'mdtrtarea_admvs',
  insuredRegion: 'insuplc_admdvs',
  visitNo: 'ipt_otp_no',
  person: 'psn_no',
  insuranceType: 'insutype',
  beganAt: 'begntime',
  personType: 'psn_type',
  personName: 'psn_name',
  certificateType: 'psn_cert_type',
  certificateNo: 'certno',
  account: 'acct_used_flag',
  total: 'medfee_sumamt',
  lines: 'feedetail',
  no: 'feedetl_sn',
  item: 'med_list_codg',
  disease: 'dise_codg',
  price: 'pric',
  quantity: 'cnt',
  amount: 'det_item_fee_sumamt',
  approval: 'hosp_appr_flag',
  doctor: 'bilg_dr_codg',
};
const own: Readonly<Record<string, string>> = {
  occurredOn: '费用日期',
  allOrNone: '全部结算或全部不结算',
  whenLate: '不能及时结算时的处理方式',
};

/** A field of a bill with the name that people know it by. */
export function billLabel(field: string): string {
  const code = codes[field];
  const name = code === undefined ? own[field] : fieldNames[code];
  return name === undefined ? `${field} ` : `${field}（${name}）`;
}
