import { fileURLToPath } from 'node:url';
import { Client, type WorkflowClient } from '@temporalio/client';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { centreActivities } from '../activities/centre.ts';
import { clearingActivities } from '../activities/clearing.ts';
import { insuredPlaceActivities } from '../activities/insured-place.ts';
import {
  centreMaintenanceActivities,
  knownMaintenance,
  placeMaintenanceActivities,
} from '../activities/maintenance.ts';
import { reversalActivities } from '../activities/reversal.ts';
import { treatingPlaceActivities } from '../activities/treating-place.ts';
import { visitActivities } from '../activities/visit.ts';
import type { Database } from '../db/database.ts';
import type { PlaceCode } from '../domain/identifiers.ts';
import { createSettlementClient } from '../gateway/client.ts';
import { readNames } from '../seeds/names.ts';
import { centreQueue, placeQueue } from '../workflows/contracts.ts';
import { closingTuner, maintenanceGuard } from './maintenance.ts';
import { defaultReleasePerSecond } from './settings.ts';

/** How each worker is put together; processes, tests and benches use the same. */

export const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

export interface WorkerPlace {
  connection: NativeConnection;
  namespace: string;
}
/** The default tells every party the name of the machine. */
const identityOf = (role: string): string => `${role}/${process.pid}`;
/** Where the workflows come from, and how many of them the worker remembers. */
type Workflows = Pick<
  WorkerOptions,
  'workflowsPath' | 'workflowBundle' | 'maxCachedWorkflows' | 'maxConcurrentWorkflowTaskExecutions'
>;

/** The centre asks for the parts of a bill as a gateway does. */
function settlementsOver({ connection, options }: WorkflowClient) {
  const { namespace, identity } = options;
  return createSettlementClient(new Client({ connection, namespace, identity }), readNames().place);
}

/** All workflows, and the activities of registry, ledger and clearing. */
export const centreWorker = (
  where: WorkerPlace,
  { database, workflows }: { database: Database; workflows: WorkflowClient },
  of: Workflows = { workflowsPath },
): Promise<Worker> =>
  Worker.create({
    ...where,
    ...of,
    taskQueue: centreQueue,
    identity: identityOf('centre'),
    activities: {
      ...centreActivities({ database }),
      ...clearingActivities({ database, workflows }),
      ...reversalActivities({ database }),
      ...centreMaintenanceActivities({ database, workflows }),
      ...visitActivities({ settlements: settlementsOver(workflows), workflows }),
    },
    // A settlement that a dead process remembered waits this long, somebody at the counter with it.
    stickyQueueScheduleToStartTimeout: '2 seconds',
    shutdownGraceTime: '3 seconds',
  });

export interface PlaceOptions {
  releasePerSecond: number; // after a maintenance window
  oldestMilliseconds?: number; // of what the worker knows of its windows
}
const usualPlace: PlaceOptions = { releasePerSecond: defaultReleasePerSecond };

/** One place: both its parts, on its own queue; in a maintenance window it does not work. */
export function placeWorker(
  where: WorkerPlace,
  place: PlaceCode,
  database: Database,
  { releasePerSecond, oldestMilliseconds = 1000 }: PlaceOptions = usualPlace,
): Promise<Worker> {
  const known = knownMaintenance(database, place, oldestMilliseconds);
  return Worker.create({
    ...where,
    taskQueue: placeQueue(place),
    identity: identityOf(placeQueue(place)),
    activities: {
      ...treatingPlaceActivities({ database }),
      ...insuredPlaceActivities({ database }),
      ...placeMaintenanceActivities({ database, releasePerSecond }),
    },
    interceptors: { activity: [maintenanceGuard({ database, known, releasePerSecond })] },
    tuner: closingTuner(known, 20),
    maxConcurrentActivityTaskPolls: 4,
    shutdownGraceTime: '3 seconds',
  });
}

/** Runs a worker until `stop`. */
export function runWorker(worker: Worker): { stop(): Promise<void> } {
  const run = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await run;
    },
  };
}
