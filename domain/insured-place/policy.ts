import { inForceOn, yearOf, type Day, type Per } from '../calendar.ts';
import { accept, refuse, type Outcome } from '../refusal.ts';
import type {
  Disease,
  DiseaseCode,
  FilingCategory,
  InstitutionLevel,
  InsuranceType,
  PlaceCode,
  RegionCode,
} from '../identifiers.ts';
import type { Component, LayerName } from '../settlement.ts';

/**
 * Dated benefit rules, as written in YAML and stored: amounts, ratios and points are text, read where
 * they are used. Every element may name its source; without one it has that of what it lies in.
 */

/** `local`: treated at home, no filing needed; `none`: away from home and not filed. */
export type FilingStatus = FilingCategory | 'local' | 'none';
export type Channel = 'hospital' | 'pharmacy'; // 双通道
export type Prescriber = 'family-doctor' | 'other';

export interface Sourced {
  source?: string; // document and article, or `illustrative`
}
/** Yuan, or a rate of a yearly parameter of the policy, of the visit's year or of years before it. */
export type Amount = string | { rate: string; of: string; yearsBefore?: number };
/** A number that is one of these, or not below `from`. */
export type Numbers = readonly number[] | { from: number };

/** What a row can be selected by; a key left out matches everyone, and an unknown fact no key. */
export interface Selectors {
  level?: readonly InstitutionLevel[];
  selected?: boolean; // 定点: the institution that the person selected
  disease?: readonly Disease[];
  group?: readonly string[]; // a group of the policy, such as a class of diseases, that has the disease
  personType?: readonly string[];
  retired?: boolean;
  age?: Numbers; // completed years on the visit day
  insuredMonths?: Numbers;
  tier?: readonly string[];
  hardship?: readonly string[];
  civilServant?: readonly string[];
  filing?: readonly FilingStatus[];
  prescriber?: readonly Prescriber[];
  channel?: readonly Channel[];
  visitOrdinal?: Numbers; // in the calendar year, this visit included
  total?: { from: string }; // of the settlement, yuan
}
/** Rows are tried in order; the last one has no selectors and takes whoever is left. */
export type Row<T> = T & Sourced & { when?: Selectors };

/** Where money is counted: in this visit alone, or under a name for a period and a key. */
export type Accumulator =
  | { per: 'visit' }
  | { per: Exclude<Per, 'visit'>; name: string; key: 'disease' | 'all' | { group: string } };

export interface Deductible extends Sourced {
  accumulator: Accumulator | { per: 'institutionYear' }; // the first visit of a year to each institution
  basis: 'inScope' | 'charged'; // what the accumulator counts
  levelOf?: 'visit' | 'highestOfYear'; // whose standard; `visit` where left out
  amounts: readonly Row<{ amount: Amount }>[]; // 起付标准
}
export interface Axis extends Sourced {
  accumulator: Accumulator;
  bandsFrom: 'zero' | 'deductible';
}
/** Up to and including `upTo`; only the last band has none. */
export interface Band extends Sourced {
  upTo?: Amount;
  ratio: string; // 支付比例
}
/** What a fund pays of the money on its axis. */
export interface Cover extends Sourced {
  deductible?: Deductible;
  axis: Axis;
  ratios: readonly Row<{ bands: readonly Band[] }>[];
}

/** How the limits of several diseases of the accumulator's group become one (rules.md C-20). */
export type Combination = Sourced & {
  atMost?: number; // of the diseases, those with the highest limits
  ceiling?: Amount;
} & ({ way: 'sum' } | { way: 'highestPlusStep'; step: Amount | { rateOfOwn: string } });

/** 最高支付限额, in its four meanings (rules.md C-16). */
export type LimitMeaning = 'fundPayment' | 'inScope' | 'total' | 'fixedAmount';
export interface Limit extends Sourced {
  meaning: LimitMeaning;
  accumulator: Accumulator;
  amounts: readonly Row<{ amount: Amount }>[]; // or `none`: not limited
  combine?: Combination;
  component: 'overPoolCap' | 'overDiseaseLimit'; // where the money above goes
}
export type Cap = Pick<Limit, 'source' | 'accumulator' | 'amounts' | 'combine'>;

/** A fund above the pool. Its base is what these components hold; it empties them in this order. */
export interface LayerRule extends Cover {
  name: Exclude<LayerName, 'pool'>;
  base: readonly Component[];
  cap?: Cap;
}
/** What a cross-province filing changes (rules.md C.5). */
export type AreaForm =
  | { form: 'none' }
  | { form: 'firstShare'; rate: string }
  | { form: 'points'; points: string }
  | { form: 'factor'; factor: string }
  | { form: 'replace'; bands: readonly Band[]; deductible?: Amount }
  | { form: 'zero' };
/** Points on the ratio, or a factor on the person's part. */
export type RetireeEffect = Sourced &
  (
    | { form: 'none' }
    | { form: 'points'; points: string }
    | { form: 'personFactor'; factor: string }
  );

export interface RuleText {
  inForceFrom: Day;
  source: string;
  area: readonly Row<AreaForm>[];
  pool: Cover & { retiree: RetireeEffect; limits: readonly Limit[] };
  layers: readonly LayerRule[];
  shareCeiling?: readonly Row<{ rate: string }>[]; // of all layers together, of in-scope money
  account: { pays: readonly Component[] }; // what the personal account may pay, in this order
}
/** From this day on there is deliberately no rule. */
export interface Lapse {
  inForceFrom: Day;
  source: string;
  lapse: string; // why
}
export type EntryText = RuleText | Lapse;

/** Figures of a year, such as the average wage, that amounts are a rate of. */
export type Parameters = Readonly<Record<string, Readonly<Record<string, YearlyFigure>>>>;
export interface YearlyFigure {
  amount: string;
  source: string;
}
/** Diseases under one name: a class to select rows by, or several that share a limit. */
export type Groups = Readonly<Record<string, { diseases: readonly DiseaseCode[]; source: string }>>;

/** The policy of one pooling region as its file says it: entries by insurance type and disease. */
export interface Policy {
  place: PlaceCode;
  region: RegionCode;
  name: string;
  parameters?: Parameters;
  groups?: Groups;
  policies: Partial<Record<InsuranceType, Partial<Record<Disease, readonly EntryText[]>>>>;
}
/** One entry with what it refers to. */
export interface BenefitRule extends RuleText {
  parameters: Parameters;
  groups: Groups;
}

type OfParameter = Exclude<Amount, string>;
export const parameterYear = ({ yearsBefore = 0 }: OfParameter, on: Day): string =>
  String(Number(yearOf(on)) - yearsBefore);

/** Every amount of an element that is a rate of a parameter. */
export function* amountsOfParameters(element: unknown): Generator<OfParameter> {
  if (typeof element !== 'object' || element === null) return;
  if ('rate' in element && 'of' in element) yield element as OfParameter;
  else for (const inner of Object.values(element)) yield* amountsOfParameters(inner);
}

/** Whether the entry needs a yearly figure that nobody has declared for the visit's year. */
const lacksFigure = (entry: RuleText, parameters: Parameters, on: Day): boolean =>
  [...amountsOfParameters(entry)].some(
    (amount) => parameters[amount.of]?.[parameterYear(amount, on)] === undefined,
  );

/**
 * The rule of a pooling region for an insurance type and a disease on the visit day: the newest entry
 * that starts no later. Before the first entry, after a lapse, and in a year that lacks a figure the
 * entry needs, there is none, and no default.
 *
 * @law 医保办函〔2021〕4号 三(一)
 */
export function ruleInForce(
  { region, parameters = {}, groups = {}, policies }: Policy,
  insuranceType: InsuranceType,
  disease: Disease,
  on: Day,
): Outcome<BenefitRule> {
  const entry = inForceOn(policies[insuranceType]?.[disease] ?? [], on);
  if (!entry || 'lapse' in entry || lacksFigure(entry, parameters, on)) {
    return refuse({ reason: 'no-policy-in-force', region, insuranceType, disease, on });
  }
  return accept({ ...entry, parameters, groups });
}
