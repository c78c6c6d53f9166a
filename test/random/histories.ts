import { isGrpcServiceError } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import { executionsOf } from './quiet.ts';
import type { World } from './world.ts';

/** New messages came while the task was being completed: it is done again, and nothing is wrong. */
const unhandledCommand = 1;
const notFound = 5;

interface Lived {
  workflowId: string;
  history: History;
}
async function readHistories({ system: { client }, messages }: World): Promise<Lived[]> {
  const read = async (workflowId: string): Promise<Lived[]> => {
    try {
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      return [{ workflowId, history }];
    } catch (error) {
      if (isGrpcServiceError(error) && (error.code as number) === notFound) return [];
      throw error;
    }
  };
  return (await Promise.all(messages.flatMap(executionsOf).map(read))).flat();
}

function failedTasks({ workflowId, history }: Lived): string[] {
  return (history.events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed && Number(failed.cause) !== unhandledCommand
      ? [`${workflowId}: a workflow task failed: ${failed.failure?.message ?? ''}`]
      : [],
  );
}

async function failedReplays(lived: Lived[]): Promise<string[]> {
  const bundle = { workflowBundle: { codePath: inject('bundlePath') } };
  const faults: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(bundle, lived)) {
    if (error) faults.push(`${workflowId} does not replay: ${error.message}`);
  }
  return faults;
}

/** No workflow task failed; replayed, every history goes the way it went. */
export async function faultsOfHistories(world: World, isReplayed: boolean): Promise<string[]> {
  const lived = await readHistories(world);
  return [...lived.flatMap(failedTasks), ...(isReplayed ? await failedReplays(lived) : [])];
}
