import type { InstitutionCode, MessageId } from '../domain/identifiers.ts';
import type { Registration, UploadedBatch } from '../domain/visit.ts';
import type { KeptBill } from '../domain/visit-parts.ts';
import { keepBatches, readKept } from './batches.ts';
import { inTransaction, type Database, type Queryable, type Transaction } from './database.ts';
import { registerVisit } from './visits.ts';

/** A whole bill as the treating place keeps it: its visit, and one fee batch for each part. */
export interface BillToKeep {
  institution: InstitutionCode;
  messageId: MessageId;
  digest: string;
  registration: Registration;
  batches: readonly UploadedBatch[];
}

type Kept = Extract<KeptBill, { kind: 'kept' }>;

/** Claims the message id; whoever comes at the same moment waits until this transaction is over. */
async function claim(
  transaction: Transaction,
  bill: BillToKeep,
): Promise<'first' | 'same' | 'other' | 'taken-back'> {
  const { rowCount } = await transaction.query(
    `insert into whole_bill (institution, message_id, digest, parts) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [bill.institution, bill.messageId, bill.digest, bill.batches.length],
  );
  if (rowCount === 1) return 'first';
  const { rows } = await transaction.query<{ digest: string | null }>(
    'select digest from whole_bill where institution = $1 and message_id = $2',
    [bill.institution, bill.messageId],
  );
  const digest = rows[0]?.digest;
  if (digest === null) return 'taken-back';
  return digest === bill.digest ? 'same' : 'other';
}

/**
 * How many parts the bill of a message id has that is to be taken back. One that has not arrived has
 * none, and never will: whoever brings it at the same moment comes before this, or is refused.
 */
export async function partsToTakeBack(
  database: Queryable,
  institution: InstitutionCode,
  messageId: MessageId,
): Promise<number> {
  const { rows } = await database.query<{ parts: number }>(
    `insert into whole_bill as b (institution, message_id, digest, parts) values ($1, $2, null, 0)
     on conflict (institution, message_id) do update set parts = b.parts
     returning parts`,
    [institution, messageId],
  );
  return rows[0]?.parts ?? 0;
}

/**
 * A part whose lines the visit has in a batch already is that batch, as when a 2207 is sent again with a
 * new message id: it can be settled now if it was not, and only once.
 */
async function keepParts(
  transaction: Transaction,
  { registration, batches }: BillToKeep,
): Promise<Exclude<KeptBill, { kind: 'kept' }> | Omit<Kept, 'kind' | 'isRepeated'>> {
  const registered = await registerVisit(transaction, registration);
  if (registered.kind === 'different') return { kind: 'visit-differs' };
  const { visit } = registered;
  const before = await readKept(transaction, visit, batches);
  const names = new Map(before.map(({ batch, digest }) => [digest, batch]));
  const named = batches.map((part) => ({ ...part, batch: names.get(part.digest) ?? part.batch }));
  const uploaded = await keepBatches(transaction, visit, named);
  if (uploaded.kind !== 'stored') return uploaded;
  return { visit, batches: new Map(named.map(({ digest, batch }) => [digest, batch])) };
}

/**
 * Keeps a whole bill once: registers its visit and uploads its batches, as 2201 and 2204 do, all or
 * nothing. The same bill again gives the same visit; its message id with another bill is refused.
 */
const keepBill = (database: Database, bill: BillToKeep): Promise<KeptBill> =>
  inTransaction(database, async (transaction) => {
    const claimed = await claim(transaction, bill);
    if (claimed === 'other') return { kind: 'bill-differs' };
    if (claimed === 'taken-back') return { kind: 'taken-back' };
    const kept = await keepParts(transaction, bill);
    if ('visit' in kept) return { kind: 'kept', ...kept, isRepeated: claimed === 'same' };
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
