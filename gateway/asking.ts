import {
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import {
  TypedSearchAttributes,
  type Priority,
  type WorkflowIdReusePolicy,
} from '@temporalio/common';

import { digestOfAny, type ReverseAnswer } from '../domain/settlement.ts';
import { summaryOf } from '../domain/summary.ts';
import type { WhenLate } from '../domain/treating-place/profile.ts';
import {
  centreQueue,
  reversalWorkflowId,
  reverse,
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
import type { Names } from './wording.ts';
import { keywords } from './progress.ts';
import { isCutOff } from './waiting.ts';

/** What is asked of Temporal about one settlement. Each throws what the SDK throws. */

const isGivenUp = (error: unknown): boolean => {
  const code: number | null = isGrpcServiceError(error) ? error.code : null;
  return code === 9; // FAILED_PRECONDITION
};
/**
 * An update is given up by the server when the workflow task that carries it fails, as where a worker
 * loses one that a query meets. It is asked once more: by its id it is the same update.
 */
export async function askAgainOnce<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isGivenUp(error)) throw error;
    return ask();
  }
}

/**
 * How long a settlement may take of the time in which its answer is wanted: 6 s of 8 s. The last quarter
 * is for the decision that it is never settled, or for asking how far it is.
 */
export const patienceOf = (deadlineMs: number): number => ((deadlineMs - (deadlineMs % 4)) / 4) * 3;

/** What places and diseases are called, where anybody knows. */
export type SummaryNames = Pick<Names, 'place' | 'disease'>;
/** What an operator reads in the list of executions; nothing of the person. */
const summaryFor = (request: SettlementRequest, names?: SummaryNames): string =>
  summaryOf(
    request,
    names && {
      treatingPlace: names.place(request.treatingPlace),
      insuredPlace: names.place(request.insuredPlace),
      institution: null,
      disease: names.disease(request.disease) ?? null,
    },
  );

/** Who stands at a counter is served before what waits by itself. */
export const priorityOf = ({ counter }: Pick<SettlementRequest, 'counter'>): Priority => ({
  priorityKey: counter ? 1 : 3,
});

/** What an execution is found by; codes of places and institutions, nothing personal. */
export const settlementAttributes = ({
  treatingPlace,
  insuredPlace,
  institution,
}: SettlementRequest): TypedSearchAttributes =>
  new TypedSearchAttributes([
    { key: keywords.treatingPlace, value: treatingPlace },
    { key: keywords.insuredPlace, value: insuredPlace },
    { key: keywords.institution, value: institution },
  ]);

/** How a settlement is started. */
const startOf = (
  request: SettlementRequest,
  workflowIdReusePolicy: WorkflowIdReusePolicy,
  names?: SummaryNames,
) => ({
  workflowId: settlementWorkflowId(request.institution, request.messageId),
  taskQueue: centreQueue,
  args: [request],
  workflowIdConflictPolicy: 'USE_EXISTING' as const,
  // A life may be lived again, since every step is idempotent and the request's row says what was
  // answered; one that was completed only where nobody knows its answer.
  workflowIdReusePolicy,
  priority: priorityOf(request),
  typedSearchAttributes: settlementAttributes(request),
  staticSummary: summaryFor(request, names),
});

/** The last run where it was ended by hand, or failed; null where it goes on, or is over as it should. */
async function runCutOff(client: Client, workflowId: string): Promise<string | null> {
  try {
    const { runId, status: state } = await client.workflow.getHandle(workflowId).describe();
    return isCutOff(state.name) ? runId : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/**
 * Lives a settlement again whose execution, or that of its reversal, was ended by hand: where it had
 * answered, Temporal would hand back its answer to a repeat, and nobody would work on what was left.
 */
export async function takeUp(
  client: Client,
  request: SettlementRequest,
  names?: SummaryNames,
): Promise<void> {
  const start = startOf(request, 'ALLOW_DUPLICATE', names);
  const ids = [start.workflowId, reversalWorkflowId(request)];
  const cutOff = await Promise.all(ids.map((workflowId) => runCutOff(client, workflowId)));
  if (cutOff.every((run) => run === null)) return;
  await client.workflow.start('settlement', start);
}

/**
 * The answer of an execution that is over and that nobody asked for it: why it was refused, which may be
 * before it was taken back. What was settled is told by its copy.
 */
async function answerOfClosed(
  client: Client,
  { institution, messageId }: RequestKey,
  digest: string,
): Promise<SettleAnswer | null> {
  const handle = client.workflow.getHandle(settlementWorkflowId(institution, messageId));
  const { status: state } = await handle.describe();
  if (state.name !== 'COMPLETED') return null;
  const { phase, settlementId, refusal } = (await handle.result()) as SettlementStatus;
  const why = refusal ?? (phase === 'reversed' ? { reason: 'request-reversed' as const } : null);
  return why && settlementId && { kind: 'refused', digest, settlementId, refusal: why };
}

/**
 * Starts or joins the settlement, and waits for its one final answer. One that is over and was never
 * asked for its answer, since whoever started it was gone by then, or was a reversal, is lived again: it
 * finds the answer in the request's row.
 */
export async function askToSettle(
  client: Client,
  request: SettlementRequest,
  names?: SummaryNames,
): Promise<SettleAnswer> {
  const ask = (reuse: WorkflowIdReusePolicy) =>
    askAgainOnce(() =>
      client.workflow.executeUpdateWithStart(settle, {
        updateId: settleUpdateId,
        startWorkflowOperation: new WithStartWorkflowOperation(
          'settlement',
          startOf(request, reuse, names),
        ),
      }),
    );
  try {
    return await ask('ALLOW_DUPLICATE_FAILED_ONLY');
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return ask('ALLOW_DUPLICATE');
  }
}

/** Waits for the answer of a settlement that was asked for; starts nothing. */
export async function awaitAnswer(client: Client, request: RequestKey): Promise<SettleAnswer> {
  const { institution, messageId } = request;
  const handle = client.workflow.getHandle(settlementWorkflowId(institution, messageId));
  try {
    return await handle.getUpdateHandle<SettleAnswer>(settleUpdateId).result();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const answer = await answerOfClosed(client, request, digestOfAny).catch(() => null);
    if (answer) return answer;
    throw error;
  }
}

/** When the counter's time is up: `refuse` lets the workflow decide that it is never settled. */
export const withCounter = (
  request: SettlementRequest,
  deadlineMs: number,
  whenLate: WhenLate,
): SettlementRequest =>
  whenLate === 'wait' ? request : { ...request, counter: { withinMs: patienceOf(deadlineMs) } };

/** Reaches the settlement's own execution; one that is over is taken back by another. */
export async function askToReverse(
  client: Client,
  request: RequestKey,
  wish: ReverseWish,
): Promise<ReverseAnswer> {
  const { institution, messageId } = request;
  const ask = async (workflow: 'settlement' | 'reversal', workflowId: string) => {
    // What a run had decided that was ended by hand is decided once more: its undo may be left.
    const cutOff = await runCutOff(client, workflowId);
    const updateId = ['reverse', wish.messageId ?? 'operator', ...(cutOff ? [cutOff] : [])].join(
      '/',
    );
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
    return await askAgainOnce(() =>
      ask('settlement', settlementWorkflowId(institution, messageId)),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return askAgainOnce(() => ask('reversal', reversalWorkflowId(request)));
  }
}

export async function readStatus(
  client: Client,
  workflowId: string,
): Promise<SettlementStatus | null> {
  try {
    return await client.workflow.getHandle(workflowId).query(status);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

export async function readStanding(
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
