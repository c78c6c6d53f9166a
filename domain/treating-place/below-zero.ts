import type { LineKind, SplitTotals } from '../bill.ts';
import { isNegative, subtract, toWire } from '../money.ts';
import type { Refusal, SummedPart } from '../refusal.ts';

/** The sums of a batch that a hospital declares and the law looks at. */
export const summedParts: readonly SummedPart[] = [
  'total',
  'excluded',
  'overPriceLimit',
  'firstShare',
  'inScope',
];

const lineKinds: LineKind[] = ['drug', 'service', 'consumable'];

/** Refund lines may not take more out of a part than the batch put in: that is a reversal's work. */
export function belowZeroRefusal(totals: SplitTotals): Refusal | null {
  const { overPriceLimitOf: over, hospitalShareOf: hospital } = totals;
  const ofPerson = lineKinds.map((kind) => subtract(over[kind], hospital[kind]));
  const kinds = [...Object.values(hospital), ...ofPerson];
  const amounts = [
    ...summedParts.map((part) => ({ part, amount: totals[part] })),
    ...kinds.map((amount) => ({ part: 'overPriceLimit' as const, amount })),
  ];
  const below = amounts.find(({ amount }) => isNegative(amount));
  return below
    ? { reason: 'part-below-zero', part: below.part, computed: toWire(below.amount) }
    : null;
}
