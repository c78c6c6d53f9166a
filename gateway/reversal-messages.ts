import { z } from 'zod';

import {
  isMessageId,
  isSettlementId,
  messageId,
  settlementId,
  type MessageId,
  type PersonId,
  type SettlementId,
} from '../domain/identifiers.ts';
import { extension, person, type Message } from './messages.ts';
import { checked, number, text } from './wire/fields.ts';
import { readFields, readRow } from './wire/reading.ts';

const reversal = z.object({
  setl_id: checked('不超过 30 位的字母、数字或短横线', isSettlementId).transform(settlementId),
  mdtrt_id: number(30),
  psn_no: person,
  exp_content: extension,
});

/** 2208: which settlement of whose visit is taken back. */
export interface ReversalOrder {
  settlement: SettlementId;
  visit: string;
  person: PersonId;
}
/**
 * 2208 门诊结算撤销.
 *
 * @throws UnreadableMessage
 */
export function readReversal({ input }: Message): ReversalOrder {
  const data = readFields(reversal, readRow(input, 'data'));
  return { settlement: data.setl_id, visit: data.mdtrt_id, person: data.psn_no };
}

const undoing = z.object({
  psn_no: person,
  omsgid: checked('不超过 30 位的字母、数字、短横线或下划线', isMessageId).transform(messageId),
  oinfno: text(10),
});

/** 2601: the request that is taken back, by the message id under which it was sent. */
export interface UndoOrder {
  person: PersonId;
  messageId: MessageId;
  transaction: string; // as it came; the A forms are not told apart
}
/**
 * 2601 冲正.
 *
 * @throws UnreadableMessage
 */
export function readUndo({ input }: Message): UndoOrder {
  const data = readFields(undoing, readRow(input, 'data'));
  return { person: data.psn_no, messageId: data.omsgid, transaction: data.oinfno };
}
