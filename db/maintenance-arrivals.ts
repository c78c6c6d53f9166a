import type {
  Arrival,
  MaintenanceService,
  PlaceInLine,
  WaitingStep,
} from '../domain/maintenance.ts';
import type { Queryable } from './database.ts';

/** The line of a party in maintenance (停机维护): who came while a service was closed. */

/**
 * Puts a step in the line; one that is there already keeps its number. It is in the line for an hour
 * unless it says when it tries again, also if it was woken before: who closes the window now sees it.
 *
 * @returns how many are before it, and itself: 1 for the first. Undos are before everything else.
 */
export async function arrive(
  queryable: Queryable,
  { workflowId, activityId }: WaitingStep,
  service: MaintenanceService,
): Promise<number> {
  const { rows } = await queryable.query<{ number: number }>(
    `with mine as (
       insert into maintenance_arrival (workflow_id, activity_id, service, due_at)
       values ($1, $2, $3, clock_timestamp() + interval '1 hour')
       on conflict (workflow_id, activity_id) do update
         set service = excluded.service, due_at = excluded.due_at
       returning number
     )
     select 1 + count(*)::int as number from maintenance_arrival a, mine
     where a.due_at > clock_timestamp() and a.number <> mine.number and case $3
       when 'reversal' then a.service = 'reversal' and a.number < mine.number
       else a.service = 'reversal' or a.number < mine.number end`,
    [workflowId, activityId, service],
  );
  return rows[0]?.number ?? 1;
}

/** Says when the step tries again. */
export async function setDue(
  queryable: Queryable,
  { workflowId, activityId }: WaitingStep,
  milliseconds: number,
): Promise<void> {
  await queryable.query(
    `update maintenance_arrival set due_at = clock_timestamp() + $3 * interval '1 millisecond'
     where workflow_id = $1 and activity_id is not distinct from $2`,
    [workflowId, activityId, milliseconds],
  );
}

/**
 * The step waits no more; nor does any other of its workflow, which does one at a time and gave up what
 * waited before; nor what was due long ago though the service is open.
 */
export async function leave(
  queryable: Queryable,
  { workflowId }: Pick<WaitingStep, 'workflowId'>,
  service: MaintenanceService,
): Promise<void> {
  await queryable.query(
    `delete from maintenance_arrival
     where workflow_id = $1
       or service = $2 and due_at < clock_timestamp() - interval '10 minutes'`,
    [workflowId, service],
  );
}

/** Whether anything waits; also what was cancelled while it did, until it is forgotten. */
export async function isAnyWaiting(queryable: Queryable): Promise<boolean> {
  const { rows } = await queryable.query<{ any: boolean }>(
    'select exists (select from maintenance_arrival) as any',
  );
  return rows[0]?.any ?? false;
}

/** The next in the line that are not due, after one of them: undos first, then as they came. */
export async function nextWaiting(
  queryable: Queryable,
  after: PlaceInLine | null,
  atMost: number,
): Promise<Arrival[]> {
  const { rows } = await queryable.query<Arrival>(
    `select number::int as number, service = 'reversal' as "isUndo", workflow_id as "workflowId",
       activity_id as "activityId"
     from maintenance_arrival
     where due_at > clock_timestamp() and (service <> 'reversal', number) > ($1, $2)
     order by service <> 'reversal', number limit $3`,
    [after ? !after.isUndo : false, after?.number ?? 0, atMost],
  );
  return rows;
}

/** They are due now. */
export async function markWoken(queryable: Queryable, numbers: readonly number[]): Promise<void> {
  await queryable.query(
    'update maintenance_arrival set due_at = clock_timestamp() where number = any ($1)',
    [numbers],
  );
}

/** Nobody waits for them any more. */
export async function forgetArrivals(
  queryable: Queryable,
  numbers: readonly number[],
): Promise<void> {
  if (numbers.length === 0) return;
  await queryable.query('delete from maintenance_arrival where number = any ($1)', [numbers]);
}
