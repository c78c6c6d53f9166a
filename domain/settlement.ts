import {
  add,
  equals,
  negate,
  subtract,
  sum,
  toWire,
  yuan,
  type AsText,
  type Yuan,
} from './money.ts';
import { invariant } from './invariant.ts';
import type { Day } from './calendar.ts';
import type { SplitTotals } from './bill.ts';
import type {
  Disease,
  InstitutionCode,
  InsuranceType,
  MessageId,
  PersonId,
  PlaceCode,
  RegionCode,
  SettlementId,
} from './identifiers.ts';
import type { Refusal, SummedPart } from './refusal.ts';

/** Every fen of a bill is in exactly one of these before the layers pay. */
export const components = [
  'excluded',
  'overPriceLimit.drug',
  'overPriceLimit.service',
  'overPriceLimit.consumable',
  'firstShare',
  'areaFirstShare',
  'deductible',
  'poolSelf',
  'overPoolCap',
  'overDiseaseLimit',
] as const;
export type Component = (typeof components)[number];

/** The closed list of funds; the first layer of a result is always `pool`. */
export const layerNames = [
  'pool',
  'largeAmount',
  'catastrophic',
  'civilServant',
  'enterprise',
  'medicalAid',
  'other',
] as const;
export type LayerName = (typeof layerNames)[number];

export interface Layer {
  name: LayerName;
  base: Yuan;
  amount: Yuan;
}

/** What the insured place computed for one bill. */
export interface Benefit {
  areaFirstShare: Yuan;
  deductible: Yuan; // 起付标准, charged this time
  layers: Layer[];
  components: Record<Component, Yuan>; // what the person bears, after the layers and the hospital
  fundTotal: Yuan; // 基金支付总额, without the personal account
  personalAccount: Yuan; // 个人账户
  cash: Yuan; // 个人现金支付
  personShare: Yuan; // 个人负担 = personalAccount + cash
  hospitalShare: Yuan; // 医院负担
}

/** One line of the explanation, made by the code that computed it. Texts, for people. */
export interface Step {
  component: Component | LayerName | 'personalAccount' | 'hospitalShare';
  what: string; // plain Chinese
  source: string; // article, document or `illustrative`
  base: string;
  rate: string; // empty where none applies
  amount: string;
}

export interface AccumulatorChange {
  name: string;
  period: string;
  key: string;
  before: string;
  after: string;
}

/** Amounts as text: the form that crosses processes. */
export type SplitTotalsText = Omit<AsText<SplitTotals>, 'hospitalShareOf'> & {
  hospitalShareOf?: AsText<SplitTotals['hospitalShareOf']>; // absent from what was split before it was kept
};
export type BenefitText = AsText<Benefit>;

export interface Calculation {
  policy: { inForceFrom: Day; hash: string };
  benefit: BenefitText;
  accumulators: AccumulatorChange[];
  steps: Step[];
  accountBalance: string; // of the personal account afterwards
}

/** A hospital's request to settle one batch: business fields only, amounts as text. */
export interface SettlementRequest {
  institution: InstitutionCode;
  messageId: MessageId;
  digest: string; // of the parsed business fields
  treatingPlace: PlaceCode;
  insuredPlace: PlaceCode;
  insuredRegion: RegionCode;
  person: PersonId;
  insuranceType: InsuranceType;
  disease: Disease;
  visitedOn: Day;
  visit: string;
  batch: string;
  batchDigest: string;
  declared: Record<SummedPart, string>;
  account: 'none' | 'own';
  /** Someone waits at the counter: not settled after this time means never settled (refuse). */
  counter?: { withinMs: number }; // absent: it may take as long as it takes (wait)
}

/** What the parties of a request are called, for people; null where the registry has no name. */
export interface Naming {
  treatingPlace: string | null;
  insuredPlace: string | null;
  institution: string | null;
  disease: string | null;
}

/** What was settled, as every party keeps it. Amounts as text. */
export interface SettlementResult {
  settlementId: SettlementId;
  feeCategory: '门诊慢特病' | '普通门诊';
  totals: SplitTotalsText;
  calculation: Calculation;
  recordedAt: string; // instant, ISO 8601
}

/** The one final answer to a request. `digest` is that of the request it answers. */
export type SettleAnswer =
  | { kind: 'settled'; digest: string; result: SettlementResult }
  | { kind: 'refused'; digest: string; settlementId: SettlementId; refusal: Refusal };

/** In the answer to a request that was taken back before it arrived: it holds whatever the request says. */
export const digestOfAny = '';

/** What took a settlement back: a new fact with the amounts mirrored and an id of its own. */
export interface ReversalResult {
  reversalId: SettlementId;
  settlementId: SettlementId; // of what was taken back
  messageId: MessageId | null; // of the 2208 or 2601 that took it back; null where an operator did
  feeCategory: SettlementResult['feeCategory'];
  totals: SplitTotalsText;
  benefit: BenefitText;
  accountBalance: string; // after the settlement, with what it took of the account back
  recordedAt: string; // instant, ISO 8601
}

/** The final answer to whoever takes a request back. */
export type ReverseAnswer =
  | { kind: 'reversed'; reversal: ReversalResult }
  | { kind: 'not-settled' } // nothing was settled under the request, and never will be
  | { kind: 'refused'; refusal: Refusal };

/**
 * The identities of a settlement: its parts add up, its layers add up, person and funds add up.
 *
 * @throws InvariantViolation when one does not hold
 */
export function assertSums(totals: SplitTotals, benefit: Benefit): void {
  const parts = [totals.excluded, totals.overPriceLimit, totals.firstShare, totals.inScope];
  invariant(equals(sum(parts), totals.total), 'the four parts do not add up to the total');
  invariant(
    equals(sum(Object.values(totals.overPriceLimitOf)), totals.overPriceLimit),
    'the kinds over the price limit do not add up',
  );
  const paid = sum(benefit.layers.map((layer) => layer.amount));
  invariant(equals(paid, benefit.fundTotal), 'the layers do not add up to the fund total');
  const hospital = sum(Object.values(totals.hospitalShareOf));
  invariant(equals(hospital, benefit.hospitalShare), 'the hospital bears something else');
  const borne = add(benefit.personShare, benefit.hospitalShare);
  invariant(equals(add(paid, borne), totals.total), 'fund, person and hospital do not add up');
  invariant(
    equals(subtract(benefit.personShare, benefit.personalAccount), benefit.cash),
    'account and cash do not add up to the person’s share',
  );
  invariant(
    equals(sum(Object.values(benefit.components)), benefit.personShare),
    'the components do not add up to the person’s share',
  );
}

/** The kind of fees that the receipt shows (notice 三(二)). */
export const feeCategory = (disease: Disease): SettlementResult['feeCategory'] =>
  disease === 'none' ? '普通门诊' : '门诊慢特病';

const readEach = <K extends string>(amounts: Record<K, string>): Record<K, Yuan> => {
  const entries = Object.entries<string>(amounts).map(([key, text]) => [key, yuan(text)]);
  return Object.fromEntries(entries) as Record<K, Yuan>;
};

const nothing = { drug: '0.00', service: '0.00', consumable: '0.00' };

/** Turns sums that came as text into money. */
export function readTotals(totals: SplitTotalsText): SplitTotals {
  const { overPriceLimitOf, hospitalShareOf = nothing, ...parts } = totals;
  return {
    ...readEach(parts),
    overPriceLimitOf: readEach(overPriceLimitOf),
    hospitalShareOf: readEach(hospitalShareOf),
  };
}

/**
 * The identities of a settlement, on the form that crosses processes.
 *
 * @throws InvariantViolation when one does not hold
 */
export function assertSettlement(totals: SplitTotalsText, benefit: BenefitText): void {
  const { layers, components: borne, ...amounts } = benefit;
  assertSums(readTotals(totals), {
    ...readEach(amounts),
    layers: layers.map((layer) => ({
      ...layer,
      base: yuan(layer.base),
      amount: yuan(layer.amount),
    })),
    components: readEach(borne),
  });
}

/** The account as it was before the settlement; what came after it is not in this figure. */
export const balanceBefore = ({ accountBalance, benefit }: Calculation): string =>
  toWire(add(yuan(accountBalance), yuan(benefit.personalAccount)));

const negated = (amount: string): string => toWire(negate(yuan(amount)));
const eachNegated = <K extends string>(amounts: Record<K, string>): Record<K, string> => {
  const entries = Object.entries<string>(amounts).map(([key, text]) => [key, negated(text)]);
  return Object.fromEntries(entries) as Record<K, string>;
};

/** The sums of a settlement with every sign turned. */
export function mirroredTotals(totals: SplitTotalsText): SplitTotalsText {
  const { overPriceLimitOf, hospitalShareOf = nothing, ...parts } = totals;
  return {
    ...eachNegated(parts),
    overPriceLimitOf: eachNegated(overPriceLimitOf),
    hospitalShareOf: eachNegated(hospitalShareOf),
  };
}
/** The benefit of a settlement with every sign turned. */
export function mirroredBenefit({
  layers,
  components: borne,
  ...amounts
}: BenefitText): BenefitText {
  return {
    ...eachNegated(amounts),
    layers: layers.map(({ name, base, amount }) => ({
      name,
      base: negated(base),
      amount: negated(amount),
    })),
    components: eachNegated(borne),
  };
}
