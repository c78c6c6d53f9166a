import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
} from '@temporalio/workflow';
import type {
  CentreActivities,
  InsuredPlaceActivities,
  ReversalActivities,
  TreatingPlaceActivities,
} from '../activities/index.ts';
import type { Month } from '../domain/calendar.ts';
import type { PlaceCode, SettlementId } from '../domain/identifiers.ts';
import type { Silence } from '../domain/refusal.ts';
import type { ReverseAnswer, SettleAnswer, SettlementRequest } from '../domain/settlement.ts';
import {
  bugTypes,
  placeQueue,
  type Phase,
  type ReverseWish,
  type SettlementStatus,
} from './contracts.ts';

// No schedule-to-close and no cap on attempts: a place that is down is waited for. An attempt whose
// workflow is cancelled is awaited, so that its outcome is known before anything is undone.
const remote = {
  startToCloseTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: bugTypes },
} as const;

export const centre = proxyLocalActivities<
  Pick<CentreActivities, 'claim' | 'record' | 'recordRefusal'> & ReversalActivities
>({ ...remote, startToCloseTimeout: '5 seconds' });
export const treatingPlace = proxyActivities<TreatingPlaceActivities>(remote);
export const insuredPlace = proxyActivities<InsuredPlaceActivities>(remote);

/** Where a settlement stands; one owner of every change of phase. */
export interface Life {
  phase: Phase;
  settlementId: SettlementId | null;
  answer: SettleAnswer | undefined;
  wish: ReverseWish | null; // that it be taken back; not yet decided
  deadline: number | null; // of the counter, milliseconds since 1970; null where nobody waits there
  reversed: ReverseAnswer | undefined; // the decision; a refused one may be asked for again
  stopped: SettlementStatus['stopped'];
  retryAsked: boolean;
  month: Month | null;
}
export const newLife = (): Life => ({
  phase: 'eligibility',
  settlementId: null,
  answer: undefined,
  wish: null,
  deadline: null,
  reversed: undefined,
  stopped: null,
  retryAsked: false,
  month: null,
});

const isBug = (error: unknown): error is ActivityFailure & { cause: ApplicationFailure } =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  bugTypes.some((type) => type === (error.cause as ApplicationFailure).type);

/** A remote step at a place: its id for operators, its queue, its name in the history. */
export const stepAt = (place: PlaceCode, activityId: string, summary: string) => ({
  activityId,
  taskQueue: placeQueue(place),
  summary,
});

/** From now on somebody waits at the counter, where the request says so. */
export function startCounter(life: Life, { counter }: SettlementRequest): void {
  if (counter) life.deadline ??= Date.now() + counter.withinMs;
}
const leastMs = 200;
/** How long a remote step may last: until the counter's time is up, or as long as it takes. */
export const withinCounter = ({ deadline }: Life): { scheduleToCloseTimeout?: number } =>
  deadline === null ? {} : { scheduleToCloseTimeout: Math.max(leastMs, deadline - Date.now()) };

/** What a place said of its maintenance, when that is why it did not answer. */
function maintenanceIn(error: ActivityFailure): Pick<Silence, 'until' | 'message'> {
  const { cause } = error;
  const isTold = cause instanceof ApplicationFailure && cause.type === 'MaintenanceWindow';
  const [told] = (isTold ? cause.details : null) ?? [];
  const { until = null, message = null } = (told ?? {}) as Partial<Silence>;
  return { until, message };
}
/**
 * Runs a remote step while someone waits at the counter. When its time is up, it is wished that the
 * request be never settled: what the attempt did or still does is undone.
 *
 * @throws CancelledFailure when time is up
 */
export async function inTimeOrNever<T>(
  life: Life,
  party: PlaceCode,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const isLate = error instanceof ActivityFailure && !isCancellation(error) && !isBug(error);
    if (life.deadline === null || !isLate) throw error;
    const silence = { party, ...maintenanceIn(error) };
    life.wish ??= { by: 'counter', messageId: null, person: null, why: null, silence };
    throw new CancelledFailure('the time at the counter is up');
  }
}

/** Runs one step. A broken invariant stops the settlement here until someone asks to retry. */
export async function step<T>(life: Life, phase: Phase, run: () => Promise<T>): Promise<T> {
  for (;;) {
    life.phase = phase;
    setCurrentDetails(`阶段：${phase}`);
    try {
      return await run();
    } catch (error) {
      if (!isBug(error)) throw error;
      life.stopped = { in: phase, why: error.cause.message };
      life.phase = 'stopped';
      setCurrentDetails(
        `已停止（${phase}）：${error.cause.message}；修复后发送信号 retry，或发送信号 reverse 撤销`,
      );
      try {
        await condition(() => life.retryAsked);
      } finally {
        life.retryAsked = false;
        life.stopped = null;
      }
    }
  }
}
