import type { Month } from '../domain/calendar.ts';
import type { SettlementId } from '../domain/identifiers.ts';
import type { SettleAnswer, SettlementRequest } from '../domain/settlement.ts';
import type { Queryable, Transaction } from './database.ts';

/** A request as the centre keeps it: the body of whoever came first under this message id. */
export interface StoredRequest {
  settlementId: SettlementId;
  body: SettlementRequest | null; // null: taken back before it arrived
  state: 'claimed' | 'answered' | 'void';
  answer: SettleAnswer | null;
  isReversed: boolean;
  clearedIn: Month | null;
  toUndo: boolean; // taken back, or refused, after its places may have begun
  isNew: boolean; // nobody had claimed it before
}

/** Claims the message id for this request, or finds who has it; locks the row either way. */
export async function claimRequest(
  transaction: Transaction,
  request: SettlementRequest,
): Promise<StoredRequest> {
  const { rowCount } = await transaction.query(
    `insert into request (institution, message_id, settlement_id, digest, body, state)
     values ($1, $2,
       to_char(now() at time zone 'Asia/Shanghai', 'YYYYMMDD')
         || lpad(nextval('settlement_number')::text, 10, '0'),
       $3, $4, 'claimed')
     on conflict (institution, message_id) do nothing`,
    [request.institution, request.messageId, request.digest, JSON.stringify(request)],
  );
  const { rows } = await transaction.query<Omit<StoredRequest, 'isNew'>>(
    `select settlement_id as "settlementId", body, state, answer,
       exists (select from reversal v where v.settlement_id = request.settlement_id) as "isReversed",
       exists (select from reversal v where v.settlement_id = request.settlement_id)
         or exists (select from inbox i where i.settlement_id = request.settlement_id
           and (i.step, i.state) = ('record', 'void')) as "toUndo",
       (select month from ledger_entry e
          join statement_item i on i.entry_id = e.id
          join statement s on s.id = i.statement_id
        where e.settlement_id = request.settlement_id and e.kind = 'settlement') as "clearedIn"
     from request where institution = $1 and message_id = $2 for update`,
    [request.institution, request.messageId],
  );
  const [row] = rows;
  if (!row) throw new Error('the request that was just claimed is gone');
  return { ...row, isNew: rowCount === 1 };
}

/** Gives up a claim that was made in the same transaction. */
export async function unclaim(transaction: Transaction, settlement: SettlementId): Promise<void> {
  await transaction.query(`delete from request where settlement_id = $1 and state = 'claimed'`, [
    settlement,
  ]);
}

/** Keeps the answer for ever; false when the request has an answer already, or is void. */
export async function answerRequest(
  queryable: Queryable,
  settlement: SettlementId,
  answer: SettleAnswer,
): Promise<boolean> {
  const { rowCount } = await queryable.query(
    `update request set state = 'answered', answer = $2, answered_at = clock_timestamp()
     where settlement_id = $1 and state = 'claimed'`,
    [settlement, JSON.stringify(answer)],
  );
  return rowCount === 1;
}
