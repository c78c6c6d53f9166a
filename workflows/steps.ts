import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  condition,
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
import type { SettlementId } from '../domain/identifiers.ts';
import type { ReverseAnswer, SettleAnswer } from '../domain/settlement.ts';
import { bugTypes, type Phase, type ReverseWish, type SettlementStatus } from './contracts.ts';

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
  reversed: undefined,
  stopped: null,
  retryAsked: false,
  month: null,
});

const isBug = (error: unknown): error is ActivityFailure & { cause: ApplicationFailure } =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  bugTypes.some((type) => type === (error.cause as ApplicationFailure).type);

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
