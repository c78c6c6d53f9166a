import type { CatalogueItem, FeeLine, LineKind, Parts, SplitLine, SplitTotals } from '../bill.ts';
import {
  applyRatio,
  compare,
  declaredWithin,
  excessOver,
  isFullRatio,
  isPriceAtLeast,
  magnitude,
  price,
  subtract,
  sum,
  zero,
  type Yuan,
} from '../money.ts';

const noLimit = price('999999'); // catalogues write this, or more, for "no limit" (rules.md D.1)

/** 丙类, a first share of everything whatever the class, or a restricted item without approval. */
function isExcluded(line: FeeLine, item: CatalogueItem): boolean {
  if (item.class === 'C' || isFullRatio(item.firstShareRatio)) return true;
  return item.restricted ? line.approval !== 'approved' : line.approval === 'refused';
}

/** Never more than the declared amount, of either sign. */
function overPriceLimit(line: FeeLine, { priceLimit }: CatalogueItem): Yuan {
  if (priceLimit === null || isPriceAtLeast(priceLimit, noLimit)) return zero;
  const over = excessOver(line.price, priceLimit, line.quantity);
  return compare(magnitude(over), magnitude(line.amount)) > 0 ? line.amount : over;
}

function partsOf(line: FeeLine, item: CatalogueItem): Parts {
  if (isExcluded(line, item)) {
    return { excluded: line.amount, overPriceLimit: zero, firstShare: zero, inScope: zero };
  }
  const over = overPriceLimit(line, item);
  const within = subtract(line.amount, over);
  const firstShare = applyRatio(within, item.firstShareRatio);
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
export const splitLine = (line: FeeLine, item: CatalogueItem): SplitLine => ({
  no: line.no,
  kind: item.kind,
  amount: line.amount,
  ...partsOf(line, item),
});

const total = (lines: readonly SplitLine[], part: keyof Parts | 'amount'): Yuan =>
  sum(lines.map((line) => line[part]));

function totalsOf(lines: readonly SplitLine[]): SplitTotals {
  const over = (kind: LineKind) =>
    total(
      lines.filter((line) => line.kind === kind),
      'overPriceLimit',
    );
  return {
    total: total(lines, 'amount'),
    excluded: total(lines, 'excluded'),
    overPriceLimit: total(lines, 'overPriceLimit'),
    firstShare: total(lines, 'firstShare'),
    inScope: total(lines, 'inScope'),
    overPriceLimitOf: {
      drug: over('drug'),
      service: over('service'),
      consumable: over('consumable'),
    },
  };
}

/**
 * Splits every line of a batch and adds up its parts.
 *
 * @param catalogue what the treating place says about a code on the visit day
 * @law 医保办函〔2021〕4号 三(一); 医保办函〔2021〕4号 三(二)
 */
export function splitByScope(
  lines: readonly FeeLine[],
  catalogue: (code: string) => CatalogueItem,
): { lines: SplitLine[]; totals: SplitTotals } {
  const split = lines.map((line) => splitLine(line, catalogue(line.item)));
  return { lines: split, totals: totalsOf(split) };
}

/**
 * Whether the declared amount is price × quantity within the tolerance; the declared amount is used
 * either way.
 *
 * @law 医保办函〔2021〕4号 三(二)
 */
export const declaredAmountAgrees = (line: FeeLine, tolerance: Yuan): boolean =>
  declaredWithin(line.amount, tolerance, line.price, line.quantity);
