import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { Sizes } from './floor/contracts.ts';

/** What a life costs in Temporal's own units, as Temporal tells it. */

export interface Costs {
  events: number;
  stateTransitions: number;
}

const describe = (client: Client, workflowId: string): Promise<WorkflowExecutionDescription> =>
  client.workflow.getHandle(workflowId).describe();

export async function costsOf(client: Client, workflowId: string): Promise<Costs> {
  const { historyLength, raw } = await describe(client, workflowId);
  const { stateTransitionCount } = raw.workflowExecutionInfo ?? {};
  return { events: historyLength, stateTransitions: Number(stateTransitionCount?.toString()) };
}

/** The events up to the answer: what the history holds until the update completed. */
export async function eventsUntilAnswer(client: Client, workflowId: string): Promise<number> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const answer = events?.find((event) => event.workflowExecutionUpdateCompletedEventAttributes);
  return Number(answer?.eventId?.toString());
}

interface Payloads {
  payloads?: { data?: Uint8Array | null }[] | null;
}
const bytesOf = (payloads: Payloads | null | undefined): number =>
  (payloads?.payloads ?? []).reduce((all, { data }) => all + (data?.length ?? 0), 0);

/** How many bytes each message of a settlement has, from its history. */
export async function readSizes(client: Client, workflowId: string): Promise<Sizes> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  const events = history.events ?? [];
  const some = <T>(values: (T | null | undefined)[]): T[] => values.flatMap((one) => one ?? []);
  const started = some(events.map((event) => event.workflowExecutionStartedEventAttributes));
  const markers = some(events.map((event) => event.markerRecordedEventAttributes));
  const orders = some(events.map((event) => event.activityTaskScheduledEventAttributes));
  const results = some(events.map((event) => event.activityTaskCompletedEventAttributes));
  const local = markers.map(({ details }) => bytesOf(details?.['result']));
  const sent = orders.map(({ input }) => bytesOf(input));
  const received = results.map(({ result }) => bytesOf(result));
  const at = (sizes: readonly number[], index: number): number => sizes[index] ?? 0;
  return {
    request: bytesOf(started[0]?.input),
    claim: at(local, 0),
    splitOrder: at(sent, 0),
    split: at(received, 0),
    calculationOrder: at(sent, 1),
    calculation: at(received, 1),
    answer: at(local, 1),
    copy: at(sent, 2),
  };
}

const patienceSeconds = 60;
const pollMilliseconds = 50;

async function waitFor(
  client: Client,
  workflowIds: readonly string[],
  isDone: (description: WorkflowExecutionDescription) => boolean,
): Promise<void> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (const workflowId of workflowIds) {
    while (!isDone(await describe(client, workflowId))) {
      if (Date.now() > deadline) throw new Error(`${workflowId} has not come to rest.`);
      await sleep(pollMilliseconds);
    }
  }
}

/** Until they have nothing left to do, so that one block is not the next one's burden. */
export const waitUntilAtRest = (client: Client, workflowIds: readonly string[]): Promise<void> =>
  waitFor(client, workflowIds, ({ raw: { pendingActivities, pendingWorkflowTask } }) => {
    const waitsForNothing = pendingWorkflowTask === null || pendingWorkflowTask === undefined;
    return (pendingActivities ?? []).length === 0 && waitsForNothing;
  });

export const waitUntilClosed = (client: Client, workflowIds: readonly string[]): Promise<void> =>
  waitFor(client, workflowIds, ({ status }) => status.name !== 'RUNNING');
