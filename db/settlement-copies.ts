import type { ReversalResult, SettlementRequest, SettlementResult } from '../domain/settlement.ts';
import type { Transaction } from './database.ts';

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
    `insert into reversal_copy (reversal_id, settlement_id, institution, visit_id, total, fund_total,
       personal_account, answer, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      reversal.reversalId,
      reversal.settlementId,
      request.institution,
      request.visit,
      totals.total,
      benefit.fundTotal,
      benefit.personalAccount,
      JSON.stringify(reversal),
      reversal.recordedAt,
    ],
  );
}
