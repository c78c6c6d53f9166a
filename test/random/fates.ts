import { isDeepStrictEqual } from 'node:util';
import { negate, toWire, yuan } from '../../domain/money.ts';
import type { Decided } from './books.ts';
import { told, type Heard } from './world.ts';

/** What may become of a request, what the parties' books then say, and what may be heard of it. */

/** `prevented`: taken back before it was settled, or before it arrived. */
export type Fate = 'settled' | 'reversed' | 'refused' | 'prevented';

/** Null while nobody has decided. */
export function fateOf({ state, answer, reversal }: Decided): Fate | null {
  if (state === 'claimed') return null;
  if (reversal) return 'reversed';
  if (answer?.kind === 'settled') return 'settled';
  return answer === null || told(answer) === 'request-reversed' ? 'prevented' : 'refused';
}

const minus = (amount: string): string => toWire(negate(yuan(amount)));

/** What the books may say of the request, sorted; nothing else stands in them. */
export function booksOf(fate: Fate, { answer }: Decided): string[][] {
  if (answer?.kind !== 'settled') return [[]];
  const { fundTotal: fund, personalAccount: own } = answer.result.calculation.benefit;
  const settled = ['centre: settled', `centre: settlement ${fund} ${own}`];
  const copy = `treating: copy ${fund} ${own}`;
  if (fate === 'settled') {
    const held = ['treating: frozen', 'treating: split', `insured: used ${fund} ${own}`];
    return [[...settled, copy, ...held].sort()];
  }
  const mirrored = `${minus(fund)} ${minus(own)}`;
  const taken = [
    'centre: reversed',
    `centre: reversal ${mirrored}`,
    `treating: reversal ${mirrored}`,
  ];
  // A result that was taken back before it was returned has left no copy.
  return [[...settled, copy, ...taken].sort(), [...settled, ...taken].sort()];
}

const isTakenBack = (fate: Fate): boolean => fate === 'prevented' || fate === 'reversed';

function isTrueOfSettling(heard: Heard & { call: 'settle' }, fate: Fate, row: Decided): boolean {
  const { outcome, request } = heard;
  if (outcome.kind === 'undetermined' || outcome.kind === 'pending') return true;
  if (outcome.kind === 'conflict') return row.digest !== request.digest;
  if (told(outcome.answer) === 'request-reversed') return isTakenBack(fate);
  return isDeepStrictEqual(outcome.answer, row.answer);
}
function isTrueOfTaking({ outcome }: Heard & { call: 'take-back' }, fate: Fate, row: Decided) {
  if (outcome.kind === 'undetermined') return true;
  if (outcome.answer.kind === 'refused') return false;
  if (outcome.answer.kind === 'not-settled') return fate === 'prevented' || fate === 'refused';
  return isDeepStrictEqual(outcome.answer.reversal, row.reversal);
}
/** Whether what was heard is true of a request with this fate. */
export function isTrue(heard: Heard, fate: Fate, row: Decided): boolean {
  if (heard.call === 'signal') return fate !== 'settled';
  if (heard.call === 'settle') return isTrueOfSettling(heard, fate, row);
  return isTrueOfTaking(heard, fate, row);
}
