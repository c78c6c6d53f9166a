import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcDeadlineError,
  type Client,
} from '@temporalio/client';

import type { InstitutionCode, MessageId } from '../domain/identifiers.ts';
import { digestOfAny, type ReverseAnswer } from '../domain/settlement.ts';
import type { WhenLate } from '../domain/treating-place/profile.ts';
import {
  settlementWorkflowId,
  type RequestKey,
  type ReverseWish,
  type SettleAnswer,
  type SettlementRequest,
  type SettlementStatus,
} from '../workflows/contracts.ts';
import {
  askToReverse,
  askToSettle,
  awaitAnswer,
  patienceOf,
  readStanding,
  readStatus,
  takeUp,
  withCounter,
  type SummaryNames,
} from './asking.ts';
import { TooLate, inTime, pause } from './deadline.ts';
import { readProgress, type Progress } from './progress.ts';

/** Why there is no answer yet. The request may have reached Temporal all the same. */
export type WhyUndetermined =
  | 'deadline' // no answer in time
  | 'unreachable' // Temporal did not take or did not confirm the request
  | 'closed-without-answer' // the execution is closed and never answered
  | 'failed'; // the update failed, which it must never do
interface Undetermined {
  kind: 'undetermined';
  why: WhyUndetermined;
  error: unknown;
}

export type SettleOutcome =
  | { kind: 'answered'; answer: SettleAnswer }
  | { kind: 'pending'; progress: Progress } // accepted; it ends by itself
  | { kind: 'conflict' } // the message id was used for another request
  | Undetermined;

export type ResultOutcome =
  | { kind: 'answered'; answer: SettleAnswer }
  | { kind: 'pending'; progress: Progress }
  | { kind: 'unknown' } // Temporal has, or keeps, no execution under this message id
  | Undetermined;

export type ReverseOutcome = { kind: 'answered'; answer: ReverseAnswer } | Undetermined;

export type StatusOutcome = { kind: 'known'; status: SettlementStatus } | { kind: 'unknown' };

export interface SettlementClient {
  /**
   * Starts or joins the settlement of the request and waits for its one final answer. Never throws:
   * what is not an answer is undetermined, and the same call again finds it out.
   *
   * @param deadlineMs by when an answer is wanted
   * @param whenLate `wait`: after three quarters of that time it is `pending`, and goes on by itself;
   *   the same call again, or `result`, gets its answer. `refuse`: by then the workflow has decided that
   *   it is never settled (refusal `not-in-time`), whatever becomes of the caller. What was started first
   *   stays: who joins a settlement that waits is told that it is `pending`.
   * @param enough ends the waiting before that
   */
  settle(
    request: SettlementRequest,
    deadlineMs: number,
    whenLate?: WhenLate,
    enough?: AbortSignal,
  ): Promise<SettleOutcome>;
  /**
   * Before a repeated request is settled: starts it again if its execution was ended by hand, so that
   * somebody works on what that left. Never throws: whoever asks then hears what is wrong.
   */
  takeUp(request: SettlementRequest, deadlineMs: number, whenLate?: WhenLate): Promise<void>;
  /**
   * Waits at most so long for the answer to a request that was sent; starts nothing. Never throws.
   *
   * @param signal ends the waiting, with it the call at Temporal
   */
  result(request: RequestKey, waitMs: number, signal?: AbortSignal): Promise<ResultOutcome>;
  /**
   * Takes back what was, or will be, asked for under a message id, in whatever state it is. Never
   * throws: what is not an answer is undetermined, and the same call again finds it out.
   */
  reverse(request: RequestKey, wish: ReverseWish, deadlineMs: number): Promise<ReverseOutcome>;
  /**
   * Whether what was settled still stands: the stored answer of its update does not say.
   *
   * @throws TooLate, or what the SDK throws, when it cannot be known now
   */
  standing(request: RequestKey, deadlineMs: number): Promise<'stands' | 'reversing' | 'reversed'>;
  /** The phase of a settlement, while Temporal keeps its history. */
  status(institution: InstitutionCode, messageId: MessageId): Promise<StatusOutcome>;
}

function whyUndetermined(error: unknown): WhyUndetermined {
  if (error instanceof TooLate) return 'deadline';
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return 'deadline';
  if (isGrpcDeadlineError(error)) return 'deadline';
  if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed-without-answer';
  if (error instanceof WorkflowNotFoundError) return 'closed-without-answer';
  if (error instanceof WorkflowUpdateFailedError) return 'failed';
  return 'unreachable';
}
const undetermined = (error: unknown): Undetermined => ({
  kind: 'undetermined',
  why: whyUndetermined(error),
  error,
});

/** Out of reach, the SDK sleeps between its tries beyond the deadline it was given. */
const within = <T>(client: Client, milliseconds: number, ask: () => Promise<T>): Promise<T> =>
  inTime(milliseconds, client.withDeadline(Date.now() + milliseconds, ask));

/** How far the execution is; null where there is none, or nobody says in time. */
const progressOf = (
  client: Client,
  { institution, messageId }: RequestKey,
  milliseconds: number,
): Promise<Progress | null> => {
  const workflowId = settlementWorkflowId(institution, messageId);
  return within(client, milliseconds, () => readProgress(client, workflowId)).catch(() => null);
};

/** Temporal hands back the stored answer whatever the arguments; the digest tells whose it is. */
function mineOf(answer: SettleAnswer, { digest }: SettlementRequest): SettleOutcome {
  if (answer.digest === digestOfAny) return { kind: 'answered', answer: { ...answer, digest } };
  return answer.digest === digest ? { kind: 'answered', answer } : { kind: 'conflict' };
}
interface AskedSettlement {
  request: SettlementRequest;
  deadlineMs: number;
  names: SummaryNames | undefined;
  enough: AbortSignal | undefined;
}

/** Whether it goes on by itself however long it takes; a request that must not wait may have joined it. */
async function goesOn(client: Client, request: SettlementRequest, ms: number): Promise<boolean> {
  if (!request.counter) return true;
  const { institution, messageId } = request;
  const workflowId = settlementWorkflowId(institution, messageId);
  const now = await within(client, ms, () => readStatus(client, workflowId)).catch(() => null);
  return now?.atCounter === false && now.phase !== 'reversing';
}

/** When patience is at its end: how far it is, if it goes on by itself. */
async function pendingOf(
  client: Client,
  { request, deadlineMs, enough }: AskedSettlement,
  over: AbortSignal,
): Promise<SettleOutcome | null> {
  const endsAt = Date.now() + deadlineMs;
  const left = (): number => Math.max(0, endsAt - Date.now());
  await pause(patienceOf(deadlineMs), enough ? AbortSignal.any([enough, over]) : over);
  if (over.aborted || !(await goesOn(client, request, left()))) return null;
  const progress = await progressOf(client, request, left());
  return progress && { kind: 'pending', progress };
}

async function settleWithin(client: Client, asked: AskedSettlement): Promise<SettleOutcome> {
  const { request, deadlineMs, names } = asked;
  const over = new AbortController();
  const answer = within(client, deadlineMs, () => askToSettle(client, request, names)).then(
    (told) => mineOf(told, request),
  );
  try {
    const pending = pendingOf(client, asked, over.signal);
    return (await Promise.race([answer, pending])) ?? (await answer);
  } catch (error) {
    return undetermined(error);
  } finally {
    over.abort();
  }
}

const leastWaitMs = 500; // an answer that is there needs a few; one that is not is asked for once
const progressMs = 2000;

async function resultWithin(
  client: Client,
  request: RequestKey,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal | undefined },
): Promise<ResultOutcome> {
  const ask = () => awaitAnswer(client, request);
  try {
    const answer = await within(client, Math.max(waitMs, leastWaitMs), () =>
      signal ? client.withAbortSignal(signal, ask) : ask(),
    );
    return { kind: 'answered', answer };
  } catch (error) {
    const outcome = undetermined(error);
    const isThere = ['deadline', 'closed-without-answer'].includes(outcome.why);
    if (!isThere || signal?.aborted) return outcome;
    const progress = await progressOf(client, request, progressMs);
    if (progress) return { kind: 'pending', progress };
    return error instanceof WorkflowNotFoundError ? { kind: 'unknown' } : outcome;
  }
}

/** The typed client of settlements over Temporal. */
export function createSettlementClient(client: Client, names?: SummaryNames): SettlementClient {
  return {
    settle(asked, deadlineMs, whenLate = 'wait', enough) {
      const request = withCounter(asked, deadlineMs, whenLate);
      return settleWithin(client, { request, deadlineMs, names, enough });
    },
    takeUp(asked, deadlineMs, whenLate = 'wait') {
      const request = withCounter(asked, deadlineMs, whenLate);
      const taking = within(client, deadlineMs, () => takeUp(client, request, names));
      return taking.catch(() => undefined);
    },
    result: (request, waitMs, signal) => resultWithin(client, request, { waitMs, signal }),
    async reverse(request, wish, deadlineMs) {
      try {
        const answer = await within(client, deadlineMs, () => askToReverse(client, request, wish));
        return { kind: 'answered', answer };
      } catch (error) {
        return undetermined(error);
      }
    },
    standing: (request, deadlineMs) =>
      within(client, deadlineMs, () => readStanding(client, request)),
    async status(institution, messageId) {
      const now = await readStatus(client, settlementWorkflowId(institution, messageId));
      return now ? { kind: 'known', status: now } : { kind: 'unknown' };
    },
  };
}
