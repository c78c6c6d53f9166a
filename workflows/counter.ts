import { CancelledFailure } from '@temporalio/workflow';
import type { PlaceCode } from '../domain/identifiers.ts';
import type { Silence } from '../domain/refusal.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import { failureOf, isSilence, maintenanceIn } from './failures.ts';
import type { Life } from './life.ts';

/** Somebody waits at the counter, and only so long; then the request is never settled. */

/** From now on somebody waits at the counter, where the request says so. */
export function startCounter(life: Life, { counter }: SettlementRequest): void {
  if (counter) life.deadline ??= Date.now() + counter.withinMs;
}
/** Milliseconds that are left to whoever waits for the answer; null when nobody does. */
export const timeAtCounter = ({ deadline, answer, wish }: Life): number | null =>
  deadline === null || answer !== undefined || wish !== null ? null : deadline - Date.now();

const leastMs = 200;
/** How long a remote step may last: until the counter's time is up, or as long as it takes. */
export function withinCounter(life: Life): { scheduleToCloseTimeout?: number } {
  const left = timeAtCounter(life);
  return left === null ? {} : { scheduleToCloseTimeout: Math.max(leastMs, left) };
}

/** The time at the counter is up: it is wished that the request be never settled. */
export function neverSettle(life: Life, silence: Silence): CancelledFailure {
  life.wish ??= { by: 'counter', messageId: null, person: null, why: null, silence };
  return new CancelledFailure('the time at the counter is up');
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
    if (life.deadline === null || !isSilence(error)) throw error;
    const { until = null, message = null } = maintenanceIn(failureOf(error));
    throw neverSettle(life, { party, until, message });
  }
}
