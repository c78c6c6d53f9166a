import type { Refusal } from '../domain/refusal.ts';
import type { ReversalResult, SettleAnswer } from '../domain/settlement.ts';
import type { CopiedSettlement } from '../domain/visit.ts';
import type { RequestKey } from '../workflows/contracts.ts';
import type { ResultOutcome } from './client.ts';
import { inTime } from './deadline.ts';
import { withWindows, type Progress } from './progress.ts';
import type { Answer, Scene, Surroundings, TimeLeft } from './scene.ts';
import type { TreatingStore } from './store.ts';

/** What became of a request that was sent before, as far as this place and Temporal know. */
export type Standing =
  | ({ kind: 'settled' } & CopiedSettlement)
  | { kind: 'reversed'; settled: CopiedSettlement | null; reversal: ReversalResult | null } // null: on its way
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'pending'; progress: Progress }
  | { kind: 'unknown' }; // it never arrived, or its history is gone and nothing of it was returned

/** Whether what was settled still stands: the copies do not say while an undo is on its way. */
async function standingOfSettled(
  { settlements }: Surroundings,
  key: RequestKey,
  settled: CopiedSettlement,
): Promise<Standing> {
  const standing = await settlements.standing(key, standingMs);
  if (standing === 'stands') return { kind: 'settled', ...settled };
  if (standing === 'reversed') return { kind: 'reversed', settled, reversal: null };
  const progress = { phase: 'reversing', party: 'centre', until: null, message: null } as const;
  return { kind: 'pending', progress };
}
const standingMs = 2000;

async function standingOfAnswer(
  around: Surroundings,
  key: RequestKey,
  answer: SettleAnswer,
): Promise<Standing> {
  if (answer.kind === 'settled') {
    return standingOfSettled(around, key, { result: answer.result, disease: null });
  }
  const { refusal } = answer;
  return refusal.reason === 'request-reversed'
    ? { kind: 'reversed', settled: null, reversal: null }
    : { kind: 'refused', refusal };
}

/** How long a standing is waited for, and what ends the wait. */
export interface LongPoll {
  waitMs: number; // 0: as it is now
  signal?: AbortSignal;
}

/** What the windows say of a wait; what the step itself said is enough where they cannot be read. */
async function joined(store: TreatingStore, progress: Progress, ms: number): Promise<Progress> {
  return withWindows(progress, await inTime(ms, store.windows()).catch(() => []));
}

async function standingOfOutcome(
  around: Surroundings,
  { store, key }: { store: TreatingStore; key: RequestKey },
  outcome: ResultOutcome,
): Promise<Standing> {
  switch (outcome.kind) {
    case 'answered':
      return standingOfAnswer(around, key, outcome.answer);
    case 'pending':
      return { kind: 'pending', progress: await joined(store, outcome.progress, standingMs) };
    case 'unknown':
      return outcome;
    case 'undetermined':
      throw outcome.error instanceof Error ? outcome.error : new Error(outcome.why);
  }
}

/**
 * What became of a request: by the place's copies, else by Temporal.
 *
 * @throws what the store or the SDK throws, when it cannot be known now
 */
export async function readStandingOf(
  around: Surroundings,
  { store, key }: { store: TreatingStore; key: RequestKey },
  { waitMs, signal }: LongPoll,
): Promise<Standing> {
  const { settled, reversal } = await store.copies(key.institution, key.messageId);
  if (reversal) return { kind: 'reversed', settled, reversal };
  if (settled) return standingOfSettled(around, key, settled);
  const outcome = await around.settlements.result(key, waitMs, signal);
  return standingOfOutcome(around, { store, key }, outcome);
}

/** Accepted and pending, in the status that the institution's system knows for it, if it knows one. */
export async function pendingAnswer(
  { store, institution }: Scene,
  progress: Progress,
  timeLeft: TimeLeft,
): Promise<Answer> {
  const notice = { reason: 'pending', ...(await joined(store, progress, timeLeft())) } as const;
  const { pendingCode } = institution;
  return { kind: 'not-done', notice, ...(pendingCode === null ? {} : { status: pendingCode }) };
}
