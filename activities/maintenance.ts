import { heartbeat, sleep } from '@temporalio/activity';
import { isGrpcServiceError, WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import type { PlaceCode } from '../domain/identifiers.ts';
import type {
  Arrival,
  MaintenanceParty,
  MaintenanceWindow,
  PlaceInLine,
  WaitingStep,
} from '../domain/maintenance.ts';
import type { Database } from '../db/database.ts';
import { connectedPlaces, keepWindows } from '../db/maintenance.ts';
import { forgetArrivals, markWoken, nextWaiting } from '../db/maintenance-arrivals.ts';
import { resume } from '../workflows/contracts.ts';

export interface LineOptions {
  database: Database;
  releasePerSecond: number;
}

/** Who waits in a party's line. */
export const lineActivities = ({ database, releasePerSecond }: LineOptions) => ({
  /** The next who wait, after one of them, with the rate at which they may come. */
  nextWaiting: async (page: {
    after: PlaceInLine | null;
    atMost: number;
    gone: number[];
  }): Promise<{ arrivals: Arrival[]; perSecond: number }> => {
    await forgetArrivals(database, page.gone);
    const arrivals = await nextWaiting(database, page.after, page.atMost);
    return { arrivals, perSecond: releasePerSecond };
  },

  /** Those in the line that are about to be woken. */
  markWoken: (numbers: number[]): Promise<void> => markWoken(database, numbers),
});

/** What a place does with windows: keeps copies, and says who waits in its line. */
export const placeMaintenanceActivities = (options: LineOptions) => ({
  ...lineActivities(options),

  /** Keeps copies of another party's windows. */
  keepWindows: (windows: MaintenanceWindow[]): Promise<void> =>
    keepWindows(options.database, windows),
});

/** The server tries an activity again at once; who waits for a local one is told to. */
async function wakeOne(
  workflows: WorkflowClient,
  { workflowId, activityId }: WaitingStep,
): Promise<void> {
  if (activityId === null) return workflows.getHandle(workflowId).signal(resume);
  await workflows.workflowService.resetActivity({
    namespace: workflows.options.namespace,
    execution: { workflowId },
    id: activityId,
    identity: workflows.options.identity,
  });
}

const grpcNotFound = 5;
const isGone = (error: unknown): boolean =>
  error instanceof WorkflowNotFoundError ||
  (isGrpcServiceError(error) && (error.code as number) === grpcNotFound);

const started = 2; // PENDING_ACTIVITY_STATE_STARTED
/** An attempt under way does not hear that it is woken, and may yet end by saying when it tries again. */
async function isTrying(
  workflows: WorkflowClient,
  { workflowId, activityId }: WaitingStep,
): Promise<boolean> {
  if (activityId === null) return false;
  const { pendingActivities } = (await workflows.getHandle(workflowId).describe()).raw;
  const pending = pendingActivities?.find((step) => step.activityId === activityId);
  return (pending?.state as number | undefined) === started;
}

/** `gone`: nobody waits for the step any more. */
async function wakeUnlessTrying(
  workflows: WorkflowClient,
  step: WaitingStep,
): Promise<'woken' | 'trying' | 'gone'> {
  try {
    if (await isTrying(workflows, step)) return 'trying';
    await wakeOne(workflows, step);
    return 'woken';
  } catch (error) {
    if (isGone(error)) return 'gone';
    throw error;
  }
}

/** What the centre does with windows: keeps copies, says who is to be told, wakes who waits. */
export const centreMaintenanceActivities = ({
  workflows,
  ...options
}: LineOptions & { workflows: WorkflowClient }) => ({
  ...lineActivities(options),

  /** Keeps copies of a party's windows; returns the places that are to be told. */
  keepWindowsAtCentre: async (of: {
    party: MaintenanceParty;
    windows: MaintenanceWindow[];
  }): Promise<PlaceCode[]> => {
    const { database } = options;
    await keepWindows(database, of.windows);
    return (await connectedPlaces(database)).filter((place) => place !== of.party);
  },

  /** Wakes steps at their party's rate; returns the numbers of those that nobody waits for. */
  wake: async ({
    arrivals,
    perSecond,
  }: {
    arrivals: Arrival[];
    perSecond: number;
  }): Promise<number[]> => {
    const gone: number[] = [];
    const line = [...arrivals]; // behind it, once more, those that were trying
    const began = performance.now();
    for (const [index, step] of line.entries()) {
      await sleep(Math.max(0, began + (index * 1000) / perSecond - performance.now()));
      const outcome = await wakeUnlessTrying(workflows, step);
      if (outcome === 'gone') gone.push(step.number);
      if (outcome === 'trying') line.push(step);
      heartbeat();
    }
    return gone;
  },
});
