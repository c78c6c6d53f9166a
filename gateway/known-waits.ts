import type { MaintenanceWindow } from '../domain/maintenance.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { ResultOutcome, SettlementClient } from './client.ts';
import { pause } from './deadline.ts';
import { whoIsClosed } from './door.ts';
import { withWindows } from './progress.ts';

/** Who waits for settlements that wait for a known window is answered as soon as they do. */

export interface WaitedFor {
  parts: readonly SettlementRequest[]; // of the same places
  allOrNone: boolean;
  windows: readonly MaintenanceWindow[]; // of all parties
  timeLeftMs: number;
}

const pauseMs = 200;
const isLater = (until: string | null, at: number): boolean =>
  until === null || Date.parse(until) > at;

/** Whether time brings nothing more: it has its answer, or waits for a window that ends later. */
function isAtRest(
  outcome: ResultOutcome,
  { allOrNone, windows }: WaitedFor,
  endsAt: number,
): boolean {
  if (outcome.kind === 'answered') {
    // Where it is all or none, a refusal decides soon what becomes of the others.
    return !(allOrNone && outcome.answer.kind === 'refused');
  }
  if (outcome.kind !== 'pending') return false;
  const { until, message } = withWindows(outcome.progress, windows);
  return message !== null && isLater(until, endsAt);
}

/**
 * Waits for the answer to settlements that were asked for; `enough` ends that where a party is known to
 * be closed for longer than there is time, once each of them has begun and waits, or has its answer.
 */
export async function whileOfUse<T>(
  settlements: SettlementClient,
  waited: WaitedFor,
  wait: (enough?: AbortSignal) => Promise<T>,
): Promise<T> {
  const endsAt = Date.now() + waited.timeLeftMs;
  const [first] = waited.parts;
  const closed = first && whoIsClosed(waited.windows, first);
  if (!closed || !isLater(closed.until, endsAt)) return wait();
  const [enough, answered] = [new AbortController(), new AbortController()];
  const watch = async (): Promise<void> => {
    // One after the other: they wait for the same parties.
    for (const part of waited.parts) {
      // Without the signal: the SDK would leave a listener on it at every call.
      while (!isAtRest(await settlements.result(part, 0), waited, endsAt)) {
        await pause(pauseMs, answered.signal);
        if (answered.signal.aborted) return;
      }
    }
    enough.abort();
  };
  void watch(); // it throws nothing, and ends soon after the wait
  try {
    return await wait(enough.signal);
  } finally {
    answered.abort();
  }
}
