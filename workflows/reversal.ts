import {
  allHandlersFinished,
  condition,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ReverseDecision } from '../activities/reversal.ts';
import { invariant } from '../domain/invariant.ts';
import type { ReverseAnswer, SettlementRequest } from '../domain/settlement.ts';
import {
  cleared,
  reverse,
  reverseSignal,
  status,
  type RequestKey,
  type ReverseWish,
  type SettlementStatus,
} from './contracts.ts';
import { phaseNames } from './contracts-words.ts';
import { showStanding } from './details.ts';
import { hearOperators, newLife, type Life } from './life.ts';
import { centre, insuredPlace, step, stepAt, treatingPlace } from './steps.ts';

export const byOperator: ReverseWish = { by: 'operator', messageId: null, person: null, why: null };

/** A wish to take the settlement back that nobody has decided yet. */
export const isAsked = (life: Life): boolean => life.wish !== null;

/** Hears wishes. The first decision that is not a refusal stays, for all; a refusal is of one wish alone. */
export function hearReversals(life: Life, wake: () => void): void {
  const ask = (wish: ReverseWish): void => {
    if (life.reversed?.kind === 'refused') life.reversed = undefined;
    if (life.reversed !== undefined) return;
    // Who wants it taken back is heard also while it is decided that time was up.
    if (life.wish === null || life.wish.by === 'counter') life.wish = wish;
    else life.laterWishes.push(wish);
    wake();
  };
  setHandler(reverse, async (wish): Promise<ReverseAnswer> => {
    ask(wish);
    const decision = () => life.refusedWishes.get(wish) ?? life.reversed;
    await condition(() => decision() !== undefined);
    const answer = decision();
    invariant(answer !== undefined, 'a decision that was awaited is there');
    return answer;
  });
  // An operator's signal may come without anything.
  setHandler(reverseSignal, (wish) => {
    ask(wish ?? byOperator);
  });
}

/** What was done is undone, the batch last: only then may another settlement take it. */
async function undo(life: Life, decision: ReverseDecision): Promise<void> {
  const { settlementId, answer, request, naming = null } = decision;
  if (!request) return;
  life.about = { request, naming };
  if (!decision.undo) return;
  await stepAt(life, 'undo-calculate', (options) =>
    insuredPlace.undoCalculation.executeWithOptions(options, [settlementId]),
  );
  if (answer.kind === 'reversed') {
    const { reversal } = answer;
    await stepAt(life, 'return-reversal', (options) =>
      treatingPlace.returnReversal.executeWithOptions(options, [{ request, reversal }]),
    );
  }
  await stepAt(life, 'undo-split', (options) =>
    treatingPlace.release.executeWithOptions(options, [settlementId]),
  );
}

/** What stands though time was up was answered in time: nobody waits at the counter any more. */
function learnAnswer(life: Life, { by }: ReverseWish, { answer, settled }: ReverseDecision): void {
  if (answer.kind === 'refused' && by !== 'counter') return;
  life.answer ??= settled ?? undefined;
}

/** Whether another wish is to be decided after this one was refused: whom it names may differ. */
function isAnotherNext(life: Life, refused: ReverseWish, answer: ReverseAnswer): boolean {
  if (life.wish !== null && life.wish !== refused) return true; // heard instead of the counter's
  // Before 0.2.0 the refusal was everybody's.
  if (life.laterWishes.length === 0 || !patched('a refusal is of one wish')) return false;
  life.refusedWishes.set(refused, answer);
  life.wish = life.laterWishes.shift() ?? null;
  return true;
}

/**
 * Decides the wish and undoes what it takes back. The answer is there as soon as it is decided; undos
 * ride through whatever is down.
 *
 * @returns the decision; a refused one changes nothing
 */
export async function carryOutReversal(
  life: Life,
  request: SettlementRequest | RequestKey,
): Promise<ReverseDecision> {
  const wish = life.wish ?? byOperator;
  const { workflowId } = workflowInfo();
  const decision = await step(life, 'reversing', () =>
    centre.decideReversal({ request, workflowId, ...wish }),
  );
  const { answer, settlementId } = decision;
  life.settlementId = settlementId;
  learnAnswer(life, wish, decision);
  if (answer.kind === 'refused' && isAnotherNext(life, wish, answer)) return decision;
  life.wish = null;
  life.laterWishes = [];
  life.reversed = answer;
  if (answer.kind === 'refused') return decision;
  await undo(life, decision);
  endAs(life, wish);
  return decision;
}

function endAs(life: Life, { by }: ReverseWish): void {
  const isLate = by === 'counter';
  life.phase = isLate ? 'refused' : 'reversed';
  showStanding(life, isLate ? '没有及时结算，不再结算' : phaseNames.reversed, true);
}

/** A settlement that is not cleared together with its reversal: the negative one waits for its own month. */
export async function untilReversalCleared(
  life: Life,
  { answer, clearedIn }: ReverseDecision,
): Promise<void> {
  if (answer.kind !== 'reversed' || clearedIn === null) return;
  showStanding(life, `已撤销（冲减金额在 ${clearedIn} 之后的月份清算）`);
  await condition(() => life.month !== null && life.month > clearedIn);
}

/**
 * Takes back a settlement whose own execution is over: it was cleared, refused, or its history is gone.
 * After a clearing the negative settlement waits here for the next one.
 *
 * @law 医保办函〔2021〕4号 三(五)
 */
export async function reversal(request: RequestKey): Promise<SettlementStatus> {
  const life = newLife();
  life.phase = 'reversing';
  hearReversals(life, () => undefined);
  setHandler(status, () => statusOf(life));
  setHandler(cleared, ({ month }) => {
    life.month = month;
  });
  hearOperators(life);
  do {
    const decision = await carryOutReversal(life, request);
    await untilReversalCleared(life, decision);
    await condition(() => allHandlersFinished() || isAsked(life));
  } while (isAsked(life));
  return statusOf(life);
}

export const statusOf = ({
  phase,
  settlementId,
  answer,
  deadline,
  stopped,
  month,
  reversed,
  waitsFor,
}: Life): SettlementStatus => ({
  phase,
  settlementId,
  stopped,
  month,
  isReversed: reversed !== undefined && reversed.kind !== 'refused',
  refusal: answer?.kind === 'refused' ? answer.refusal : null,
  atCounter: deadline !== null,
  waitsFor,
});
