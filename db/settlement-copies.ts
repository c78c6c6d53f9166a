import type { SettlementId } from '../domain/identifiers.ts';
import type { ReversalResult, SettlementRequest, SettlementResult } from '../domain/settlement.ts';
import type { KnownSettlement } from '../domain/visit.ts';
import type { Queryable, Transaction } from './database.ts';

/** Keeps the treating place's copy of a result, where the hospital's later questions find it. */
export async function insertCopy(
  transaction: Transaction,
  request: SettlementRequest,
  result: SettlementResult,
): Promise<void> {
  const { benefit } = result.calculation;
  await transaction.query(
    `insert into settlement_copy (settlement_id, institution, message_id, visit_id, batch_no, total,
       fund_total, personal_account, answer, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      result.settlementId,
      request.institution,
      request.messageId,
      request.visit,
      request.batch,
      result.totals.total,
      benefit.fundTotal,
      benefit.personalAccount,
      JSON.stringify(result),
      result.recordedAt,
    ],
  );
}

/** Keeps the treating place's copy of a reversal. */
export async function insertReversalCopy(
  transaction: Transaction,
  request: SettlementRequest,
  reversal: ReversalResult,
): Promise<void> {
  const { totals, benefit } = reversal;
  await transaction.query(
    `insert into reversal_copy (reversal_id, settlement_id, institution, message_id, visit_id, total,
       fund_total, personal_account, answer, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      reversal.reversalId,
      reversal.settlementId,
      request.institution,
      request.messageId,
      request.visit,
      totals.total,
      benefit.fundTotal,
      benefit.personalAccount,
      JSON.stringify(reversal),
      reversal.recordedAt,
    ],
  );
}

/**
 * Whose settlement, or whose reversal, this number is. A settlement is known from the moment its
 * batch is frozen: before its result is returned, and while its reversal is being undone.
 */
export async function findSettlement(
  database: Queryable,
  id: SettlementId,
): Promise<KnownSettlement | null> {
  const { rows } = await database.query<KnownSettlement>(
    `select 'settlement' as kind, institution, message_id as "messageId", visit_id as visit
       from settlement_copy where settlement_id = $1
     union all
     select 'settlement', v.institution, split_part(b.workflow_id, '/', 3), b.visit_id
       from fee_batch b join visit v on v.id = b.visit_id where b.settlement_id = $1
     union all
     select case reversal_id when $1 then 'reversal' else 'settlement' end, institution, message_id,
       visit_id
       from reversal_copy where $1 in (reversal_id, settlement_id)
     limit 1`,
    [id],
  );
  return rows[0] ?? null;
}
