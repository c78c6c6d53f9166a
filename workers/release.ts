import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import { deploymentName } from './build.ts';

/** Making a build of the workflows current: new and open executions go on with it. */

// gRPC's: nobody has heard of this build yet, or not all of its queues are polled yet.
const notYet: readonly number[] = [5, 9];
const underWay = 1; // ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS
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

/** Whether every partition of every queue knows which build is current. */
async function isKnownEverywhere({ workflowService, options }: Service): Promise<boolean> {
  const { namespace } = options;
  const { workerDeploymentInfo } = await workflowService.describeWorkerDeployment({
    namespace,
    deploymentName,
  });
  return Number(workerDeploymentInfo?.routingConfigUpdateState) !== underWay;
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
export async function makeCurrent(client: Service, build: string, withinMs = 30_000) {
  const deadline = Date.now() + withinMs;
  return (
    (await until(() => ask(client, build), deadline)) &&
    (await until(() => isKnownEverywhere(client), deadline))
  );
}
