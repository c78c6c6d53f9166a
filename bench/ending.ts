import type { Client } from '@temporalio/client';
import type { Database } from '../db/database.ts';
import { monthOf, type Day, type Month } from '../domain/calendar.ts';
import { centreQueue, clearingWorkflowId, type ClearingResult } from '../workflows/contracts.ts';
import { waitUntilClosed } from './costs.ts';
import { ended } from './floor/contracts.ts';
import { inParallel } from './load.ts';
import type { Side } from './measure.ts';
import { readTimes, timesBetween, type ProcessorTimes } from './processor-time.ts';

/** The later signal: what happens weeks after the answer, here at once. */

const signalsAtOnce = 20; // as the clearing's

export const thisMonth = (): Month =>
  monthOf(new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10) as Day);

async function clear(client: Client, month: Month): Promise<number> {
  const result = (await client.workflow.execute('clearing', {
    workflowId: clearingWorkflowId(month),
    taskQueue: centreQueue,
    args: [month],
  })) as ClearingResult;
  if (!result.ok) throw new Error(`The month ${month} was not cleared.`);
  return result.told;
}

/** Ends the settlements by the clearing of the months that the bench ran in. */
export async function endSettlements(
  client: Client,
  months: ReadonlySet<Month>,
  expected: number,
): Promise<void> {
  let told = 0;
  for (const month of months) told += await clear(client, month);
  if (told !== expected) throw new Error(`The clearing told ${told} of ${expected} settlements.`);
}

export const endFloor = async (client: Client, workflowIds: readonly string[]): Promise<void> => {
  await inParallel(workflowIds, signalsAtOnce, (id) => client.workflow.getHandle(id).signal(ended));
};

export interface Ended {
  seconds: number;
  processorTimes: ProcessorTimes;
}

/** Runs the end of a side and waits until all its executions are closed. */
export async function runEnd(client: Client, side: Side, end: () => Promise<void>): Promise<Ended> {
  const before = await readTimes(side.processes);
  const began = performance.now();
  await end();
  await waitUntilClosed(
    client,
    side.jobs.map(({ workflowId }) => workflowId),
  );
  const seconds = (performance.now() - began) / 1000;
  return { seconds, processorTimes: timesBetween(before, await readTimes(side.processes)) };
}

/** A bench that measures refusals, or that loses a settlement, is a bug. */
export async function checkLedger(centre: Database, expected: number): Promise<void> {
  const { rows } = await centre.query<{ entries: number; settlements: number }>(
    `select (select count(*)::int from ledger_entry) as entries,
       (select count(*)::int from settlement) as settlements`,
  );
  const { entries = 0, settlements = 0 } = rows[0] ?? {};
  if (entries === expected && settlements === expected) return;
  throw new Error(
    `${expected} settlements were answered; the ledger has ${entries}, the book ${settlements}.`,
  );
}
