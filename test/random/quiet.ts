import { WorkflowNotFoundError } from '@temporalio/client';
import { testPlaces } from '../system.ts';
import * as statements from '../../db/statements.ts';
import type { Month } from '../../domain/calendar.ts';
import {
  cleared,
  reversalWorkflowId,
  status,
  windowsWorkflowId,
  type SettlementStatus,
} from '../../workflows/contracts.ts';
import { thisMonth, workflowIdOf } from '../workflows/scenarios.ts';
import { mend, open, retryStopped, send, takeBack } from './deeds.ts';
import { isUndetermined, type Message, type World } from './world.ts';

/** Everything is up again: whoever does not know asks once more, and what was begun ends. */

export const executionsOf = ({ request }: Message): string[] => [
  workflowIdOf(request),
  reversalWorkflowId(request),
];
const longMs = 15_000;

/** Where an execution is; null when there is none. */
export interface Standing {
  state: string; // RUNNING, COMPLETED, …
  status: SettlementStatus | null;
  waiting: string[]; // for which steps, and why
}
export async function standingOf(
  { system: { client } }: World,
  workflowId: string,
): Promise<Standing | null> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { raw, status: state } = await handle.describe();
    if (state.name !== 'RUNNING') return { state: state.name, status: null, waiting: [] };
    const now = await client
      .withDeadline(Date.now() + 3000, () => handle.query(status))
      .catch(() => null);
    const waiting = (raw.pendingActivities ?? []).map(
      ({ activityId, lastFailure }) => `${activityId ?? ''}: ${lastFailure?.message ?? 'begun'}`,
    );
    return { state: state.name, status: now, waiting };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Over, or waiting for nothing but the clearing. */
const isQuiet = (standing: Standing | null): boolean => {
  if (standing === null || standing.state !== 'RUNNING') return true;
  const { status: now, waiting } = standing;
  return waiting.length === 0 && (now?.phase === 'settled' || now?.phase === 'reversed');
};

/** @returns what does not come to rest, with what it waits for */
async function untilAll(
  world: World,
  isDone: (standing: Standing | null) => boolean,
): Promise<string[]> {
  const until = Date.now() + longMs;
  let left = world.messages.flatMap((message) =>
    executionsOf(message).map((workflowId) => ({ message, workflowId, standing: '' })),
  );
  for (;;) {
    const looks = left.map(async ({ message, workflowId }) => {
      const standing = await standingOf(world, workflowId);
      if (standing?.status?.stopped) await retryStopped(world, message);
      return isDone(standing) ? [] : [{ message, workflowId, standing: JSON.stringify(standing) }];
    });
    left = (await Promise.all(looks)).flat();
    if (left.length === 0 || Date.now() > until) break;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return left.map(({ workflowId, standing }) => `${workflowId} does not rest: ${standing}`);
}

/** Asks until there is an answer, as a hospital does that does not know. */
async function askAgain(world: World, message: Message): Promise<void> {
  const until = Date.now() + longMs;
  do {
    const left = until - Date.now();
    await (message.isSent ? send(world, message, left) : takeBack(world, message, left));
  } while (isUndetermined(message.heard.at(-1)) && Date.now() < until);
}

/** Brings everything up, asks again for every answer, and waits until nothing moves. */
export async function comeToRest(world: World): Promise<string[]> {
  await mend(world);
  for (const place of testPlaces) await open(world, place);
  let isOver = false;
  const asked = Promise.all(world.messages.map((message) => askAgain(world, message))).then(
    () => (isOver = true),
  );
  const mended = (async () => {
    while (!isOver) {
      await Promise.all(world.messages.map((message) => retryStopped(world, message)));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  await Promise.all([asked, mended]);
  for (const place of testPlaces) {
    const told = world.system.client.workflow.getHandle(windowsWorkflowId(place)).result();
    await told.catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }
  return untilAll(world, isQuiet);
}

const nextMonth = (): Month => {
  const [year, month] = thisMonth().split('-').map(Number) as [number, number];
  const next = month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`;
  return next as Month;
};

/** Clears what is left in the month after this one, which the clearing itself would not begin yet. */
export async function clearTheRest(world: World): Promise<string[]> {
  const { centre } = world.databases;
  for (const month of [thisMonth(), nextMonth()]) {
    await statements.closeMonth(centre, month);
    const untold = await statements.nextUntold(centre, month, 1000);
    for (const { workflowId } of untold) {
      const told = world.system.client.workflow.getHandle(workflowId).signal(cleared, { month });
      await told.catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
    }
  }
  return untilAll(world, (standing) => standing === null || standing.state !== 'RUNNING');
}
