import type { InstitutionCode, MessageId } from '../domain/identifiers.ts';
import type { Registration, UploadedBatch } from '../domain/visit.ts';
import type { KeptBill } from '../domain/visit-parts.ts';
import { keepBatches } from './batches.ts';
import { inTransaction, type Database, type Transaction } from './database.ts';
import { registerVisit } from './visits.ts';

/** A whole bill as the treating place keeps it: its visit, and one fee batch for each part. */
export interface BillToKeep {
  institution: InstitutionCode;
  messageId: MessageId;
  digest: string;
  registration: Registration;
  batches: readonly UploadedBatch[];
}

/** Claims the message id; whoever comes at the same moment waits until this transaction is over. */
async function claim(
  transaction: Transaction,
  bill: BillToKeep,
): Promise<'first' | 'same' | 'other'> {
  const { rowCount } = await transaction.query(
    `insert into whole_bill (institution, message_id, digest) values ($1, $2, $3)
     on conflict do nothing`,
    [bill.institution, bill.messageId, bill.digest],
  );
  if (rowCount === 1) return 'first';
  const { rows } = await transaction.query<{ digest: string }>(
    'select digest from whole_bill where institution = $1 and message_id = $2',
    [bill.institution, bill.messageId],
  );
  return rows[0]?.digest === bill.digest ? 'same' : 'other';
}

async function keepParts(
  transaction: Transaction,
  { registration, batches }: BillToKeep,
): Promise<Exclude<KeptBill, { kind: 'kept' }> | { kind: 'stored'; visit: string }> {
  const registered = await registerVisit(transaction, registration);
  if (registered.kind === 'different') return { kind: 'visit-differs' };
  const { visit } = registered;
  const uploaded = await keepBatches(transaction, visit, batches);
  return uploaded.kind === 'stored' ? { ...uploaded, visit } : uploaded;
}

/**
 * Keeps a whole bill once: registers its visit and uploads its batches, as 2201 and 2204 do, all or
 * nothing. The same bill again gives the same visit; its message id with another bill is refused.
 */
const keepBill = (database: Database, bill: BillToKeep): Promise<KeptBill> =>
  inTransaction(database, async (transaction) => {
    const claimed = await claim(transaction, bill);
    if (claimed === 'other') return { kind: 'bill-differs' };
    const kept = await keepParts(transaction, bill);
    if (kept.kind === 'stored') {
      return { kind: 'kept', visit: kept.visit, isRepeated: claimed === 'same' };
    }
    // Lines or batches clash only in a visit that was there before: nothing else was written.
    const key = [bill.institution, bill.messageId];
    if (claimed === 'first') {
      await transaction.query(
        'delete from whole_bill where institution = $1 and message_id = $2',
        key,
      );
    }
    return kept;
  });

/** What a gateway asks of one treating place's database for whole bills. */
export const billStore = (database: Database) => ({
  keepBill: (bill: BillToKeep) => keepBill(database, bill),
});
