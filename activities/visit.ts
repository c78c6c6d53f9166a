import { ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { takeBackMessageId, type PartAnswer } from '../domain/visit-parts.ts';
import type { ReverseAnswer, SettleAnswer, SettlementRequest } from '../domain/settlement.ts';
import type { RequestKey, ReverseWish } from '../workflows/contracts.ts';

type Undetermined = { kind: 'undetermined'; why: string };
/** What a gateway asks settlements with; a part of a bill asks in the same way. */
export interface SettlementAsker {
  settle(
    request: SettlementRequest,
    deadlineMs: number,
  ): Promise<
    | { kind: 'answered'; answer: SettleAnswer }
    | { kind: 'pending' }
    | { kind: 'conflict' }
    | Undetermined
  >;
  reverse(
    request: RequestKey,
    wish: ReverseWish,
    deadlineMs: number,
  ): Promise<{ kind: 'answered'; answer: ReverseAnswer } | Undetermined>;
  status(
    institution: RequestKey['institution'],
    messageId: RequestKey['messageId'],
  ): Promise<{ kind: 'known' | 'unknown' }>;
}

/** How long one attempt waits for an answer: it holds a slot of the centre's worker. */
const patienceMs = 3_000;

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

/** What the centre does for a whole bill: it asks for each part as a gateway would. */
export const visitActivities = ({ settlements }: { settlements: SettlementAsker }) => {
  const ask = async (request: SettlementRequest, waitMs: number) => {
    const outcome = await settlements.settle(request, waitMs);
    if (outcome.kind !== 'answered') return outcome;
    return { kind: 'answered', answer: partAnswer(outcome.answer) } as const;
  };
  return {
    /** Starts a part's settlement; its answer if that comes soon, null once it is certainly begun. */
    beginPart: async (request: SettlementRequest): Promise<PartAnswer | null> => {
      // Who waits at the counter is told of the decision the moment it is made.
      const outcome = await ask(request, patienceMs + (request.counter?.withinMs ?? 0));
      if (outcome.kind === 'conflict') return { kind: 'conflict' };
      if (outcome.kind === 'answered') return outcome.answer;
      if (outcome.kind === 'pending') return null;
      const known = await settlements.status(request.institution, request.messageId);
      if (known.kind === 'known') return null;
      throw notYet(outcome.why);
    },

    /** The final answer of a part that was begun, however long it takes. */
    awaitPart: async (request: SettlementRequest): Promise<PartAnswer> => {
      const outcome = await ask(request, patienceMs);
      if (outcome.kind === 'conflict') return { kind: 'conflict' };
      if (outcome.kind === 'answered') return outcome.answer;
      throw notYet(outcome.kind === 'pending' ? 'it goes on by itself' : outcome.why);
    },

    /** Takes a part back, in whatever state it is; again with the same answer. */
    takeBackPart: async ({
      institution,
      messageId: part,
      person,
    }: SettlementRequest): Promise<ReverseAnswer> => {
      const wish: ReverseWish = {
        by: 'hospital',
        messageId: takeBackMessageId(part),
        person,
        why: null,
      };
      const outcome = await settlements.reverse({ institution, messageId: part }, wish, patienceMs);
      if (outcome.kind === 'undetermined') throw notYet(outcome.why);
      return outcome.answer;
    },
  };
};
