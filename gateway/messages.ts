import { z } from 'zod';

import { day, type Day } from '../domain/calendar.ts';
import type { Approval } from '../domain/bill.ts';
import {
  institutionCode,
  isInstitutionCode,
  isMessageId,
  isPersonId,
  isRegionCode,
  messageId,
  personId,
  regionCode,
  type InstitutionCode,
  type InsuranceType,
  type MessageId,
  type PersonId,
  type RegionCode,
} from '../domain/identifiers.ts';
import {
  asText,
  price,
  quantity,
  yuan,
  type Price,
  type Quantity,
  type Yuan,
} from '../domain/money.ts';
import type { SummedPart } from '../domain/refusal.ts';
import { isWhenLate, type WhenLate } from '../domain/treating-place/profile.ts';
import { UnreadableMessage } from './complaint.ts';
import { digestOf } from './digest.ts';
import type { Registration } from '../domain/visit.ts';
import {
  amount,
  amountNotNegative,
  checked,
  dateTime,
  matching,
  number,
  oneOf,
  priceField,
  quantityField,
  shown,
  text,
} from './wire/fields.ts';
import { isFields, type Fields } from './wire/json.ts';
import { contentOf, readBody, readFields, readRow, readRows } from './wire/reading.ts';

/** The messages of the national interface, field by field, and what they mean to us. */

const region = checked('六位医保区划代码', isRegionCode).transform(regionCode);
export const person = checked('不超过 30 位、不含空格的人员编号', isPersonId).transform(personId);
const insurance = z.enum(['310', '390'], { error: '310（职工）或 390（城乡居民）' });
export const extension = z
  .union([text(4000), z.custom<Fields>(isFields)], { error: '不超过 4000 个字的文本或对象' })
  .optional();

const envelope = z.object({
  infno: matching(/^[0-9a-z]{4,6}$/i, '4 至 6 位的交易编号'),
  msgid: checked('不超过 30 位的字母、数字、短横线或下划线', isMessageId).transform(messageId),
  mdtrtarea_admvs: region,
  insuplc_admdvs: region,
  recer_sys_code: text(10),
  dev_no: text(100).optional(),
  dev_safe_info: text(2000).optional(),
  cainfo: text(1024).optional(),
  signtype: text(10).optional(),
  infver: text(6),
  opter_type: text(3),
  opter: text(30),
  opter_name: text(50),
  inf_time: dateTime,
  fixmedins_code: checked('不超过 30 位的字母和数字', isInstitutionCode).transform(institutionCode),
  fixmedins_name: text(200),
  sign_no: text(30).optional(),
  input: z.custom<Fields>(isFields, { error: '对象' }),
});

export type Transaction = '2201' | '2204' | '2207' | '2208' | '2601' | '5203';
/** The A forms have the same fields. */
const transactions: ReadonlyMap<string, Transaction> = new Map([
  ['2201', '2201'],
  ['2204', '2204'],
  ['2204A', '2204'],
  ['2207', '2207'],
  ['2207A', '2207'],
  ['2208', '2208'],
  ['2601', '2601'],
  ['5203', '5203'],
]);

/** An envelope that was read: who sends what, for a visit where and a person from where. */
export interface Message {
  transaction: Transaction;
  messageId: MessageId;
  institution: InstitutionCode;
  treatingRegion: RegionCode;
  insuredRegion: RegionCode;
  input: Fields;
  /** What this sender wants when the answer takes long; null: as the institution's profile says. */
  whenLate: WhenLate | null;
}

/** Beside the envelope, so that it is no part of what is asked: an honest repeat may differ in it. */
export const whenLateHeader = 'Kuasheng-When-Late';
function readWhenLate(given: string | undefined): WhenLate | null {
  if (given === undefined) return null;
  if (isWhenLate(given)) return given;
  throw new UnreadableMessage({ reason: 'when-late-wrong', received: shown(given) });
}

/**
 * Reads the envelope. Every transaction that is open here is about a person of another place, so the
 * insured district is always needed.
 *
 * @param whenLate the header of that name
 * @throws UnreadableMessage
 */
export function readMessage(body: Uint8Array, whenLate?: string): Message {
  const fields = readFields(envelope, readBody(body));
  const transaction = transactions.get(fields.infno.toUpperCase());
  if (transaction === undefined) {
    throw new UnreadableMessage({ reason: 'unknown-transaction', transaction: fields.infno });
  }
  return {
    transaction,
    messageId: fields.msgid,
    institution: fields.fixmedins_code,
    treatingRegion: fields.mdtrtarea_admvs,
    insuredRegion: fields.insuplc_admdvs,
    input: fields.input,
    whenLate: readWhenLate(whenLate),
  };
}

/** The credential differs between honest repeats of one request (a new token, another card reading). */
const credential = {
  mdtrt_cert_type: oneOf('01', '02', '03'),
  mdtrt_cert_no: text(50),
  card_sn: text(32).optional(),
};
/** What some provinces' forms add about the person. */
const personal = {
  psn_cert_type: text(3).optional(),
  certno: text(20).optional(),
  psn_type: text(3).optional(),
  psn_name: text(20).optional(),
};

const registration = z.object({
  psn_no: person,
  insutype: insurance,
  begntime: dateTime,
  ...credential,
  ...personal,
  ipt_otp_no: text(30),
  atddr_no: text(30).optional(),
  dr_name: text(50).optional(),
  dept_code: text(30),
  dept_name: text(100),
  caty: text(10),
  exp_content: extension,
});

/**
 * 2201 门诊挂号.
 *
 * @throws UnreadableMessage
 */
export function readRegistration({ input, institution, insuredRegion }: Message): Registration {
  const data = readFields(registration, readRow(input, 'data'));
  return {
    institution,
    institutionVisitNo: data.ipt_otp_no,
    person: data.psn_no,
    insuredRegion,
    insuranceType: data.insutype,
    beganAt: data.begntime,
    personType: data.psn_type ?? null,
    personName: data.psn_name ?? null,
    certificateType: data.psn_cert_type ?? null,
    certificateNo: data.certno ?? null,
  };
}

const feeRow = z.object({
  feedetl_sn: number(30),
  mdtrt_id: number(30),
  psn_no: person,
  chrg_bchno: number(30),
  dise_codg: text(30).optional(),
  rxno: text(30).optional(),
  rx_circ_flag: oneOf('0', '1'),
  fee_ocur_time: dateTime,
  med_list_codg: number(50),
  medins_list_codg: text(150),
  det_item_fee_sumamt: amount.transform(yuan),
  cnt: quantityField.transform(quantity),
  pric: priceField.transform(price),
  sin_dos_dscr: text(200).optional(),
  used_frqu_dscr: text(200).optional(),
  prd_days: matching(/^\d{1,2}(\.\d{1,2})?$/, '整数最多 2 位、小数最多 2 位的天数').optional(),
  medc_way_dscr: text(200).optional(),
  bilg_dept_codg: text(30),
  bilg_dept_name: text(100),
  bilg_dr_codg: text(30),
  bilg_dr_name: text(50),
  acord_dept_codg: text(30).optional(),
  acord_dept_name: text(100).optional(),
  orders_dr_code: text(30).optional(),
  orders_dr_name: text(50).optional(),
  hosp_appr_flag: oneOf('0', '1', '2'),
  tcmdrug_used_way: text(6).optional(),
  etip_flag: oneOf('0', '1').optional(),
  etip_hosp_code: text(30).optional(),
  dscg_tkdrug_flag: oneOf('0', '1').optional(),
  matn_fee_flag: text(6).optional(),
  memo: text(1000).optional(),
  comb_no: text(3).optional(),
  exp_content: extension,
});
const approvals: Record<'0' | '1' | '2', Approval> = { 0: 'none', 1: 'approved', 2: 'refused' };

/** A row of 2204 as it came; what it must agree with is checked where the visit is known. */
export interface FeeRow {
  row: number;
  no: string;
  visit: string;
  person: PersonId;
  batch: string;
  disease: string | null;
  occurredOn: Day;
  item: string;
  amount: Yuan;
  quantity: Quantity;
  price: Price;
  approval: Approval;
  doctor: string;
}

/**
 * 2204 门诊费用明细信息上传.
 *
 * @throws UnreadableMessage
 */
export const readFeeRows = ({ input }: Message): FeeRow[] =>
  readRows(input, 'feedetail').map((fields, index) => {
    const row = index + 1;
    const data = readFields(feeRow, fields, row);
    return {
      row,
      no: data.feedetl_sn,
      visit: data.mdtrt_id,
      person: data.psn_no,
      batch: data.chrg_bchno,
      disease: data.dise_codg ?? null,
      occurredOn: day(data.fee_ocur_time.slice(0, 10)),
      item: data.med_list_codg,
      amount: data.det_item_fee_sumamt,
      quantity: data.cnt,
      price: data.pric,
      approval: approvals[data.hosp_appr_flag],
      doctor: data.bilg_dr_codg,
    };
  });

const settlement = z.object({
  psn_no: person,
  ...credential,
  ...personal,
  med_type: z.enum(['11', '14'], { error: '14（门诊慢特病）或 11（普通门诊）' }),
  medfee_sumamt: amountNotNegative.transform(yuan),
  psn_setlway: z.enum(['01', '1'], { error: '01（按项目结算）' }),
  mdtrt_id: number(30),
  chrg_bchno: number(30),
  acct_used_flag: oneOf('0', '1', '2'),
  insutype: insurance,
  exp_content: extension,
  pub_hosp_rfom_flag: text(6).optional(),
  invono: text(20).optional(),
  // Refund lines may take a part below zero; the split refuses that, on record.
  fulamt_ownpay_amt: amount.transform(yuan),
  overlmt_selfpay: amount.transform(yuan),
  preselfpay_amt: amount.transform(yuan),
  inscp_scp_amt: amount.transform(yuan),
});
const accounts = { 0: 'none', 1: 'own', 2: 'family' } as const;

/** 2207 as it came; what it must agree with is checked where visit and batch are known. */
export interface SettlementOrder {
  person: PersonId;
  visit: string;
  batch: string;
  insuranceType: InsuranceType;
  care: 'chronic' | 'ordinary';
  account: 'none' | 'own' | 'family';
  declared: Record<SummedPart, Yuan>;
  digest: string;
  /** What the receipt repeats when the registration did not say it. */
  stated: {
    personName: string | null;
    personType: string | null;
    certificateType: string | null;
    certificateNo: string | null;
  };
}

/** Over the business fields and the two districts; not over the credential nor the envelope's rest. */
function digestOfOrder(message: Message, data: z.infer<typeof settlement>): string {
  const business = Object.entries(data).filter(([code]) => !Object.hasOwn(credential, code));
  return digestOf({
    ...asText(Object.fromEntries(business)),
    psn_setlway: '01',
    exp_content: contentOf(data.exp_content),
    mdtrtarea_admvs: message.treatingRegion,
    insuplc_admdvs: message.insuredRegion,
  });
}

/**
 * 2207 门诊结算.
 *
 * @throws UnreadableMessage
 */
export function readSettlement(message: Message): SettlementOrder {
  const data = readFields(settlement, readRow(message.input, 'data'));
  return {
    person: data.psn_no,
    visit: data.mdtrt_id,
    batch: data.chrg_bchno,
    insuranceType: data.insutype,
    care: data.med_type === '14' ? 'chronic' : 'ordinary',
    account: accounts[data.acct_used_flag],
    declared: {
      total: data.medfee_sumamt,
      excluded: data.fulamt_ownpay_amt,
      overPriceLimit: data.overlmt_selfpay,
      firstShare: data.preselfpay_amt,
      inScope: data.inscp_scp_amt,
    },
    digest: digestOfOrder(message, data),
    stated: {
      personName: data.psn_name ?? null,
      personType: data.psn_type ?? null,
      certificateType: data.psn_cert_type ?? null,
      certificateNo: data.certno ?? null,
    },
  };
}
