import { invariant } from '../invariant.ts';
import {
  applyRatio,
  compare,
  equals,
  isNegative,
  isZero,
  max,
  min,
  ratio,
  subtract,
  sum,
  zero,
  type Ratio,
  type RatioEffect,
  type Yuan,
} from '../money.ts';
import {
  assertSums,
  components,
  type Benefit,
  type Component,
  type Layer,
  type Step,
} from '../settlement.ts';
import {
  circumstancesOf,
  count,
  cover,
  roomUnder,
  type BenefitInput,
  type Counted,
} from './cover.ts';
import {
  asStep,
  explainAbove,
  explainAccount,
  explainAreaShare,
  explainCap,
  explainDeductible,
  explainEffect,
  explainPaid,
  explainPoolSelf,
  explainScope,
  explainTaken,
  type Entry,
} from './explanation.ts';
import { selectRow, type LayerRule } from './policy.ts';

export type { BenefitInput, Counted };

/** A benefit with its explanation, and what it adds to the person's accumulators. */
export interface Calculated {
  benefit: Benefit;
  accumulators: Counted[];
  steps: Step[];
  accountBalance: Yuan; // of the personal account afterwards
}

/** Entries that move money and explain it, what they count, and the layer's result. */
interface Stage {
  entries: Entry[];
  counted: Counted[];
  layer: Layer;
}
type Borne = Record<Component, Yuan>;

const sumOf = (entries: readonly Entry[], component: Entry['component']): Yuan =>
  sum(entries.filter((entry) => entry.component === component).map((entry) => entry.amount));
const borneOf = (entries: readonly Entry[]): Borne =>
  Object.fromEntries(components.map((name) => [name, sumOf(entries, name)])) as Borne;

/** Takes an amount out of the components in order, and says how much out of each. */
function takeInOrder(borne: Borne, order: readonly Component[], amount: Yuan) {
  const taken: { component: Component; amount: Yuan }[] = [];
  let rest = amount;
  for (const component of order) {
    const part = min(rest, borne[component]);
    if (!isZero(part)) taken.push({ component, amount: part });
    rest = subtract(rest, part);
  }
  return taken;
}

/** What the filing takes off the in-scope money before anything else. */
function takeAreaShare(input: BenefitInput): Entry[] {
  const { rule, totals } = input;
  const area = selectRow(rule.area, circumstancesOf(input));
  if (area.form !== 'firstShare') return [];
  const { inScope } = totals;
  return explainAreaShare(rule.source, inScope, area.rate, applyRatio(inScope, area.rate));
}

const toZero: RatioEffect = { form: 'factor', factor: ratio('0') };
/** What moves the pool's ratio, in this order: the retiree effect, then the filing. */
function effectsOn(input: BenefitInput): { who: string; effect: RatioEffect }[] {
  const { retiree } = input.rule.pool;
  const row = selectRow(input.rule.area, circumstancesOf(input));
  const area = row.form === 'zero' ? toZero : row;
  const ofRetiree = input.person.retired && retiree.form !== 'none' ? [retiree] : [];
  const ofArea = area.form === 'points' || area.form === 'factor' ? [area] : [];
  return [
    ...ofRetiree.map((effect) => ({ who: '退休人员', effect })),
    ...ofArea.map((effect) => ({ who: '跨省就医备案类别', effect })),
  ];
}

/** The pooled fund (统筹基金): deductible, bands, and the limit that leaves least. */
function payFromPool(input: BenefitInput, money: Yuan): Stage {
  const { pool, source } = input.rule;
  const effects = effectsOn(input);
  const limits = pool.limits.map((limit) => ({ ...limit, ...roomUnder(input, limit) }));
  const limit = limits.toSorted((a, b) => compare(a.left, b.left))[0]; // of equals the first listed
  const covered = cover(input, pool, money, {
    effects: effects.map(({ effect }) => effect),
    left: limit?.left ?? null,
  });
  return {
    entries: [
      ...explainDeductible('pool', source, pool, covered),
      ...effects.map(({ who, effect }) => explainEffect(source, who, effect)),
      ...explainPaid('pool', source, pool, covered),
      ...explainPoolSelf(source, pool, covered),
      ...(limit ? explainAbove(source, limit, covered) : []),
    ],
    counted: [
      ...covered.counted,
      ...limits.flatMap(({ accumulator }) => count(input, accumulator, covered.fund)),
    ],
    layer: { name: 'pool', base: covered.rest, amount: covered.fund },
  };
}

/** A fund above the pool pays what the components of its base still hold, and empties them in order. */
function payFromLayer(input: BenefitInput, rule: LayerRule<Yuan, Ratio>, borne: Borne): Stage {
  const { source } = input.rule;
  const { name } = rule;
  const base = sum(rule.base.map((component) => borne[component]));
  const cap = rule.cap ? { ...rule.cap, ...roomUnder(input, rule.cap) } : null;
  const covered = cover(input, rule, base, { effects: [], left: cap?.left ?? null });
  const taken = takeInOrder(borne, rule.base, covered.fund);
  return {
    entries: [
      ...explainDeductible(name, source, rule, covered),
      ...explainPaid(name, source, rule, covered),
      ...(cap ? explainCap(name, source, cap, covered) : []),
      ...explainTaken(name, source, borne, taken),
    ],
    counted: [...covered.counted, ...(cap ? count(input, cap.accumulator, covered.fund) : [])],
    layer: { name, base, amount: covered.fund },
  };
}

/** The personal account pays the components that the policy names, up to its balance. */
function payFromAccount({ account, rule }: BenefitInput, borne: Borne): Entry[] {
  const balance = account.use === 'own' ? max(zero, account.balance) : zero;
  return explainAccount(rule.source, borne, takeInOrder(borne, rule.account.pays, balance));
}

/** An accumulator that several elements name is counted once; they must agree on what it counts. */
function countOnce(counted: readonly Counted[]): Counted[] {
  const bySlot = new Map<string, Counted>();
  for (const change of counted) {
    const slot = JSON.stringify([change.name, change.period, change.key]);
    const same = bySlot.get(slot) ?? change;
    invariant(equals(same.added, change.added), `${change.name} counts two different things`);
    bySlot.set(slot, same);
  }
  return [...bySlot.values()];
}

/** The result is the sum of its entries; `charged` is what was borne before the layers above the pool. */
function resultOf(
  total: Yuan,
  charged: Borne,
  layers: Layer[],
  entries: readonly Entry[],
): Benefit {
  const fundTotal = sum(layers.map((layer) => layer.amount));
  const hospitalShare = zero; // no catalogue entry makes the institution bear anything yet
  const personShare = subtract(subtract(total, fundTotal), hospitalShare);
  const personalAccount = sumOf(entries, 'personalAccount');
  return {
    areaFirstShare: charged.areaFirstShare,
    deductible: charged.deductible,
    layers,
    components: borneOf(entries),
    fundTotal,
    personalAccount,
    cash: subtract(personShare, personalAccount),
    personShare,
    hospitalShare,
  };
}

function assertNothingNegative(what: string, parts: readonly Yuan[]): void {
  invariant(!parts.some(isNegative), `a part of the ${what} is negative`);
}
function assertExplained({ layers }: Benefit, entries: readonly Entry[]): void {
  for (const { name, amount } of layers) {
    invariant(equals(sumOf(entries, name), amount), `the steps of ${name} do not add up`);
  }
}

/**
 * Computes what each fund and the person pay of one bill: the filing's first share, the deductible, the
 * ratio of each band, what is left of the limits, the funds above the pool, the personal account.
 *
 * @param input the treating place's totals, whose parts must not be negative, and the rule in force
 * @returns parts that always add up to the total, and the steps that explain each of them
 * @law 医保办函〔2021〕4号 三(一)
 */
export function computeBenefit(input: BenefitInput): Calculated {
  const { totals, rule, account } = input;
  const { excluded, firstShare, inScope, overPriceLimitOf } = totals;
  assertNothingNegative('bill', [
    ...[excluded, firstShare, inScope],
    ...Object.values(overPriceLimitOf),
  ]);

  const areaShare = takeAreaShare(input);
  const pool = payFromPool(input, subtract(inScope, sumOf(areaShare, 'areaFirstShare')));
  const stages = [pool];
  let entries = [...explainScope(totals), ...areaShare, ...pool.entries];
  const charged = borneOf(entries);
  for (const layer of rule.layers) {
    const stage = payFromLayer(input, layer, borneOf(entries));
    stages.push(stage);
    entries = [...entries, ...stage.entries];
  }
  entries = [...entries, ...payFromAccount(input, borneOf(entries))];

  const layers = stages.map(({ layer }) => layer);
  const benefit = resultOf(totals.total, charged, layers, entries);
  assertSums(totals, benefit);
  assertExplained(benefit, entries);
  assertNothingNegative('benefit', [
    ...Object.values(benefit.components),
    ...layers.map(({ amount }) => amount),
    benefit.cash,
  ]);
  return {
    benefit,
    accumulators: countOnce(stages.flatMap(({ counted }) => counted)),
    steps: entries.map(asStep),
    accountBalance: subtract(account.balance, benefit.personalAccount),
  };
}
