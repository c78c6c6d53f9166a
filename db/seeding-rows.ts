import type { Transaction } from './database.ts';

export interface Sourced {
  source: string;
}

/** Runs a statement on rows. @returns how many rows its last insert wrote */
export async function store(
  transaction: Transaction,
  statement: string,
  rows: readonly object[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const { rowCount } = await transaction.query(statement, [JSON.stringify(rows)]);
  return rowCount ?? 0;
}
