import { InvariantViolation } from './invariant.ts';

/**
 * The one file that rounds. Amounts are text outside, `numeric` in SQL, and inside whole numbers of the
 * smallest unit (an integer of any size), so that every sum and product is exact.
 */

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

interface Form {
  shape: RegExp;
  decimals: number;
}
const ratioDecimals = 16; // of four decimals, moved by up to three factors of four decimals
const forms = {
  yuan: { shape: /^-?\d{1,14}(\.\d{1,2})?$/, decimals: 2 },
  ratio: { shape: /^\d(\.\d{1,4})?$/, decimals: ratioDecimals },
  points: { shape: /^-?[01](\.\d{1,4})?$/, decimals: ratioDecimals },
  multiple: { shape: /^\d{1,2}(\.\d{1,6})?$/, decimals: 6 },
  price: { shape: /^\d{1,10}(\.\d{1,6})?$/, decimals: 6 },
  quantity: { shape: /^-?\d{1,12}(\.\d{1,4})?$/, decimals: 4 },
} satisfies Record<string, Form>;
type Kind = keyof typeof forms;

const powerOfTen = (exponent: number): bigint => 10n ** BigInt(exponent);
const one = powerOfTen(ratioDecimals); // the ratio 1
const millionth = powerOfTen(forms.multiple.decimals);
const lineFen = powerOfTen(forms.price.decimals + forms.quantity.decimals - forms.yuan.decimals);

function parse(text: string, kind: Kind): bigint {
  const { shape, decimals } = forms[kind];
  if (!shape.test(text)) throw new InvariantViolation(`not a ${kind}: ${text}`);
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}
/** Never "-0.00": an integer has no negative zero. */
function write(value: bigint, decimals: number): string {
  const digits = String(abs(value)).padStart(decimals + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
const whole = (value: Unit): bigint => value as unknown as bigint;
const asYuan = (fen: bigint): Yuan => fen as unknown as Yuan;
const asRatio = (value: bigint): Ratio => value as unknown as Ratio;
const abs = (value: bigint): bigint => (value < 0n ? -value : value);
const clamp = (value: bigint): bigint => (value < 0n ? 0n : value > one ? one : value);

/** Half up on the magnitude: the only rounding there is. */
function divide(dividend: bigint, divisor: bigint): bigint {
  const size = abs(divisor);
  const quotient = (2n * abs(dividend) + size) / (2n * size);
  return dividend < 0n === divisor < 0n ? quotient : -quotient;
}

/** Whether `text` is an amount with at most 14 digits before and 2 after the point. */
export const isYuan = (text: string): boolean => forms.yuan.shape.test(text);
export const isPrice = (text: string): boolean => forms.price.shape.test(text);
export const isQuantity = (text: string): boolean => forms.quantity.shape.test(text);
export const isRatio = (text: string): boolean =>
  forms.ratio.shape.test(text) && parse(text, 'ratio') <= one;

export const isMultiple = (text: string): boolean => forms.multiple.shape.test(text);
export const isPoints = (text: string): boolean =>
  forms.points.shape.test(text) && abs(parse(text, 'points')) <= one;

export const yuan = (text: string): Yuan => asYuan(parse(text, 'yuan'));
export const price = (text: string): Price => parse(text, 'price') as unknown as Price;
export const quantity = (text: string): Quantity => parse(text, 'quantity') as unknown as Quantity;
export function ratio(text: string): Ratio {
  const value = parse(text, 'ratio');
  if (value > one) throw new InvariantViolation(`a ratio above 1: ${text}`);
  return asRatio(value);
}

export const multiple = (text: string): Multiple => parse(text, 'multiple') as unknown as Multiple;
export function points(text: string): Points {
  const value = parse(text, 'points');
  if (abs(value) > one) throw new InvariantViolation(`points beyond 1: ${text}`);
  return value as unknown as Points;
}

export const zero: Yuan = yuan('0.00');

export const add = (a: Yuan, b: Yuan): Yuan => asYuan(whole(a) + whole(b));
export const subtract = (a: Yuan, b: Yuan): Yuan => asYuan(whole(a) - whole(b));
export const negate = (a: Yuan): Yuan => subtract(zero, a);
export const sum = (amounts: readonly Yuan[]): Yuan => amounts.reduce(add, zero);
export const min = (a: Yuan, b: Yuan): Yuan => (whole(a) <= whole(b) ? a : b);
export const max = (a: Yuan, b: Yuan): Yuan => (whole(a) >= whole(b) ? a : b);
export const compare = (a: Yuan, b: Yuan): number =>
  Number(whole(a) > whole(b)) - Number(whole(a) < whole(b));
export const equals = (a: Yuan, b: Yuan): boolean => whole(a) === whole(b);
export const isNegative = (a: Yuan): boolean => whole(a) < 0n;
export const isPositive = (a: Yuan): boolean => whole(a) > 0n;
export const isZero = (a: Yuan): boolean => whole(a) === 0n;
export const magnitude = (a: Yuan): Yuan => asYuan(abs(whole(a)));

/**
 * The share of an amount, rounded half up on the magnitude, once.
 *
 * @assumes rounding half up to the fen (docs/decisions/0004)
 */
export const applyRatio = (amount: Yuan, share: Ratio): Yuan =>
  asYuan(divide(whole(amount) * whole(share), one));

/** A rate of a yearly figure, rounded half up to the fen. */
export const multiply = (figure: Yuan, rate: Multiple): Yuan =>
  asYuan(divide(whole(figure) * whole(rate), millionth));

/** Price × quantity, rounded half up to the fen. */
export const lineAmount = (unitPrice: Price, count: Quantity): Yuan =>
  asYuan(divide(whole(unitPrice) * whole(count), lineFen));

/** Whether price × quantity, exact, is no further from the declared amount than `tolerance`. */
export function declaredWithin(
  declared: Yuan,
  tolerance: Yuan,
  unitPrice: Price,
  count: Quantity,
): boolean {
  const exact = whole(unitPrice) * whole(count);
  return abs(exact - whole(declared) * lineFen) <= whole(tolerance) * lineFen;
}

/** What the price exceeds its limit by, for the whole quantity; never below zero per unit. */
export function excessOver(unitPrice: Price, limit: Price, count: Quantity): Yuan {
  const excess = whole(unitPrice) - whole(limit);
  return asYuan(excess > 0n ? divide(excess * whole(count), lineFen) : 0n);
}

/** The axis length at which `share` of it reaches `amount`: the cut point of a fund limit, half up. */
export const lengthThatPays = (amount: Yuan, share: Ratio): Yuan =>
  asYuan(divide(whole(amount) * one, whole(share)));

/** What moves a ratio: points on it, a factor on it, or a factor on the person's part of it. */
export type RatioEffect =
  | { form: 'points'; points: Points }
  | { form: 'factor'; factor: Ratio }
  | { form: 'personFactor'; factor: Ratio };

/** Exact, or a bug: a ratio is never rounded. */
function times(share: bigint, factor: Ratio): bigint {
  const product = share * whole(factor);
  if (product % one !== 0n) throw new InvariantViolation('a ratio of too many decimals');
  return product / one;
}
function moved(share: bigint, effect: RatioEffect): bigint {
  switch (effect.form) {
    case 'points':
      return share + whole(effect.points);
    case 'factor':
      return times(share, effect.factor);
    case 'personFactor':
      return one - times(one - share, effect.factor);
  }
}
/** Four decimals, or as many as it has. */
const shortened = (share: bigint): string =>
  write(share, ratioDecimals).replace(/(\.\d{4}\d*?)0+$/, '$1');
/** With its sign: `+0.0500`, `-0.1000`. */
export const pointsToWire = (change: Points): string =>
  `${whole(change) < 0n ? '-' : '+'}${shortened(abs(whole(change)))}`;
/** The ratio after the effects in order, clamped to 0…1 at the end and never rounded. */
export function adjustRatio(share: Ratio, effects: readonly RatioEffect[]): Ratio {
  return asRatio(clamp(effects.reduce(moved, whole(share))));
}
export const isZeroRatio = (share: Ratio): boolean => whole(share) === 0n;
export const isFullRatio = (share: Ratio): boolean => whole(share) === one;
export const isPriceAtLeast = (a: Price, b: Price): boolean => whole(a) >= whole(b);
export const isNegativeQuantity = (count: Quantity): boolean => whole(count) < 0n;
export const isZeroQuantity = (count: Quantity): boolean => whole(count) === 0n;

/** Two decimals, never "-0.00". */
export const toWire = (amount: Yuan): string => write(whole(amount), forms.yuan.decimals);

/** What part of the whole an amount is, four decimals half up, for people to read; 0 of nothing. */
export function shareOf(part: Yuan, all: Yuan): Ratio {
  if (isZero(all)) return ratio('0');
  const share = divide(whole(part) * 10_000n, whole(all));
  return asRatio(clamp(share * (one / 10_000n)));
}

/** Six decimals. */
export const priceToWire = (unitPrice: Price): string =>
  write(whole(unitPrice), forms.price.decimals);
/** Four decimals, never "-0.0000". */
export const quantityToWire = (count: Quantity): string =>
  write(whole(count), forms.quantity.decimals);

/** Four decimals, or as many as an adjusted ratio has: a ratio is never rounded. */
export const ratioToWire = (share: Ratio): string => shortened(whole(share));

/** The same shape with every amount as text of two decimals. */
export type AsText<T> = T extends Yuan
  ? string
  : T extends object
    ? { [K in keyof T]: AsText<T[K]> }
    : T;

/** Writes every amount of a structure as text; the structure must hold no prices or ratios. */
export function asText<T>(value: T): AsText<T> {
  if (typeof value === 'bigint') return toWire(value as unknown as Yuan) as AsText<T>;
  if (Array.isArray(value)) return value.map((item) => asText<unknown>(item)) as AsText<T>;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [key, asText<unknown>(item)]);
    return Object.fromEntries(entries) as AsText<T>;
  }
  return value as AsText<T>;
}
