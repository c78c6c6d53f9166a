import { createHash } from 'node:crypto';
import pg from 'pg';
import { InvariantViolation } from '../domain/invariant.ts';

/** A party's own database. Nothing joins across parties. */
export type Database = pg.Pool;
/** A connection inside one transaction. */
export type Transaction = pg.PoolClient;
/** Where a query may run. */
export type Queryable = pg.Pool | pg.PoolClient;

/** `centre`, or `place_` and the place's code. */
export type Party = 'centre' | `place_${string}`;

// Days and wall-clock times stay text; `numeric` is text already. No Date near the law.
const types = new pg.TypeOverrides();
for (const type of [pg.types.builtins.DATE, pg.types.builtins.TIMESTAMP]) {
  types.setTypeParser(type, (text: string) => text);
}

const names = new Map<string, string>();
/** One name per text: PostgreSQL plans a statement once per connection instead of at every call. */
function nameOf(text: string): string {
  const name = names.get(text) ?? createHash('sha256').update(text).digest('base64url');
  names.set(text, name);
  return name;
}

/** Every statement with values is prepared under a name of its own. */
class PreparingClient extends pg.Client {
  override query = ((query: unknown, values?: unknown, callback?: unknown): unknown => {
    const run = pg.Client.prototype.query.bind(this) as (...all: unknown[]) => unknown;
    if (typeof query !== 'string' || !Array.isArray(values)) return run(query, values, callback);
    return run({ name: nameOf(query), text: query, values: values as unknown[] }, callback);
  }) as pg.Client['query'];
}

/** Opens a pool on the party's database. Close it with `end()`. */
export function openDatabase(url: string, connections = 10): Database {
  const database = new pg.Pool({
    connectionString: url,
    max: connections,
    types,
    Client: PreparingClient,
  });
  // A connection that breaks, idle or between two statements of a transaction, is replaced by the pool;
  // the next query tells whoever asks. Unheard, the error would end the process.
  database.on('error', () => undefined);
  database.on('connect', (connection) => {
    connection.on('error', () => undefined);
  });
  return database;
}

// Check, foreign key, not null, append only, a number too large. A duplicate key is not among them: two
// that race for one may both try again.
const certainties = ['23514', '23503', '23502', '23001', '22003'];
/** A constraint that says no is a broken certainty: trying again cannot help. */
function asBug(error: unknown): unknown {
  return error instanceof pg.DatabaseError && certainties.includes(error.code ?? '')
    ? new InvariantViolation(error.message, { cause: error })
    : error;
}

/**
 * Runs the work in one transaction: all of it, or nothing. `snapshot` lets every statement see the
 * same moment.
 *
 * @throws InvariantViolation when a constraint is violated
 */
export async function inTransaction<T>(
  database: Database,
  work: (transaction: Transaction) => Promise<T>,
  view: 'latest' | 'snapshot' = 'latest',
): Promise<T> {
  const connection = await database.connect();
  let broken: Error | undefined;
  try {
    await connection.query(view === 'snapshot' ? 'begin isolation level repeatable read' : 'begin');
    const result = await work(connection);
    await connection.query('commit');
    return result;
  } catch (error) {
    await connection.query('rollback').catch((cause: unknown) => {
      broken = cause instanceof Error ? cause : new Error(String(cause));
    });
    throw asBug(error);
  } finally {
    connection.release(broken);
  }
}
