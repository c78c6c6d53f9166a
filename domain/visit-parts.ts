import {
  messageId,
  type Disease,
  type InstitutionCode,
  type MessageId,
  type SettlementId,
} from './identifiers.ts';
import { invariant } from './invariant.ts';
import type { Refusal } from './refusal.ts';
import type {
  ReversalResult,
  SettleAnswer,
  SettlementRequest,
  SettlementResult,
} from './settlement.ts';
import type { Uploaded } from './visit.ts';

/** A whole bill on its way: its parts, which are settlements of their own, and what they come to. */

const mostParts = 99;
/** A part's number and the mark of its reversal must have room in a message id of 30 characters. */
export const longestVisitMessage = 26;

/** The message id under which a part is settled; the parts of a bill count from 1. */
export function partMessageId(visit: MessageId, no: number): MessageId {
  invariant(no >= 1 && no <= mostParts, `a bill has no part ${no}`);
  return messageId(`${visit}-${no}`);
}
/** The message id under which a part is taken back because another was refused. */
export const takeBackMessageId = (part: MessageId): MessageId => messageId(`${part}R`);

/** A whole bill as its workflow takes it: the lines are in the treating place's database. */
export interface VisitOrder {
  institution: InstitutionCode;
  messageId: MessageId;
  digest: string; // of the whole bill
  allOrNone: boolean;
  parts: readonly SettlementRequest[];
}

/** How a part stands. Every kind but `pending` is final. */
export type PartAnswer =
  | { kind: 'pending' }
  | {
      kind: 'settled';
      result: SettlementResult;
      /** Why it stands although another part was refused, where all or none was asked for. */
      notReversed?: Refusal;
    }
  | { kind: 'refused'; settlementId: SettlementId; refusal: Refusal }
  /** Taken back with the others; null where it had not been settled and never will be. */
  | { kind: 'reversed'; reversal: ReversalResult | null }
  | { kind: 'conflict' }; // the part's message id was used for another request

/** A part of a bill, by the message id of its settlement, and how it stands. */
export interface VisitPart {
  messageId: MessageId;
  disease: Disease;
  batch: string;
  answer: PartAnswer;
}
/** How a whole bill stands. */
export interface VisitAnswer {
  digest: string; // of the bill it answers
  allOrNone: boolean;
  parts: VisitPart[];
}
export const isFinal = ({ parts }: Pick<VisitAnswer, 'parts'>): boolean =>
  parts.every(({ answer }) => answer.kind !== 'pending');

/** Whether a part was not settled, for good. */
export const isPrevented = ({ kind }: PartAnswer): boolean =>
  kind === 'refused' || kind === 'conflict';

/** What became of a bill that was to be kept; nothing is kept of one that differs or clashes. */
export type KeptBill =
  | {
      kind: 'kept';
      visit: string;
      isRepeated: boolean;
      /** By digest, what the parts' batches are called: as before where the visit had them already. */
      batches: ReadonlyMap<string, string>;
    }
  | { kind: 'bill-differs' } // the message id was used for another bill
  | { kind: 'taken-back' } // before it arrived
  | { kind: 'visit-differs' } // the hospital's number names another visit
  | Exclude<Uploaded, { kind: 'stored' }>;

/** A settlement's answer as that of its part. */
export function partAnswer(answer: SettleAnswer): PartAnswer {
  if (answer.kind === 'settled') return { kind: 'settled', result: answer.result };
  const { settlementId, refusal } = answer;
  return { kind: 'refused', settlementId, refusal };
}
