import {
  ActivityCancellationType,
  condition,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type {
  CentreActivities,
  InsuredPlaceActivities,
  ReversalActivities,
  TreatingPlaceActivities,
} from '../activities/index.ts';
import { invariant } from '../domain/invariant.ts';
import { bugTypes, placeQueue, type MaintenanceDetails, type Phase } from './contracts.ts';
import { remoteSteps, type RemoteStepId } from './contracts-words.ts';
import { neverSettle, timeAtCounter } from './counter.ts';
import { showMaintenance, showStep, showStopped, type Doer } from './details.ts';
import { failureOf, isBug, turnIn } from './failures.ts';
import type { Life } from './life.ts';

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

/**
 * Who is served first where steps wait in a place's queue: a patient at the counter, who is told no in
 * seconds; then what is undone, since a batch and what was used of a year are not free before; then the
 * rest, for which nobody stands anywhere. It has to be said of each step: else it is the workflow's own.
 */
function priorityOf(life: Life): { priorityKey: 1 | 2 | 3 } {
  if (timeAtCounter(life) !== null) return { priorityKey: 1 };
  return { priorityKey: life.phase === 'reversing' || life.phase === 'refusing' ? 2 : 3 };
}

/**
 * Waits for the turn of a step of the centre, or until somebody says that the centre is open.
 *
 * @param heard how often that was said before the step was tried: it may be said while it is
 * @throws CancelledFailure when the time at the counter is up before
 */
async function untilTurn(
  life: Life,
  { party, until, message, afterMs }: Required<MaintenanceDetails>,
  heard: number,
): Promise<void> {
  showMaintenance(life, life.phase, { until, message });
  const left = timeAtCounter(life) ?? Infinity;
  life.waitsFor = { party, until };
  try {
    const milliseconds = Math.max(1, Math.min(afterMs, left));
    const isResumed = await condition(() => life.resumes > heard, milliseconds);
    if (!isResumed && left < afterMs) throw neverSettle(life, { party, until, message });
  } finally {
    life.waitsFor = null;
  }
}

/** Waits until somebody asks to retry what broke. */
async function untilRetried(life: Life, phase: Phase, why: string): Promise<void> {
  life.stopped = { in: phase, why };
  life.phase = 'stopped';
  showStopped(life, phase, why);
  try {
    await condition(() => life.retryAsked);
  } finally {
    life.retryAsked = false;
    life.stopped = null;
  }
}

/**
 * Runs one step. A broken invariant stops the settlement here until someone asks to retry; in the
 * centre's maintenance window its steps wait here.
 */
export async function step<T>(
  life: Life,
  phase: Phase,
  run: () => Promise<T>,
  doer: Doer = 'centre',
): Promise<T> {
  for (;;) {
    life.phase = phase;
    showStep(life, phase, doer);
    const heard = life.resumes;
    try {
      return await run();
    } catch (error) {
      const failure = failureOf(error);
      const turn = failure && turnIn(failure);
      if (turn) await untilTurn(life, turn, heard);
      else if (failure && isBug(failure)) await untilRetried(life, phase, failure.message);
      else throw error;
    }
  }
}

/** What a remote step is given: its id for operators, its queue, its rank there, its name in the history. */
export interface StepOptions {
  activityId: RemoteStepId;
  taskQueue: string;
  priority: { priorityKey: 1 | 2 | 3 };
  summary: string;
}
/** Runs one remote step, at the place whose it is. */
export function stepAt<T>(
  life: Life,
  id: RemoteStepId,
  run: (options: StepOptions) => Promise<T>,
): Promise<T> {
  const { about } = life;
  invariant(about !== null, 'a place has something to do for a request that nobody knows');
  const { what: summary, phase, at } = remoteSteps[id];
  const taskQueue = placeQueue(about.request[at]);
  const attempt = () => run({ activityId: id, taskQueue, priority: priorityOf(life), summary });
  return step(life, phase, attempt, at);
}
