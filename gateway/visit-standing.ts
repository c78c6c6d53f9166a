import type { InstitutionCode } from '../domain/identifiers.ts';
import {
  partAnswer,
  type PartAnswer,
  type VisitAnswer,
  type VisitPart,
} from '../domain/visit-parts.ts';
import { digestOfAny, type ReversalResult } from '../domain/settlement.ts';
import type { RequestKey } from '../workflows/contracts.ts';
import type { ResultOutcome } from './client.ts';
import { inTime } from './deadline.ts';
import { withWindows, type Progress } from './progress.ts';
import type { Surroundings, TimeLeft } from './scene.ts';
import type { TreatingStore } from './store.ts';
import type { VisitClient } from './visit-client.ts';

/** How the parts of a bill are told: as their settlements stand at that moment. */

export interface ToldPart extends VisitPart {
  progress: Progress | null; // of one that is pending, where it is known
}
export interface ToldVisit extends Pick<VisitAnswer, 'allOrNone'> {
  parts: ToldPart[];
}
type Around = Pick<Surroundings, 'settlements'>;

/** A settled part whose settlement was taken back since is not told as settled. */
async function settledNow(
  { settlements }: Around,
  key: RequestKey,
  { answer, timeLeft }: { answer: PartAnswer; timeLeft: TimeLeft },
): Promise<PartAnswer> {
  const standing = await settlements.standing(key, timeLeft());
  if (standing === 'stands') return answer;
  return standing === 'reversed' ? { kind: 'reversed', reversal: null } : { kind: 'pending' };
}

type Now = Pick<ToldPart, 'answer' | 'progress'>;
const pending: Now = { answer: { kind: 'pending' }, progress: null };
/** Where it is all or none, a part that has its answer waits for what the centre makes of all of them. */
const untilDecided = { phase: null, party: 'centre', until: null, message: null } as const;

/** The answer of a part's settlement: by the place's copies, else by Temporal. */
async function outcomeOf(
  { settlements }: Around,
  store: TreatingStore,
  key: RequestKey,
): Promise<ResultOutcome | { kind: 'reversed'; reversal: ReversalResult }> {
  const { settled, reversal } = await store.copies(key.institution, key.messageId);
  if (reversal) return { kind: 'reversed', reversal };
  if (!settled) return settlements.result(key, 0);
  return {
    kind: 'answered',
    answer: { kind: 'settled', digest: digestOfAny, result: settled.result },
  };
}

/**
 * Whom a part waits for, and until when, where anybody says in time. Its settlement may have an answer
 * that the bill's execution has not learnt yet; that counts while it stands, unless it is all or none.
 */
async function pendingNow(
  around: Around,
  { store, key, allOrNone }: { store: TreatingStore; key: RequestKey; allOrNone: boolean },
  timeLeft: TimeLeft,
): Promise<Now> {
  const outcome = await outcomeOf(around, store, key);
  if (outcome.kind === 'unknown' || outcome.kind === 'undetermined') return pending;
  if (outcome.kind === 'pending' || allOrNone) {
    const progress = outcome.kind === 'pending' ? outcome.progress : untilDecided;
    const windows = await store.windows().catch(() => []);
    return { ...pending, progress: withWindows(progress, windows) };
  }
  const answer = outcome.kind === 'reversed' ? outcome : partAnswer(outcome.answer);
  const isSettled = answer.kind === 'settled';
  const now = isSettled ? await settledNow(around, key, { answer, timeLeft }) : answer;
  return { answer: now, progress: null };
}

/** Whose bill it is, and whether something of it may have been done before. */
export interface BillOf {
  institution: InstitutionCode;
  store: TreatingStore;
  isRepeated: boolean;
}
/** How the parts stand now: what was settled may have been taken back since. */
export async function asTheyStand(
  around: Around,
  { institution, store, isRepeated }: BillOf,
  { allOrNone, parts }: VisitAnswer,
  timeLeft: TimeLeft,
): Promise<ToldVisit> {
  const told = parts.map(async (part): Promise<ToldPart> => {
    const key = { institution, messageId: part.messageId };
    const { kind } = part.answer;
    const asked = { answer: part.answer, timeLeft };
    const isOld = kind === 'settled' && isRepeated;
    const answer = isOld ? await settledNow(around, key, asked) : part.answer;
    if (answer.kind !== 'pending') return { ...part, answer, progress: null };
    const now = pendingNow(around, { store, key, allOrNone }, timeLeft);
    return { ...part, ...(await inTime(timeLeft(), now).catch(() => pending)) };
  });
  return { allOrNone, parts: await Promise.all(told) };
}

/** How a bill stands now; null when Temporal knows nothing of it. */
export async function visitStanding(
  around: Around & { visits: VisitClient },
  { institution, messageId, store }: RequestKey & { store: TreatingStore },
  timeLeft: TimeLeft,
): Promise<ToldVisit | null> {
  const known = await inTime(timeLeft(), around.visits.status({ institution, messageId }));
  return known && asTheyStand(around, { institution, store, isRepeated: true }, known, timeLeft);
}
