import {
  add,
  adjustRatio,
  ratio,
  subtract,
  sum,
  zero,
  type Ratio,
  type RatioEffect,
  type Yuan,
} from '../money.ts';
import { count, usedBefore, type Counted, type Mark } from './accumulator.ts';
import type { Amount, Band, Cover, Deductible, Selectors } from './policy.ts';
import { amountOf, nearestSource, selectRow, visitsOfYear } from './selection.ts';
import { lengthOf, payUpTo, slice, type PaidPiece } from './slice.ts';
import type { BenefitInput } from './visit-facts.ts';

const levels = ['primary', 'secondary', 'tertiary'] as const;
/** The visit as if it were to the highest level that the person visited in the year. */
function atHighestLevel(input: BenefitInput): BenefitInput {
  const visited = [input.institution, ...visitsOfYear(input)].map(({ level }) => level);
  const level = levels.findLast((each) => visited.includes(each)) ?? input.institution.level;
  return { ...input, institution: { ...input.institution, level } };
}

/** The standard, and what was counted towards it: all of it once the institution was visited. */
function standardFor(
  input: BenefitInput,
  rule: Deductible,
  within: Cover,
  replaced?: Replacement,
): Mark {
  const { accumulator } = rule;
  const row = selectRow(rule.amounts, rule.levelOf ? atLevel(input, rule.levelOf) : input);
  const source = nearestSource(row, rule, within, input.rule);
  const selected = { amount: row.amount, source, when: row.when };
  const { deductible: other } = replaced ?? {};
  const told = replaced && other !== undefined ? { ...replaced, amount: other } : selected;
  const mark = {
    accumulator,
    amount: amountOf(input, told.amount),
    source: told.source,
    when: told.when,
  };
  if (accumulator.per !== 'institutionYear') {
    return { ...mark, before: usedBefore(input, accumulator) };
  }
  const { code } = input.institution;
  const isFirst = !visitsOfYear(input).some(({ institution }) => institution === code);
  return { ...mark, before: isFirst ? zero : mark.amount };
}
const atLevel = (input: BenefitInput, of: NonNullable<Deductible['levelOf']>): BenefitInput =>
  of === 'highestOfYear' ? atHighestLevel(input) : input;

export interface Charged extends Mark {
  charged: Yuan;
  counted: Counted[];
}
/** The deductible is the part of the money's slice that lies below the standard. */
function charge(input: BenefitInput, rule: Deductible, mark: Mark, money: Yuan): Charged {
  const { accumulator, amount, before } = mark;
  const pieces = slice(before, add(before, money), [{ upTo: amount }]);
  const charged = sum(pieces.map(lengthOf));
  const counted = count(input, accumulator, rule.basis === 'inScope' ? money : charged);
  return { ...mark, charged, counted };
}

/** A band with its money. */
export interface PayBand {
  upTo?: Yuan;
  ratio: Ratio;
  source: string;
  when: Selectors | undefined; // whom the selected row is for
}
type Outer = Pick<PayBand, 'source' | 'when'>;
function readBands(input: BenefitInput, bands: readonly Band[], outer: Outer): PayBand[] {
  const { when } = outer;
  return bands.map(({ upTo, ratio: share, source = outer.source }) =>
    upTo === undefined
      ? { ratio: ratio(share), source, when }
      : { upTo: amountOf(input, upTo), ratio: ratio(share), source, when },
  );
}
/** The bands of the row that takes the person. */
function bandsFor(input: BenefitInput, rule: Cover): PayBand[] {
  const row = selectRow(rule.ratios, input);
  const source = nearestSource(row, rule, input.rule);
  return readBands(input, row.bands, { source, when: row.when });
}

/** Another row in place of the selected one (rules.md C-38). */
export interface Replacement {
  bands: readonly Band[];
  deductible?: Amount;
  source: string;
  when: Selectors | undefined;
}
/** What changes how a cover pays this settlement. */
export interface Terms {
  left: Yuan | null; // what the limits leave; null where there are none
  effects: readonly RatioEffect[];
  replaced?: Replacement;
  isFixed: boolean; // the limit is the amount paid: no ratio (基金支付定额)
}
function adjustedBands(input: BenefitInput, rule: Cover, terms: Terms): PayBand[] {
  const { effects, replaced, isFixed } = terms;
  const rows = replaced ? readBands(input, replaced.bands, replaced) : bandsFor(input, rule);
  const fixed = { ratio: ratio('1'), source: nearestSource(rule, input.rule), when: undefined };
  const bands = isFixed ? [fixed] : rows;
  if (effects.length === 0) return bands;
  return bands.map((band) => ({ ...band, ratio: adjustRatio(band.ratio, effects) }));
}

export interface Covered {
  deductible: Charged | null;
  rest: Yuan; // after the deductible
  paid: PaidPiece<PayBand>[];
  fund: Yuan;
  above: Yuan; // beyond what was left
  counted: Counted[];
}
/**
 * Takes the deductible off the money and pays the rest by bands, up to what a limit leaves. The pool
 * and every layer are paid by it, each on its own axis.
 *
 * @param money what lies on the axis this time
 */
export function cover(input: BenefitInput, rule: Cover, money: Yuan, terms: Terms): Covered {
  const { deductible: first } = rule;
  const deductible = first
    ? charge(input, first, standardFor(input, first, rule, terms.replaced), money)
    : null;
  const charged = deductible?.charged ?? zero;
  const rest = subtract(money, charged);
  const { accumulator, bandsFrom } = rule.axis;
  const before = usedBefore(input, accumulator);
  const from = bandsFrom === 'zero' ? add(before, charged) : before;
  const bands = adjustedBands(input, rule, terms);
  const { paid, above } = payUpTo(slice(from, add(from, rest), bands), terms.left);
  const fund = sum(paid.map((piece) => piece.fund));
  const onAxis = count(input, accumulator, bandsFrom === 'zero' ? money : rest);
  const counted = [...(deductible?.counted ?? []), ...onAxis];
  return { deductible, rest, paid, fund, above, counted };
}
