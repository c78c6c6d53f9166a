import type { SettlementId } from '../domain/identifiers.ts';
import type { Database, Transaction } from './database.ts';
import { inTransaction } from './database.ts';

/** A step of a settlement that has an effect in one party's database. */
export type StepName = 'split' | 'calculate' | 'record' | 'return' | 'return-reversal';

/** The step was undone before this attempt: it posted nothing, and nobody waits for its answer. */
export interface Voided {
  voided: true;
}

interface InboxRow<T> {
  state: 'done' | 'void';
  answer: T;
}

/**
 * Runs a step's effect once per settlement: the effect and its answer commit together, a retry gets
 * the first answer, and a step that was voided posts nothing.
 */
export async function once<T>(
  database: Database,
  { settlement, step }: { settlement: SettlementId; step: StepName },
  effect: (transaction: Transaction) => Promise<T>,
): Promise<T | Voided> {
  return inTransaction(database, async (transaction) => {
    // The row comes first: a second attempt waits here until the first has committed or is gone.
    const claimed = await transaction.query(
      `insert into inbox (settlement_id, step, state) values ($1, $2, 'done')
       on conflict do nothing`,
      [settlement, step],
    );
    if (claimed.rowCount === 0) return firstAnswer<T>(transaction, settlement, step);
    const answer = await effect(transaction);
    await transaction.query('update inbox set answer = $3 where settlement_id = $1 and step = $2', [
      settlement,
      step,
      JSON.stringify(answer),
    ]);
    return answer;
  });
}

async function firstAnswer<T>(
  transaction: Transaction,
  settlement: SettlementId,
  step: StepName,
): Promise<T | Voided> {
  const { rows } = await transaction.query<InboxRow<T>>(
    'select state, answer from inbox where settlement_id = $1 and step = $2',
    [settlement, step],
  );
  const row = rows[0];
  return row?.state === 'done' ? row.answer : { voided: true };
}

/**
 * Voids a step, also one that never ran: an attempt that comes later finds the row and posts
 * nothing. Runs `undo` only if the step had been done, once.
 */
export async function voidStep(
  transaction: Transaction,
  { settlement, step }: { settlement: SettlementId; step: StepName },
  undo: () => Promise<void>,
): Promise<void> {
  const inserted = await transaction.query(
    `insert into inbox (settlement_id, step, state) values ($1, $2, 'void') on conflict do nothing`,
    [settlement, step],
  );
  if (inserted.rowCount === 1) return;
  const { rows } = await transaction.query<{ state: 'done' | 'void' }>(
    'select state from inbox where settlement_id = $1 and step = $2 for update',
    [settlement, step],
  );
  if (rows[0]?.state !== 'done') return;
  await undo();
  await transaction.query(
    `update inbox set state = 'void', answer = null where settlement_id = $1 and step = $2`,
    [settlement, step],
  );
}
