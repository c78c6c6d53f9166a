import type { CatalogueItem, Parts, SplitLine } from './bill.ts';
import type { Day } from './calendar.ts';
import { regionCode, type DiseaseCode } from './identifiers.ts';
import type { Counted } from './insured-place/accumulator.ts';
import { computeBenefit, type Calculated } from './insured-place/benefit.ts';
import { checkEligibility, type Filing } from './insured-place/eligibility.ts';
import { ruleInForce, type BenefitRule } from './insured-place/policy.ts';
import type { BenefitInput, EarlierVisit } from './insured-place/visit-facts.ts';
import { invariant } from './invariant.ts';
import {
  add,
  asText,
  isPositive,
  negate,
  priceToWire,
  quantityToWire,
  subtract,
  toWire,
  yuan,
  zero,
  type Yuan,
} from './money.ts';
import type {
  Quoted,
  QuotedBenefit,
  QuotedBill,
  QuotedLine,
  QuotedPerson,
  QuotedReversal,
  QuotedScope,
  QuotedSplit,
  QuoteRequest,
  QuoteResult,
  UnusableLine,
} from './quoted.ts';
import type { Outcome, Refusal } from './refusal.ts';
import type { AccumulatorChange, BenefitText } from './settlement.ts';
import { belowZeroRefusal } from './treating-place/below-zero.ts';
import {
  declaredAmountAgrees,
  defaultScopeRules,
  itemFor,
  readySplit,
  splitLine,
  totalsOf,
  type ScopeRules,
} from './treating-place/payment-scope.ts';

/** Settles the bills of one person in memory (试算), as the two places do it with their databases. */

type Cut = SplitLine | Pick<UnusableLine, 'key' | 'reason'>;
const isCut = (cut: Cut): cut is SplitLine => 'inScope' in cut;

/** The scope speaks for its own place alone (notice 三(一)). */
const rulesFor = (bill: QuotedBill, scope: QuotedScope | null): ScopeRules =>
  scope?.place === bill.institution.place ? scope.rulesOn(bill.visitedOn) : defaultScopeRules;

function itemOf(
  { declared: { item: code }, kind }: QuotedLine & { form: 'code' },
  bill: QuotedBill,
  { scope, person }: QuoteRequest,
): CatalogueItem | Pick<UnusableLine, 'key' | 'reason'> {
  const { institution, visitedOn: on } = bill;
  if (!scope) return { key: 'item', reason: '按项目代码写的明细要有就医地支付范围（--scope）' };
  if (scope.place !== institution.place) {
    const reason = `支付范围是 ${scope.place} 的，医疗机构在 ${institution.place}`;
    return { key: 'item', reason };
  }
  const entry = scope.itemOn(code, on);
  if (!entry) return { key: 'item', reason: `支付范围在 ${on} 没有 ${code}` };
  if (kind !== null && kind !== entry.kind) {
    return { key: 'kind', reason: `支付范围中 ${code} 的类别是 ${entry.kind}` };
  }
  return itemFor(entry, { level: institution.level, insuranceType: person.insuranceType });
}

function cutLine(line: QuotedLine, bill: QuotedBill, request: QuoteRequest): Cut {
  if (line.form === 'split') {
    const { no, kind, amount, parts } = line;
    const split = readySplit({ no: String(no), kind, amount }, parts);
    return split ?? { key: 'amount', reason: '四部分之和不等于 amount' };
  }
  const { declared } = line;
  const item = line.form === 'item' ? line.item : itemOf(line, bill, request);
  if ('reason' in item) return item;
  const rules = rulesFor(bill, request.scope);
  if (!declaredAmountAgrees(declared, rules.tolerance)) {
    const product = `${priceToWire(declared.price)} × ${quantityToWire(declared.quantity)}`;
    return {
      key: 'amount',
      reason: `与 ${product} 相差超过 ${toWire(rules.tolerance)} 元，请核对单价、数量和金额`,
    };
  }
  return splitLine(declared, item, { disease: bill.disease, rules });
}

/** What a settled bill did, to be undone exactly. */
interface Done {
  result: QuotedBenefit;
  counted: readonly Counted[];
  visit: EarlierVisit | null;
  own: Yuan; // paid from the own account
  family: Yuan;
  isReversed: boolean;
}
/** What one bill leaves for the next. */
interface Book {
  used: Map<string, Yuan>;
  visits: EarlierVisit[];
  account: BenefitInput['account'];
  done: Map<string, Done>;
}
const slotOf = (name: string, period: string, key: string): string =>
  [name, period, key].join('\n');
const usedIn = (book: Book, { name, period, key }: Omit<Counted, 'before' | 'added'>): Yuan =>
  book.used.get(slotOf(name, period, key)) ?? zero;

/** Adds to the accumulators and says what they were and are. */
function post(book: Book, counted: readonly Omit<Counted, 'before'>[]): AccumulatorChange[] {
  return counted.map(({ added, ...slot }) => {
    const before = usedIn(book, slot);
    const after = add(before, added);
    book.used.set(slotOf(slot.name, slot.period, slot.key), after);
    return { ...slot, before: toWire(before), after: toWire(after) };
  });
}

/** Whether anything within the rule is for the unfiled: then the law says what they get. */
function speaksOfUnfiled(within: unknown): boolean {
  if (typeof within !== 'object' || within === null) return false;
  if ('filing' in within && Array.isArray(within.filing) && within.filing.includes('none')) {
    return true;
  }
  return Object.values(within).some(speaksOfUnfiled);
}
const needsFiling = ({ filing }: QuotedPerson, rule: Outcome<BenefitRule>): boolean =>
  filing === 'none' && !(rule.ok && speaksOfUnfiled(rule.value));

/**
 * The filing is taken as told: it covers the visit. Without one the visit is refused, unless the rule
 * in force speaks of the unfiled.
 */
function eligibilityRefusal(
  person: QuotedPerson,
  bill: QuotedBill,
  rule: Outcome<BenefitRule>,
): Refusal | null {
  const { visitedOn: on, disease } = bill;
  const treatingRegion = regionCode(bill.institution.place);
  const told: Filing = { filedFor: treatingRegion, category: 'TMP_OTHER', from: on, to: null };
  const facts = {
    qualifications: person.qualifications.filter((each) => each.disease === disease),
    unmigrated: [], // a file tells national codes only
    filings: needsFiling(person, rule) ? [] : [told],
    suspensions: [],
  };
  const eligible = checkEligibility(facts, { disease, on, treatingRegion });
  return eligible.ok ? null : eligible.refusal;
}

const partsOf = ({ excluded, overPriceLimit, firstShare, inScope }: Parts): Parts => {
  return { excluded, overPriceLimit, firstShare, inScope };
};
function splitText(lines: readonly SplitLine[]): QuotedSplit {
  const totals = totalsOf(lines);
  return {
    lines: lines.map((line) => ({
      no: Number(line.no),
      amount: toWire(line.amount),
      ...asText(partsOf(line)),
    })),
    totals: { total: toWire(totals.total), ...asText(partsOf(totals)) },
  };
}

const qualifiedOn = ({ qualifications }: QuotedPerson, on: Day): DiseaseCode[] =>
  qualifications
    .filter(({ from, to }) => from <= on && (to === null || on <= to))
    .map(({ disease }) => disease);

/** Keeps what the bill did to the person's accumulators, account and visits. */
function keep(book: Book, bill: QuotedBill, result: QuotedBenefit, done: Calculated): void {
  const { balance, family } = book.account;
  const { visitedOn: on, institution } = bill;
  const counts = isPositive(yuan(result.split.totals.inScope));
  const visit = counts ? { on, institution: institution.code, level: institution.level } : null;
  if (visit) book.visits.push(visit);
  book.account = { ...book.account, balance: done.accountBalance, family: done.familyBalance };
  book.done.set(bill.id, {
    result,
    counted: done.accumulators,
    visit,
    own: subtract(balance, done.accountBalance),
    family: subtract(family, done.familyBalance),
    isReversed: false,
  });
}

function settleBill(
  bill: QuotedBill,
  lines: readonly SplitLine[],
  { policy: { policy, hash }, person }: QuoteRequest,
  book: Book,
): QuoteResult {
  const { id, visitedOn, disease, institution, channel, prescriber } = bill;
  const split = splitText(lines);
  const totals = totalsOf(lines);
  const rule = ruleInForce(policy, person.insuranceType, disease, visitedOn);
  const refusal = eligibilityRefusal(person, bill, rule) ?? belowZeroRefusal(totals);
  if (refusal || !rule.ok) {
    return {
      bill: id,
      policy: rule.ok ? { inForceFrom: rule.value.inForceFrom, hash } : null,
      split,
      refusal: refusal ?? (rule as Extract<typeof rule, { ok: false }>).refusal,
      accumulators: [],
      steps: [],
    };
  }
  const calculated = computeBenefit({
    totals,
    visitedOn,
    disease,
    institution,
    channel,
    prescriber,
    filing: person.filing,
    person: { ...person.insured, qualifiedFor: qualifiedOn(person, visitedOn) },
    visits: [...book.visits],
    rule: rule.value,
    used: (name, period, key) => usedIn(book, { name, period, key }),
    account: book.account,
  });
  const result: QuotedBenefit = {
    bill: id,
    policy: { inForceFrom: rule.value.inForceFrom, hash },
    split,
    benefit: asText(calculated.benefit),
    accumulators: post(book, calculated.accumulators),
    steps: calculated.steps,
  };
  keep(book, bill, result, calculated);
  return result;
}

const mirror = (amount: string): string => toWire(negate(yuan(amount)));
const mirrorEach = <K extends string>(amounts: Record<K, string>): Record<K, string> => {
  const entries = Object.entries<string>(amounts).map(([key, amount]) => [key, mirror(amount)]);
  return Object.fromEntries(entries) as Record<K, string>;
};
function mirrorSplit({ lines, totals }: QuotedSplit): QuotedSplit {
  const mirrored = lines.map(({ no, ...amounts }) => ({ no, ...mirrorEach(amounts) }));
  return { lines: mirrored, totals: mirrorEach(totals) };
}
function mirrorBenefit(benefit: BenefitText): BenefitText {
  const { layers, components, ...amounts } = benefit;
  return {
    ...benefit, // for the order of its keys
    ...mirrorEach(amounts),
    layers: layers.map(({ name, ...sums }) => ({ name, ...mirrorEach(sums) })),
    components: mirrorEach(components),
  };
}

/** A new fact that mirrors the bill: it gives back exactly what the bill took. */
function reverseBill({ id, reverses }: QuotedReversal, book: Book): QuoteResult {
  const done = book.done.get(reverses);
  if (!done || done.isReversed) {
    const reason = done ? 'already-reversed' : 'nothing-to-reverse';
    const refusal = { reason, bill: reverses } as const;
    return { bill: id, policy: null, split: null, refusal, accumulators: [], steps: [] };
  }
  done.isReversed = true;
  const { result, counted, visit } = done;
  book.visits = book.visits.filter((each) => each !== visit);
  book.account = {
    ...book.account,
    balance: add(book.account.balance, done.own),
    family: add(book.account.family, done.family),
  };
  return {
    bill: id,
    policy: result.policy,
    split: mirrorSplit(result.split),
    benefit: mirrorBenefit(result.benefit),
    accumulators: post(
      book,
      counted.map(({ name, period, key, added }) => ({ name, period, key, added: negate(added) })),
    ),
    steps: result.steps.map((step) => ({
      ...step,
      what: `撤销：${step.what}`,
      base: mirror(step.base),
      amount: mirror(step.amount),
    })),
  };
}

/**
 * Settles bills in order for one person: eligibility, split, benefit, and what each leaves for the
 * next. A refused bill changes nothing, and later bills still run. A reversal mirrors the amounts of
 * the bill it takes back, and restores exactly what that bill added; bills in between stay as they are.
 *
 * @returns one result per bill in order; or every line that cannot be split, and nothing computed
 * @assumes the filing told covers the visit; a filing is needed where the rule says nothing of the unfiled, a qualification for a
 *   disease
 */
export function quote(request: QuoteRequest): Quoted {
  const { person, bills } = request;
  const cuts = bills.map((bill) =>
    'reverses' in bill ? [] : bill.lines.map((line) => cutLine(line, bill, request)),
  );
  const unusable = cuts.flatMap((lines, bill) =>
    lines.flatMap((cut, line) => (isCut(cut) ? [] : [{ bill, line, ...cut }])),
  );
  if (unusable.length > 0) return { ok: false, unusable };
  const book: Book = {
    used: new Map(person.used.map((row) => [slotOf(row.name, row.period, row.key), row.value])),
    visits: [...person.visits],
    account: person.account,
    done: new Map(),
  };
  const results = bills.map((bill, index) => {
    if ('reverses' in bill) return reverseBill(bill, book);
    const lines = cuts[index];
    invariant(lines !== undefined, 'every bill was split');
    return settleBill(bill, lines.filter(isCut), request, book);
  });
  return { ok: true, results };
}
/** The bills as if every visit were on that day. */
export const asOf = <B extends QuotedBill | QuotedReversal>(bills: readonly B[], on: Day): B[] =>
  bills.map((bill) => ('reverses' in bill ? bill : { ...bill, visitedOn: on }));
