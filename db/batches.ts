import { priceToWire, quantityToWire, toWire } from '../domain/money.ts';
import type { Batch, Uploaded, UploadedBatch, UploadedLine } from '../domain/visit.ts';
import { inTransaction, type Database, type Queryable, type Transaction } from './database.ts';

/**
 * Keeps the batches of a visit, all or none. A batch that is there with the same digest stays as it
 * is; with another digest, or with a line number that another batch has, nothing is kept.
 */
export const uploadBatches = (
  database: Database,
  visit: string,
  batches: readonly UploadedBatch[],
): Promise<Uploaded> =>
  inTransaction(database, (transaction) => keepBatches(transaction, visit, batches));

/** The same within a transaction. */
export async function keepBatches(
  transaction: Transaction,
  visit: string,
  batches: readonly UploadedBatch[],
): Promise<Uploaded> {
  // Two uploads for one visit go one after the other, so that what is read here stays true.
  await transaction.query('select from visit where id = $1 for no key update', [visit]);
  const kept = await readKept(transaction, visit, batches);
  const known = new Map(kept.map(({ batch, digest }) => [batch, digest]));
  const differing = batches.find(({ batch, digest }) => (known.get(batch) ?? digest) !== digest);
  if (differing) return { kind: 'batch-differs', batch: differing.batch };
  const fresh = batches.filter(({ batch }) => !known.has(batch));
  const taken = await readTakenLine(transaction, visit, fresh);
  if (taken !== undefined) return { kind: 'line-taken', line: taken };
  await insertBatches(transaction, visit, fresh);
  return { kind: 'stored' };
}

/** What the visit has of these batches: by name, or with the same content under whatever name. */
export async function readKept(
  transaction: Transaction,
  visit: string,
  batches: readonly UploadedBatch[],
): Promise<Pick<UploadedBatch, 'batch' | 'digest'>[]> {
  const { rows } = await transaction.query<Pick<UploadedBatch, 'batch' | 'digest'>>(
    `select batch_no as batch, digest from fee_batch
     where visit_id = $1 and (batch_no = any($2) or digest = any($3))`,
    [visit, batches.map(({ batch }) => batch), batches.map(({ digest }) => digest)],
  );
  return rows;
}

async function readTakenLine(
  transaction: Transaction,
  visit: string,
  batches: readonly UploadedBatch[],
): Promise<string | undefined> {
  const { rows } = await transaction.query<{ line: string }>(
    `select line_no as line from fee_line where visit_id = $1 and line_no = any($2)
     order by line_no limit 1`,
    [visit, batches.flatMap(({ lines }) => lines.map(({ no }) => no))],
  );
  return rows[0]?.line;
}

async function insertBatches(
  transaction: Transaction,
  visit: string,
  batches: readonly UploadedBatch[],
): Promise<void> {
  if (batches.length === 0) return;
  await transaction.query(
    `insert into fee_batch (visit_id, batch_no, digest, total)
     select $1, * from unnest($2::text[], $3::text[], $4::numeric[])`,
    [
      visit,
      batches.map(({ batch }) => batch),
      batches.map(({ digest }) => digest),
      batches.map(({ total }) => toWire(total)),
    ],
  );
  const lines = batches.flatMap(({ batch, lines }) => lines.map((line) => ({ batch, line })));
  const column = <T extends string | null>(value: (line: UploadedLine) => T) =>
    lines.map(({ line }) => value(line));
  await transaction.query(
    `insert into fee_line (visit_id, batch_no, line_no, disease, item, occurred_on, price, quantity,
       amount, approval, doctor)
     select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::date[],
       $7::numeric[], $8::numeric[], $9::numeric[], $10::text[], $11::text[])`,
    [
      visit,
      lines.map(({ batch }) => batch),
      column(({ no }) => no),
      column(({ disease }) => disease),
      column(({ item }) => item),
      column(({ occurredOn }) => occurredOn),
      column(({ price }) => priceToWire(price)),
      column(({ quantity }) => quantityToWire(quantity)),
      column(({ amount }) => toWire(amount)),
      column(({ approval }) => approval),
      column(({ doctor }) => doctor),
    ],
  );
}

export async function readBatch(
  database: Queryable,
  visit: string,
  batch: string,
): Promise<Batch | null> {
  const { rows } = await database.query<Batch>(
    `select b.digest, array_agg(distinct l.disease order by l.disease) as diseases
     from fee_batch b join fee_line l on l.visit_id = b.visit_id and l.batch_no = b.batch_no
     where b.visit_id = $1 and b.batch_no = $2 group by b.digest`,
    [visit, batch],
  );
  return rows[0] ?? null;
}
