import type {
  CatalogueEntry,
  CatalogueItem,
  FeeLine,
  LineKind,
  Parts,
  SplitLine,
  SplitTotals,
} from '../bill.ts';
import type { Disease, InstitutionLevel, InsuranceType } from '../identifiers.ts';
import {
  add,
  applyRatio,
  declaredWithin,
  equals,
  excessOver,
  isFullRatio,
  isPriceAtLeast,
  nearerZero,
  price,
  subtract,
  sum,
  yuan,
  zero,
  type Yuan,
} from '../money.ts';

const noLimit = price('999999'); // catalogues write this, or more, for "no limit" (rules.md D.1)

/** What a treating place may set for all its items, with a source. */
export interface ScopeRules {
  firstShareBase: 'capped' | 'gross'; // of what is below the price limit, or of the declared amount
  tolerance: Yuan; // between price × quantity and the declared amount
}
/** Where no source says otherwise (rules.md D.1 and D-7). */
export const defaultScopeRules: ScopeRules = { firstShareBase: 'capped', tolerance: yuan('0.01') };

/** What the catalogue says for the level of the institution and the insurance type of the person. */
export function itemFor(
  { priceLimits, firstShareRatios, ...item }: CatalogueEntry,
  { level, insuranceType }: { level: InstitutionLevel; insuranceType: InsuranceType | 'other' },
): CatalogueItem {
  return {
    ...item,
    priceLimit: priceLimits[level],
    firstShareRatio: firstShareRatios[insuranceType],
  };
}

/** An item that the place lists for certain diseases is in scope for them alone. */
const isForOther = ({ diseases }: CatalogueItem, disease: Disease): boolean =>
  diseases !== null && !diseases.some((each) => each === disease);

/** 丙类, a first share of everything whatever the class, or a restricted item without approval. */
function isExcluded(line: FeeLine, item: CatalogueItem, disease: Disease): boolean {
  if (item.class === 'C' || isFullRatio(item.firstShareRatio)) return true;
  if (isForOther(item, disease)) return true;
  return item.restricted ? line.approval !== 'approved' : line.approval === 'refused';
}

/** Never more than the declared amount, of either sign. */
function overPriceLimit(line: FeeLine, { priceLimit }: CatalogueItem): Yuan {
  if (priceLimit === null || isPriceAtLeast(priceLimit, noLimit)) return zero;
  return nearerZero(excessOver(line.price, priceLimit, line.quantity), line.amount);
}

/** What the line is split for. */
export interface SplitFor {
  disease: Disease;
  rules: ScopeRules;
}
function partsOf(line: FeeLine, item: CatalogueItem, { disease, rules }: SplitFor): Parts {
  const { amount } = line;
  if (isExcluded(line, item, disease)) {
    return { excluded: amount, overPriceLimit: zero, firstShare: zero, inScope: zero };
  }
  const over = overPriceLimit(line, item);
  const within = subtract(amount, over);
  const base = rules.firstShareBase === 'gross' ? amount : within;
  const firstShare = nearerZero(applyRatio(base, item.firstShareRatio), within);
  const inScope = subtract(within, firstShare);
  return { excluded: zero, overPriceLimit: over, firstShare, inScope };
}

/**
 * Splits one fee line (费用分割) by the scope of the treating place: excluded, or else over the price
 * limit, then the first share of what is left, then in scope what remains.
 *
 * @returns four parts that always add up to the declared amount, and share its sign
 * @assumes the first share is taken of the amount below the price limit (rules.md D.1)
 * @law 医保办函〔2021〕4号 三(一); 医保办函〔2021〕4号 三(二)
 */
export function splitLine(line: FeeLine, item: CatalogueItem, split: SplitFor): SplitLine {
  const parts = partsOf(line, item, split);
  const hospitalShare = item.aboveLimit === 'hospital' ? parts.overPriceLimit : zero;
  return { no: line.no, kind: item.kind, amount: line.amount, ...parts, hospitalShare };
}

/** A line whose parts came ready; null when they do not add up to its amount. */
export function readySplit(
  line: Pick<SplitLine, 'no' | 'kind' | 'amount'>,
  parts: Parts,
): SplitLine | null {
  const { excluded, overPriceLimit: over, firstShare, inScope } = parts;
  const isWhole = equals(sum([excluded, over, firstShare, inScope]), line.amount);
  return isWhole ? { ...line, ...parts, hospitalShare: zero } : null;
}

type Summed = keyof Parts | 'amount' | 'hospitalShare';
const totalOf = (lines: readonly SplitLine[], part: Summed): Yuan =>
  lines.reduce((all, line) => add(all, line[part]), zero);
function byKind(lines: readonly SplitLine[], part: Summed): Record<LineKind, Yuan> {
  const totals = { drug: zero, service: zero, consumable: zero };
  for (const line of lines) totals[line.kind] = add(totals[line.kind], line[part]);
  return totals;
}

/** The sums of a batch: what the insured place is told of it. */
export const totalsOf = (lines: readonly SplitLine[]): SplitTotals => ({
  total: totalOf(lines, 'amount'),
  excluded: totalOf(lines, 'excluded'),
  overPriceLimit: totalOf(lines, 'overPriceLimit'),
  firstShare: totalOf(lines, 'firstShare'),
  inScope: totalOf(lines, 'inScope'),
  overPriceLimitOf: byKind(lines, 'overPriceLimit'),
  hospitalShareOf: byKind(lines, 'hospitalShare'),
});

/**
 * Splits every line of a batch and adds up its parts.
 *
 * @param catalogue what the treating place says about a code on the visit day
 * @law 医保办函〔2021〕4号 三(一); 医保办函〔2021〕4号 三(二)
 */
export function splitByScope(
  lines: readonly FeeLine[],
  catalogue: (code: string) => CatalogueItem,
  split: SplitFor,
): { lines: SplitLine[]; totals: SplitTotals } {
  const done = lines.map((line) => splitLine(line, catalogue(line.item), split));
  return { lines: done, totals: totalsOf(done) };
}

/**
 * Whether the declared amount is price × quantity within the tolerance; the declared amount is used
 * either way.
 *
 * @law 医保办函〔2021〕4号 三(二)
 */
export const declaredAmountAgrees = (line: FeeLine, tolerance: Yuan): boolean =>
  declaredWithin(line.amount, tolerance, line.price, line.quantity);
