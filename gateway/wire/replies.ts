import type { CatalogueItem, ItemClass, LineKind, SplitLine } from '../../domain/bill.ts';
import type {
  InsuranceType,
  MessageId,
  RegionCode,
  SettlementId,
} from '../../domain/identifiers.ts';
import {
  isZero,
  priceToWire,
  quantityToWire,
  ratioToWire,
  shareOf,
  toWire,
  yuan,
  type Price,
  type Quantity,
} from '../../domain/money.ts';
import type {
  BenefitText,
  LayerName,
  ReversalResult,
  SettlementRequest,
  SettlementResult,
  SplitTotalsText,
  Step,
} from '../../domain/settlement.ts';
import type { SettlementOrder } from '../messages.ts';
import type { Registration, Visit } from '../../domain/visit.ts';
import { exact, type Exact, type Fields } from './json.ts';

/** What we answer, field by field. Amounts are number tokens with all their decimals. */

const chinaOffsetMs = 8 * 60 * 60 * 1000; // +08:00 all year
const chinaTime = (at: number): string => new Date(at + chinaOffsetMs).toISOString();
/** `yyyyMMddHHmmssSSS` in China. */
const digitsOf = (at: number): string => chinaTime(at).replace(/\D/g, '');
/** `yyyy-MM-dd HH:mm:ss` in China. */
const wallClock = (at: number): string => chinaTime(at).slice(0, 19).replace('T', ' ');

export interface Envelope {
  receiver: string; // district of the place that answers
  serial: number; // of this receiver
  receivedAt: number;
  answeredAt: number;
  content: { output: Fields | null } | { error: string; status?: string };
}

/** The reply's envelope: 0 with an output, where the transaction has one, else one sentence with -1. */
export function envelopeReply(envelope: Envelope): Fields {
  const { receiver, serial, receivedAt, answeredAt, content } = envelope;
  const time = digitsOf(receivedAt).slice(0, 14);
  const failed = 'error' in content;
  return {
    infcode: failed ? exact(content.status ?? '-1') : 0,
    inf_refmsgid: `${receiver}${time}${String(serial).padStart(10, '0')}`,
    refmsg_time: digitsOf(receivedAt),
    respond_time: digitsOf(answeredAt),
    err_msg: failed ? content.error : null,
    output: failed ? null : content.output,
  };
}

/** 2201. */
export const registrationReply = (visit: string, registration: Registration): Fields => ({
  data: {
    mdtrt_id: visit,
    psn_no: registration.person,
    ipt_otp_no: registration.institutionVisitNo,
    exp_content: null,
  },
});

const classCodes: Record<ItemClass, string> = { A: '01', B: '02', C: '03' };
// The catalogue knows three kinds; 09 西药, 05 治疗 and 08 卫材 are what each of them mostly is.
const chargeTypes: Record<LineKind, string> = { drug: '09', service: '05', consumable: '08' };
const noPriceLimit = '99999999.000000';

/** An uploaded line, with what the catalogue says and how the line was split. */
export interface AnsweredLine {
  line: { price: Price; quantity: Quantity };
  item: CatalogueItem;
  split: SplitLine;
}

/** 2204: one row per line, in the order they came. */
export const uploadReply = (lines: readonly AnsweredLine[]): Fields => ({
  result: lines.map(({ line, item, split }) => ({
    feedetl_sn: split.no,
    det_item_fee_sumamt: exact(toWire(split.amount)),
    cnt: exact(quantityToWire(line.quantity)),
    pric: exact(priceToWire(line.price)),
    pric_uplmt_amt: exact(item.priceLimit === null ? noPriceLimit : priceToWire(item.priceLimit)),
    selfpay_prop: exact(ratioToWire(item.firstShareRatio)),
    fulamt_ownpay_amt: exact(toWire(split.excluded)),
    overlmt_amt: exact(toWire(split.overPriceLimit)),
    preselfpay_amt: exact(toWire(split.firstShare)),
    inscp_scp_amt: exact(toWire(split.inScope)),
    chrgitm_lv: classCodes[item.class],
    med_chrgitm_type: chargeTypes[item.kind],
    bas_medn_flag: null,
    hi_nego_drug_flag: null,
    chld_medc_flag: null,
    list_sp_item_flag: null,
    lmt_used_flag: item.restricted ? '1' : '0',
    drt_reim_flag: null,
    memo: null,
    exp_content: null,
  })),
});

type Payer = LayerName | 'personalAccount' | 'hospitalShare';
type Fund = readonly [code: string, name: string];
const fundsOfBoth: Record<Exclude<Payer, 'pool' | 'catastrophic' | 'personalAccount'>, Fund> = {
  largeAmount: ['330100', '大额医疗费用补助基金'],
  civilServant: ['320100', '公务员医疗补助资金'],
  enterprise: ['370100', '企业补充医疗保险基金'],
  medicalAid: ['610100', '医疗救助基金'],
  other: ['999997', '其他'],
  hospitalShare: ['999996', '医院垫付'],
};
const funds: Record<InsuranceType, Record<Payer, Fund>> = {
  '310': {
    pool: ['310100', '职工基本医疗保险统筹基金'],
    catastrophic: ['310300', '职工大病保险资金'],
    personalAccount: ['310200', '职工基本医疗保险个人账户'],
    ...fundsOfBoth,
  },
  '390': {
    pool: ['390100', '城乡居民基本医疗保险基金'],
    catastrophic: ['390200', '居民大病保险资金'],
    personalAccount: ['390500', '家庭账户'],
    ...fundsOfBoth,
  },
};

/** What a receipt shows: of a settlement, or of what took one back. Amounts as text. */
export interface Receipt {
  id: SettlementId;
  messageId: MessageId;
  visit: Visit;
  stated: SettlementOrder['stated'];
  feeCategory: SettlementResult['feeCategory'];
  totals: SplitTotalsText;
  benefit: BenefitText;
  accountBalance: string;
  recordedAt: string; // instant, ISO 8601
  clearedBy: RegionCode; // the pooling region of the institution
  explain: (payer: Payer) => string;
}

const zeroYuan = exact('0.00');
const longestExplanation = 4000; // setl_proc_info is C4000
const leftOut = '其余步骤从略，请向参保地经办机构查询';
const lengthOf = (text: string): number => Array.from(text).length;
const payers: ReadonlySet<Step['component']> = new Set([
  'largeAmount',
  'catastrophic',
  'civilServant',
  'enterprise',
  'medicalAid',
  'other',
  'personalAccount',
  'hospitalShare',
] satisfies Step['component'][]);

const stepText = ({ what, source, base, rate, amount }: Step): string =>
  rate === ''
    ? `${what}：${amount}（${source}）`
    : `${what}：${base}×${rate}=${amount}（${source}）`;
/** Whole steps, as many as there is room for; where some are left out, that is said. */
function withinLongest(steps: readonly string[]): string {
  const all = steps.join('；');
  if (lengthOf(all) <= longestExplanation) return all;
  let text = '';
  for (const step of steps) {
    const longer = `${text}${step}；`;
    if (lengthOf(longer) + lengthOf(leftOut) > longestExplanation) break;
    text = longer;
  }
  return `${text}${leftOut}`;
}
/** The steps of one payer; the pool's include what the person bears before any fund pays. */
function explanation(steps: readonly Step[], payer: Payer): string {
  const own = steps.filter(
    ({ component }) => component === payer || (payer === 'pool' && !payers.has(component)),
  );
  return withinLongest(own.map(stepText));
}

interface Payment {
  payer: Payer;
  base: string;
  amount: string;
}
function detailOf({ visit, explain }: Receipt, { payer, base, amount }: Payment): Fields {
  const [code, name] = funds[visit.insuranceType][payer];
  return {
    fund_pay_type: code,
    inscp_scp_amt: exact(base),
    // The limit itself is not told; what was paid is what it is known to have allowed.
    crt_payb_lmt_amt: exact(amount),
    fund_payamt: exact(amount),
    fund_pay_type_name: name,
    setl_proc_info: explain(payer),
  };
}
/** A row per fund, also when it paid nothing, and one for account and hospital when they paid. */
export function detailsOf(receipt: Receipt): Fields[] {
  const { layers, personalAccount, hospitalShare } = receipt.benefit;
  const others: Payment[] = [
    { payer: 'personalAccount', base: '0.00', amount: personalAccount },
    { payer: 'hospitalShare', base: '0.00', amount: hospitalShare },
  ];
  return [
    ...layers.map(({ name, base, amount }) => ({ payer: name, base, amount })),
    ...others.filter(({ amount }) => !isZero(yuan(amount))),
  ].map((payment) => detailOf(receipt, payment));
}

function personFields({ visit, stated }: Receipt): Fields {
  return {
    psn_no: visit.person,
    psn_name: visit.personName ?? stated.personName,
    psn_cert_type: visit.certificateType ?? stated.certificateType,
    certno: visit.certificateNo ?? stated.certificateNo,
    gend: null,
    naty: null,
    brdy: null,
    age: null,
    insutype: visit.insuranceType,
    psn_type: visit.personType ?? stated.personType,
  };
}

function fundFields({ benefit }: Receipt): Record<string, Exact> {
  const layerOf = (name: LayerName) => benefit.layers.find((layer) => layer.name === name);
  const paidBy = (name: LayerName): Exact => exact(layerOf(name)?.amount ?? '0.00');
  const pool = layerOf('pool');
  const ratio = pool ? ratioToWire(shareOf(yuan(pool.amount), yuan(pool.base))) : '0.0000';
  return {
    act_pay_dedc: exact(benefit.deductible),
    hifp_pay: paidBy('pool'),
    pool_prop_selfpay: exact(ratio),
    cvlserv_pay: paidBy('civilServant'),
    hifes_pay: paidBy('enterprise'),
    hifmi_pay: paidBy('catastrophic'),
    hifob_pay: paidBy('largeAmount'),
    maf_pay: paidBy('medicalAid'),
    oth_pay: paidBy('other'),
    fund_pay_sumamt: exact(benefit.fundTotal),
  };
}

/**
 * The receipt's fields in the order of the table. The credential is left empty: it differs between
 * honest repeats, and a repeat gets the same answer.
 */
export function receiptFields(receipt: Receipt): Fields {
  const { totals, benefit, feeCategory } = receipt;
  const isCivilServant = benefit.layers.some(({ name }) => name === 'civilServant');
  return {
    mdtrt_id: receipt.visit.id,
    setl_id: receipt.id,
    ...personFields(receipt),
    cvlserv_flag: isCivilServant ? '1' : '0',
    setl_time: wallClock(Date.parse(receipt.recordedAt)),
    mdtrt_cert_type: null,
    med_type: feeCategory === '门诊慢特病' ? '14' : '11',
    medfee_sumamt: exact(totals.total),
    fulamt_ownpay_amt: exact(totals.excluded),
    overlmt_selfpay: exact(totals.overPriceLimit),
    preselfpay_amt: exact(totals.firstShare),
    inscp_scp_amt: exact(totals.inScope),
    ...fundFields(receipt),
    psn_part_amt: exact(benefit.personShare),
    acct_pay: exact(benefit.personalAccount),
    psn_cash_pay: exact(benefit.cash),
    hosp_part_amt: exact(benefit.hospitalShare),
    balc: exact(receipt.accountBalance),
    acct_mulaid_pay: zeroYuan,
    medins_setl_id: receipt.messageId,
    clr_optins: receipt.clearedBy,
    clr_way: '1', // by item (按项目), as the notice demands
    clr_type: '11', // outpatient, of the national baseline
    hifdm_pay: zeroYuan,
    exp_content: JSON.stringify({ FEE_CATEGORY: feeCategory }),
  };
}
const receiptReply = (receipt: Receipt): Fields => ({
  setlinfo: receiptFields(receipt),
  setldetail: detailsOf(receipt),
});

/** A settlement as its answer needs it. */
export interface Settled {
  request: Pick<SettlementRequest, 'messageId'>;
  result: SettlementResult;
  visit: Visit;
  stated: SettlementOrder['stated'];
  clearedBy: RegionCode;
}
export function settledReceipt({ request, result, ...around }: Settled): Receipt {
  const { settlementId, feeCategory, totals, calculation, recordedAt } = result;
  const { benefit, accountBalance, steps } = calculation;
  const amounts = { feeCategory, totals, benefit, accountBalance, recordedAt };
  const explain = (payer: Payer) => explanation(steps, payer);
  const { messageId } = request;
  return { id: settlementId, messageId, ...around, ...amounts, explain };
}
/** 2207. */
export const settlementReply = (settled: Settled): Fields => receiptReply(settledReceipt(settled));

export const nothingStated: SettlementOrder['stated'] = {
  personName: null,
  personType: null,
  certificateType: null,
  certificateNo: null,
};
/** What took a settlement back, as its answer needs it. */
export interface Reversed {
  reversal: ReversalResult;
  messageId: MessageId; // of the message that took it back
  visit: Visit;
  clearedBy: RegionCode;
}
export function reversedReceipt({ reversal, ...around }: Reversed): Receipt {
  const { reversalId, settlementId } = reversal;
  const explain = () => `撤销结算 ${settlementId}`;
  return { ...reversal, ...around, id: reversalId, stated: nothingStated, explain };
}
/** 2208: the receipt with every sign turned, under a number of its own. */
export const reversalReply = (reversed: Reversed): Fields =>
  receiptReply(reversedReceipt(reversed));
