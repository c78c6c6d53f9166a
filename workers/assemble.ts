import { Client, type WorkflowClient } from '@temporalio/client';
import { Worker, type NativeConnection } from '@temporalio/worker';
import { centreActivities } from '../activities/centre.ts';
import { clearingActivities } from '../activities/clearing.ts';
import type { InsuredPlaceActivities, TreatingPlaceActivities } from '../activities/index.ts';
import { insuredPlaceActivities } from '../activities/insured-place.ts';
import { knownMaintenance } from '../activities/maintenance-guard.ts';
import {
  centreMaintenanceActivities,
  placeMaintenanceActivities,
} from '../activities/maintenance.ts';
import { reversalActivities } from '../activities/reversal.ts';
import { treatingPlaceActivities } from '../activities/treating-place.ts';
import { visitActivities } from '../activities/visit.ts';
import type { Database } from '../db/database.ts';
import type { PlaceCode } from '../domain/identifiers.ts';
import { createSettlementClient } from '../gateway/client.ts';
import { readNames, type ReadableNames } from '../seeds/names.ts';
import { centreQueue, placeQueue } from '../workflows/contracts.ts';
import type { Workflows } from './build.ts';
import { listenerOf } from './maintenance-desk.ts';
import { closingTuner, maintenanceGuard } from './maintenance.ts';
import { defaultReleasePerSecond } from './settings.ts';

/** How each worker is put together; processes, tests and benches use the same. */

export interface WorkerPlace {
  connection: NativeConnection;
  namespace: string;
}
/** The default tells every party the name of the machine. */
const identityOf = (role: string): string => `${role}/${process.pid}`;

/** How a party comes out of a maintenance window. */
export interface MaintenanceOptions {
  releasePerSecond: number;
  oldestMilliseconds?: number; // of what the worker knows of its windows
}
const usualMaintenance: MaintenanceOptions = { releasePerSecond: defaultReleasePerSecond };
export interface CentreOptions {
  database: Database;
  workflows: WorkflowClient;
  maintenance?: MaintenanceOptions;
}

// The names are in files, and many workers may run in one process.
let names: ReadableNames | undefined;
const ourNames = (): ReadableNames => (names ??= readNames());

/** The centre asks for the parts of a bill as a gateway does. */
function settlementsOver({ connection, options }: WorkflowClient) {
  const { namespace, identity } = options;
  return createSettlementClient(new Client({ connection, namespace, identity }), ourNames());
}

/** All workflows, and the activities of registry, ledger and clearing; in a maintenance window they wait. */
export function centreWorker(
  where: WorkerPlace,
  { database, workflows, maintenance = usualMaintenance }: CentreOptions,
  of: Workflows,
): Promise<Worker> {
  const { releasePerSecond, oldestMilliseconds = 1000 } = maintenance;
  const known = knownMaintenance(database, 'centre', oldestMilliseconds);
  return Worker.create({
    ...where,
    ...of,
    taskQueue: centreQueue,
    identity: identityOf('centre'),
    activities: {
      ...centreActivities({ database }),
      ...clearingActivities({ database, workflows }),
      ...reversalActivities({ database }),
      ...centreMaintenanceActivities({ database, workflows, releasePerSecond }),
      ...visitActivities({ settlements: settlementsOver(workflows) }),
    },
    // A settlement that a dead process remembered waits this long, somebody at the counter with it.
    stickyQueueScheduleToStartTimeout: '2 seconds',
    interceptors: { activity: [maintenanceGuard({ database, known, releasePerSecond })] },
    shutdownGraceTime: '3 seconds',
  });
}

export interface PlaceOptions extends MaintenanceOptions {
  stepsAtOnce?: number;
  /** Steps that a system of the place's own does, through the same interface. */
  ownSteps?: Partial<TreatingPlaceActivities & InsuredPlaceActivities>;
}

/** One place: both its parts, on its own queue; in a maintenance window it does not work. */
export function placeWorker(
  where: WorkerPlace,
  place: PlaceCode,
  database: Database,
  options: PlaceOptions = usualMaintenance,
): Promise<Worker> {
  const { releasePerSecond, oldestMilliseconds = 1000, stepsAtOnce = 20, ownSteps } = options;
  const identity = identityOf(placeQueue(place));
  const known = knownMaintenance(database, place, oldestMilliseconds);
  const listener = listenerOf(new Client({ ...where, identity }), place, database);
  const guard = maintenanceGuard({ database, known, releasePerSecond, listener });
  return Worker.create({
    ...where,
    taskQueue: placeQueue(place),
    identity,
    activities: {
      ...treatingPlaceActivities({ database }),
      ...insuredPlaceActivities({ database }),
      ...ownSteps,
      ...placeMaintenanceActivities({ database, releasePerSecond }),
    },
    interceptors: { activity: [guard] },
    tuner: closingTuner(known, stepsAtOnce),
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
