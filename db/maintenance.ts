import type { PlaceCode } from '../domain/identifiers.ts';
import {
  instant,
  type Instant,
  type MaintenanceParty,
  type MaintenanceService,
  type MaintenanceWindow,
} from '../domain/maintenance.ts';
import { inTransaction, type Database, type Queryable, type Transaction } from './database.ts';

/** What a party says when it announces a window. */
export interface Announced {
  services: readonly MaintenanceService[];
  from: Instant;
  to: Instant | null;
  message: string;
  by: string;
}
/** What became of a window, and what the others have to be told. */
export interface WindowChange {
  window: MaintenanceWindow;
  recent: MaintenanceWindow[]; // all of the party that are not over, and those of the last days
  wakes: boolean; // what waits may go on earlier than it was told
}

export interface WindowRow extends Omit<MaintenanceWindow, 'from' | 'to'> {
  from: Date;
  to: Date | null;
}
export const columns = `party, id, services, from_at as "from", to_at as "to", message, revision`;
export const windowOf = (row: WindowRow): MaintenanceWindow => ({
  ...row,
  from: instant(row.from.toISOString()),
  to: row.to && instant(row.to.toISOString()),
});

/** The windows that are not over, of all parties; the earliest first. */
export async function readWindows(queryable: Queryable): Promise<MaintenanceWindow[]> {
  const { rows } = await queryable.query<WindowRow>(
    `select ${columns} from maintenance_window
     where to_at is null or to_at > clock_timestamp() order by from_at, party, id`,
  );
  return rows.map(windowOf);
}

/** What became of the window of the row, with all that the others have to be told; null without a row. */
export async function changed(
  transaction: Transaction,
  rows: readonly WindowRow[],
  wakes: boolean,
): Promise<WindowChange | null> {
  const [row] = rows;
  if (!row) return null;
  const { rows: recent } = await transaction.query<WindowRow>(
    `select ${columns} from maintenance_window
     where party = $1 and (to_at is null or to_at > clock_timestamp() - interval '7 days')
     order by from_at, id`,
    [row.party],
  );
  return { window: windowOf(row), recent: recent.map(windowOf), wakes };
}

/** Writes down a window at the party whose it is. */
export function announceWindow(
  database: Database,
  party: MaintenanceParty,
  { services, from, to, message, by }: Announced,
): Promise<WindowChange> {
  return inTransaction(database, async (transaction) => {
    const { rows } = await transaction.query<WindowRow>(
      `insert into maintenance_window
         (party, id, services, from_at, to_at, message, revision, announced_by)
       values ($1, $1 || '-' || nextval('maintenance_number'), $2, $3, $4, $5, 1, $6)
       returning ${columns}`,
      [party, services, from, to, message, by],
    );
    const change = await changed(transaction, rows, false);
    if (!change) throw new Error('the window that was just written is gone');
    return change;
  });
}

/** One window of a party, locked; null if it is over or unknown. */
async function lockWindow(transaction: Transaction, party: MaintenanceParty, id: string) {
  const { rows } = await transaction.query<{ to: Date | null }>(
    `select to_at as "to" from maintenance_window
     where party = $1 and id = $2 and (to_at is null or to_at > clock_timestamp()) for update`,
    [party, id],
  );
  return rows[0] ?? null;
}

/** Gives a window another end; null when it is over, unknown, or would end before it begins. */
export function moveWindowEnd(
  database: Database,
  party: MaintenanceParty,
  { id, to, by }: { id: string; to: Instant; by: string },
): Promise<WindowChange | null> {
  return inTransaction(database, async (transaction) => {
    const before = await lockWindow(transaction, party, id);
    if (!before) return null;
    const { rows } = await transaction.query<WindowRow>(
      `update maintenance_window set to_at = $3, revision = revision + 1, changed_by = $4
       where party = $1 and id = $2 and $3::timestamptz > greatest(from_at, clock_timestamp())
       returning ${columns}`,
      [party, id, to, by],
    );
    const isSooner = before.to === null || before.to.toISOString() > to;
    return changed(transaction, rows, isSooner);
  });
}

/** Ends a window now, or before it begins; null when it is over or unknown. */
export function closeWindow(
  database: Database,
  party: MaintenanceParty,
  { id, by }: { id: string; by: string },
): Promise<WindowChange | null> {
  return inTransaction(database, async (transaction) => {
    if (!(await lockWindow(transaction, party, id))) return null;
    const { rows } = await transaction.query<WindowRow>(
      `update maintenance_window set
         to_at = greatest(from_at, date_trunc('milliseconds', clock_timestamp())),
         closed_at = clock_timestamp(), changed_by = $3, revision = revision + 1
       where party = $1 and id = $2 returning ${columns}`,
      [party, id, by],
    );
    return changed(transaction, rows, true);
  });
}

/** Keeps copies of another party's windows; what is older than the copy is passed over. */
export async function keepWindows(
  queryable: Queryable,
  windows: readonly MaintenanceWindow[],
): Promise<void> {
  await queryable.query(
    `insert into maintenance_window (party, id, services, from_at, to_at, message, revision)
     select party, id, services, "from", "to", message, revision from jsonb_to_recordset($1) as row
       (party text, id text, services text[], "from" timestamptz, "to" timestamptz, message text,
        revision integer)
     on conflict (party, id) do update set
       (services, from_at, to_at, message, revision) =
       (excluded.services, excluded.from_at, excluded.to_at, excluded.message, excluded.revision)
     where maintenance_window.revision < excluded.revision`,
    [JSON.stringify(windows)],
  );
}

/** The places that are connected at the centre. */
export async function connectedPlaces(queryable: Queryable): Promise<PlaceCode[]> {
  const { rows } = await queryable.query<{ code: PlaceCode }>(
    'select code from place where connected_from is not null order by code',
  );
  return rows.map(({ code }) => code);
}
