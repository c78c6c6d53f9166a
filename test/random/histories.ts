import { isGrpcServiceError } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import { executionsOf } from './quiet.ts';
import type { World } from './world.ts';

const notFound = 5;

export interface Lived {
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

/** New messages came while the task was being completed: it is done again, and nothing is wrong. */
const unhandledCommand = 1;
/**
 * What the SDK says of a task that ran out of time in a worker that is too busy, its local activities
 * with it: it is done again. A workflow that went another way is told with the step that differs.
 */
const lostTask = /Invalid transition in state machine$/;

function failedTasks({ workflowId, history }: Lived): string[] {
  return (history.events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed &&
    Number(failed.cause) !== unhandledCommand &&
    !lostTask.test(failed.failure?.message ?? '')
      ? [`${workflowId}: a workflow task failed: ${failed.failure?.message ?? ''}`]
      : [],
  );
}

async function failedReplays(lived: readonly Lived[]): Promise<string[]> {
  const bundle = { workflowBundle: { codePath: inject('bundlePath') } };
  const faults: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(bundle, lived)) {
    if (error) faults.push(`${workflowId} does not replay: ${error.message}`);
  }
  return faults;
}

/** No workflow task failed; replayed, every history goes the way it went. */
export const faultsOfLived = async (lived: readonly Lived[]): Promise<string[]> => [
  ...lived.flatMap(failedTasks),
  ...(await failedReplays(lived)),
];

/** Without the replay, which takes long, only what failed is seen. */
export async function faultsOfHistories(world: World, isReplayed: boolean): Promise<string[]> {
  const lived = await readHistories(world);
  return isReplayed ? faultsOfLived(lived) : lived.flatMap(failedTasks);
}
