import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

import { diseaseCode, institutionCode, settlementId } from '../../domain/identifiers.ts';
import { noticeOf, type Notice } from '../../gateway/notices.ts';
import { names } from './fakes.ts';
import { disease, longestNotices, on } from './notice-samples.ts';

/** docs/errors.md is written from the code: KUASHENG_TEST_RECORD=1 writes it anew. */
const file = path.join(import.meta.dirname, '..', '..', 'docs', 'errors.md');
const recording = process.env['KUASHENG_TEST_RECORD'] === '1';

const institution = institutionCode('5000001000003');
const money = { declared: '120.00', computed: '119.99' };
const line = { row: 2, price: '3.20', quantity: '10', amount: '31.00', tolerance: '0.01' };
/** Where the longest data would hide the sentence. */
const shorter: Partial<Record<Notice['reason'], object>> = {
  'institution-unknown': { institution },
  'institution-not-designated': { institution },
  'institution-not-open-for-disease': { institution },
  'sums-differ': money,
  'total-off': money,
  'amount-off': line,
  'signs-differ': { ...line, quantity: '-10' },
  'batch-settled': { settlement: settlementId('202611220000000001') },
  'line-taken': { row: 2 },
  'qualification-not-migrated': { localCode: '5000YZ01' },
  'item-unknown': { item: 'XC09CAX002A001010199002', row: 2, on },
  'disease-unknown': { received: 'M99999', row: 2 },
  'disease-not-migrated': {
    received: 'CQ-QGYZ',
    row: 2,
    oneOf: ['M08301', 'M08302'].map(diseaseCode),
  },
  'rows-differ': { row: 2 },
  'line-repeated': { row: 2 },
  'quantity-zero': { row: 2 },
  'field-missing': { field: 'psn_no', row: null },
  'field-wrong': {
    field: 'begntime',
    row: null,
    expected: '真实存在的时间',
    received: '2026-02-30',
  },
  ...Object.fromEntries(
    ['batch-negative', 'batch-too-large', 'batch-uploaded', 'batch-unknown', 'disease-needed'].map(
      (reason) => [reason, { batch: 'B1' }],
    ),
  ),
  'disease-unwanted': { batch: 'B1', disease },
  'settlement-unknown': { received: '202611220000000001' },
  'reversal-of-reversal': { received: '202611220000000002' },
  'nothing-to-reverse': { settlement: settlementId('202611220000000001') },
  'not-reversible': { received: '2204' },
  'when-late-wrong': { received: 'later' },
  'settlement-not-found': { received: '202611220000000001' },
  'several-settlements': { settlements: ['202611220000000001', '202611220000000002'] },
  pending: { phase: 'calculation', message: '系统升级' },
  maintenance: { message: '系统升级' },
};

function table(): string {
  const rows = Object.values<Notice>(longestNotices).map((longest) => {
    const notice = { ...longest, ...shorter[longest.reason] };
    const { code, sentence } = noticeOf(notice, names);
    const shown = sentence.replace(`〔${code}〕`, '').replaceAll('|', '\\|');
    return `| ${code} | \`${notice.reason}\` | ${shown} |`;
  });
  return ['| code | reason | sentence |', '| --- | --- | --- |', ...rows.sort()].join('\n');
}

const page = (): string => `# Every "no" and its sentence

What a hospital reads in \`err_msg\`; the code follows the sentence in 〔〕. ELG, SPL and CAL are refusals of the law
(eligibility, split, calculation), recorded under the message id. CTR is a settlement that was not made while the counter
waited, and never will be. MSG is refused at the door: nothing was stored, nothing started. QRY answers a question (5203).
REV is about taking back. SYS is a fault: the same message again finds out; of SYS-04 nothing was started, so that a new
message is right; SYS-05 is no fault at all: it is accepted and goes on by itself.

The data in the sentences is an example. This page is written by \`test/gateway/errors-doc.test.ts\` from
\`gateway/notices.ts\`.

<!-- prettier-ignore -->
${table()}
`;

test('docs/errors.md says what the gateway says', async () => {
  if (recording) await writeFile(file, page());
  expect(await readFile(file, 'utf8')).toBe(page());
});
