import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { patientMs } from '../patience.ts';
import * as statements from '../../db/statements.ts';
import type { Month } from '../../domain/calendar.ts';
import {
  cleared,
  reversalWorkflowId,
  status,
  windowsWorkflowId,
  type SettlementStatus,
} from '../../workflows/contracts.ts';
import { createSystem } from '../system.ts';
import { thisMonth, workflowIdOf } from '../workflows/scenarios.ts';
import { mend, open, retryStopped, send, takeBack } from './deeds.ts';
import { parties } from './plan.ts';
import { hasNoAnswer, type Message, type World } from './world.ts';

/** Everything is up again: who does not know asks once more, and what was begun ends. */

export const executionsOf = ({ request }: Message): string[] => [
  workflowIdOf(request),
  reversalWorkflowId(request),
];

async function unlessGone<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** An execution that is open: how it says it stands, and which of its steps wait, for what. */
interface Standing {
  status: SettlementStatus | null;
  waiting: string[];
}
/** Null when it is over, or never was. */
async function standingOf({ system }: World, workflowId: string): Promise<Standing | null> {
  const { client } = system;
  const handle = client.workflow.getHandle(workflowId);
  const described = await unlessGone(handle.describe());
  if (described?.status.name !== 'RUNNING') return null;
  const answered = client.withDeadline(Date.now() + 3000, () => handle.query(status));
  const waiting = (described.raw.pendingActivities ?? []).map(
    ({ activityId, lastFailure }) => `${activityId ?? ''}: ${lastFailure?.message ?? 'begun'}`,
  );
  return { status: await answered.catch(() => null), waiting };
}

/** Waits for nothing but the clearing. */
const isSettledDown = (standing: Standing): boolean =>
  standing.waiting.length === 0 && ['settled', 'reversed'].includes(standing.status?.phase ?? '');

/** @returns the executions that are still open after a long time, unless they may be */
async function untilOver(
  world: World,
  mayBeOpen: (standing: Standing) => boolean,
): Promise<string[]> {
  const until = Date.now() + patientMs;
  const look = async (message: Message): Promise<{ message: Message; restless: string[] }> => {
    const restless: string[] = [];
    for (const workflowId of executionsOf(message)) {
      const standing = await standingOf(world, workflowId);
      if (standing?.status?.stopped) await retryStopped(world, message);
      if (standing && !mayBeOpen(standing)) restless.push(JSON.stringify({ workflowId, standing }));
    }
    return { message, restless };
  };
  for (let { messages } = world; ;) {
    const left = (await Promise.all(messages.map(look))).filter(({ restless }) => restless.length);
    if (left.length === 0 || Date.now() > until) return left.flatMap(({ restless }) => restless);
    messages = left.map(({ message }) => message);
    await sleep(150);
  }
}

/** Asks until there is an answer, as a hospital does that does not know. */
async function askAgain(world: World, message: Message): Promise<void> {
  const until = Date.now() + patientMs;
  for (;;) {
    const left = until - Date.now();
    await (message.isSent ? send(world, message, left) : takeBack(world, message, left));
    if (!hasNoAnswer(message.heard.at(-1)) || Date.now() > until) return;
    await sleep(500);
  }
}

async function untilEverybodyKnows({ system: { client } }: World): Promise<void> {
  for (const party of parties) {
    await unlessGone(client.workflow.getHandle(windowsWorkflowId(party)).result());
  }
}

/**
 * Mends and opens everything, asks again for every answer, and waits until nothing moves.
 *
 * @returns what does not come to rest
 */
export async function comeToRest(world: World): Promise<string[]> {
  await mend(world);
  for (const party of parties) await open(world, party);
  const asking = Promise.all(world.messages.map((message) => askAgain(world, message)));
  const restless = await untilOver(world, isSettledDown);
  await asking;
  await untilEverybodyKnows(world);
  return restless.length > 0 ? restless : untilOver(world, isSettledDown);
}

function monthAfter(of: Month): Month {
  const [year = 0, month = 0] = of.split('-').map(Number);
  const next = month === 12 ? [year + 1, 1] : [year, month + 1];
  return next.map((part) => String(part).padStart(2, '0')).join('-') as Month;
}

/**
 * Clears what is left: in this month, and in the next, which the clearing itself would not begin yet.
 *
 * @returns what is open all the same
 */
export async function clearTheRest(world: World): Promise<string[]> {
  const { centre } = world.databases;
  const { workflow } = world.system.client;
  for (const month of [thisMonth(), monthAfter(thisMonth())]) {
    await statements.closeMonth(centre, month);
    for (const { workflowId } of await statements.nextUntold(centre, month, 1000)) {
      await unlessGone(workflow.getHandle(workflowId).signal(cleared, { month }));
    }
  }
  return untilOver(world, () => false);
}

/**
 * Asks once more for every answer, of a Temporal that knows nothing of what these books hold.
 *
 * @returns what is open then
 */
export async function forgetEverything(world: World): Promise<string[]> {
  const { servers } = world.system;
  const system = await createSystem(`${world.system.namespace}-forgot`, world.databases, servers);
  try {
    await system.startWorkers();
    const again = { ...world, system };
    await Promise.all(again.messages.map((message) => askAgain(again, message)));
    return await untilOver(again, () => false);
  } finally {
    await system.stop();
  }
}
