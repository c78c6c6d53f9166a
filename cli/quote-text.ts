import { componentLabels, fundLabels } from '../domain/insured-place/explanation.ts';
import {
  isRefused,
  type QuotedBenefit,
  type QuotedBill,
  type QuotedSplit,
  type QuoteResult,
} from '../domain/quoted.ts';
import type { Step } from '../domain/settlement.ts';
import type { BillOrReversal } from '../seeds/bill-file.ts';
import type { ReadableNames } from '../seeds/names.ts';
import { columns } from './columns.ts';
import { refusalText } from './refusal-text.ts';

/** Quotes for a clerk to read: amounts, how each came about, what was counted, which rule. */

const levelLabels = { primary: '一级', secondary: '二级', tertiary: '三级' } as const;
const labels: Record<string, string> = {
  ...componentLabels,
  ...fundLabels,
  personalAccount: '个人账户',
  hospitalShare: '医疗机构承担',
};
export const stepLabel = ({ component }: Step): string => labels[component] ?? component;
/** 「700.00 × 0.8000」, or the base alone where no rate applies. */
export const stepSum = ({ base, rate }: Step): string => (rate === '' ? '' : `${base} × ${rate}`);

const indented = (text: string): string => text.replaceAll(/^/gm, '  ');
const amountRows = (rows: readonly [string, string][]): string =>
  indented(
    columns(
      ['left', 'right'],
      rows.map(([label, amount]) => [label, amount]),
    ),
  );

function diseaseText(code: string, names: ReadableNames): string {
  if (code === 'none') return '普通门诊';
  const name = names.disease(code);
  return name === undefined ? code : `${name}（${code}）`;
}
function visitText(bill: QuotedBill, on: string, names: ReadableNames): string {
  const { code, place, level } = bill.institution;
  const where = `${names.place(place)} ${code}（${levelLabels[level]}）`;
  return `${on}  ${diseaseText(bill.disease, names)}  ${where}`;
}
function titleOf(bill: BillOrReversal, on: string | null, names: ReadableNames): string {
  if ('reverses' in bill) return `【${bill.id}】  撤销 ${bill.reverses}`;
  return `【${bill.id}】  ${visitText(bill, on ?? bill.visitedOn, names)}`;
}

const splitRows = ({ totals }: QuotedSplit): [string, string][] => [
  ['医疗费总额', totals.total],
  ['　全自费', totals.excluded],
  ['　超限价', totals.overPriceLimit],
  ['　先行自付', totals.firstShare],
  ['　符合政策范围金额', totals.inScope],
];
function benefitRows({ benefit }: QuotedBenefit): [string, string][] {
  return [
    ['基金支付总额', benefit.fundTotal],
    ...benefit.layers.map(({ name, amount }): [string, string] => [
      `　${fundLabels[name]}`,
      amount,
    ]),
    ['个人负担', benefit.personShare],
    ['　个人账户', benefit.personalAccount],
    ['　个人现金', benefit.cash],
    ['医疗机构承担', benefit.hospitalShare],
  ];
}
function stepsText(steps: readonly Step[]): string {
  const rows = steps.map((step) => [
    stepLabel(step),
    stepSum(step),
    step.amount,
    step.what,
    step.source,
  ]);
  const head = ['归入', '计算', '金额', '说明', '依据'];
  return indented(columns(['left', 'right', 'right', 'left', 'left'], [head, ...rows]));
}
function accumulatorsText({ accumulators }: QuoteResult): string {
  const rows = accumulators.map((each) => [
    each.name,
    each.period,
    each.key,
    each.before,
    each.after,
  ]);
  const head = ['累计', '期间', '范围', '此前', '此后'];
  return indented(columns(['left', 'left', 'left', 'right', 'right'], [head, ...rows]));
}
const policyText = ({ policy }: QuoteResult): string[] =>
  policy ? [`规则：${policy.inForceFrom} 起施行，政策文件 sha256 ${policy.hash}`] : [];

function computedText(result: QuotedBenefit): string[] {
  return [
    amountRows([...splitRows(result.split), ...benefitRows(result)]),
    '每一步：',
    stepsText(result.steps),
    ...(result.accumulators.length > 0 ? ['累计变化：', accumulatorsText(result)] : []),
  ];
}
function oneText(title: string, result: QuoteResult, names: ReadableNames): string {
  if (!isRefused(result)) {
    return [title, ...policyText(result), ...computedText(result)].join('\n');
  }
  const { split, refusal } = result;
  return [
    title,
    ...policyText(result),
    `不予结算（${refusal.reason}）：${refusalText(refusal, names)}`,
    ...(split ? [amountRows(splitRows(split))] : []),
  ].join('\n');
}

/** The results of a quote, bill by bill, in the order of the bills. */
export function quoteText(
  results: readonly QuoteResult[],
  bills: readonly BillOrReversal[],
  on: string | null,
  names: ReadableNames,
): string {
  const texts = results.map((result, index) => {
    const bill = bills[index];
    return oneText(bill ? titleOf(bill, on, names) : result.bill, result, names);
  });
  return texts.join('\n\n');
}
