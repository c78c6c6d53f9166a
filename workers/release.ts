import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import { centreQueue } from '../workflows/contracts.ts';

/** Making a build of the workflows current: new and open executions go on with it. */

/** All workers of the centre, whatever their build, as Temporal's UI lists them. */
export const deploymentName = 'kuasheng-centre';

// gRPC's: nobody has heard of this build (5), or not all of its queues are polled (9); or the server, begun
// again after it was killed, has not got so far (4, 10, 14).
const notYet: readonly number[] = [4, 5, 9, 10, 14];
const pauseMs = 100;

type Service = Pick<Client, 'workflowService' | 'options'>;

async function ask({ workflowService, options }: Service, buildId: string): Promise<boolean> {
  const { namespace, identity } = options;
  try {
    const change = { namespace, identity, deploymentName, buildId };
    await workflowService.setWorkerDeploymentCurrentVersion(change);
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) && notYet.includes(error.code)) return false;
    throw error;
  }
}

/**
 * Whether the queue's tasks go to this build. The deployment's own word for it (its routing's update state)
 * stays "under way" for minutes after a server died in the middle, though all is done.
 */
async function isRouted({ workflowService, options }: Service, build: string): Promise<boolean> {
  const { namespace } = options;
  const taskQueue = { name: centreQueue };
  const { versioningInfo } = await workflowService.describeTaskQueue({ namespace, taskQueue });
  return versioningInfo?.currentDeploymentVersion?.buildId === build;
}

async function until(isDone: () => Promise<boolean>, deadline: number): Promise<boolean> {
  while (!(await isDone())) {
    if (Date.now() > deadline) return false;
    await sleep(pauseMs);
  }
  return true;
}

/**
 * Makes a build current and waits until tasks go there. A worker that has only just begun is waited for; a
 * build that is current already stays it.
 *
 * @returns false when no worker of this build was seen within the time
 */
export async function makeCurrent(client: Service, build: string, withinMs = 60_000) {
  const deadline = Date.now() + withinMs;
  return (
    (await until(() => ask(client, build), deadline)) &&
    (await until(() => isRouted(client, build), deadline))
  );
}
