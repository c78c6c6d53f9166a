import { ApplicationFailure, cancelled } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { ReverseAnswer, SettleAnswer, SettlementRequest } from '../domain/settlement.ts';
import { partAnswer, takeBackMessageId, type PartAnswer } from '../domain/visit-parts.ts';
import type { RequestKey, ReverseWish } from '../workflows/contracts.ts';

type Undetermined = { kind: 'undetermined'; why: string };
/** What a gateway asks settlements with; a part of a bill is asked for in the same way. */
export interface SettlementAsker {
  settle(
    request: SettlementRequest,
    deadlineMs: number,
  ): Promise<
    | { kind: 'answered'; answer: SettleAnswer }
    | { kind: 'pending' | 'conflict' } // pending: it is certainly begun
    | Undetermined
  >;
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

/** What the centre does for a whole bill: it asks for each part as a gateway would. */
export function visitActivities({ settlements }: { settlements: SettlementAsker }) {
  const takeBack = async (request: SettlementRequest): Promise<ReverseAnswer> => {
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
  };
  /**
   * What was settled and taken back since was not refused: when the bill is repeated, its history gone,
   * the parts that stand are not taken back for it. Who asks once more is told the first decision.
   */
  const final = async (request: SettlementRequest, answer: SettleAnswer): Promise<PartAnswer> => {
    const told = partAnswer(answer);
    if (told.kind !== 'refused' || told.refusal.reason !== 'request-reversed') return told;
    const decision = await takeBack(request);
    if (decision.kind !== 'reversed') return told;
    return { kind: 'reversed', reversal: decision.reversal };
  };
  /** The part's answer; null while its settlement goes on by itself. */
  const ask = async (request: SettlementRequest): Promise<PartAnswer | null> => {
    // Who waits at the counter is told of the decision the moment it is made.
    const waitMs = patienceMs + (request.counter?.withinMs ?? 0);
    // A worker that stops does not wait for the answer; another asks again.
    const outcome = await Promise.race([settlements.settle(request, waitMs), cancelled()]);
    switch (outcome.kind) {
      case 'answered':
        return final(request, outcome.answer);
      case 'conflict':
        return { kind: 'conflict' };
      case 'pending':
        return null;
      case 'undetermined':
        throw notYet(outcome.why);
    }
  };
  return {
    /** Starts a part's settlement; its answer if that comes soon, null once it is certainly begun. */
    beginPart: (request: SettlementRequest): Promise<PartAnswer | null> => ask(request),

    /** The final answer of a part that was begun, however long it takes. */
    awaitPart: async (request: SettlementRequest): Promise<PartAnswer> => {
      const answer = await ask(request);
      if (answer) return answer;
      throw notYet('it goes on by itself');
    },

    /** Takes a part back, in whatever state it is; again with the same answer. */
    takeBackPart: takeBack,
  };
}
