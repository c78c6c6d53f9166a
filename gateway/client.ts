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
} from '@temporalio/common';

import type { InstitutionCode, MessageId, PlaceCode } from '../domain/identifiers.ts';
import {
  centreQueue,
  searchAttributes,
  settle,
  settleUpdateId,
  settlementWorkflowId,
  status,
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

export type StatusOutcome = { kind: 'known'; status: SettlementStatus } | { kind: 'unknown' };

export interface SettlementClient {
  /**
   * Starts or joins the settlement of the request and waits for its one final answer. Never throws:
   * what is not an answer is undetermined, and the same call again finds it out.
   */
  settle(request: SettlementRequest, deadlineMs: number): Promise<SettleOutcome>;
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

function startOf(request: SettlementRequest, summary: string) {
  const { treatingPlace, insuredPlace, institution, messageId } = request;
  return new WithStartWorkflowOperation('settlement', {
    workflowId: settlementWorkflowId(institution, messageId),
    taskQueue: centreQueue,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
    // A completed life is never lived again; one that was terminated or failed may be, since every
    // step is idempotent and the request's row says what was answered.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
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

/** The typed client of settlements over Temporal. */
export function createSettlementClient(
  client: Client,
  placeName: (code: PlaceCode) => string = (code) => code,
): SettlementClient {
  return {
    async settle(request, deadlineMs) {
      try {
        const startWorkflowOperation = startOf(request, summaryOf(request, placeName));
        const asked = client.withDeadline(Date.now() + deadlineMs, () =>
          client.workflow.executeUpdateWithStart(settle, {
            updateId: settleUpdateId,
            startWorkflowOperation,
          }),
        );
        // Out of reach, the SDK sleeps between its tries beyond the deadline it was given.
        const answer = await inTime(deadlineMs, asked);
        // Temporal hands back the stored answer whatever the arguments; the digest tells whose it is.
        if (answer.digest !== request.digest) return { kind: 'conflict' };
        return { kind: 'answered', answer };
      } catch (error) {
        return { kind: 'undetermined', why: whyUndetermined(error), error };
      }
    },
    async status(institution, messageId) {
      const handle = client.workflow.getHandle(settlementWorkflowId(institution, messageId));
      try {
        return { kind: 'known', status: await handle.query(status) };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'unknown' };
        throw error;
      }
    },
  };
}
