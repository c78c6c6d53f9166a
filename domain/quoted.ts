import type { CatalogueEntry, CatalogueItem, FeeLine, LineKind, Parts } from './bill.ts';
import type { Day } from './calendar.ts';
import type { Disease, DiseaseCode, InsuranceType, PlaceCode } from './identifiers.ts';
import type { Span } from './insured-place/eligibility.ts';
import type { FilingStatus, Policy } from './insured-place/policy.ts';
import type { BenefitInput, EarlierVisit, Insured } from './insured-place/visit-facts.ts';
import type { AsText, Yuan } from './money.ts';
import type { Refusal } from './refusal.ts';
import type { AccumulatorChange, BenefitText, Calculation, Step } from './settlement.ts';
import type { ScopeRules } from './treating-place/payment-scope.ts';

/** What is quoted (试算), and what comes out of it. */

export interface QuotedPolicy {
  policy: Policy;
  hash: string; // of the policy file
}
/** What a treating place says about its items. */
export interface QuotedScope {
  place: PlaceCode;
  itemOn: (code: string, on: Day) => CatalogueEntry | null;
  rulesOn: (on: Day) => ScopeRules;
}

/** A line: split already, with the facts of a catalogue, or by its code in the scope. */
export type QuotedLine =
  | { form: 'split'; no: number; kind: LineKind; amount: Yuan; parts: Parts }
  | { form: 'item'; no: number; declared: FeeLine; item: CatalogueItem }
  | { form: 'code'; no: number; declared: FeeLine; kind: LineKind | null }; // null: as the scope says
export interface QuotedBill {
  id: string;
  visitedOn: Day;
  disease: Disease;
  institution: BenefitInput['institution'] & { place: PlaceCode };
  channel: BenefitInput['channel'];
  prescriber: BenefitInput['prescriber'];
  lines: readonly QuotedLine[];
}
/** Takes back a bill before it that is no reversal itself. */
export interface QuotedReversal {
  id: string;
  reverses: string;
}
export interface QuotedPerson {
  insuranceType: InsuranceType;
  filing: FilingStatus;
  insured: Omit<Insured, 'qualifiedFor'>;
  qualifications: readonly (Span & { disease: DiseaseCode })[];
  account: BenefitInput['account'];
  used: readonly { name: string; period: string; key: string; value: Yuan }[];
  visits: readonly EarlierVisit[];
}
export interface QuoteRequest {
  policy: QuotedPolicy;
  scope: QuotedScope | null;
  person: QuotedPerson;
  bills: readonly (QuotedBill | QuotedReversal)[]; // in the order in which they are settled
}

/** What the law says no to, and what only a quote can ask for. */
export type QuoteRefusal =
  | Refusal
  | { reason: 'nothing-to-reverse'; bill: string } // it was refused itself
  | { reason: 'already-reversed'; bill: string };
type LineText = { no: number; amount: string } & AsText<Parts>;
export interface QuotedSplit {
  lines: LineText[];
  totals: { total: string } & AsText<Parts>;
}
interface Told {
  bill: string;
  accumulators: AccumulatorChange[];
  steps: Step[];
}
export interface QuotedBenefit extends Told {
  policy: Calculation['policy'];
  split: QuotedSplit;
  benefit: BenefitText;
}
/** A refused bill changes nothing. It tells what was known: the rule in force and its split, or null. */
export interface QuotedRefusal extends Told {
  policy: Calculation['policy'] | null;
  split: QuotedSplit | null;
  refusal: QuoteRefusal;
}
export type QuoteResult = QuotedBenefit | QuotedRefusal;
export const isRefused = (result: QuoteResult): result is QuotedRefusal => 'refusal' in result;

/** A line that no scope can split; indexes of the bill and of its line, from 0. */
export interface UnusableLine {
  bill: number;
  line: number;
  key: 'item' | 'kind' | 'amount';
  reason: string;
}
export type Quoted = { ok: true; results: QuoteResult[] } | { ok: false; unusable: UnusableLine[] };
