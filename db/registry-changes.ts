import type { Database } from './database.ts';
import type { NumberedChange } from './registry.ts';

/** Marks what the centre has accepted, then gives the next messages it has not been told. */
export async function nextChanges(
  database: Database,
  accepted: readonly number[],
  atMost: number,
): Promise<NumberedChange[]> {
  await database.query(
    'update registry_change set sent_at = clock_timestamp() where no = any($1::bigint[]) and sent_at is null',
    [accepted],
  );
  const { rows } = await database.query<NumberedChange>(
    `select no::int as no, jsonb_build_object('kind', kind, 'body', body) as change
     from registry_change where sent_at is null order by no limit $1`,
    [atMost],
  );
  return rows;
}
