import { heartbeat } from '@temporalio/activity';
import { WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import { startOfMonth, type Month } from '../domain/calendar.ts';
import type { StatementLine } from '../domain/clearing/statement.ts';
import type { Database } from '../db/database.ts';
import { closeMonth, markTold, nextUntold, type Untold } from '../db/statements.ts';
import { cleared } from '../workflows/contracts.ts';

export type Closed =
  | { ok: true; cutAt: string; statements: StatementLine[]; told: number }
  | { ok: false };

const signalsAtOnce = 20;

/** A workflow that is gone has nothing left to be told. */
async function tell(workflows: WorkflowClient, workflowId: string, month: Month): Promise<void> {
  try {
    await workflows.getHandle(workflowId).signal(cleared, { month });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function tellAll(
  workflows: WorkflowClient,
  untold: readonly Untold[],
  month: Month,
): Promise<void> {
  for (let from = 0; from < untold.length; from += signalsAtOnce) {
    const some = untold.slice(from, from + signalsAtOnce);
    await Promise.all(some.map(({ workflowId }) => tell(workflows, workflowId, month)));
    heartbeat();
  }
}

/** What the centre does to clear a month. Each may run again and changes nothing that was done. */
export const clearingActivities = ({
  database,
  workflows,
}: {
  database: Database;
  workflows: WorkflowClient;
}) => ({
  /** Cuts the month and makes its statements from the ledger; refused before the month begins. */
  closeMonth: async (month: Month): Promise<Closed> => {
    if (Date.now() < Date.parse(startOfMonth(month))) return { ok: false };
    const { cutAt, statements, told } = await closeMonth(database, month);
    return { ok: true, cutAt, statements, told };
  },

  /** Tells the next page of settlements that they are cleared; returns how many it told. */
  tellCleared: async (page: { month: Month; atMost: number }): Promise<number> => {
    const untold = await nextUntold(database, page.month, page.atMost);
    await tellAll(workflows, untold, page.month);
    await markTold(
      database,
      untold.map(({ entryId }) => entryId),
    );
    return untold.length;
  },
});
