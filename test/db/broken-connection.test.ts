import { afterAll, beforeAll, expect, it } from 'vitest';
import { inTransaction, openDatabase, type Database } from '../../db/database.ts';
import { databaseUrl } from '../../workers/settings.ts';
import { cloneDatabases, type Databases } from '../system.ts';

let databases: Databases;
let administrator: Database;
const unheard: unknown[] = [];
const keep = (error: unknown): void => void unheard.push(error);
beforeAll(async () => {
  databases = await cloneDatabases('broken-connection');
  administrator = openDatabase(databaseUrl(databases.urlTemplate, 'centre'), 1);
  process.on('uncaughtExceptionMonitor', keep);
});
afterAll(async () => {
  process.off('uncaughtExceptionMonitor', keep);
  await administrator.end();
  await databases.drop();
});

/** What a restart of PostgreSQL does to whoever is connected. */
const endConnections = (): Promise<unknown> =>
  administrator.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );

it('a connection that ends between two statements of a transaction ends that transaction, not the process', async () => {
  const work = inTransaction(databases.centre, async (transaction) => {
    await transaction.query('select');
    const gone = new Promise((resolve) => transaction.once('end', resolve));
    await endConnections();
    await gone;
    await transaction.query('select');
  });
  await expect(work).rejects.toThrow();
  expect(unheard).toEqual([]);
  const { rows } = await databases.centre.query<{ works: boolean }>('select true as works');
  expect(rows).toEqual([{ works: true }]);
});
