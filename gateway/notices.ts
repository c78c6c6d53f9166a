import { inChina } from './clock.ts';
import { placeOf } from '../domain/identifiers.ts';
import { complaintNotices } from './complaint-notices.ts';
import type { ByReason, Reason, Wording } from './notice.ts';
import { label } from './wire/fields.ts';
import {
  dayText,
  diseaseText,
  insuranceText,
  listText,
  partField,
  progressText,
  regionText,
  silenceText,
  spanText,
  untilText,
  type Names,
} from './wording.ts';

export type { Fault, FaultName, Notice, Reason } from './notice.ts';
export type { Names } from './wording.ts';

const payFirst = '本次未结算，请患者先自费，再凭票据向参保地经办机构申请报销。';
const settleAgain = '用新的报文编号重新发送结算。';

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
      `该参保人员的异地就医备案地是${listText(filedFor.map((code) => regionText(code, names)))}，` +
      `${filedFor.some((code) => placeOf(code) === place) ? `不含${names.place(place)}的本次就医地` : `不是${names.place(place)}`}，` +
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
  // reversal 撤销、冲正
  'reversal-crosses-year': {
    code: 'KS-REV-01',
    sentence: ({ on }) =>
      `原结算的就诊日${dayText(on)}属于以前年度，不能联机撤销，本次未撤销，请医院向参保地经办机构申请手工退费。`,
  },
  'reversal-person-differs': {
    code: 'KS-REV-02',
    sentence: () =>
      `字段 ${label('psn_no')}与原结算的参保人员不一致，本次未撤销，请核对原结算和人员编号，更正后用新的报文编号重新发送。`,
  },
  'nothing-to-reverse': {
    code: 'KS-REV-06',
    sentence: ({ settlement }) =>
      `结算 ${settlement} 没有完成，也不会再完成，没有可撤销的金额，请勿退款；收费批次释放后请用新的报文编号重新发送结算。`,
  },
  // the counter 柜台
  'not-in-time': {
    code: 'KS-CTR-01',
    sentence: (silence, names) =>
      `${silenceText(silence, names)}，本次未结算（已确定不会再结算），请${
        silence.until === null ? '稍后' : '届时'
      }由医院${settleAgain}`,
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
      `参保地${regionText(region, names)}没有适用于就诊日${dayText(on)}的${insuranceText[insuranceType]}` +
      `${diseaseText(disease, names)}待遇政策，${payFirst}`,
  },
  ...complaintNotices,
  // the system
  undetermined: {
    code: 'KS-SYS-01',
    sentence: () =>
      '结果未定：尚未得到结算结果，费用可能已经结算，请勿重新收费，也勿更换报文编号，请稍后用同一报文重新发送以取得结果。',
  },
  pending: {
    code: 'KS-SYS-05',
    sentence: (progress, names) =>
      `已受理，尚未结算：${progressText(progress, names)}，之后自动完成，请勿重新收费，也勿更换报文编号，` +
      `请${progress.until === null ? '稍后' : '届时'}用同一报文重新发送，或用结算信息查询（5203）取得结果。`,
  },
  'no-settlement': {
    code: 'KS-QRY-03',
    sentence: () =>
      '没有查到本次就诊的结算结果，请勿重新收费，请用原结算报文（2207，报文编号不变）重新发送以取得结果。',
  },
  'reversal-undetermined': {
    code: 'KS-REV-08',
    sentence: () =>
      '结果未定：尚未得到撤销结果，原结算可能已经撤销，请勿重新收费或退款，也勿更换报文编号，请稍后用同一报文重新发送以取得结果。',
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
