import type { MaintenanceWindow } from '../domain/maintenance.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { ResultOutcome, SettlementClient } from './client.ts';
import { inTime, pause } from './deadline.ts';
import { whoIsClosed } from './door.ts';
import { withWindows } from './progress.ts';
import type { TimeLeft } from './scene.ts';
import type { TreatingStore } from './store.ts';

/** Who waits for settlements that wait for a known window is answered as soon as they do. */

export interface WaitedFor {
  parts: readonly SettlementRequest[]; // of the same places
  allOrNone: boolean;
  store: Pick<TreatingStore, 'windows'>; // of the treating place
  timeLeft: TimeLeft;
}

type Windows = readonly MaintenanceWindow[];
const pauseMs = 200;
const isLater = (until: string | null, at: number): boolean =>
  until === null || Date.parse(until) > at;

/** Whether time brings nothing more: it has its answer, or waits for a window that ends later. */
function isAtRest(
  outcome: ResultOutcome,
  { allOrNone, windows, endsAt }: { allOrNone: boolean; windows: Windows; endsAt: number },
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
  { parts, allOrNone, store, timeLeft }: WaitedFor,
  wait: (enough?: AbortSignal) => Promise<T>,
): Promise<T> {
  const windows: Windows = await inTime(timeLeft(), store.windows()).catch(() => []);
  const endsAt = Date.now() + timeLeft();
  const [first] = parts;
  const closed = first && whoIsClosed(windows, first);
  if (!closed || !isLater(closed.until, endsAt)) return wait();
  const [enough, answered] = [new AbortController(), new AbortController()];
  const watch = async (): Promise<void> => {
    // One after the other: they wait for the same parties.
    for (const part of parts) {
      // Without the signal: the SDK would leave a listener on it at every call.
      while (!isAtRest(await settlements.result(part, 0), { allOrNone, windows, endsAt })) {
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
