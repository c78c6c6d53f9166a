import {
  ActivityCancellationType,
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type {
  CentreActivities,
  InsuredPlaceActivities,
  TreatingPlaceActivities,
} from '../activities/index.ts';
import type { Month } from '../domain/calendar.ts';
import type { SettlementId } from '../domain/identifiers.ts';
import { invariant } from '../domain/invariant.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { SettleAnswer, SettlementRequest } from '../domain/settlement.ts';
import {
  bugTypes,
  cleared,
  placeQueue,
  retry,
  settle,
  status,
  type Phase,
  type SettlementStatus,
} from './contracts.ts';

// No schedule-to-close and no cap on attempts: a place that is down is waited for. An attempt whose
// workflow is cancelled is awaited, so that its outcome is known before anything is undone.
const remote = {
  startToCloseTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: bugTypes },
} as const;

const centre = proxyLocalActivities<Pick<CentreActivities, 'claim' | 'record' | 'recordRefusal'>>({
  ...remote,
  startToCloseTimeout: '5 seconds',
});
const treatingPlace = proxyActivities<TreatingPlaceActivities>(remote);
const insuredPlace = proxyActivities<InsuredPlaceActivities>(remote);

/** Where a settlement stands; one owner of every change of phase. */
interface Life {
  phase: Phase;
  settlementId: SettlementId | null;
  answer: SettleAnswer | undefined;
  stopped: SettlementStatus['stopped'];
  retryAsked: boolean;
  month: Month | null;
}

const isBug = (error: unknown): error is ActivityFailure & { cause: ApplicationFailure } =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  bugTypes.some((type) => type === (error.cause as ApplicationFailure).type);

/** Runs one step. A broken invariant stops the settlement here until someone asks to retry. */
async function step<T>(life: Life, phase: Phase, run: () => Promise<T>): Promise<T> {
  for (;;) {
    life.phase = phase;
    setCurrentDetails(`阶段：${phase}`);
    try {
      return await run();
    } catch (error) {
      if (!isBug(error)) throw error;
      life.stopped = { in: phase, why: error.cause.message };
      life.phase = 'stopped';
      setCurrentDetails(`已停止（${phase}）：${error.cause.message}；修复后发送信号 retry`);
      await condition(() => life.retryAsked);
      life.retryAsked = false;
      life.stopped = null;
    }
  }
}

function listen(life: Life): void {
  setHandler(settle, async () => {
    await condition(() => life.answer !== undefined);
    invariant(life.answer !== undefined, 'an answer that was awaited is there');
    return life.answer;
  });
  setHandler(status, () => {
    const { phase, settlementId, stopped, month } = life;
    return { phase, settlementId, stopped, month };
  });
  setHandler(cleared, ({ month }) => {
    life.month ??= month;
  });
  setHandler(retry, () => {
    life.retryAsked = life.stopped !== null;
  });
}

/** A refusal after the split frees the batch before the answer, so that it can be settled anew. */
async function refuseAndFree(
  life: Life,
  request: SettlementRequest,
  no: { settlementId: SettlementId; refusal: Refusal; frozen: boolean },
): Promise<SettleAnswer> {
  const { settlementId, refusal } = no;
  const answer = { kind: 'refused', digest: request.digest, settlementId, refusal } as const;
  if (no.frozen) {
    const release = { activityId: 'release', taskQueue: placeQueue(request.treatingPlace) };
    await step(life, 'refusing', () =>
      treatingPlace.release.executeWithOptions(release, [settlementId]),
    );
  }
  await step(life, 'refusing', () => centre.recordRefusal(answer));
  return answer;
}

/** Steps 2 to 4: split, calculate, record. */
async function settleBatch(
  life: Life,
  settlementId: SettlementId,
  request: SettlementRequest,
): Promise<SettleAnswer> {
  const split = await step(life, 'split', () =>
    treatingPlace.split.executeWithOptions(
      { activityId: 'split', taskQueue: placeQueue(request.treatingPlace), summary: '费用分割' },
      [{ settlementId, request }],
    ),
  );
  invariant(!('voided' in split), 'the split was voided under a settlement that goes on');
  if (!split.ok) {
    const { refusal } = split;
    return refuseAndFree(life, request, { settlementId, refusal, frozen: false });
  }
  const { totals } = split.value;
  const calculated = await step(life, 'calculation', () =>
    insuredPlace.calculate.executeWithOptions(
      { activityId: 'calculate', taskQueue: placeQueue(request.insuredPlace), summary: '待遇计算' },
      [{ settlementId, request, ...split.value }],
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

/**
 * The life of one settlement: from the hospital's request until it is cleared, or refused.
 *
 * The hospital waits on the update `settle`; the execution stays open after the result and is
 * exactly the money that is not yet cleared.
 *
 * @law 医保办函〔2021〕4号 三(二)
 */
export async function settlement(asked: SettlementRequest): Promise<SettlementStatus> {
  const life: Life = {
    phase: 'eligibility',
    settlementId: null,
    answer: undefined,
    stopped: null,
    retryAsked: false,
    month: null,
  };
  listen(life);
  const claim = await step(life, 'eligibility', () => centre.claim(asked));
  const request = claim.request ?? asked;
  life.settlementId = claim.settlementId;
  if (claim.kind === 'answered') life.month ??= claim.clearedIn;
  life.answer =
    claim.kind === 'answered' ? claim.answer : await settleBatch(life, claim.settlementId, request);
  await finish(life, request, life.answer);
  await condition(allHandlersFinished);
  const { phase, settlementId, stopped, month } = life;
  return { phase, settlementId, stopped, month };
}

/** Step 5: returns the result to the treating place, then waits for the month's clearing. */
async function finish(life: Life, request: SettlementRequest, answer: SettleAnswer): Promise<void> {
  if (answer.kind === 'refused') {
    life.phase = 'refused';
    return;
  }
  const { result } = answer;
  await step(life, 'returning', () =>
    treatingPlace.return.executeWithOptions(
      { activityId: 'return', taskQueue: placeQueue(request.treatingPlace), summary: '结果回传' },
      [{ request, result }],
    ),
  );
  life.phase = 'settled';
  setCurrentDetails('已结算，等待清算');
  await condition(() => life.month !== null);
  life.phase = 'cleared';
  setCurrentDetails(`已清算（${life.month ?? ''}）`);
}
