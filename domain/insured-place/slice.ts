import {
  add,
  applyRatio,
  compare,
  isPositive,
  lengthThatPays,
  min,
  subtract,
  sum,
  zero,
  type Ratio,
  type Yuan,
} from '../money.ts';

/** The part of a slice that lies in one band. */
export interface Piece<B> {
  from: Yuan;
  to: Yuan;
  band: B;
}
export interface PaidPiece<B> extends Piece<B> {
  fund: Yuan;
  person: Yuan; // the remainder of the piece
}

export const lengthOf = ({ from, to }: { from: Yuan; to: Yuan }): Yuan => subtract(to, from);

/**
 * Cuts the stretch from `from` to `to` of an axis of money at the ends of the bands. Deductibles,
 * ratios, caps and layers are all cut by it.
 *
 * @param bands in order; `upTo` belongs to its band; the last band has none
 * @returns the pieces that are not empty, in order
 */
export function slice<B extends { upTo?: Yuan }>(
  from: Yuan,
  to: Yuan,
  bands: readonly B[],
): Piece<B>[] {
  const pieces: Piece<B>[] = [];
  let start = from;
  for (const band of bands) {
    const end = band.upTo === undefined ? to : min(to, band.upTo);
    if (compare(start, end) >= 0) continue;
    pieces.push({ from: start, to: end, band });
    start = end;
  }
  return pieces;
}

/**
 * Pays each piece by its ratio until the fund's money reaches what is left of its limit. The fund's
 * side is rounded once per piece and the person gets the remainder; the cut point is half up to the fen.
 *
 * @param left what the fund may still pay; null where nothing limits it
 * @returns the pieces below the cut, and the money above it
 * @assumes a limit that is reached exactly cuts where it is reached
 */
export function payUpTo<B extends { ratio: Ratio }>(
  pieces: readonly Piece<B>[],
  left: Yuan | null,
): { paid: PaidPiece<B>[]; above: Yuan } {
  const paid: PaidPiece<B>[] = [];
  let room = left;
  for (const piece of pieces) {
    const length = reach(piece, room);
    if (!isPositive(length)) break;
    const exact = applyRatio(length, piece.band.ratio);
    const fund = room === null ? exact : min(exact, room);
    if (room !== null) room = subtract(room, fund);
    const { from, band } = piece;
    paid.push({ from, to: add(from, length), band, fund, person: subtract(length, fund) });
  }
  return { paid, above: subtract(sum(pieces.map(lengthOf)), sum(paid.map(lengthOf))) };
}

/** How much of the piece lies below the cut. */
function reach(piece: Piece<{ ratio: Ratio }>, room: Yuan | null): Yuan {
  const length = lengthOf(piece);
  const { ratio } = piece.band;
  if (room === null) return length;
  if (!isPositive(room)) return zero;
  if (compare(applyRatio(length, ratio), room) < 0) return length; // the limit is not reached
  return min(length, lengthThatPays(room, ratio));
}
