import { untilWaiting } from '../db/steps.ts';
import type { TestSystem } from '../system.ts';

/** Steps that hang where a test wants them to, by a lock in a party's database. */

const databaseOf = ({ databases }: TestSystem, party: string) =>
  party === 'centre' ? databases.centre : databases.place(party);

/** Holds rows in a transaction of its own, so that a step that needs them hangs where it stands. */
export async function holding(
  system: TestSystem,
  { party, sql, values = [] }: { party: string; sql: string; values?: unknown[] },
  work: () => Promise<void>,
): Promise<void> {
  const connection = await databaseOf(system, party).connect();
  try {
    await connection.query('begin');
    await connection.query(sql, values);
    await work();
  } finally {
    await connection.query('rollback');
    connection.release();
  }
}

/** Waits until something waits for a lock in the party's database, or several do. */
export const untilBlocked = (system: TestSystem, party: string, count = 1): Promise<void> =>
  untilWaiting(databaseOf(system, party), count);
