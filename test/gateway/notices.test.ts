import { describe, expect, test } from 'vitest';

import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  placeCode,
  regionCode,
  settlementId,
} from '../../domain/identifiers.ts';
import { noticeOf, type Names, type Notice, type Reason } from '../../gateway/notices.ts';
import { names } from './fakes.ts';

const on = day('2026-11-22');
const from = day('2026-12-01');
const to = day('2026-12-31');
const place = placeCode('500000');
const disease = diseaseCode('M03900');
const institution = institutionCode('H'.repeat(30));
const longest = '字'.repeat(24);

/** One notice per reason, with the longest data it may have. */
const notices: { [R in Reason]: Extract<Notice, { reason: R }> } = {
  'place-not-connected': { reason: 'place-not-connected', place, on },
  'visit-in-future': { reason: 'visit-in-future', on },
  'institution-not-designated': { reason: 'institution-not-designated', institution, on },
  'disease-not-open': { reason: 'disease-not-open', place, disease, on, from },
  'institution-not-open-for-disease': {
    reason: 'institution-not-open-for-disease',
    institution,
    disease,
    on,
  },
  'settlement-suspended': { reason: 'settlement-suspended', on, to },
  'not-qualified': { reason: 'not-qualified', disease },
  'qualification-not-in-force': { reason: 'qualification-not-in-force', disease, on, from, to },
  'not-filed': { reason: 'not-filed' },
  'filing-not-in-force': { reason: 'filing-not-in-force', on, from, to },
  'filing-for-other-place': {
    reason: 'filing-for-other-place',
    place,
    filedFor: ['510100', '110000', '310000', '440000'].map(regionCode),
  },
  'request-reversed': { reason: 'request-reversed' },
  'mixed-diseases': {
    reason: 'mixed-diseases',
    diseases: [diseaseCode('M00500'), disease, diseaseCode('M08306'), 'none'],
  },
  'sums-differ': {
    reason: 'sums-differ',
    part: 'inScope',
    declared: '99999999999999.99',
    computed: '99999999999999.98',
  },
  'batch-settled': { reason: 'batch-settled', settlement: settlementId('S'.repeat(30)) },
  'batch-changed': { reason: 'batch-changed' },
  'part-below-zero': { reason: 'part-below-zero', part: 'overPriceLimit', computed: '-45.00' },
  'batch-crosses-year': { reason: 'batch-crosses-year', on, feeOn: from },
  'person-unknown': { reason: 'person-unknown', place },
  'not-insured': { reason: 'not-insured', insuranceType: '310', on },
  'benefit-suspended': { reason: 'benefit-suspended', insuranceType: '390', on, to: null },
  'no-policy-in-force': {
    reason: 'no-policy-in-force',
    region: regionCode('510100'),
    insuranceType: '390',
    disease,
    on,
  },
  'not-utf8': { reason: 'not-utf8' },
  'not-json': { reason: 'not-json' },
  'too-large': { reason: 'too-large' },
  'unknown-transaction': { reason: 'unknown-transaction', transaction: '100001' },
  'field-missing': { reason: 'field-missing', field: 'det_item_fee_sumamt', row: 9999 },
  'field-wrong': {
    reason: 'field-wrong',
    field: 'det_item_fee_sumamt',
    row: 9999,
    expected: '整数最多 14 位、小数最多 2 位的金额',
    received: `${longest}…（共 4000 个字）`,
  },
  'field-repeated': { reason: 'field-repeated', field: longest },
  'place-not-served': {
    reason: 'place-not-served',
    served: ['500000', '510000', '110000', '310000'].map(placeCode),
    received: '330100',
  },
  'institution-unknown': { reason: 'institution-unknown', institution, place },
  'same-place': { reason: 'same-place', place },
  'visit-number-used': { reason: 'visit-number-used' },
  'visit-unknown': { reason: 'visit-unknown' },
  'visit-differs': { reason: 'visit-differs', field: 'insuplc_admdvs' },
  'rows-differ': { reason: 'rows-differ', field: 'mdtrt_id', row: 9999 },
  'line-repeated': { reason: 'line-repeated', row: 9999 },
  'line-taken': { reason: 'line-taken', line: '9'.repeat(30) },
  'item-unknown': { reason: 'item-unknown', item: 'X'.repeat(50), row: 9999, on },
  'disease-unknown': { reason: 'disease-unknown', received: longest, row: 9999 },
  'quantity-zero': { reason: 'quantity-zero', row: 9999 },
  'signs-differ': {
    reason: 'signs-differ',
    row: 9999,
    quantity: '-999999999999.9999',
    amount: '99999999999999.99',
  },
  'amount-off': {
    reason: 'amount-off',
    row: 9999,
    price: '9999999999.999999',
    quantity: '-999999999999.9999',
    amount: '-99999999999999.99',
  },
  'batch-negative': { reason: 'batch-negative', batch: 'B'.repeat(30) },
  'batch-too-large': { reason: 'batch-too-large', batch: 'B'.repeat(30) },
  'batch-uploaded': { reason: 'batch-uploaded', batch: 'B'.repeat(30) },
  'batch-unknown': { reason: 'batch-unknown', batch: 'B'.repeat(30) },
  'total-off': {
    reason: 'total-off',
    declared: '99999999999999.99',
    computed: '399999999999999.96',
  },
  'disease-needed': { reason: 'disease-needed', batch: 'B'.repeat(30) },
  'disease-unwanted': { reason: 'disease-unwanted', batch: 'B'.repeat(30), disease },
  'family-account': { reason: 'family-account' },
  undetermined: { reason: 'undetermined' },
  'message-id-reused': { reason: 'message-id-reused' },
  'gateway-busy': { reason: 'gateway-busy' },
};
const longNames: Names = {
  place: () => '新疆维吾尔自治区伊犁哈萨克自治州',
  disease: () => '恶性肿瘤门诊治疗恶性肿瘤门诊治疗',
};
const all = Object.values(notices);

describe('三(三) every notice is exact, short and plain', () => {
  test.each(all.map((notice) => [notice.reason, notice] as const))('%s', (_, notice) => {
    for (const each of [names, longNames]) {
      const { code, sentence } = noticeOf(notice, each);
      expect(Array.from(sentence).length).toBeLessThanOrEqual(200);
      expect(code).toMatch(/^KS-[A-Z]{3}-\d\d$/);
      // one whole sentence, never cut, then its code
      expect(sentence).toMatch(new RegExp(`^[^。]+。〔${code}〕$`));
      // what to do now
      expect(sentence).toMatch(/请/);
      expect(sentence).not.toMatch(/undefined|null|object|NaN/);
    }
  });

  test('no two reasons share a code', () => {
    const codes = all.map((notice) => noticeOf(notice, names).code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test.each<[Notice, string]>([
    [
      notices['qualification-not-in-force'],
      '该参保人员的高血压（M03900）待遇资格有效期是2026年12月1日至2026年12月31日，不含就诊日2026年11月22日，本次未结算，请患者向参保地经办机构核实或续办，或先自费再申请报销。〔KS-ELG-08〕',
    ],
    [
      { reason: 'disease-not-open', place, disease, on, from: null },
      '重庆市在就诊日2026年11月22日尚未开通高血压（M03900）的跨省结算，本次未结算，请患者先自费，再凭票据向参保地经办机构申请报销。〔KS-ELG-04〕',
    ],
    [
      { reason: 'sums-differ', part: 'firstShare', declared: '0.40', computed: '0.50' },
      '字段 preselfpay_amt（先行自付金额）报送 0.40 元，按就医地支付范围应为 0.50 元，本次未结算，请医院按费用上传（2204）返回的结果更正，并用新的报文编号重新发送结算。〔KS-SPL-02〕',
    ],
    [
      notices.undetermined,
      '结果未定：尚未得到结算结果，费用可能已经结算，请勿重新收费，也勿更换报文编号，请稍后用同一报文重新发送以取得结果。〔KS-SYS-01〕',
    ],
  ])('%o', (notice, sentence) => {
    expect(noticeOf(notice, names).sentence).toBe(sentence);
  });
});
