import type { Day, Month } from '../domain/calendar.ts';
import type { InstitutionCode, MessageId, SettlementId } from '../domain/identifiers.ts';
import type { ReversalResult, SettleAnswer, SettlementRequest } from '../domain/settlement.ts';
import type { Transaction } from './database.ts';

/** The message id under which a settlement was asked for. */
export interface RequestKey {
  institution: InstitutionCode;
  messageId: MessageId;
}
/** A request as whoever takes it back finds it; its row stays locked. */
export interface RequestToReverse {
  settlementId: SettlementId;
  body: SettlementRequest | null; // null: it has not arrived
  state: 'claimed' | 'answered' | 'void';
  answer: SettleAnswer | null;
  isRecordVoid: boolean; // it was decided, after its places may have begun, that it is never settled
  reversal: ReversalResult | null;
  clearedIn: Month | null; // the settlement
  toBeTold: string | null; // the execution that will hear that the reversal is cleared; null: none
  today: Day; // in China
}

/**
 * No month is cut until the transaction ends: whether the settlement is on a statement stays as it is read.
 * Where one is being cut, it is waited for, less long than an attempt lasts.
 */
export async function holdMonth(transaction: Transaction): Promise<void> {
  await transaction.query(`set local lock_timeout = '4s'`);
  await transaction.query('lock table reversal in row exclusive mode');
}

/** Locks the request, or keeps its place as void, so that a late arrival settles nothing. */
export async function lockRequest(
  transaction: Transaction,
  { institution, messageId }: RequestKey,
): Promise<RequestToReverse> {
  await transaction.query(
    `insert into request (institution, message_id, settlement_id, digest, state)
     values ($1, $2,
       to_char(now() at time zone 'Asia/Shanghai', 'YYYYMMDD')
         || lpad(nextval('settlement_number')::text, 10, '0'),
       '', 'void')
     on conflict (institution, message_id) do nothing`,
    [institution, messageId],
  );
  const key = [institution, messageId];
  await transaction.query(
    'select from request where institution = $1 and message_id = $2 for update',
    key,
  );
  // Read after the lock was granted: whoever held it before may have recorded, or taken back.
  const { rows } = await transaction.query<RequestToReverse>(
    `select r.settlement_id as "settlementId", r.body, r.state, r.answer,
       exists (select from inbox i where i.settlement_id = r.settlement_id
         and (i.step, i.state) = ('record', 'void')) as "isRecordVoid",
       (select result from reversal v where v.settlement_id = r.settlement_id) as reversal,
       (select s.month from ledger_entry e
          join statement_item i on i.entry_id = e.id
          join statement s on s.id = i.statement_id
        where e.settlement_id = r.settlement_id and e.kind = 'settlement') as "clearedIn",
       (select v.workflow_id from reversal v
          join ledger_entry e on e.settlement_id = v.settlement_id and e.kind = 'reversal'
        where v.settlement_id = r.settlement_id
          and not exists (select from statement_item i where i.entry_id = e.id)) as "toBeTold",
       (now() at time zone 'Asia/Shanghai')::date as today
     from request r where r.institution = $1 and r.message_id = $2`,
    key,
  );
  const [row] = rows;
  if (!row) throw new Error('the request that was just locked is gone');
  return row;
}

/** A number of the same series as the settlements'. */
export async function nextReversalId(transaction: Transaction): Promise<SettlementId> {
  const { rows } = await transaction.query<{ id: SettlementId }>(
    `select to_char(now() at time zone 'Asia/Shanghai', 'YYYYMMDD')
       || lpad(nextval('settlement_number')::text, 10, '0') as id`,
  );
  const [row] = rows;
  if (!row) throw new Error('no next number');
  return row.id;
}

export interface NewReversal {
  result: ReversalResult;
  workflowId: string;
  by: 'hospital' | 'operator';
  why: string | null;
}
/** Writes the reversal. The trigger compares it with what it takes back. */
export async function insertReversal(
  transaction: Transaction,
  { result, workflowId, by, why }: NewReversal,
): Promise<void> {
  const { totals, benefit } = result;
  await transaction.query(
    `insert into reversal (id, settlement_id, workflow_id, asked_by, message_id, why, total,
       fund_total, personal_account, cash, hospital_share, result, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      result.reversalId,
      result.settlementId,
      workflowId,
      by,
      result.messageId,
      why,
      totals.total,
      benefit.fundTotal,
      benefit.personalAccount,
      benefit.cash,
      benefit.hospitalShare,
      JSON.stringify(result),
      result.recordedAt,
    ],
  );
}
