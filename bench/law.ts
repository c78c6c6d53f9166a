import { Decimal } from 'decimal.js';
import type { FeeLine, SplitTotals } from '../domain/bill.ts';
import { day } from '../domain/calendar.ts';
import { diseaseCode, institutionCode } from '../domain/identifiers.ts';
import { computeBenefit } from '../domain/insured-place/benefit.ts';
import type { BenefitRule } from '../domain/insured-place/policy.ts';
import type { BenefitInput } from '../domain/insured-place/visit-facts.ts';
import { asText, price, quantity, ratio, yuan, zero } from '../domain/money.ts';
import { defaultScopeRules, splitByScope } from '../domain/treating-place/payment-scope.ts';

/**
 * What the law costs: split plus benefit of one bill, text in and text out, against a hand-written loop
 * that does the same arithmetic for this one policy with decimal.js, and against bare integers.
 */

const secondsPerRun = Number(process.env['KUASHENG_BENCH_SECONDS'] ?? '1');
const rounds = 5;

interface LineText {
  no: string;
  price: string;
  quantity: string;
  amount: string;
}
const billOf = (lines: number): LineText[] =>
  Array.from({ length: lines }, (_, index) => ({
    no: String(index + 1),
    price: `${12 + (index % 7)}.3500`,
    quantity: '4',
    amount: `${(12 + (index % 7)) * 4 + 1}.40`,
  }));

// ---- the engine ----

const item = {
  code: 'X',
  kind: 'drug',
  class: 'B',
  restricted: false,
  aboveLimit: 'person',
  diseases: null,
  priceLimit: price('15'),
  firstShareRatio: ratio('0.05'),
} as const;
const year = (name: string) => ({ per: 'year', name, key: 'all' }) as const;
const rule: BenefitRule = {
  inForceFrom: day('2021-01-01'),
  source: 'illustrative',
  parameters: {},
  groups: {},
  area: [{ form: 'none' }],
  pool: {
    deductible: {
      accumulator: year('deductible'),
      basis: 'charged',
      amounts: [{ amount: '30.00' }],
    },
    axis: { accumulator: year('in-scope'), bandsFrom: 'zero' },
    ratios: [{ bands: [{ upTo: '1000.00', ratio: '0.80' }, { ratio: '0.90' }] }],
    retiree: { form: 'none' },
    limits: [
      {
        meaning: 'fundPayment',
        accumulator: year('pool-fund'),
        amounts: [{ amount: '5000.00' }],
        component: 'overPoolCap',
      },
    ],
  },
  layers: [],
  account: { pays: [] },
};
const disease = diseaseCode('M03900');
const inputFor = (totals: SplitTotals): BenefitInput => ({
  totals,
  visitedOn: day('2026-03-05'),
  disease,
  institution: { code: institutionCode('H1'), level: 'tertiary', selected: false },
  channel: 'hospital',
  prescriber: 'other',
  filing: 'LT_RESIDENT',
  person: {
    bornOn: null,
    retired: false,
    personType: null,
    insuredMonths: null,
    tier: null,
    hardship: null,
    civilServant: null,
    qualifiedFor: [],
  },
  visits: [],
  rule,
  used: () => zero,
  account: { use: 'none', balance: zero, family: zero },
});
function byEngine(bill: readonly LineText[]): string[] {
  const lines: FeeLine[] = bill.map((line) => ({
    no: line.no,
    item: 'X',
    price: price(line.price),
    quantity: quantity(line.quantity),
    amount: yuan(line.amount),
    approval: 'none',
  }));
  const split = splitByScope(lines, () => item, { disease, rules: defaultScopeRules });
  const texts = asText(split.lines);
  const { benefit } = computeBenefit(inputFor(split.totals));
  const { fundTotal, cash } = asText(benefit);
  return [...texts.map(({ inScope }) => inScope), fundTotal, cash];
}

// ---- the same arithmetic by hand ----

const fen = (value: Decimal): Decimal => value.toDecimalPlaces(2, Decimal.ROUND_HALF_UP);
const band = (from: Decimal, to: Decimal, share: string): Decimal =>
  to.gt(from) ? fen(to.minus(from).times(share)) : new Decimal(0);
function byHand(bill: readonly LineText[]): string[] {
  let [total, inScope, firstShare, over] = Array.from({ length: 4 }, () => new Decimal(0)) as [
    Decimal,
    Decimal,
    Decimal,
    Decimal,
  ];
  const texts: string[] = [];
  for (const line of bill) {
    const amount = new Decimal(line.amount);
    const excess = Decimal.max(0, new Decimal(line.price).minus(15)).times(line.quantity);
    const lineOver = Decimal.min(fen(excess), amount);
    const within = amount.minus(lineOver);
    const lineShare = fen(within.times('0.05'));
    const lineScope = within.minus(lineShare);
    total = total.plus(amount);
    over = over.plus(lineOver);
    firstShare = firstShare.plus(lineShare);
    inScope = inScope.plus(lineScope);
    // Text out: the four parts, the amount and the hospital's share, as the engine writes them.
    for (const part of [amount, new Decimal(0), lineOver, lineShare, new Decimal(0)])
      part.toFixed(2);
    texts.push(lineScope.toFixed(2));
  }
  const deductible = Decimal.min(inScope, 30);
  const first = band(deductible, Decimal.min(inScope, 1000), '0.80');
  const second = band(Decimal.max(deductible, 1000), inScope, '0.90');
  const paid = Decimal.min(first.plus(second), 5000);
  const cash = total.minus(paid);
  return [...texts, paid.toFixed(2), cash.toFixed(2)];
}

// ---- bare integers, no text ----

function byInteger(bill: readonly LineText[]): number {
  let inScope = 0;
  for (let index = 0; index < bill.length; index += 1) {
    const cents = 123_500 + (index % 7) * 10_000;
    const amount = 5_340 + (index % 7) * 400;
    const over = Math.min(amount, Math.round((Math.max(0, cents - 150_000) * 4) / 100));
    const within = amount - over;
    inScope += within - Math.round((within * 5) / 100);
  }
  const rest = Math.max(0, inScope - 3_000);
  return Math.min(500_000, Math.round((rest * 80) / 100));
}

/** Bills per second: the best of some rounds, so that a busy machine disturbs least. */
function speedOf(work: () => unknown): number {
  const window = (secondsPerRun * 1000) / rounds;
  let best = 0;
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    let done = 0;
    while (performance.now() - begun < window) {
      for (let repeat = 0; repeat < 10; repeat += 1) work();
      done += 10;
    }
    best = Math.max(best, (done * 1000) / (performance.now() - begun));
  }
  return best;
}

const shown = (value: number): string => Math.round(value).toLocaleString('en');
console.log('lines  engine lines/s  by hand lines/s  ratio  integers lines/s  ratio');
for (const lines of [1, 20, 200]) {
  const bill = billOf(lines);
  if (byEngine(bill).join() !== byHand(bill).join()) throw new Error('engine and hand differ');
  const engine = speedOf(() => byEngine(bill)) * lines;
  const hand = speedOf(() => byHand(bill)) * lines;
  const integers = speedOf(() => byInteger(bill)) * lines;
  const cells = [shown(engine), shown(hand), (hand / engine).toFixed(2), shown(integers)];
  console.log([lines, ...cells, shown(integers / engine)].join('\t'));
}
