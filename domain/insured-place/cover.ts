import type { SplitTotals } from '../bill.ts';
import { periodOf, type Day } from '../calendar.ts';
import type { Disease, InstitutionLevel } from '../identifiers.ts';
import {
  add,
  adjustRatio,
  max,
  subtract,
  sum,
  zero,
  type Ratio,
  type RatioEffect,
  type Yuan,
} from '../money.ts';
import {
  selectRow,
  type Accumulator,
  type BenefitRule,
  type Circumstances,
  type Cover,
  type Deductible,
  type FilingStatus,
  type Row,
} from './policy.ts';
import { lengthOf, payUpTo, slice, type PaidPiece } from './slice.ts';

/** One bill of one person, the rule in force, and what was used before. */
export interface BenefitInput {
  totals: SplitTotals;
  visitedOn: Day; // decides rule and period
  disease: Disease;
  level: InstitutionLevel;
  filing: FilingStatus;
  person: { retired: boolean };
  rule: BenefitRule;
  used: (name: string, period: string, key: string) => Yuan;
  account: { use: 'none' | 'own'; balance: Yuan };
}
/** What a settlement adds to an accumulator; a reversal takes back exactly `added`. */
export interface Counted {
  name: string;
  period: string;
  key: string;
  before: Yuan;
  added: Yuan;
}

export const circumstancesOf = ({ level, filing, person }: BenefitInput): Circumstances => ({
  level,
  filing,
  retired: person.retired,
});

type Named = Exclude<Accumulator, { per: 'visit' }>;
const slotOf = ({ visitedOn, disease }: BenefitInput, { name, per, key }: Named) => ({
  name,
  period: periodOf(per, visitedOn),
  key: key === 'disease' ? disease : 'all',
});

/** What was used before this settlement; a visit starts from nothing. */
function usedBefore(input: BenefitInput, accumulator: Accumulator): Yuan {
  if (accumulator.per === 'visit') return zero;
  const { name, period, key } = slotOf(input, accumulator);
  return input.used(name, period, key);
}

/** What this settlement adds to an accumulator. */
export function count(input: BenefitInput, accumulator: Accumulator, added: Yuan): Counted[] {
  if (accumulator.per === 'visit') return [];
  return [{ ...slotOf(input, accumulator), before: usedBefore(input, accumulator), added }];
}

/** A standard or a cap, and what was counted towards it before. */
export interface Mark {
  amount: Yuan;
  before: Yuan;
}
interface Marked {
  accumulator: Accumulator;
  amounts: readonly Row<{ amount: Yuan }>[];
}
function markFor(input: BenefitInput, { accumulator, amounts }: Marked): Mark {
  const { amount } = selectRow(amounts, circumstancesOf(input));
  return { amount, before: usedBefore(input, accumulator) };
}

/** What a cap leaves for this settlement: nothing when more than the cap was used before. */
export function roomUnder(input: BenefitInput, cap: Marked): Mark & { left: Yuan } {
  const mark = markFor(input, cap);
  return { ...mark, left: max(zero, subtract(mark.amount, mark.before)) };
}

export interface Charged extends Mark {
  charged: Yuan;
  counted: Counted[];
}
/** The deductible is the part of the money's slice that lies below the standard. */
function charge(input: BenefitInput, rule: Deductible<Yuan>, money: Yuan): Charged {
  const mark = markFor(input, rule);
  const pieces = slice(mark.before, add(mark.before, money), [{ upTo: mark.amount }]);
  const charged = sum(pieces.map(lengthOf));
  const added = rule.basis === 'inScope' ? money : charged;
  return { ...mark, charged, counted: count(input, rule.accumulator, added) };
}

export interface Covered {
  deductible: Charged | null;
  rest: Yuan; // after the deductible
  paid: PaidPiece<{ ratio: Ratio }>[];
  fund: Yuan;
  above: Yuan; // beyond what was left
  counted: Counted[];
}
/**
 * Takes the deductible off the money and pays the rest by bands, up to what a limit leaves. The pool
 * and every layer are paid by it, each on its own axis.
 *
 * @param money what lies on the axis this time
 * @param left what the limit leaves; null where there is none
 */
export function cover(
  input: BenefitInput,
  rule: Cover<Yuan, Ratio>,
  money: Yuan,
  { effects, left }: { effects: readonly RatioEffect[]; left: Yuan | null },
): Covered {
  const deductible = rule.deductible ? charge(input, rule.deductible, money) : null;
  const charged = deductible?.charged ?? zero;
  const rest = subtract(money, charged);
  const { accumulator, bandsFrom } = rule.axis;
  const before = usedBefore(input, accumulator);
  const from = bandsFrom === 'zero' ? add(before, charged) : before;
  const bands = selectRow(rule.ratios, circumstancesOf(input)).bands.map((band) => ({
    ...band,
    ratio: adjustRatio(band.ratio, effects),
  }));
  const { paid, above } = payUpTo(slice(from, add(from, rest), bands), left);
  const fund = sum(paid.map((piece) => piece.fund));
  const onAxis = count(input, accumulator, bandsFrom === 'zero' ? money : rest);
  return {
    deductible,
    rest,
    paid,
    fund,
    above,
    counted: [...(deductible?.counted ?? []), ...onAxis],
  };
}
