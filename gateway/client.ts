import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcDeadlineError,
  type Client,
} from '@temporalio/client';
import {
  SearchAttributeType,
  TypedSearchAttributes,
  defineSearchAttributeKey,
  type WorkflowIdReusePolicy,
} from '@temporalio/common';

import type { InstitutionCode, MessageId, PlaceCode } from '../domain/identifiers.ts';
import { digestOfAny, type ReverseAnswer } from '../domain/settlement.ts';
import {
  centreQueue,
  reversalWorkflowId,
  reverse,
  searchAttributes,
  settle,
  settleUpdateId,
  settlementWorkflowId,
  status,
  type RequestKey,
  type ReverseWish,
  type SettleAnswer,
  type SettlementRequest,
  type SettlementStatus,
} from '../workflows/contracts.ts';
import { TooLate, inTime } from './deadline.ts';

/** Why there is no answer yet. The request may have reached Temporal all the same. */
export type WhyUndetermined =
  | 'deadline' // no answer in time
  | 'unreachable' // Temporal did not take or did not confirm the request
  | 'closed-without-answer' // the execution is closed and never answered
  | 'failed'; // the update failed, which it must never do

export type SettleOutcome =
  | { kind: 'answered'; answer: SettleAnswer }
  | { kind: 'conflict' } // the message id was used for another request
  | { kind: 'undetermined'; why: WhyUndetermined; error: unknown };

export type ReverseOutcome =
  | { kind: 'answered'; answer: ReverseAnswer }
  | { kind: 'undetermined'; why: WhyUndetermined; error: unknown };

export type StatusOutcome = { kind: 'known'; status: SettlementStatus } | { kind: 'unknown' };

export interface SettlementClient {
  /**
   * Starts or joins the settlement of the request and waits for its one final answer. Never throws:
   * what is not an answer is undetermined, and the same call again finds it out.
   */
  settle(request: SettlementRequest, deadlineMs: number): Promise<SettleOutcome>;
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

const keywords = {
  treatingPlace: defineSearchAttributeKey(
    searchAttributes.treatingPlace,
    SearchAttributeType.KEYWORD,
  ),
  insuredPlace: defineSearchAttributeKey(
    searchAttributes.insuredPlace,
    SearchAttributeType.KEYWORD,
  ),
  institution: defineSearchAttributeKey(searchAttributes.institution, SearchAttributeType.KEYWORD),
};

/** What an operator reads in the list of executions; nothing of the person. */
function summaryOf(request: SettlementRequest, placeName: (code: PlaceCode) => string): string {
  const { treatingPlace, insuredPlace, institution, disease, declared } = request;
  const care = disease === 'none' ? '普通门诊' : disease;
  return `${placeName(insuredPlace)}参保人在${placeName(treatingPlace)}${institution}就医，${care}，${declared.total} 元`;
}

function startOf(
  request: SettlementRequest,
  summary: string,
  workflowIdReusePolicy: WorkflowIdReusePolicy,
) {
  const { treatingPlace, insuredPlace, institution, messageId } = request;
  return new WithStartWorkflowOperation('settlement', {
    workflowId: settlementWorkflowId(institution, messageId),
    taskQueue: centreQueue,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
    // A life may be lived again, since every step is idempotent and the request's row says what was
    // answered; one that was completed only where nobody knows its answer.
    workflowIdReusePolicy,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: keywords.treatingPlace, value: treatingPlace },
      { key: keywords.insuredPlace, value: insuredPlace },
      { key: keywords.institution, value: institution },
    ]),
    staticSummary: summary,
  });
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

/**
 * Joins the request's execution, or starts it. One that is over and was never asked for its answer, since
 * whoever started it was gone by then, or was a reversal, is lived again: the request's row says it.
 */
async function askToSettle(
  client: Client,
  request: SettlementRequest,
  summary: string,
): Promise<SettleAnswer> {
  const ask = (reuse: WorkflowIdReusePolicy) =>
    client.workflow.executeUpdateWithStart(settle, {
      updateId: settleUpdateId,
      startWorkflowOperation: startOf(request, summary, reuse),
    });
  try {
    return await ask('ALLOW_DUPLICATE_FAILED_ONLY');
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return ask('ALLOW_DUPLICATE');
  }
}

/** Reaches the settlement's own execution; one that is over is taken back by another. */
async function askToReverse(
  client: Client,
  request: RequestKey,
  wish: ReverseWish,
): Promise<ReverseAnswer> {
  const { institution, messageId } = request;
  const updateId = `reverse/${wish.messageId ?? 'operator'}`;
  const ask = (workflow: 'settlement' | 'reversal', workflowId: string) => {
    const startWorkflowOperation = new WithStartWorkflowOperation(workflow, {
      workflowId,
      taskQueue: centreQueue,
      args: [request],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy:
        workflow === 'settlement' ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'ALLOW_DUPLICATE',
      typedSearchAttributes: new TypedSearchAttributes([
        { key: keywords.institution, value: institution },
      ]),
      staticSummary: `撤销：${institution} 的报文 ${messageId}`,
    });
    return client.workflow.executeUpdateWithStart(reverse, {
      updateId,
      args: [wish],
      startWorkflowOperation,
    });
  };
  try {
    return await ask('settlement', settlementWorkflowId(institution, messageId));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return ask('reversal', reversalWorkflowId(request));
  }
}

async function readStatus(client: Client, workflowId: string): Promise<SettlementStatus | null> {
  try {
    return await client.workflow.getHandle(workflowId).query(status);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
async function standingOf(
  client: Client,
  request: RequestKey,
): Promise<'stands' | 'reversing' | 'reversed'> {
  const { institution, messageId } = request;
  for (const workflowId of [
    settlementWorkflowId(institution, messageId),
    reversalWorkflowId(request),
  ]) {
    const now = await readStatus(client, workflowId);
    if (now?.isReversed) return 'reversed';
    if (now?.phase === 'reversing') return 'reversing';
  }
  return 'stands';
}

/** The typed client of settlements over Temporal. */
export function createSettlementClient(
  client: Client,
  placeName: (code: PlaceCode) => string = (code) => code,
): SettlementClient {
  return {
    async settle(request, deadlineMs) {
      try {
        const summary = summaryOf(request, placeName);
        const asked = client.withDeadline(Date.now() + deadlineMs, () =>
          askToSettle(client, request, summary),
        );
        // Out of reach, the SDK sleeps between its tries beyond the deadline it was given.
        const answer = await inTime(deadlineMs, asked);
        // Temporal hands back the stored answer whatever the arguments; the digest tells whose it is.
        const { digest } = request;
        if (answer.digest === digestOfAny)
          return { kind: 'answered', answer: { ...answer, digest } };
        if (answer.digest !== digest) return { kind: 'conflict' };
        return { kind: 'answered', answer };
      } catch (error) {
        return { kind: 'undetermined', why: whyUndetermined(error), error };
      }
    },
    async reverse(request, wish, deadlineMs) {
      try {
        const asked = client.withDeadline(Date.now() + deadlineMs, () =>
          askToReverse(client, request, wish),
        );
        return { kind: 'answered', answer: await inTime(deadlineMs, asked) };
      } catch (error) {
        return { kind: 'undetermined', why: whyUndetermined(error), error };
      }
    },
    standing(request, deadlineMs) {
      const asked = client.withDeadline(Date.now() + deadlineMs, () => standingOf(client, request));
      return inTime(deadlineMs, asked);
    },
    async status(institution, messageId) {
      const now = await readStatus(client, settlementWorkflowId(institution, messageId));
      return now ? { kind: 'known', status: now } : { kind: 'unknown' };
    },
  };
}
