import { deepEqual } from 'node:assert/strict';
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

const number = (value: number): string => Math.round(value).toLocaleString('en');
const secondsPerRun = Number(process.env['KUASHENG_BENCH_SECONDS'] ?? '1');
const rounds = 20;

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
        amounts: [{ amount: '50000.00' }],
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
/** Everything that is stored of a settlement, as text. */
interface Settled {
  lines: Record<string, string>[];
  totals: object;
  benefit: object;
  accumulators: object[];
  steps: object[];
}
function byEngine(bill: readonly LineText[]): Settled {
  const lines: FeeLine[] = bill.map((line) => ({
    no: line.no,
    item: 'X',
    price: price(line.price),
    quantity: quantity(line.quantity),
    amount: yuan(line.amount),
    approval: 'none',
  }));
  const split = splitByScope(lines, () => item, { disease, rules: defaultScopeRules });
  const { benefit, accumulators, steps } = computeBenefit(inputFor(split.totals));
  return {
    lines: asText(split.lines),
    totals: asText(split.totals),
    benefit: asText(benefit),
    accumulators: asText(accumulators),
    steps,
  };
}

// ---- the same arithmetic by hand ----

/**
 * What a careful programmer would write for this one policy and no other: its figures are constants in
 * decimals, what cannot happen under it is the text '0.00', and each amount is written as text once.
 * It gives the same texts as the engine, asserted below. It has no checks, no other policy and no
 * selectors: that is what the ratio is the price of. The sentences of the steps are no arithmetic, so
 * they can be left out, and the ratio is shown against both.
 */
const [limitPrice, share] = [new Decimal('15'), new Decimal('0.05')];
const [standard, firstEnd] = [new Decimal('30.00'), new Decimal('1000.00')];
const [firstRatio, secondRatio] = [new Decimal('0.80'), new Decimal('0.90')];
const cap = new Decimal('50000.00');
const nothing = new Decimal(0);
const fen = (value: Decimal): Decimal => value.toDecimalPlaces(2, Decimal.ROUND_HALF_UP);
const shown = (value: Decimal): string => value.toFixed(2);

interface Sums {
  total: Decimal;
  over: Decimal;
  firstShare: Decimal;
  inScope: Decimal;
}
function linesByHand(bill: readonly LineText[]): { sums: Sums; lines: Record<string, string>[] } {
  let [total, over, firstShare, inScope] = [nothing, nothing, nothing, nothing];
  const lines: Record<string, string>[] = [];
  for (const line of bill) {
    const amount = new Decimal(line.amount);
    const excess = Decimal.max(0, new Decimal(line.price).minus(limitPrice));
    const lineOver = Decimal.min(fen(excess.times(line.quantity)), amount);
    const within = amount.minus(lineOver);
    const lineShare = fen(within.times(share));
    const lineScope = within.minus(lineShare);
    total = total.plus(amount);
    over = over.plus(lineOver);
    firstShare = firstShare.plus(lineShare);
    inScope = inScope.plus(lineScope);
    lines.push({
      no: line.no,
      kind: 'drug',
      amount: shown(amount),
      excluded: '0.00',
      overPriceLimit: shown(lineOver),
      firstShare: shown(lineShare),
      inScope: shown(lineScope),
      hospitalShare: '0.00',
    });
  }
  return { sums: { total, over, firstShare, inScope }, lines };
}
function benefitByHand({ total, over, firstShare, inScope }: Sums) {
  const deductible = Decimal.min(inScope, standard);
  const inFirst = Decimal.max(0, Decimal.min(inScope, firstEnd).minus(deductible));
  const inSecond = Decimal.max(0, inScope.minus(firstEnd));
  const [first, second] = [fen(inFirst.times(firstRatio)), fen(inSecond.times(secondRatio))];
  const [firstSelf, secondSelf] = [inFirst.minus(first), inSecond.minus(second)];
  const paid = first.plus(second);
  if (paid.gt(cap)) throw new Error('these bills are not to reach the limit');
  const cash = total.minus(paid);
  const [fund, person] = [shown(paid), shown(cash)];
  const texts = {
    total: shown(total),
    over: shown(over),
    firstShare: shown(firstShare),
    inScope: shown(inScope),
    deductible: shown(deductible),
  };
  const benefit = {
    areaFirstShare: '0.00',
    deductible: texts.deductible,
    layers: [{ name: 'pool', base: shown(inScope.minus(deductible)), amount: fund }],
    components: {
      excluded: '0.00',
      'overPriceLimit.drug': texts.over,
      'overPriceLimit.service': '0.00',
      'overPriceLimit.consumable': '0.00',
      firstShare: texts.firstShare,
      areaFirstShare: '0.00',
      deductible: texts.deductible,
      poolSelf: shown(firstSelf.plus(secondSelf)),
      overPoolCap: '0.00',
      overDiseaseLimit: '0.00',
    },
    fundTotal: fund,
    personalAccount: '0.00',
    cash: person,
    personShare: person,
    hospitalShare: '0.00',
  };
  return { texts, benefit, bands: { inFirst, inSecond, first, second, firstSelf, secondSelf } };
}
type ByHand = ReturnType<typeof benefitByHand>;
const counted = (name: string, added: string) => {
  return { name, period: '2026', key: 'all', before: '0.00', added };
};
function stepsByHand({ texts, bands }: ByHand): object[] {
  const { total, over, firstShare, inScope, deductible } = texts;
  const { inFirst, inSecond, first, second, firstSelf, secondSelf } = bands;
  const step = (component: string, what: string, amounts: readonly [string, string, string]) => {
    const [base, rate, amount] = amounts;
    const isScope = component === 'firstShare' || component === 'overPriceLimit.drug';
    const source = isScope ? '医保办函〔2021〕4号 三(一)' : 'illustrative';
    return { component, what, source, base, rate, amount };
  };
  const scoped: object[] = [];
  if (over !== '0.00') {
    scoped.push(step('overPriceLimit.drug', '药品超过就医地限价的部分', [total, '', over]));
  }
  const what = '先行自付：按就医地规定由个人先付的部分';
  scoped.push(step('firstShare', what, [total, '', firstShare]));
  const mark = '本年度起付标准 30.00 元，此前已计 0.00 元';
  scoped.push(step('deductible', mark, [inScope, '', deductible]));
  const pieces = [
    { length: inFirst, rate: '0.8000', fund: first, self: firstSelf, from: deductible },
    { length: inSecond, rate: '0.9000', fund: second, self: secondSelf, from: '1000.00' },
  ]
    .filter(({ length }) => !length.isZero())
    .map(({ length, rate, fund, self, from }, index, all) => {
      const to = index === all.length - 1 ? inScope : '1000.00';
      const where = `本年度累计费用 ${from} 元至 ${to} 元部分`;
      return { where, base: shown(length), rate, fund: shown(fund), self: shown(self) };
    });
  return [
    ...scoped,
    ...pieces.map(({ where, base, rate, fund }) =>
      step('pool', `统筹基金支付：${where}`, [base, rate, fund]),
    ),
    ...pieces.map(({ where, base, self }) =>
      step('poolSelf', `统筹基金支付后个人自付：${where}`, [base, '', self]),
    ),
  ];
}
function byHand(bill: readonly LineText[], withSteps: boolean): Settled {
  const { sums, lines } = linesByHand(bill);
  const computed = benefitByHand(sums);
  const { texts, benefit } = computed;
  return {
    lines,
    totals: {
      total: texts.total,
      excluded: '0.00',
      overPriceLimit: texts.over,
      firstShare: texts.firstShare,
      inScope: texts.inScope,
      overPriceLimitOf: { drug: texts.over, service: '0.00', consumable: '0.00' },
      hospitalShareOf: { drug: '0.00', service: '0.00', consumable: '0.00' },
    },
    benefit,
    accumulators: [
      counted('deductible', texts.deductible),
      counted('in-scope', texts.inScope),
      counted('pool-fund', benefit.fundTotal),
    ],
    steps: withSteps ? stepsByHand(computed) : [],
  };
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

const processorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
/**
 * How many bills a second of processor time each does: the best of some rounds by turns, so that a
 * busy machine disturbs least.
 *
 * @param between how many bills between two looks at the clock
 */
function speedsOf(works: readonly (() => unknown)[], between: number): number[] {
  const window = (secondsPerRun * 1000) / rounds;
  const best = works.map(() => 0);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, work] of works.entries()) {
      const begun = processorMs();
      let done = 0;
      while (processorMs() - begun < window) {
        for (let repeat = 0; repeat < between; repeat += 1) work();
        done += between;
      }
      const speed = (done * 1000) / (processorMs() - begun);
      best[index] = Math.max(best[index] ?? 0, speed);
    }
  }
  return best;
}

const heads = ['lines', 'engine lines/s', 'by hand lines/s', 'ratio', 'hand without steps lines/s'];
console.log([...heads, 'ratio', 'integers lines/s', 'ratio'].join('\t'));
for (const lines of [1, 20, 200]) {
  const bill = billOf(lines);
  deepEqual(byEngine(bill), byHand(bill, true));
  const works = [
    () => byEngine(bill),
    () => byHand(bill, true),
    () => byHand(bill, false),
    () => byInteger(bill),
  ];
  const speeds = speedsOf(works, Math.ceil(400 / lines)).map((bills) => bills * lines);
  const [engine = 0, ...others] = speeds;
  const cells = others.map((speed, index) => {
    const ratio = speed / engine;
    return [number(speed), index < 2 ? ratio.toFixed(2) : number(ratio)];
  });
  console.log([lines, number(engine), ...cells.flat()].join('\t'));
}
