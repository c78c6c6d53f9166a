import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Transaction } from '../../db/database.ts';

/** What a process leaves behind that hangs before its transaction, or dies after it; without the dying. */

const bound = (target: object, name: string | symbol): unknown => {
  const value: unknown = Reflect.get(target, name, target);
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
};

function withLostCommits(connection: Transaction, isLost: () => boolean): Transaction {
  const run = connection.query.bind(connection) as (...all: unknown[]) => Promise<unknown>;
  const query = async (...all: unknown[]): Promise<unknown> => {
    const result = await run(...all);
    if (all[0] === 'commit' && isLost()) throw new Error('it was committed, and nobody was told');
    return result;
  };
  return new Proxy(connection, {
    get: (target, name) => (name === 'query' ? query : bound(target, name)),
  });
}

/** What happens to a transaction; asked of each anew. */
export interface Weather {
  delayMs: () => number; // before it begins: an attempt may begin after its own undo
  isLost: () => boolean; // its commit is done, and not confirmed
}

export const unreliable = (database: Database, { delayMs, isLost }: Weather): Database =>
  new Proxy(database, {
    get: (pool, name) =>
      name === 'connect'
        ? async () => {
            await sleep(delayMs());
            return withLostCommits(await pool.connect(), isLost);
          }
        : bound(pool, name),
  });
