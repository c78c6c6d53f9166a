import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  setHandler,
} from '@temporalio/workflow';
import type { Claim } from '../activities/centre.ts';
import type { ReverseDecision } from '../activities/reversal.ts';
import type { SettlementId } from '../domain/identifiers.ts';
import { invariant } from '../domain/invariant.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { SettleAnswer, SettlementRequest } from '../domain/settlement.ts';
import { cleared, settle, status, type RequestKey, type SettlementStatus } from './contracts.ts';
import { phaseNames } from './contracts-words.ts';
import {
  byOperator,
  carryOutReversal,
  hearReversals,
  isAsked,
  statusOf,
  untilReversalCleared,
} from './reversal.ts';
import { inTimeOrNever, startCounter, withinCounter } from './counter.ts';
import { showStanding } from './details.ts';
import { hearOperators, newLife, type Life } from './life.ts';
import { centre, insuredPlace, step, stepAt, treatingPlace } from './steps.ts';

function listen(life: Life, stop: () => void): void {
  setHandler(settle, async () => {
    await condition(() => life.answer !== undefined);
    invariant(life.answer !== undefined, 'an answer that was awaited is there');
    return life.answer;
  });
  setHandler(status, () => statusOf(life));
  setHandler(cleared, ({ month }) => {
    if (life.month === null || month > life.month) life.month = month;
  });
  hearOperators(life);
  hearReversals(life, stop);
}

const free = (life: Life, settlementId: SettlementId): Promise<void> =>
  stepAt(life, 'release', (options) =>
    treatingPlace.release.executeWithOptions(options, [settlementId]),
  );

/**
 * A refusal after the split frees the batch before the answer, so that it can be settled anew. It is
 * recorded before that: whoever comes later by this request finds why, and frees what is not free yet.
 */
async function refuseAndFree(
  life: Life,
  request: SettlementRequest,
  no: { settlementId: SettlementId; refusal: Refusal; frozen: boolean },
): Promise<SettleAnswer> {
  const { settlementId, refusal } = no;
  const answer = { kind: 'refused', digest: request.digest, settlementId, refusal } as const;
  const isFreedLast = no.frozen && patched('a refusal is recorded before its batch is free');
  if (no.frozen && !isFreedLast) await free(life, settlementId);
  await step(life, 'refusing', () => centre.recordRefusal(answer, isFreedLast));
  if (isFreedLast) await free(life, settlementId);
  return answer;
}

/**
 * What was refused before may not be undone yet: who was at it was ended by hand, or its history is lost.
 * What was taken back is decided once more, which gives the same decision, and so is undone.
 */
async function undoOnceMore(life: Life, answer: SettleAnswer & { kind: 'refused' }): Promise<void> {
  const { settlementId, refusal } = answer;
  const isLate = refusal.reason === 'not-in-time';
  if (isLate || refusal.reason === 'request-reversed') {
    life.answer ??= answer;
    life.wish ??= isLate ? { ...byOperator, by: 'counter' } : byOperator;
  } else await free(life, settlementId);
}

/** Steps 2 to 4: split, calculate, record. */
async function settleBatch(
  life: Life,
  settlementId: SettlementId,
  request: SettlementRequest,
): Promise<SettleAnswer> {
  const { treatingPlace: treating, insuredPlace: insured } = request;
  const split = await stepAt(life, 'split', (options) =>
    inTimeOrNever(life, treating, () =>
      treatingPlace.split.executeWithOptions({ ...options, ...withinCounter(life) }, [
        { settlementId, request },
      ]),
    ),
  );
  invariant(!('voided' in split), 'the split was voided under a settlement that goes on');
  if (!split.ok) {
    const { refusal } = split;
    return refuseAndFree(life, request, { settlementId, refusal, frozen: false });
  }
  const { totals } = split.value;
  const calculated = await stepAt(life, 'calculate', (options) =>
    inTimeOrNever(life, insured, () =>
      insuredPlace.calculate.executeWithOptions({ ...options, ...withinCounter(life) }, [
        { settlementId, request, ...split.value },
      ]),
    ),
  );
  invariant(
    !('voided' in calculated),
    'the calculation was voided under a settlement that goes on',
  );
  if (!calculated.ok) {
    const { refusal } = calculated;
    return refuseAndFree(life, request, { settlementId, refusal, frozen: true });
  }
  const calculation = calculated.value;
  const answer = await step(life, 'recording', () =>
    centre.record({ request, settlementId, totals, calculation }),
  );
  invariant(!('voided' in answer), 'the record was voided under a settlement that goes on');
  return answer;
}

/** What the request was answered before, with what that left undone; else what it comes to now. */
async function answerOf(
  life: Life,
  claim: Claim,
  request: SettlementRequest,
): Promise<SettleAnswer> {
  if (claim.kind === 'claimed') return settleBatch(life, claim.settlementId, request);
  const { answer, clearedIn, undo } = claim;
  life.month ??= clearedIn;
  if (undo && answer.kind === 'refused') await undoOnceMore(life, answer);
  return answer;
}

/** Step 5: returns the result to the treating place, then waits for the month's clearing. */
async function finish(life: Life, request: SettlementRequest, answer: SettleAnswer): Promise<void> {
  if (answer.kind === 'refused') {
    life.phase = 'refused';
    showStanding(life, phaseNames.refused, true);
    return;
  }
  const { result } = answer;
  await stepAt(life, 'return', (options) =>
    treatingPlace.return.executeWithOptions(options, [{ request, result }]),
  );
  life.phase = 'settled';
  showStanding(life, '已结算');
  await condition(() => life.month !== null);
  life.phase = 'cleared';
  showStanding(life, `已清算（${life.month ?? ''}）`, true);
}

/** Steps 1 to 5 and the wait for the month's clearing; each step is done once however often this runs. */
async function forward(life: Life, asked: SettlementRequest): Promise<void> {
  life.about = { request: asked, naming: null };
  const claim = await step(life, 'eligibility', () => centre.claim(asked));
  const request = claim.request ?? asked;
  life.about = { request, naming: claim.naming ?? null };
  life.settlementId = claim.settlementId;
  const answer = await answerOf(life, claim, request);
  if (isAsked(life)) return; // whether this answer still holds is being decided
  life.answer ??= answer;
  await finish(life, request, answer);
}

/** Whether a step ended without a result: cancelled, or failing when it was to be cancelled anyway. */
const isWithoutResult = (error: unknown): boolean =>
  isCancellation(error) || error instanceof ActivityFailure;

/** Goes forward until it is over, or until someone wants it taken back; then its undo makes all certain. */
async function live(life: Life, asked: SettlementRequest, scope: CancellationScope): Promise<void> {
  startCounter(life, asked);
  try {
    await scope.run(() => forward(life, asked));
  } catch (error) {
    if (!isAsked(life) || !isWithoutResult(error)) throw error;
  }
}

/** What is not taken back goes on as it was, also where only its message id was known. */
function standing(
  { request }: ReverseDecision,
  asked: SettlementRequest | RequestKey,
): SettlementRequest | RequestKey {
  if (!request || 'digest' in asked) return asked;
  // Before 0.2.0 it was decided once more, as an operator's wish: who did that goes on as it went.
  return patched('what stands goes on when its history was lost') ? request : asked;
}

/**
 * The life of one settlement: from the hospital's request until it is cleared, refused, or taken back.
 *
 * The hospital waits on the update `settle`; the execution stays open after the result and is
 * exactly the money that is not yet cleared.
 *
 * @param order only the message id where the request is taken back before it arrives, or after its
 *   history was lost
 * @law 医保办函〔2021〕4号 三(二)
 */
export async function settlement(order: SettlementRequest | RequestKey): Promise<SettlementStatus> {
  let asked = order;
  const life = newLife();
  let scope = new CancellationScope();
  listen(life, () => {
    scope.cancel();
  });
  for (;;) {
    if ('digest' in asked && !isAsked(life)) await live(life, asked, scope);
    if (isAsked(life) || !('digest' in asked)) {
      const decision = await carryOutReversal(life, asked);
      scope = new CancellationScope();
      if (decision.answer.kind === 'refused') {
        asked = standing(decision, asked);
        continue;
      }
      await untilReversalCleared(life, decision);
    }
    await condition(() => allHandlersFinished() || isAsked(life));
    if (!isAsked(life)) return statusOf(life);
  }
}
