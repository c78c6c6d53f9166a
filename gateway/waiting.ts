import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';

type Described = Awaited<ReturnType<WorkflowHandle['describe']>>['raw'];
type PendingActivity = NonNullable<Described['pendingActivities']>[number];
type Failure = PendingActivity['lastFailure'];

const cutOff = ['TERMINATED', 'CANCELLED', 'FAILED', 'TIMED_OUT'];
/** Whether an execution in this state was ended otherwise than by itself: what it had begun may be left. */
export const isCutOff = (state: string): boolean => cutOff.includes(state);

/** An activity that an execution waits for. */
export interface Waiting {
  activity: string; // its id
  attempt: number;
  isRunning: boolean;
  isPaused: boolean;
  since: number | null; // of the attempt that runs, or of the whole; milliseconds since 1970
  nextAt: number | null; // the next attempt; null where one runs, or none was made
  failure: string | null; // of the last attempt
  maintenance: Maintenance | null; // what its place said of a window
}
/** What a party in maintenance says instead of an answer. */
export interface Maintenance {
  until: string | null; // instant
  message: string;
}

// PENDING_ACTIVITY_STATE: 2 started, 3 cancel requested, 4 paused, 5 pausing while an attempt runs
const running = new Set<number>([2, 3]);
const paused = new Set<number>([4, 5]);

/** The innermost message says most; those around it only that the activity failed. */
function messageOf(failure: Failure): string | null {
  if (!failure) return null;
  return messageOf(failure.cause) ?? failure.message ?? null;
}
function maintenanceOf(failure: Failure): Maintenance | null {
  const info = failure?.applicationFailureInfo;
  if (info?.type !== 'MaintenanceWindow') return null;
  const [payload] = info.details?.payloads ?? [];
  if (!payload) return { until: null, message: '' };
  return defaultPayloadConverter.fromPayload<Maintenance>(payload);
}

/** Since when it runs, or waits: of one that will be tried again Temporal tells the time of that. */
function sinceOf(
  { scheduledTime, lastStartedTime }: PendingActivity,
  isRunning: boolean,
): number | null {
  const scheduledAt = optionalTsToMs(scheduledTime) ?? null;
  const isAhead = scheduledAt !== null && scheduledAt > Date.now();
  return isRunning || isAhead ? (optionalTsToMs(lastStartedTime) ?? null) : scheduledAt;
}

/** What Temporal says of an activity that has not ended. */
export function waitingOf(pending: PendingActivity): Waiting {
  const { activityId, attempt, lastFailure } = pending;
  const state = pending.state ?? 0;
  const isRunning = running.has(state);
  const next = isRunning ? null : pending.nextAttemptScheduleTime;
  return {
    activity: activityId ?? '',
    attempt: attempt ?? 1,
    isRunning,
    isPaused: paused.has(state),
    since: sinceOf(pending, isRunning),
    nextAt: optionalTsToMs(next) ?? null,
    failure: messageOf(lastFailure),
    maintenance: maintenanceOf(lastFailure),
  };
}
