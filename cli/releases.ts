import { isGrpcServiceError, type Client } from '@temporalio/client';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import { deploymentName } from '../workers/release.ts';
import { centreQueue } from '../workflows/contracts.ts';

/** One build of the centre's workflows, as Temporal knows it. */
export interface Release {
  build: string | null; // null: workers that tell none, and executions that no build has worked on
  isCurrent: boolean;
  since: Date | null; // when it first was current
  polledAt: Date | null; // when a worker of it last asked for work, within five minutes
  open: number; // executions that it was the last to work on
  openBefore: number | null; // open executions that began before it was current; null: it never was
}

const notFound: readonly number[] = [5]; // gRPC's: no worker ever told a build

async function readDeployment({ workflowService, options: { namespace } }: Client) {
  try {
    const answer = await workflowService.describeWorkerDeployment({ namespace, deploymentName });
    return answer.workerDeploymentInfo ?? null;
  } catch (error) {
    if (isGrpcServiceError(error) && notFound.includes(error.code)) return null;
    throw error;
  }
}

/** When the workers of each build last asked for work; a poll takes up to a minute. */
async function readPolls({ workflowService, options: { namespace } }: Client) {
  const { pollers } = await workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: centreQueue },
  });
  const last = new Map<string | null, Date>();
  for (const { deploymentOptions, lastAccessTime } of pollers) {
    const build = deploymentOptions?.buildId ?? null;
    const at = optionalTsToDate(lastAccessTime);
    const known = last.get(build);
    if (at && (!known || known < at)) last.set(build, at);
  }
  return last;
}

async function countOpen({ workflow }: Client, which: string): Promise<number> {
  return (await workflow.count(`ExecutionStatus = 'Running' and ${which}`)).count;
}
const workedOnBy = (build: string | null): string =>
  build === null
    ? 'TemporalWorkerDeploymentVersion is null'
    : `TemporalWorkerDeploymentVersion = '${deploymentName}:${build}'`;

/** Every build there is, the newest first; last, what has no build. */
export async function readReleases(client: Client): Promise<Release[]> {
  const [deployment, polls] = await Promise.all([readDeployment(client), readPolls(client)]);
  const current = deployment?.routingConfig?.currentDeploymentVersion?.buildId;
  const builds = (deployment?.versionSummaries ?? [])
    .map((version) => ({
      build: version.deploymentVersion?.buildId ?? '',
      createdAt: optionalTsToDate(version.createTime)?.getTime() ?? 0,
      since: optionalTsToDate(version.firstActivationTime) ?? null,
    }))
    .toSorted((one, other) => other.createdAt - one.createdAt);
  const releases = [...builds, { build: null, since: null }].map(async ({ build, since }) => ({
    build,
    since,
    isCurrent: build !== null && build === current,
    polledAt: polls.get(build) ?? null,
    open: await countOpen(client, workedOnBy(build)),
    openBefore: since && (await countOpen(client, `StartTime < '${since.toISOString()}'`)),
  }));
  return Promise.all(releases);
}
