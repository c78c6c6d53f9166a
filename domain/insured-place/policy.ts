import { inForceOn, type Day, type Per } from '../calendar.ts';
import { invariant } from '../invariant.ts';
import { points, ratio, yuan, type Points, type Ratio, type Yuan } from '../money.ts';
import { accept, refuse, type Outcome } from '../refusal.ts';
import type {
  Disease,
  FilingCategory,
  InstitutionLevel,
  InsuranceType,
  PlaceCode,
  RegionCode,
} from '../identifiers.ts';
import type { Component, LayerName } from '../settlement.ts';

/**
 * Dated benefit rules. A rule has one shape and two forms: with amounts as text, as written in YAML
 * and stored, and with money in memory. `A` is an amount, `R` a ratio, `P` percentage points.
 */

/** `local`: treated at home, no filing needed. */
export type FilingStatus = FilingCategory | 'local';

/** What a row can be selected by; a key left out matches everyone. */
export interface Selectors {
  level?: readonly InstitutionLevel[];
  retired?: boolean;
  filing?: readonly FilingStatus[];
}
export interface Circumstances {
  level: InstitutionLevel;
  retired: boolean;
  filing: FilingStatus;
}
/** Rows are tried in order; the last one has no selectors and takes whoever is left. */
export type Row<T> = T & { when?: Selectors };

/** Where money is counted: in this visit alone, or under a name for a period, per disease or for all. */
export type Accumulator =
  { per: 'visit' } | { per: Exclude<Per, 'visit'>; name: string; key: 'disease' | 'all' };

export interface Deductible<A> {
  accumulator: Accumulator; // diseases that share a deductible share its name
  basis: 'inScope' | 'charged'; // what the accumulator counts
  amounts: readonly Row<{ amount: A }>[]; // 起付标准
}
export interface Axis {
  accumulator: Accumulator;
  bandsFrom: 'zero' | 'deductible';
}
/** Up to and including `upTo`; only the last band has none. */
export interface Band<A, R> {
  upTo?: A;
  ratio: R; // 支付比例
}
/** What a fund pays of the money on its axis. */
export interface Cover<A, R> {
  deductible?: Deductible<A>;
  axis: Axis;
  ratios: readonly Row<{ bands: readonly Band<A, R>[] }>[];
}
/** 最高支付限额. Only limits of the fund's payment so far (meaning 1). */
export interface Limit<A> {
  meaning: 'fundPayment';
  accumulator: Accumulator;
  amounts: readonly Row<{ amount: A }>[];
  component: 'overPoolCap' | 'overDiseaseLimit'; // where the money above goes
}
/** A fund above the pool. Its base is what these components hold; it empties them in this order. */
export interface LayerRule<A, R> extends Cover<A, R> {
  name: Exclude<LayerName, 'pool'>;
  base: readonly Component[];
  cap?: { accumulator: Accumulator; amounts: readonly Row<{ amount: A }>[] };
}
/** What a cross-province filing changes (rules.md C.5). */
export type AreaForm<R, P> =
  | { form: 'none' }
  | { form: 'firstShare'; rate: R }
  | { form: 'points'; points: P }
  | { form: 'factor'; factor: R }
  | { form: 'zero' };
/** Points on the ratio, or a factor on the person's part. */
export type RetireeEffect<R, P> =
  { form: 'none' } | { form: 'points'; points: P } | { form: 'personFactor'; factor: R };

export interface Rule<A, R, P> {
  inForceFrom: Day;
  source: string; // document and article, or `illustrative`
  area: readonly Row<AreaForm<R, P>>[];
  pool: Cover<A, R> & { retiree: RetireeEffect<R, P>; limits: readonly Limit<A>[] };
  layers: readonly LayerRule<A, R>[];
  account: { pays: readonly Component[] }; // what the personal account may pay, in this order
}
export type BenefitRule = Rule<Yuan, Ratio, Points>;
/** As written and stored: amounts, ratios and points are text. */
export type RuleText = Rule<string, string, string>;
/** From this day on there is deliberately no rule. */
export interface Lapse {
  inForceFrom: Day;
  source: string;
  lapse: string; // why
}
export type EntryText = RuleText | Lapse;

/** The policy of one pooling region as its file says it: entries by insurance type and disease. */
export interface Policy {
  place: PlaceCode;
  region: RegionCode;
  name: string;
  policies: Partial<Record<InsuranceType, Partial<Record<Disease, readonly EntryText[]>>>>;
}

const matches = (when: Selectors, who: Circumstances): boolean =>
  [
    when.level === undefined || when.level.includes(who.level),
    when.retired === undefined || when.retired === who.retired,
    when.filing === undefined || when.filing.includes(who.filing),
  ].every(Boolean);

/**
 * The first row that matches the person and the visit.
 *
 * @throws InvariantViolation when none does; a loaded policy always ends with a row for the rest
 */
export function selectRow<T extends object>(rows: readonly Row<T>[], who: Circumstances): Row<T> {
  const found = rows.find((row) => row.when === undefined || matches(row.when, who));
  invariant(found !== undefined, 'no row of the policy matches');
  return found;
}

/**
 * The rule of a pooling region for an insurance type and a disease on the visit day: the newest entry
 * that starts no later. Before the first entry and after a lapse there is none, and no default.
 *
 * @law 医保办函〔2021〕4号 三(一)
 */
export function ruleInForce(
  policy: Policy,
  insuranceType: InsuranceType,
  disease: Disease,
  on: Day,
): Outcome<BenefitRule> {
  const entry = inForceOn(policy.policies[insuranceType]?.[disease] ?? [], on);
  if (!entry || 'lapse' in entry) {
    const { region } = policy;
    return refuse({ reason: 'no-policy-in-force', region, insuranceType, disease, on });
  }
  return accept(readRule(entry));
}

type WithAmount<A> = readonly Row<{ amount: A }>[];
const readAmounts = (rows: WithAmount<string>): WithAmount<Yuan> =>
  rows.map((row) => ({ ...row, amount: yuan(row.amount) }));

const readBand = ({ upTo, ratio: share }: Band<string, string>): Band<Yuan, Ratio> =>
  upTo === undefined ? { ratio: ratio(share) } : { upTo: yuan(upTo), ratio: ratio(share) };

function readCover({ deductible, axis, ratios }: Cover<string, string>): Cover<Yuan, Ratio> {
  const cover = {
    axis,
    ratios: ratios.map((row) => ({ ...row, bands: row.bands.map(readBand) })),
  };
  if (!deductible) return cover;
  return { ...cover, deductible: { ...deductible, amounts: readAmounts(deductible.amounts) } };
}

function readLayer(layer: LayerRule<string, string>): LayerRule<Yuan, Ratio> {
  const read = { ...readCover(layer), name: layer.name, base: layer.base };
  if (!layer.cap) return read;
  return { ...read, cap: { ...layer.cap, amounts: readAmounts(layer.cap.amounts) } };
}

function readArea(row: Row<AreaForm<string, string>>): Row<AreaForm<Ratio, Points>> {
  switch (row.form) {
    case 'firstShare':
      return { ...row, rate: ratio(row.rate) };
    case 'points':
      return { ...row, points: points(row.points) };
    case 'factor':
      return { ...row, factor: ratio(row.factor) };
    case 'none':
    case 'zero':
      return row;
  }
}

function readRetiree(effect: RetireeEffect<string, string>): RetireeEffect<Ratio, Points> {
  switch (effect.form) {
    case 'points':
      return { form: 'points', points: points(effect.points) };
    case 'personFactor':
      return { form: 'personFactor', factor: ratio(effect.factor) };
    case 'none':
      return effect;
  }
}

/** Turns the stored form of a rule into money. */
export function readRule(text: RuleText): BenefitRule {
  const { pool } = text;
  return {
    ...text,
    area: text.area.map(readArea),
    pool: {
      ...readCover(pool),
      retiree: readRetiree(pool.retiree),
      limits: pool.limits.map((limit) => ({ ...limit, amounts: readAmounts(limit.amounts) })),
    },
    layers: text.layers.map(readLayer),
  };
}
