import { invariant } from '../invariant.ts';
import {
  add,
  applyRatio,
  compare,
  equals,
  isNegative,
  isZero,
  max,
  min,
  points,
  ratio,
  subtract,
  sum,
  zero,
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
import { count, type Counted } from './accumulator.ts';
import { whomText } from './condition.ts';
import { cover, type Replacement } from './cover.ts';
import {
  asStep,
  explainAccount,
  explainAreaShare,
  explainBeyond,
  explainCap,
  explainDeductible,
  explainEffect,
  explainPaid,
  explainPoolSelf,
  explainReplaced,
  explainScope,
  explainTaken,
  explainTakenBack,
  type Entry,
  type Selected,
  type Taken,
} from './explanation.ts';
import { admitMoney, roomUnder, type Room } from './limit.ts';
import type { Accumulator, AreaForm, LayerRule, Limit } from './policy.ts';
import { nearestSource, selectRow } from './selection.ts';
import type { BenefitInput } from './visit-facts.ts';

/** A benefit with its explanation, and what it adds to the person's accumulators. */
export interface Calculated {
  benefit: Benefit;
  accumulators: Counted[];
  steps: Step[];
  accountBalance: Yuan; // of the own personal account afterwards
  familyBalance: Yuan; // of the family's afterwards
}

type Borne = Record<Component, Yuan>;
/** What one fund did: entries that move money and explain it, the result, what its payment came from. */
interface Stage {
  entries: Entry[];
  counted: Counted[];
  layer: Layer;
  taken: Taken[]; // the components that its payment left, in order
  capped: Accumulator[]; // count what it pays in the end
}

const sumOf = (entries: readonly Entry[], component: Entry['component']): Yuan =>
  entries.reduce(
    (all, entry) => (entry.component === component ? add(all, entry.amount) : all),
    zero,
  );
const nothing = Object.fromEntries(components.map((name) => [name, zero])) as Borne;
const isComponent = (name: Entry['component']): name is Component => name in nothing;
function borneOf(entries: readonly Entry[]): Borne {
  const borne = { ...nothing };
  for (const { component, amount } of entries) {
    if (isComponent(component)) borne[component] = add(borne[component], amount);
  }
  return borne;
}

/** Takes an amount out of what each holds, in order, and says how much out of each. */
function takeInOrder(held: readonly Taken[], amount: Yuan): Taken[] {
  let rest = amount;
  const taken = held.map(({ component, amount: most }) => {
    const part = min(rest, most);
    rest = subtract(rest, part);
    return { component, amount: part };
  });
  return taken.filter((part) => !isZero(part.amount));
}
const heldBy = (borne: Borne, order: readonly Component[]): Taken[] =>
  order.map((component) => ({ component, amount: borne[component] }));

/** The row that the filing decides, and who says so. */
type AreaTerms = AreaForm & Selected;
function areaFor(input: BenefitInput): AreaTerms {
  const row = selectRow(input.rule.area, input);
  return { ...row, source: nearestSource(row, input.rule), when: row.when };
}

/** What the filing takes off the in-scope money before anything else. */
function takeAreaShare({ totals: { inScope } }: BenefitInput, area: AreaTerms): Entry[] {
  if (area.form !== 'firstShare') return [];
  const rate = ratio(area.rate);
  return explainAreaShare(area, inScope, rate, applyRatio(inScope, rate));
}

interface Effect {
  who: string;
  effect: RatioEffect;
  source: string;
}
function effectOfRetiree({ rule, person }: BenefitInput): Effect[] {
  const { retiree } = rule.pool;
  if (!person.retired || retiree.form === 'none') return [];
  const effect: RatioEffect =
    retiree.form === 'points'
      ? { form: 'points', points: points(retiree.points) }
      : { form: 'personFactor', factor: ratio(retiree.factor) };
  return [{ who: '退休人员', effect, source: nearestSource(retiree, rule.pool, rule) }];
}
function effectOfArea(area: AreaTerms): Effect[] {
  const effect = ratioEffectOf(area);
  if (!effect) return [];
  return [{ who: `跨省就医备案类别${whomText(area.when)}`, effect, source: area.source }];
}
function ratioEffectOf(area: AreaForm): RatioEffect | null {
  switch (area.form) {
    case 'points':
      return { form: 'points', points: points(area.points) };
    case 'factor':
      return { form: 'factor', factor: ratio(area.factor) };
    case 'zero':
      return { form: 'factor', factor: ratio('0') };
    case 'none':
    case 'firstShare':
    case 'replace':
      return null;
  }
}

/** What moves the pool's ratio, in this order; a fixed amount has no ratio, and is paid or not. */
function effectsOn(input: BenefitInput, area: AreaTerms, isFixed: boolean): Effect[] {
  if (isFixed && area.form !== 'zero') return [];
  return [...effectOfRetiree(input), ...effectOfArea(area)];
}

const limitsPayment = ({ meaning }: Limit): boolean =>
  meaning === 'fundPayment' || meaning === 'fixedAmount';
/** What the limits leave that set an amount for this visit; `none` sets none, and fixes nothing. */
type PoolRoom = Room & Pick<Limit, 'meaning' | 'component'>;
function roomsUnder(input: BenefitInput, limits: readonly Limit[]): PoolRoom[] {
  return limits.flatMap((limit) => {
    const { meaning, component } = limit;
    const room = roomUnder(input, limit, input.rule.pool);
    return room ? [{ ...room, meaning, component }] : [];
  });
}
/** Of several limits the one that leaves least; of equals the first listed. */
function leastLeft(rooms: readonly PoolRoom[]): PoolRoom | undefined {
  let least: PoolRoom | undefined;
  for (const room of rooms) {
    if (!least || compare(room.left, least.left) < 0) least = room;
  }
  return least;
}

/** The pooled fund (统筹基金): deductible, bands, and the limit that leaves least. */
function payFromPool(input: BenefitInput, area: AreaTerms, money: Yuan): Stage {
  const { rule } = input;
  const { pool } = rule;
  const replaced: Replacement | undefined = area.form === 'replace' ? area : undefined;
  const onPayment = pool.limits.filter(limitsPayment);
  const rooms = roomsUnder(input, onPayment);
  const isFixed = rooms.some(({ meaning }) => meaning === 'fixedAmount');
  const effects = effectsOn(input, area, isFixed);
  const limit = leastLeft(rooms);
  const covered = cover(input, pool, money, {
    left: limit?.left ?? null,
    effects: effects.map(({ effect }) => effect),
    ...(replaced && { replaced }),
    isFixed,
  });
  return {
    entries: [
      ...explainDeductible('pool', covered),
      ...(replaced ? [explainReplaced(area)] : []),
      ...effects.map(({ who, effect, source }) => explainEffect(source, who, effect)),
      ...explainPaid('pool', nearestSource(pool, rule), pool, covered),
      ...explainPoolSelf(pool, covered),
      ...(limit ? explainBeyond(limit.component, limit, covered.rest, covered.above) : []),
    ],
    counted: covered.counted,
    layer: { name: 'pool', base: covered.rest, amount: covered.fund },
    taken: [{ component: 'poolSelf', amount: covered.fund }],
    capped: onPayment.map(({ accumulator }) => accumulator),
  };
}

/** A fund above the pool pays what the components of its base still hold, and empties them in order. */
function payFromLayer(input: BenefitInput, layer: LayerRule, borne: Borne): Stage {
  const { name, cap } = layer;
  const source = nearestSource(layer, input.rule);
  const held = heldBy(borne, layer.base);
  const base = sum(held.map(({ amount }) => amount));
  const room = cap ? roomUnder(input, cap, layer) : null;
  const terms = { effects: [], left: room?.left ?? null, isFixed: false };
  const covered = cover(input, layer, base, terms);
  const taken = takeInOrder(held, covered.fund);
  return {
    entries: [
      ...explainDeductible(name, covered),
      ...explainPaid(name, source, layer, covered),
      ...(room ? explainCap(name, room, covered) : []),
      ...explainTaken(name, source, borne, taken),
    ],
    counted: covered.counted,
    layer: { name, base, amount: covered.fund },
    taken,
    capped: cap ? [cap.accumulator] : [],
  };
}

/** What all layers pay together beyond the ceiling is taken back, from the last layer first. */
function underShareCeiling(input: BenefitInput, stages: readonly Stage[]): Stage[] {
  const { rule, totals } = input;
  if (!rule.shareCeiling) return [...stages];
  const row = selectRow(rule.shareCeiling, input);
  const told = { source: nearestSource(row, rule), base: totals.inScope, rate: ratio(row.rate) };
  const most = applyRatio(told.base, told.rate);
  const paid = sum(stages.map(({ layer }) => layer.amount));
  let excess = max(zero, subtract(paid, most));
  const cut = stages.toReversed().map((stage) => {
    const { layer } = stage;
    const back = min(excess, layer.amount);
    if (isZero(back)) return stage;
    excess = subtract(excess, back);
    const returned = takeInOrder(stage.taken.toReversed(), back);
    return {
      ...stage,
      entries: [...stage.entries, ...explainTakenBack(layer.name, told, back, returned)],
      layer: { ...layer, amount: subtract(layer.amount, back) },
    };
  });
  return cut.toReversed();
}

/** The personal account pays the components that the policy names: the own, then the family's. */
function payFromAccount({ account, rule }: BenefitInput, borne: Borne) {
  const own = account.use === 'none' ? zero : max(zero, account.balance);
  const family = account.use === 'family' ? max(zero, account.family) : zero;
  const taken = takeInOrder(heldBy(borne, rule.account.pays), add(own, family));
  const paid = sum(taken.map(({ amount }) => amount));
  const fromOwn = min(paid, own);
  return {
    entries: explainAccount(rule.source, borne, taken),
    accountBalance: subtract(account.balance, fromOwn),
    familyBalance: subtract(account.family, subtract(paid, fromOwn)),
  };
}

const isSameSlot = (a: Counted, b: Counted): boolean =>
  a.name === b.name && a.period === b.period && a.key === b.key;
/** An accumulator that several elements name is counted once; they must agree on what it counts. */
function countOnce(counted: readonly Counted[]): Counted[] {
  const once: Counted[] = [];
  for (const change of counted) {
    const same = once.find((each) => isSameSlot(each, change));
    if (!same) once.push(change);
    else invariant(equals(same.added, change.added), `${change.name} counts two different things`);
  }
  return once;
}
const countedBy = (input: BenefitInput, { counted, capped, layer }: Stage): Counted[] => [
  ...counted,
  ...capped.flatMap((accumulator) => count(input, accumulator, layer.amount)),
];

/** The result is the sum of its entries; `charged` is what was charged before the layers took from it. */
function resultOf(
  total: Yuan,
  charged: Pick<Benefit, 'areaFirstShare' | 'deductible'>,
  layers: Layer[],
  { entries, borne }: { entries: readonly Entry[]; borne: Borne },
): Benefit {
  const fundTotal = sum(layers.map((layer) => layer.amount));
  const hospitalShare = sumOf(entries, 'hospitalShare');
  const personShare = subtract(subtract(total, fundTotal), hospitalShare);
  const personalAccount = sumOf(entries, 'personalAccount');
  return {
    areaFirstShare: charged.areaFirstShare,
    deductible: charged.deductible,
    layers,
    components: borne,
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
function assertWhole({ totals }: BenefitInput, benefit: Benefit, entries: readonly Entry[]): void {
  assertSums(totals, benefit);
  assertExplained(benefit, entries);
  const { layers, components: borne, cash } = benefit;
  const amounts = [...Object.values(borne), ...layers.map(({ amount }) => amount), cash];
  assertNothingNegative('benefit', amounts);
}

/**
 * Computes what each fund and the person pay of one bill: the filing's first share, the limits of the
 * money, the deductible, the ratio of each band, what is left of the limits of the fund, the funds
 * above the pool, the ceiling of all funds together, the personal account.
 *
 * @param input the treating place's totals, whose parts must not be negative, and the rule in force
 * @returns parts that always add up to the total, and the steps that explain each of them
 * @law 医保办函〔2021〕4号 三(一)
 */
export function computeBenefit(input: BenefitInput): Calculated {
  const { totals, rule } = input;
  const { excluded, firstShare, inScope, overPriceLimitOf } = totals;
  const parts = [excluded, firstShare, inScope, ...Object.values(overPriceLimitOf)];
  assertNothingNegative('bill', parts);

  const area = areaFor(input);
  const areaShare = takeAreaShare(input, area);
  const areaFirstShare = sumOf(areaShare, 'areaFirstShare');
  const admitted = admitMoney(input, subtract(inScope, areaFirstShare));
  const pool = payFromPool(input, area, admitted.money);
  const before = [...explainScope(totals), ...areaShare, ...admitted.entries];
  const charged = { areaFirstShare, deductible: sumOf(pool.entries, 'deductible') };
  const paid = [pool];
  for (const layer of rule.layers) {
    const soFar = borneOf([...before, ...paid.flatMap((stage) => stage.entries)]);
    paid.push(payFromLayer(input, layer, soFar));
  }
  const stages = underShareCeiling(input, paid);
  const fromFunds = [...before, ...stages.flatMap((stage) => stage.entries)];
  const borne = borneOf(fromFunds); // the account pays, and the components stay the person's
  const account = payFromAccount(input, borne);

  const entries = [...fromFunds, ...account.entries];
  const layers = stages.map(({ layer }) => layer);
  const benefit = resultOf(totals.total, charged, layers, { entries, borne });
  assertWhole(input, benefit, entries);
  const counted = [...admitted.counted, ...stages.flatMap((stage) => countedBy(input, stage))];
  return {
    benefit,
    accumulators: countOnce(counted),
    steps: entries.map(asStep),
    accountBalance: account.accountBalance,
    familyBalance: account.familyBalance,
  };
}
