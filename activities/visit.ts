import { ApplicationFailure, cancelled } from '@temporalio/activity';
import { WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { ReverseAnswer, SettleAnswer, SettlementRequest } from '../domain/settlement.ts';
import { takeBackMessageId, type PartAnswer } from '../domain/visit-parts.ts';
import { settlementWorkflowId, type RequestKey, type ReverseWish } from '../workflows/contracts.ts';

type Undetermined = { kind: 'undetermined'; why: string };
/** What a gateway asks settlements with; a part of a bill is asked for in the same way. */
export interface SettlementAsker {
  settle(
    request: SettlementRequest,
    deadlineMs: number,
  ): Promise<{ kind: 'answered'; answer: SettleAnswer } | { kind: 'conflict' } | Undetermined>;
  reverse(
    request: RequestKey,
    wish: ReverseWish,
    deadlineMs: number,
  ): Promise<{ kind: 'answered'; answer: ReverseAnswer } | Undetermined>;
}

/** How long one attempt waits for an answer: it holds a slot of the centre's worker. */
const patienceMs = 2_000;

/** "Not yet", for a wait that may last a night: benign, retried, and no event of the history. */
const notYet = (why: string) =>
  ApplicationFailure.create({
    type: 'NotYetAnswered',
    message: `no answer yet: ${why}`,
    category: ApplicationFailureCategory.BENIGN,
  });

function partAnswer(answer: SettleAnswer): PartAnswer {
  if (answer.kind === 'settled') return { kind: 'settled', result: answer.result };
  const { settlementId, refusal } = answer;
  return { kind: 'refused', settlementId, refusal };
}

/** Whether the part has an execution; asked of the server alone, no worker need be there. */
async function isBegun(workflows: WorkflowClient, { institution, messageId }: RequestKey) {
  try {
    await workflows.getHandle(settlementWorkflowId(institution, messageId)).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** What the centre does for a whole bill: it asks for each part as a gateway would. */
export function visitActivities({
  settlements,
  workflows,
}: {
  settlements: SettlementAsker;
  workflows: WorkflowClient;
}) {
  const ask = async (request: SettlementRequest, waitMs: number): Promise<PartAnswer | string> => {
    // A worker that stops does not wait for the answer; another asks again.
    const outcome = await Promise.race([settlements.settle(request, waitMs), cancelled()]);
    if (outcome.kind === 'undetermined') return outcome.why;
    if (outcome.kind === 'conflict') return outcome;
    return partAnswer(outcome.answer);
  };
  return {
    /** Starts a part's settlement; its answer if that comes soon, null once it is certainly begun. */
    beginPart: async (request: SettlementRequest): Promise<PartAnswer | null> => {
      // Who waits at the counter is told of the decision the moment it is made.
      const asked = await ask(request, patienceMs + (request.counter?.withinMs ?? 0));
      if (typeof asked === 'object') return asked;
      if (await isBegun(workflows, request)) return null;
      throw notYet(asked);
    },

    /** The final answer of a part that was begun, however long it takes. */
    awaitPart: async (request: SettlementRequest): Promise<PartAnswer> => {
      const asked = await ask(request, patienceMs);
      if (typeof asked === 'object') return asked;
      throw notYet(asked);
    },

    /** Takes a part back, in whatever state it is; again with the same answer. */
    takeBackPart: async (request: SettlementRequest): Promise<ReverseAnswer> => {
      const { institution, messageId, person } = request;
      const wish = {
        by: 'hospital',
        messageId: takeBackMessageId(messageId),
        person,
        why: null,
      } as const;
      const asked = settlements.reverse({ institution, messageId }, wish, patienceMs);
      const outcome = await Promise.race([asked, cancelled()]);
      if (outcome.kind === 'undetermined') throw notYet(outcome.why);
      return outcome.answer;
    },
  };
}
