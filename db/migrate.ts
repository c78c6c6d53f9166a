import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { openDatabase, type Party } from './database.ts';

const migrations = path.join(path.dirname(fileURLToPath(import.meta.url)), 'migrations');

// Both are said of a database that another process has just created.
const existsAlready = ['42P04', '23505'];
function unlessExists(error: unknown): void {
  const isThere = error instanceof pg.DatabaseError && existsAlready.includes(error.code ?? '');
  if (!isThere) throw error;
}

/** Creates the party's database when it is missing; `serverUrl` is a database that exists. */
export async function createDatabase(serverUrl: string, party: Party): Promise<void> {
  const server = openDatabase(serverUrl, 1);
  try {
    const found = await server.query('select from pg_database where datname = $1', [party]);
    if (found.rowCount === 0) await server.query(`create database "${party}"`).catch(unlessExists);
  } finally {
    await server.end();
  }
}

/** Brings a party's database to the newest migration; returns the names of those it applied. */
export async function migrate(url: string, party: Party): Promise<string[]> {
  const applied = await runner({
    databaseUrl: url,
    dir: path.join(migrations, party === 'centre' ? 'centre' : 'place'),
    direction: 'up',
    migrationsTable: 'migration',
    singleTransaction: true,
    advisoryLockMode: 'wait', // processes that start together migrate one after the other
    log: () => undefined,
  });
  return applied.map((migration) => migration.name);
}
