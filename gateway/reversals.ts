import type { InstitutionCode, MessageId, PersonId, SettlementId } from '../domain/identifiers.ts';
import type { ReverseAnswer } from '../domain/settlement.ts';
import { longestVisitMessage, partMessageId, takeBackMessageId } from '../domain/visit-parts.ts';
import type { Visit } from '../domain/visit.ts';
import { inTime } from './deadline.ts';
import type { Message } from './messages.ts';
import { readReversal, readUndo } from './reversal-messages.ts';
import {
  complain,
  sceneOf,
  visitOf,
  type Answer,
  type Surroundings,
  type TimeLeft,
} from './scene.ts';
import type { Institution } from './store.ts';
import { shown } from './wire/fields.ts';
import { reversalReply } from './wire/replies.ts';

/** 2208 and 2601: what a hospital takes back. */

/** What is taken back, and whom the hospital says it was for. */
interface Asked {
  institution: InstitutionCode;
  messageId: MessageId; // of the settlement
  person: PersonId;
  by: MessageId; // of what takes it back
}
interface PreparedReversal extends Asked {
  settlement: SettlementId;
  visit: Visit;
  clearedBy: Institution['region'];
}

async function prepareReversal(around: Surroundings, message: Message): Promise<PreparedReversal> {
  const order = readReversal(message);
  const scene = await sceneOf(around, message);
  const { settlement } = order;
  const received = shown(settlement);
  const known = await scene.store.settlement(settlement);
  if (known?.institution !== message.institution) {
    return complain({ reason: 'settlement-unknown', received });
  }
  if (known.kind === 'reversal') return complain({ reason: 'reversal-of-reversal', received });
  if (known.visit !== order.visit) complain({ reason: 'settlement-differs', field: 'mdtrt_id' });
  const visit = await visitOf(scene, message, order);
  const { institution, messageId } = known;
  const asked = { institution, messageId, person: order.person, by: message.messageId };
  return { ...asked, settlement, visit, clearedBy: scene.institution.region };
}

/** The original itself, and the parts of the bill that it was if it was one. */
async function prepareUndo(around: Surroundings, message: Message): Promise<Asked[]> {
  const { person, messageId, transaction } = readUndo(message);
  const { store } = await sceneOf(around, message);
  if (!['2207', '2207A'].includes(transaction.toUpperCase())) {
    complain({ reason: 'not-reversible', received: shown(transaction) });
  }
  const { institution } = message;
  const mayBeBill = messageId.length <= longestVisitMessage;
  const count = mayBeBill ? await store.partsToTakeBack(institution, messageId) : 0;
  const parts = Array.from({ length: count }, (_, index) => partMessageId(messageId, index + 1));
  const by = message.messageId;
  return [
    { institution, messageId, person, by },
    ...parts.map((part) => ({ institution, messageId: part, person, by: takeBackMessageId(part) })),
  ];
}

const undetermined = { reason: 'reversal-undetermined' } as const;

/** Asks for the decision. From the moment Temporal is asked, whatever goes wrong is undetermined. */
async function decide(
  around: Surroundings,
  { institution, messageId, person, by }: Asked,
  timeLeft: TimeLeft,
): Promise<ReverseAnswer | Exclude<Answer, { kind: 'done' }>> {
  const wish = { by: 'hospital', messageId: by, person, why: null } as const;
  try {
    const request = { institution, messageId };
    const outcome = await around.settlements.reverse(request, wish, timeLeft());
    if (outcome.kind === 'answered') return outcome.answer;
    const { why, error } = outcome;
    return { kind: 'not-done', notice: undetermined, why, error };
  } catch (error) {
    return { kind: 'not-done', notice: undetermined, why: 'unexpected', error };
  }
}

/** 2208 门诊结算撤销: the receipt with every sign turned. */
export async function reverse(
  around: Surroundings,
  message: Message,
  timeLeft: TimeLeft,
): Promise<Answer> {
  const prepared = await inTime(timeLeft(), prepareReversal(around, message));
  const { settlement, visit, clearedBy } = prepared;
  const decided = await decide(around, prepared, timeLeft);
  switch (decided.kind) {
    case 'not-done':
      return decided;
    case 'refused':
      return { kind: 'not-done', notice: decided.refusal };
    case 'not-settled':
      return { kind: 'not-done', notice: { reason: 'nothing-to-reverse', settlement } };
    case 'reversed': {
      const { reversal } = decided;
      const messageId = reversal.messageId ?? message.messageId;
      const reply = reversalReply({ reversal, visit, messageId, clearedBy });
      return { kind: 'done', output: reply };
    }
  }
}

/** 2601 冲正: nothing is settled under the original message id, and nothing will be. */
export async function undo(
  around: Surroundings,
  message: Message,
  timeLeft: TimeLeft,
): Promise<Answer> {
  const prepared = await inTime(timeLeft(), prepareUndo(around, message));
  const all = await Promise.all(prepared.map((asked) => decide(around, asked, timeLeft)));
  for (const decided of all) if (decided.kind === 'not-done') return decided;
  for (const decided of all) {
    if (decided.kind === 'refused') return { kind: 'not-done', notice: decided.refusal };
  }
  return { kind: 'done', output: null };
}
