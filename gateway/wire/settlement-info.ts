import type { Disease, MessageId } from '../../domain/identifiers.ts';
import type { ReversalResult, SettlementResult } from '../../domain/settlement.ts';
import type { Visit } from '../../domain/visit.ts';
import type { Institution } from '../store.ts';
import type { Names } from '../wording.ts';
import { exact, type Fields } from './json.ts';
import {
  detailsOf,
  nothingStated,
  receiptFields,
  reversedReceipt,
  settledReceipt,
  type Receipt,
} from './replies.ts';

/** 5203: the receipt of 2207 or 2208, under the names that this table has for it. */

/** Whose receipt it is. */
export interface ReceiptOf {
  messageId: MessageId; // under which the settlement was asked for
  visit: Visit;
  institution: Institution;
  names: Names;
}
type Around = ReceiptOf & { disease: Disease | null }; // null: not at hand
export type SettlementInfo = Around & { result: SettlementResult; isRefunded: boolean };
export type ReversalInfo = Around & { reversal: ReversalResult };

/** The fields of 2207's table that 5203 does not have, or has under another name. */
const notIn5203 = new Set([
  'psn_part_amt',
  'psn_cash_pay',
  'hosp_part_amt',
  'hifdm_pay',
  'exp_content',
]);

function whereAndWhen({ visit, institution }: Around): Fields {
  return {
    flxempe_flag: null,
    nwb_flag: null,
    insu_optins: visit.insuredRegion,
    emp_name: null,
    pay_loc: '4', // cross-province
    fixmedins_code: institution.code,
    fixmedins_name: institution.name,
    hosp_lv: null,
    fixmedins_poolarea: institution.region,
    lmtpric_hosp_lv: null,
    dedc_hosp_lv: null,
    begndate: visit.visitedOn,
    enddate: visit.visitedOn,
  };
}

/** A refunded settlement and what took it back both carry the flag, so that what is left out nets to zero. */
function infoReply(around: Around, receipt: Receipt, isRefunded: boolean): Fields {
  const { visit, disease, names } = around;
  const { benefit } = receipt;
  const kept = Object.entries(receiptFields(receipt)).filter(([code]) => !notIn5203.has(code));
  const isChronic = disease !== null && disease !== 'none';
  return {
    setlinfo: {
      ...Object.fromEntries(kept),
      ...whereAndWhen(around),
      psn_pay: exact(benefit.personShare),
      cash_payamt: exact(benefit.cash),
      refd_setl_flag: isRefunded ? '1' : '0',
      year: visit.visitedOn.slice(0, 4),
      dise_codg: isChronic ? disease : null,
      dise_name: isChronic ? (names.disease(disease) ?? null) : null,
      invono: null,
      opter_id: null,
      opter_name: null,
      opt_time: null,
      pref_fund_pay: exact('0.00'),
    },
    setldetail: detailsOf(receipt),
  };
}

/** Of a settlement. */
export function settlementInfoReply({ result, isRefunded, ...around }: SettlementInfo): Fields {
  const { messageId, visit, institution } = around;
  const request = { messageId };
  const receipt = { request, result, visit, stated: nothingStated, clearedBy: institution.region };
  return infoReply(around, settledReceipt(receipt), isRefunded);
}

/** Of what took a settlement back. */
export function reversalInfoReply({ reversal, ...around }: ReversalInfo): Fields {
  const { visit, institution } = around;
  const messageId = reversal.messageId ?? around.messageId; // an operator's has no message
  const receipt = { reversal, messageId, visit, clearedBy: institution.region };
  return infoReply(around, reversedReceipt(receipt), true);
}
