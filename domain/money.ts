import { Decimal } from 'decimal.js';
import { InvariantViolation } from './invariant.ts';

/** The one file that rounds. Amounts are text outside, decimal inside, `numeric` in SQL. */

declare const unit: unique symbol;
/** An amount in yuan, exact to the fen. */
export interface Yuan {
  readonly [unit]: 'yuan';
}
/** A fraction between 0 and 1, four decimals. */
export interface Ratio {
  readonly [unit]: 'ratio';
}
/** A change of a ratio by percentage points, as a fraction of either sign, four decimals. */
export interface Points {
  readonly [unit]: 'points';
}
/** A unit price in yuan, six decimals. */
export interface Price {
  readonly [unit]: 'price';
}
/** A quantity, four decimals. */
export interface Quantity {
  readonly [unit]: 'quantity';
}
/** A rate of a yearly figure, six decimals; it may exceed 1. */
export interface Multiple {
  readonly [unit]: 'multiple';
}
type Unit = Yuan | Ratio | Points | Price | Quantity | Multiple;

// Enough digits that nothing is rounded before we round it. Every decimal is made by this class:
// one made by `Decimal` itself would compute on with 20 digits.
const Exact = Decimal.clone({
  precision: 60,
  rounding: Decimal.ROUND_HALF_UP,
  toExpNeg: -60, // never written as 1e-7
  toExpPos: 60,
});

const shapes = {
  yuan: /^-?\d{1,14}(\.\d{1,2})?$/,
  ratio: /^\d(\.\d{1,4})?$/,
  points: /^-?[01](\.\d{1,4})?$/,
  multiple: /^\d{1,2}(\.\d{1,6})?$/,
  price: /^\d{1,10}(\.\d{1,6})?$/,
  quantity: /^-?\d{1,12}(\.\d{1,4})?$/,
};

function parse(text: string, kind: keyof typeof shapes): Decimal {
  if (!shapes[kind].test(text)) throw new InvariantViolation(`not a ${kind}: ${text}`);
  return new Exact(text);
}
const remembered = 20_000; // texts; all ratios of four decimals and then some
/**
 * Reads a text once. For what policies and catalogues say again and again; values never change, so
 * one may be handed out many times.
 */
export function remembering<T extends Unit>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    if (known.size < remembered) known.set(text, value);
    return value;
  };
}
const decimal = (value: Unit): Decimal => value as unknown as Decimal;
const asYuan = (value: Decimal): Yuan => value as unknown as Yuan;
const asRatio = (value: Decimal): Ratio => value as unknown as Ratio;
const clamp = (value: Decimal): Decimal => Exact.min(1, Exact.max(0, value));
/** Half up on the magnitude. */
const toFen = (exact: Decimal): Yuan =>
  asYuan(exact.decimalPlaces() <= 2 ? exact : exact.toDecimalPlaces(2, Decimal.ROUND_HALF_UP));

/** Whether `text` is an amount with at most 14 digits before and 2 after the point. */
export const isYuan = (text: string): boolean => shapes.yuan.test(text);
export const isPrice = (text: string): boolean => shapes.price.test(text);
export const isQuantity = (text: string): boolean => shapes.quantity.test(text);
export const isRatio = (text: string): boolean => shapes.ratio.test(text) && new Exact(text).lte(1);

export const isMultiple = (text: string): boolean => shapes.multiple.test(text);
export const isPoints = (text: string): boolean =>
  shapes.points.test(text) && new Exact(text).abs().lte(1);

export const yuan = (text: string): Yuan => asYuan(parse(text, 'yuan'));
export const price = (text: string): Price => parse(text, 'price') as unknown as Price;
export const quantity = (text: string): Quantity => parse(text, 'quantity') as unknown as Quantity;
export const ratio = remembering((text): Ratio => {
  const value = parse(text, 'ratio');
  if (value.gt(1)) throw new InvariantViolation(`a ratio above 1: ${text}`);
  return asRatio(value);
});

export const multiple = (text: string): Multiple => parse(text, 'multiple') as unknown as Multiple;
export function points(text: string): Points {
  const value = parse(text, 'points');
  if (value.abs().gt(1)) throw new InvariantViolation(`points beyond 1: ${text}`);
  return value as unknown as Points;
}

export const zero: Yuan = yuan('0.00');

// Most parts of most bills are zero, and comparing copies: what needs no arithmetic does none.
export const isZero = (a: Yuan): boolean => decimal(a).isZero();
export function add(a: Yuan, b: Yuan): Yuan {
  if (isZero(b)) return a;
  return isZero(a) ? b : asYuan(decimal(a).plus(decimal(b)));
}
export const subtract = (a: Yuan, b: Yuan): Yuan =>
  isZero(b) ? a : asYuan(decimal(a).minus(decimal(b)));
export const negate = (a: Yuan): Yuan => (isZero(a) ? zero : asYuan(decimal(a).negated()));
export const sum = (amounts: readonly Yuan[]): Yuan => amounts.reduce(add, zero);
export const compare = (a: Yuan, b: Yuan): number => decimal(a).comparedTo(decimal(b));
export const min = (a: Yuan, b: Yuan): Yuan => (compare(a, b) <= 0 ? a : b);
export const max = (a: Yuan, b: Yuan): Yuan => (compare(a, b) >= 0 ? a : b);
export const equals = (a: Yuan, b: Yuan): boolean => a === b || compare(a, b) === 0;
export const isNegative = (a: Yuan): boolean => decimal(a).isNegative() && !isZero(a);
export const isPositive = (a: Yuan): boolean => decimal(a).isPositive() && !isZero(a);
export const magnitude = (a: Yuan): Yuan => asYuan(decimal(a).abs());
/** The one of two amounts of the same sign that is nearer to zero. */
export const nearerZero = (a: Yuan, b: Yuan): Yuan =>
  isNegative(a) || isNegative(b) ? max(a, b) : min(a, b);

/**
 * The share of an amount, rounded half up on the magnitude, once.
 *
 * @assumes rounding half up to the fen (docs/decisions/0004)
 */
export const applyRatio = (amount: Yuan, share: Ratio): Yuan =>
  isZero(amount) ? zero : toFen(decimal(amount).times(decimal(share)));

/** A rate of a yearly figure, rounded half up to the fen. */
export const multiply = (figure: Yuan, rate: Multiple): Yuan =>
  toFen(decimal(figure).times(decimal(rate)));

/** Price × quantity, rounded half up to the fen. */
export const lineAmount = (unitPrice: Price, count: Quantity): Yuan =>
  toFen(decimal(unitPrice).times(decimal(count)));

/** Whether price × quantity, exact, is no further from the declared amount than `tolerance`. */
export function declaredWithin(
  declared: Yuan,
  tolerance: Yuan,
  unitPrice: Price,
  count: Quantity,
): boolean {
  const exact = decimal(unitPrice).times(decimal(count));
  return exact.minus(decimal(declared)).abs().lte(decimal(tolerance));
}

/** What the price exceeds its limit by, for the whole quantity; never below zero per unit. */
export function excessOver(unitPrice: Price, limit: Price, count: Quantity): Yuan {
  const excess = decimal(unitPrice).minus(decimal(limit));
  return excess.isNegative() ? zero : toFen(excess.times(decimal(count)));
}

/** The axis length at which `share` of it reaches `amount`: the cut point of a fund limit, half up. */
export const lengthThatPays = (amount: Yuan, share: Ratio): Yuan =>
  toFen(decimal(amount).div(decimal(share)));

/** What moves a ratio: points on it, a factor on it, or a factor on the person's part of it. */
export type RatioEffect =
  | { form: 'points'; points: Points }
  | { form: 'factor'; factor: Ratio }
  | { form: 'personFactor'; factor: Ratio };

function moved(share: Decimal, effect: RatioEffect): Decimal {
  switch (effect.form) {
    case 'points':
      return share.plus(decimal(effect.points));
    case 'factor':
      return share.times(decimal(effect.factor));
    case 'personFactor':
      return new Exact(1).minus(new Exact(1).minus(share).times(decimal(effect.factor)));
  }
}
/** With its sign: `+0.0500`, `-0.1000`. */
export const pointsToWire = (change: Points): string =>
  `${decimal(change).lt(0) ? '-' : '+'}${written(decimal(change).abs(), 4)}`;
/** The ratio after the effects in order, clamped to 0…1 at the end and never rounded. */
export function adjustRatio(share: Ratio, effects: readonly RatioEffect[]): Ratio {
  if (effects.length === 0) return share;
  return asRatio(clamp(effects.reduce(moved, decimal(share))));
}
export const isZeroRatio = (share: Ratio): boolean => decimal(share).isZero();
export const isFullRatio = (share: Ratio): boolean => decimal(share).eq(1);
export const isPriceAtLeast = (a: Price, b: Price): boolean => decimal(a).gte(decimal(b));
export const isNegativeQuantity = (count: Quantity): boolean => decimal(count).lt(0);
export const isZeroQuantity = (count: Quantity): boolean => decimal(count).isZero();

/** With as many decimals as it has, and at least `places`: nothing is rounded here. */
function written(exact: Decimal, places: number): string {
  const text = exact.toString();
  const point = text.indexOf('.');
  if (point < 0) return `${text}.${'0'.repeat(places)}`;
  return text.padEnd(point + 1 + places, '0');
}
/** Two decimals, never "-0.00". */
export function toWire(amount: Yuan): string {
  return isZero(amount) ? '0.00' : written(decimal(amount), 2);
}
/** What part of the whole an amount is, four decimals half up, for people to read; 0 of nothing. */
export function shareOf(part: Yuan, whole: Yuan): Ratio {
  if (isZero(whole)) return ratio('0');
  const share = decimal(part).div(decimal(whole)).toDecimalPlaces(4, Decimal.ROUND_HALF_UP);
  return asRatio(clamp(share));
}

/** Six decimals. */
export const priceToWire = (unitPrice: Price): string => written(decimal(unitPrice), 6);
/** Four decimals, never "-0.0000". */
export const quantityToWire = (count: Quantity): string =>
  isZeroQuantity(count) ? '0.0000' : written(decimal(count), 4);

/** Four decimals, or as many as an adjusted ratio has: a ratio is never rounded. */
export const ratioToWire = (share: Ratio): string => written(decimal(share), 4);

/** The same shape with every amount as text of two decimals. */
export type AsText<T> = T extends Yuan
  ? string
  : T extends object
    ? { [K in keyof T]: AsText<T[K]> }
    : T;

/** Writes every amount of a structure as text; the structure must hold no prices or ratios. */
export function asText<T>(value: T): AsText<T> {
  if (typeof value !== 'object' || value === null) return value as AsText<T>;
  if (value instanceof Exact) return toWire(value as unknown as Yuan) as AsText<T>;
  if (Array.isArray(value)) return value.map((item) => asText<unknown>(item)) as AsText<T>;
  const text: Record<string, unknown> = {};
  for (const key of Object.keys(value)) text[key] = asText<unknown>(value[key as keyof T]);
  return text as AsText<T>;
}
