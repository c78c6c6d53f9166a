import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  placeCode,
  regionCode,
  settlementId,
} from '../../domain/identifiers.ts';
import { instant } from '../../domain/maintenance.ts';
import type { Notice, Reason } from '../../gateway/notices.ts';

export const on = day('2026-11-22');
const from = day('2026-12-01');
const to = day('2026-12-31');
export const place = placeCode('500000');
export const disease = diseaseCode('M03900');
const institution = institutionCode('H'.repeat(30));
const longest = '字'.repeat(24);

/** One notice per reason, with the longest data it may have. */
export const longestNotices: { [R in Reason]: Extract<Notice, { reason: R }> } = {
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
  'qualification-not-migrated': {
    reason: 'qualification-not-migrated',
    disease,
    localCode: 'L'.repeat(30),
    on,
  },
  'not-filed': { reason: 'not-filed' },
  'filing-not-in-force': { reason: 'filing-not-in-force', on, from, to },
  'filing-for-other-place': {
    reason: 'filing-for-other-place',
    place,
    filedFor: ['510100', '110000', '310000', '440000'].map(regionCode),
  },
  'request-reversed': { reason: 'request-reversed' },
  'not-in-time': {
    reason: 'not-in-time',
    party: place,
    until: '2026-11-22T22:00:00.000Z',
    message: '系统升级'.repeat(30),
  },
  'reversal-crosses-year': { reason: 'reversal-crosses-year', on: day('2025-12-30') },
  'reversal-person-differs': { reason: 'reversal-person-differs' },
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
  'line-taken': { reason: 'line-taken', row: 9999 },
  'item-unknown': { reason: 'item-unknown', item: 'X'.repeat(50), row: 9999, on },
  'disease-unknown': { reason: 'disease-unknown', received: longest, row: 9999 },
  'disease-not-migrated': {
    reason: 'disease-not-migrated',
    received: longest,
    row: 9999,
    on,
    oneOf: ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'].map((n) => diseaseCode(`M0830${n}`)),
  },
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
    tolerance: '99999999999999.99',
  },
  'batch-negative': { reason: 'batch-negative', batch: 'B'.repeat(30) },
  'batch-too-large': { reason: 'batch-too-large', batch: 'B'.repeat(30) },
  'batch-uploaded': { reason: 'batch-uploaded', batch: 'B'.repeat(30) },
  'bill-field-missing': { reason: 'bill-field-missing', field: 'certificateType', row: 9999 },
  'bill-field-wrong': {
    reason: 'bill-field-wrong',
    field: 'amount',
    row: 9999,
    expected: '整数最多 14 位、小数最多 2 位的金额',
  },
  'bill-field-unknown': { reason: 'bill-field-unknown', field: longest, row: 9999 },
  'bill-total-off': {
    reason: 'bill-total-off',
    declared: '99999999999999.99',
    computed: '399999999999999.96',
  },
  'batch-unknown': { reason: 'batch-unknown', batch: 'B'.repeat(30) },
  'total-off': {
    reason: 'total-off',
    declared: '99999999999999.99',
    computed: '399999999999999.96',
  },
  'disease-needed': { reason: 'disease-needed', batch: 'B'.repeat(30) },
  'disease-unwanted': { reason: 'disease-unwanted', batch: 'B'.repeat(30), disease },
  'family-account': { reason: 'family-account' },
  'settlement-unknown': { reason: 'settlement-unknown', received: longest },
  'settlement-differs': { reason: 'settlement-differs', field: 'mdtrt_id' },
  'reversal-of-reversal': { reason: 'reversal-of-reversal', received: longest },
  'nothing-to-reverse': {
    reason: 'nothing-to-reverse',
    settlement: settlementId('S'.repeat(30)),
  },
  'not-reversible': { reason: 'not-reversible', received: longest },
  undetermined: { reason: 'undetermined' },
  'reversal-undetermined': { reason: 'reversal-undetermined' },
  'message-id-reused': { reason: 'message-id-reused' },
  'gateway-busy': { reason: 'gateway-busy' },
  maintenance: {
    reason: 'maintenance',
    party: place,
    until: instant('2026-12-31T15:59:00.000Z'),
    message: '系'.repeat(60),
  },
};
