import type { Day } from '../domain/calendar.ts';
import type { Disease, InsuranceType, PlaceCode, RegionCode } from '../domain/identifiers.ts';
import type { Refusal, SummedPart } from '../domain/refusal.ts';
import type { Complaint } from './complaint.ts';
import type { InMaintenance } from './door.ts';
import { inChina } from './clock.ts';
import { isFieldCode, label, type FieldCode } from './wire/fields.ts';

/** What the world says instead of an answer. */
export type Fault =
  | { reason: 'undetermined' } // something may have been started
  | { reason: 'message-id-reused' }
  | { reason: 'gateway-busy' } // nothing was started
  | InMaintenance; // nor here
export type FaultName = Fault['reason'] | Complaint['reason'];

/** Everything that a hospital can be told instead of a result. */
export type Notice = Refusal | Complaint | Fault;
type ByReason = { [N in Notice as N['reason']]: N };
export type Reason = keyof ByReason;

/** Names are data; the caller supplies them. */
export interface Names {
  place: (code: PlaceCode | RegionCode) => string;
  knowsPlace: (code: PlaceCode) => boolean;
  disease: (code: string) => string | undefined;
}
interface Wording<N> {
  code: string; // ours, short, for the telephone
  sentence: (data: N, names: Names) => string;
}

const dayText = (on: Day): string =>
  `${Number(on.slice(0, 4))}年${Number(on.slice(5, 7))}月${Number(on.slice(8, 10))}日`;
const spanText = (from: Day, to: Day | null): string =>
  to === null ? `${dayText(from)}起` : `${dayText(from)}至${dayText(to)}`;
const untilText = (to: Day | null): string =>
  to === null ? '恢复时间请向参保地经办机构查询' : `暂停至${dayText(to)}`;
const diseaseText = (disease: Disease, names: Names): string => {
  if (disease === 'none') return '普通门诊';
  const name = names.disease(disease);
  return name === undefined ? disease : `${name}（${disease}）`;
};
const shownItems = 3;
const listText = (items: readonly string[]): string =>
  items.length > shownItems ? `${items.slice(0, shownItems).join('、')}等` : items.join('、');
const shownCodes = 10;
/** One of some codes: all of them, as far as a sentence has room. */
const codesText = (codes: readonly string[]): string => {
  if (codes.length === 1) return `${codes.join('')} `;
  const more = codes.length > shownCodes ? '等' : ' ';
  return `${codes.slice(0, shownCodes).join('、')}${more}之一`;
};
const insuranceText: Record<InsuranceType, string> = { '310': '职工医保', '390': '居民医保' };
const rowText = (row: number | null): string => (row === null ? '' : `第 ${row} 行的`);
const partField: Record<SummedPart, FieldCode> = {
  total: 'medfee_sumamt',
  excluded: 'fulamt_ownpay_amt',
  overPriceLimit: 'overlmt_selfpay',
  firstShare: 'preselfpay_amt',
  inScope: 'inscp_scp_amt',
};

const payFirst = '本次未结算，请患者先自费，再凭票据向参保地经办机构申请报销。';
const settleAgain = '用新的报文编号重新发送结算。';
const resend = '请更正后重新发送。';

/**
 * Every "no" with its code and its sentence: what is wrong, for whom, until when, what to do now. A
 * new reason does not compile without its sentence.
 *
 * @law 医保办函〔2021〕4号 三(三)
 */
const notices: { readonly [R in Reason]: Wording<ByReason[R]> } = {
  // eligibility 资格校验
  'place-not-connected': {
    code: 'KS-ELG-01',
    sentence: ({ place, on }, names) =>
      `${names.place(place)}在就诊日${dayText(on)}尚未开通门诊慢特病跨省直接结算，${payFirst}`,
  },
  'visit-in-future': {
    code: 'KS-ELG-02',
    sentence: ({ on }) =>
      `就诊日${dayText(on)}还没有到，本次未结算，请医院核对挂号时间，更正后重新挂号、上传费用，并${settleAgain}`,
  },
  'institution-not-designated': {
    code: 'KS-ELG-03',
    sentence: ({ institution, on }) =>
      `医疗机构 ${institution} 在就诊日${dayText(on)}不是跨省直接结算的定点医疗机构，${payFirst}`,
  },
  'disease-not-open': {
    code: 'KS-ELG-04',
    sentence: ({ place, disease, on, from }, names) =>
      `${names.place(place)}在就诊日${dayText(on)}尚未开通${diseaseText(disease, names)}的跨省结算` +
      `${from === null ? '' : `（${dayText(from)}起开通）`}，${payFirst}`,
  },
  'institution-not-open-for-disease': {
    code: 'KS-ELG-05',
    sentence: ({ institution, disease, on }, names) =>
      `医疗机构 ${institution} 在就诊日${dayText(on)}未开通${diseaseText(disease, names)}的跨省结算，` +
      '本次未结算，请患者到已开通的定点医疗机构就医，或先自费再向参保地经办机构申请报销。',
  },
  'settlement-suspended': {
    code: 'KS-ELG-06',
    sentence: ({ on, to }) =>
      `参保地经办机构已暂停该参保人员的跨省联网结算，包括就诊日${dayText(on)}（${untilText(to)}），${payFirst}`,
  },
  'not-qualified': {
    code: 'KS-ELG-07',
    sentence: ({ disease }, names) =>
      `未查到该参保人员的${diseaseText(disease, names)}门诊慢特病待遇资格，本次未结算，` +
      `请患者先向参保地经办机构申请资格认定，认定后由医院${settleAgain}`,
  },
  'qualification-not-in-force': {
    code: 'KS-ELG-08',
    sentence: ({ disease, on, from, to }, names) =>
      `该参保人员的${diseaseText(disease, names)}待遇资格有效期是${spanText(from, to)}，` +
      `不含就诊日${dayText(on)}，本次未结算，请患者向参保地经办机构核实或续办，或先自费再申请报销。`,
  },
  'not-filed': {
    code: 'KS-ELG-09',
    sentence: () =>
      `未查到该参保人员的异地就医备案，本次未结算，请患者先向参保地经办机构办理备案，备案后由医院${settleAgain}`,
  },
  'filing-not-in-force': {
    code: 'KS-ELG-10',
    sentence: ({ on, from, to }) =>
      `该参保人员的异地就医备案有效期是${spanText(from, to)}，不含就诊日${dayText(on)}，` +
      '本次未结算，请患者向参保地经办机构核实或续办备案，或先自费再申请报销。',
  },
  'filing-for-other-place': {
    code: 'KS-ELG-11',
    sentence: ({ place, filedFor }, names) =>
      `该参保人员的异地就医备案地是${listText(filedFor.map(names.place))}，不是${names.place(place)}，` +
      `本次未结算，请患者向参保地经办机构变更备案地，变更后由医院${settleAgain}`,
  },
  'request-reversed': {
    code: 'KS-ELG-12',
    sentence: () => `这笔结算请求已被撤销，不会再结算，请医院核对后${settleAgain}`,
  },
  'qualification-not-migrated': {
    code: 'KS-ELG-13',
    sentence: ({ disease, localCode, on }, names) =>
      `该参保人员的${diseaseText(disease, names)}待遇资格仍是旧病种编码 ${localCode}，在就诊日${dayText(on)}尚未换成国家编码，` +
      `本次未结算，请患者到参保地经办机构换成国家编码，再由医院${settleAgain}`,
  },
  // split 费用分割
  'mixed-diseases': {
    code: 'KS-SPL-01',
    sentence: ({ diseases }, names) =>
      `本收费批次含多个病种（${listText(diseases.map((each) => diseaseText(each, names)))}），` +
      `每批只能有一个病种，本次未结算，请医院按病种分批重新上传费用，并逐批${settleAgain}`,
  },
  'sums-differ': {
    code: 'KS-SPL-02',
    sentence: ({ part, declared, computed }) =>
      `字段 ${label(partField[part])}报送 ${declared} 元，按就医地支付范围应为 ${computed} 元，` +
      `本次未结算，请医院按费用上传（2204）返回的结果更正，并${settleAgain}`,
  },
  'batch-settled': {
    code: 'KS-SPL-03',
    sentence: ({ settlement }) =>
      `本收费批次已由结算 ${settlement} 占用（已结算或正在结算），没有重复结算，请医院以该结算的结果为准，勿再次收费。`,
  },
  'batch-changed': {
    code: 'KS-SPL-04',
    sentence: () =>
      `本收费批次的费用明细与发送结算时的不一致，本次未结算，请医院核对并重新上传费用，并${settleAgain}`,
  },
  'batch-crosses-year': {
    code: 'KS-SPL-05',
    sentence: ({ on, feeOn }) =>
      `费用日期${dayText(feeOn)}与就诊日${dayText(on)}不在同一年度，本次未结算，` +
      `请医院把各年度的费用分开挂号、上传，并分别${settleAgain}`,
  },
  'part-below-zero': {
    code: 'KS-SPL-06',
    sentence: ({ part, computed }) =>
      `退费明细使${label(partField[part])}合计成为 ${computed} 元，本次未结算，请医院撤销原结算来办理退费，` +
      `其余费用重新上传，并${settleAgain}`,
  },
  // calculate 待遇计算
  'person-unknown': {
    code: 'KS-CAL-01',
    sentence: ({ place }, names) =>
      `参保地${names.place(place)}查无此参保人员，本次未结算，请医院核对人员编号和参保地区划，更正后重新挂号、上传费用，并${settleAgain}`,
  },
  'not-insured': {
    code: 'KS-CAL-02',
    sentence: ({ insuranceType, on }) =>
      `该参保人员在就诊日${dayText(on)}没有参加${insuranceText[insuranceType]}，` +
      '本次未结算，请医院核对险种类型，或请患者向参保地经办机构核实参保情况。',
  },
  'benefit-suspended': {
    code: 'KS-CAL-03',
    sentence: ({ insuranceType, on, to }) =>
      `该参保人员的${insuranceText[insuranceType]}待遇已暂停，包括就诊日${dayText(on)}（${untilText(to)}），${payFirst}`,
  },
  'no-policy-in-force': {
    code: 'KS-CAL-04',
    sentence: ({ region, insuranceType, disease, on }, names) =>
      `参保地${names.place(region)}没有适用于就诊日${dayText(on)}的${insuranceText[insuranceType]}` +
      `${diseaseText(disease, names)}待遇政策，${payFirst}`,
  },
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
  // the system
  undetermined: {
    code: 'KS-SYS-01',
    sentence: () =>
      '结果未定：尚未得到结算结果，费用可能已经结算，请勿重新收费，也勿更换报文编号，请稍后用同一报文重新发送以取得结果。',
  },
  'message-id-reused': {
    code: 'KS-SYS-02',
    sentence: () =>
      `字段 ${label('msgid')}：报文编号已用于另一笔不同内容的请求，本次未受理，请换用新的报文编号重新发送；重发原请求时请保持内容不变。`,
  },
  'gateway-busy': {
    code: 'KS-SYS-03',
    sentence: () => '系统暂时繁忙，本次请求未能处理完成，请稍后用同一报文重新发送。',
  },
  maintenance: {
    code: 'KS-SYS-04',
    sentence: ({ party, until, message }, names) =>
      `${party === 'centre' ? '国家平台' : names.place(party)}正在停机维护（${message.replaceAll('。', ' ').trim()}），` +
      `${until === null ? '恢复时间另行通知' : `预计${inChina(until)}恢复`}，本次未结算，` +
      `不能等的请患者先自费，再凭票据向参保地经办机构申请报销，其余请医院在恢复后${settleAgain}`,
  },
};

const longest = 200; // err_msg is C200
/** The code of the notice and its sentence, which ends with the code. */
export function noticeOf<R extends Reason>(
  notice: ByReason[R] & { reason: R },
  names: Names,
): { code: string; sentence: string } {
  const { code, sentence } = notices[notice.reason];
  const room = longest - code.length - 2;
  const words = Array.from(sentence(notice, names)).slice(0, room).join('');
  return { code, sentence: `${words}〔${code}〕` };
}
