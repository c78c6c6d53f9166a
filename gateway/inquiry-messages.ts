import { z } from 'zod';

import {
  isSettlementId,
  settlementId,
  type PersonId,
  type SettlementId,
} from '../domain/identifiers.ts';
import { person, type Message } from './messages.ts';
import { checked, number } from './wire/fields.ts';
import { readFields, readRow } from './wire/reading.ts';

const inquiry = z.object({
  psn_no: person,
  // Mandatory in the table; a hospital whose answer was lost does not have it.
  setl_id: checked('不超过 30 位的字母、数字或短横线', isSettlementId)
    .transform(settlementId)
    .optional(),
  mdtrt_id: number(30),
});

/** 5203: of which settlement, or of which visit, the result is asked for. */
export interface Inquiry {
  settlement: SettlementId | null;
  visit: string;
  person: PersonId;
}
/**
 * 5203 结算信息.
 *
 * @throws UnreadableMessage
 */
export function readInquiry({ input }: Message): Inquiry {
  const data = readFields(inquiry, readRow(input, 'data'));
  return { settlement: data.setl_id ?? null, visit: data.mdtrt_id, person: data.psn_no };
}
