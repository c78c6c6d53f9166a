import {
  closedUntil,
  endsSooner,
  instant,
  windowsOf,
  type ClosedUntil,
  type MaintenanceParty,
  type MaintenanceService,
} from '../domain/maintenance.ts';
import { inTransaction, type Database, type Queryable, type Transaction } from './database.ts';
import {
  changed,
  columns,
  readWindows,
  windowOf,
  type WindowChange,
  type WindowRow,
} from './maintenance.ts';

/** Windows (停机维护) that nobody announced: the party's own system said so when it was asked. */

/** What a party's system said instead of doing a step of a service. */
export interface Told extends ClosedUntil {
  service: MaintenanceService;
}
const byAnswer = 'answer';
const anHour = `interval '1 hour'`;

/** The window in force that an earlier answer told of. */
async function learntBefore(transaction: Transaction, party: MaintenanceParty, { service }: Told) {
  const { rows } = await transaction.query<WindowRow>(
    `select ${columns} from maintenance_window
     where party = $1 and announced_by = $2 and $3 = any (services)
       and (to_at is null or to_at > clock_timestamp())`,
    [party, byAnswer, service],
  );
  return rows[0] ? windowOf(rows[0]) : null;
}

async function writeDown(
  transaction: Transaction,
  party: MaintenanceParty,
  { service, until, message }: Told,
): Promise<WindowRow[]> {
  const { rows } = await transaction.query<WindowRow>(
    `insert into maintenance_window
       (party, id, services, from_at, to_at, message, revision, announced_by, ask_again_at)
     values ($1, $1 || '-' || nextval('maintenance_number'), array[$2],
       date_trunc('milliseconds', clock_timestamp()), $3, $4, 1, $5,
       case when $3::timestamptz is null then clock_timestamp() + ${anHour} end)
     returning ${columns}`,
    [party, service, until, message, byAnswer],
  );
  return rows;
}

async function giveOtherEnd(
  transaction: Transaction,
  [party, id]: [MaintenanceParty, string],
  { until, message }: Told,
): Promise<WindowRow[]> {
  const { rows } = await transaction.query<WindowRow>(
    `update maintenance_window set to_at = $3, message = $4, revision = revision + 1,
       changed_by = $5,
       ask_again_at = case when $3::timestamptz is null then clock_timestamp() + ${anHour} end
     where party = $1 and id = $2 returning ${columns}`,
    [party, id, until, message, byAnswer],
  );
  return rows;
}

/**
 * Writes down what a party's own system said of its maintenance, once however many steps hear it.
 *
 * @returns null when it was known already
 */
export function learnWindow(
  database: Database,
  party: MaintenanceParty,
  told: Told,
): Promise<WindowChange | null> {
  return inTransaction(database, async (transaction) => {
    await transaction.query('lock table maintenance_window in share row exclusive mode');
    const before = await learntBefore(transaction, party, told);
    if (before) {
      if (before.to === told.until) return null;
      const rows = await giveOtherEnd(transaction, [party, before.id], told);
      return changed(transaction, rows, endsSooner(told.until, before.to));
    }
    const windows = windowsOf(await readWindows(transaction), party);
    const known = closedUntil(windows, told.service, instant(new Date().toISOString()));
    if (known && !endsSooner(known.until, told.until)) return null;
    return changed(transaction, await writeDown(transaction, party, told), false);
  });
}

/**
 * Whether it is time to ask a party again whose system named no end; one step in an hour is told so, and
 * none in a window that was announced.
 */
export async function askAgain(
  queryable: Queryable,
  party: MaintenanceParty,
  service: MaintenanceService,
): Promise<boolean> {
  const { rowCount } = await queryable.query(
    `update maintenance_window set ask_again_at = clock_timestamp() + ${anHour}
     where party = $1 and $2 = any (services) and to_at is null
       and ask_again_at <= clock_timestamp() and not exists (
         select from maintenance_window announced
         where announced.party = $1 and $2 = any (announced.services)
           and announced.announced_by <> $3 and announced.from_at <= clock_timestamp()
           and (announced.to_at is null or announced.to_at > clock_timestamp()))`,
    [party, service, byAnswer],
  );
  return rowCount === 1;
}

/** The party does its steps again: what was learnt without an end is over, of whatever service. */
export function endLearnt(
  database: Database,
  party: MaintenanceParty,
): Promise<WindowChange | null> {
  return inTransaction(database, async (transaction) => {
    const { rows } = await transaction.query<WindowRow>(
      `update maintenance_window set
         to_at = greatest(from_at, date_trunc('milliseconds', clock_timestamp())),
         closed_at = clock_timestamp(), changed_by = $2, revision = revision + 1
       where party = $1 and announced_by = $2 and to_at is null returning ${columns}`,
      [party, byAnswer],
    );
    return changed(transaction, rows, true);
  });
}
