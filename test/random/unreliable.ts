import type { Database, Transaction } from '../../db/database.ts';

/** What a process that dies between a commit and its answer leaves behind, without the dying. */

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

/** A database some of whose commits are done, but not confirmed. */
export const unreliable = (database: Database, isLost: () => boolean): Database =>
  new Proxy(database, {
    get: (pool, name) =>
      name === 'connect'
        ? async () => withLostCommits(await pool.connect(), isLost)
        : bound(pool, name),
  });
