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

/**
 * Where a workflow task failed. A worker that is too busy loses one, and its local activities with it; it
 * is done again, and nothing is wrong, unless the history goes another way when it is replayed.
 */
const hasFailedTask = ({ history }: Lived): boolean =>
  (history.events ?? []).some((event) => event.workflowTaskFailedEventAttributes);

/** The histories that go another way when they are replayed. */
export async function failedReplays(lived: readonly Lived[]): Promise<string[]> {
  const bundle = { workflowBundle: { codePath: inject('bundlePath') } };
  const faults: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(bundle, lived)) {
    if (error) faults.push(`${workflowId} does not replay: ${error.message}`);
  }
  return faults;
}

/** Replayed, every history goes the way it went: all of them, or those in which a task failed. */
export async function faultsOfHistories(world: World, isReplayed: boolean): Promise<string[]> {
  const lived = await readHistories(world);
  return failedReplays(isReplayed ? lived : lived.filter(hasFailedTask));
}
