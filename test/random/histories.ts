import { Worker } from '@temporalio/worker';
import { isGrpcServiceError } from '@temporalio/client';
import { inject } from 'vitest';
import { executionsOf } from './quiet.ts';
import type { World } from './world.ts';

/** New messages came while the task was being completed: it is done again, and nothing is wrong. */
const unhandledCommand = 1;
const notFound = 5;

/** Every history that the run made: no workflow task failed, and each replays on today's workflows. */
export async function faultsOfHistories({
  system: { client },
  messages,
}: World): Promise<string[]> {
  const faults: string[] = [];
  const histories = [];
  for (const workflowId of messages.flatMap(executionsOf)) {
    const history = await client.workflow
      .getHandle(workflowId)
      .fetchHistory()
      .catch((error: unknown) => {
        if (isGrpcServiceError(error) && (error.code as number) === notFound) return null;
        throw error;
      });
    if (history === null) continue;
    histories.push({ workflowId, history });
    for (const { workflowTaskFailedEventAttributes: failed } of history.events ?? []) {
      if (!failed || failed.cause === unhandledCommand) continue;
      faults.push(`${workflowId}: a workflow task failed: ${failed.failure?.message ?? ''}`);
    }
  }
  const bundle = { workflowBundle: { codePath: inject('bundlePath') } };
  for await (const { workflowId, error } of Worker.runReplayHistories(bundle, histories)) {
    if (error) faults.push(`${workflowId} does not replay: ${error.message}`);
  }
  return faults;
}
