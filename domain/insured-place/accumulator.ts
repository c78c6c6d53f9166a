import { periodOf } from '../calendar.ts';
import { zero, type Yuan } from '../money.ts';
import type { Accumulator, Deductible, Selectors } from './policy.ts';
import type { BenefitInput } from './visit-facts.ts';

/** What a settlement adds to an accumulator; a reversal takes back exactly `added`. */
export interface Counted {
  name: string;
  period: string;
  key: string;
  before: Yuan;
  added: Yuan;
}
/** A standard or a cap, what was counted towards it before, and who says so. */
export interface Mark {
  accumulator: Deductible['accumulator'];
  amount: Yuan;
  before: Yuan;
  source: string;
  when: Selectors | undefined; // whom the selected row is for
}

type Named = Exclude<Accumulator, { per: 'visit' }>;
function slotOf({ visitedOn, disease }: BenefitInput, { name, per, key }: Named) {
  const period = periodOf(per, visitedOn);
  if (typeof key === 'object') return { name, period, key: key.group };
  return { name, period, key: key === 'disease' ? disease : 'all' };
}

/** What was used before this settlement; a visit starts from nothing. */
export function usedBefore(input: BenefitInput, accumulator: Accumulator): Yuan {
  if (accumulator.per === 'visit') return zero;
  const { name, period, key } = slotOf(input, accumulator);
  return input.used(name, period, key);
}

/** What this settlement adds to an accumulator. */
export function count(
  input: BenefitInput,
  accumulator: Deductible['accumulator'],
  added: Yuan,
): Counted[] {
  if (!('name' in accumulator)) return [];
  const { name, period, key } = slotOf(input, accumulator);
  return [{ name, period, key, before: input.used(name, period, key), added }];
}
