import { ApplicationFailure, heartbeat, sleep } from '@temporalio/activity';
import { isGrpcServiceError, type WorkflowClient } from '@temporalio/client';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { PlaceCode } from '../domain/identifiers.ts';
import {
  closedUntil,
  instant,
  isAllClosed,
  retryAfter,
  windowsOf,
  type Arrival,
  type ClosedUntil,
  type Instant,
  type MaintenanceParty,
  type MaintenanceService,
  type MaintenanceWindow,
  type PlaceInLine,
  type WaitingStep,
} from '../domain/maintenance.ts';
import type { Database } from '../db/database.ts';
import { connectedPlaces, keepWindows, readWindows } from '../db/maintenance.ts';
import {
  arrive,
  forgetArrivals,
  isAnyWaiting,
  leave,
  markWoken,
  nextWaiting,
  setDue,
} from '../db/maintenance-arrivals.ts';
import { remembered } from '../db/remembered.ts';
import { maintenanceType, type MaintenanceDetails } from '../workflows/contracts.ts';

const now = (): Instant => instant(new Date().toISOString());

/** A place's windows as its worker sees them, read again when they are too old and somebody asks. */
export interface KnownMaintenance {
  party: PlaceCode;
  /** Until when a service is closed now; null while it is open. */
  closed(service: MaintenanceService): Promise<ClosedUntil | null>;
  isAllClosed(): Promise<boolean>;
  /** Whether a step may have a place in the line. */
  isAnyWaiting(): Promise<boolean>;
  /** Reads anew before the next answer. */
  forget(): void;
}

export function knownMaintenance(
  database: Database,
  party: PlaceCode,
  oldestMilliseconds: number,
): KnownMaintenance {
  interface Known {
    windows: MaintenanceWindow[];
    isAnyWaiting: boolean;
  }
  const read = async (): Promise<Known> => {
    const [windows, anyWaiting] = await Promise.all([
      readWindows(database),
      isAnyWaiting(database),
    ]);
    return { windows: windowsOf(windows, party), isAnyWaiting: anyWaiting };
  };
  const { latest, forget } = remembered(read, oldestMilliseconds);
  return {
    party,
    closed: async (service) => closedUntil((await latest()).windows, service, now()),
    isAllClosed: async () => isAllClosed((await latest()).windows, now()),
    isAnyWaiting: async () => (await latest()).isAnyWaiting,
    forget,
  };
}

/**
 * What a step of a party in maintenance throws: it is retried at the given time, costs no history,
 * and counts as nobody's mistake.
 *
 * @law 医保办函〔2021〕4号 三(三)
 */
export const maintenanceFailure = (details: MaintenanceDetails, milliseconds: number) =>
  ApplicationFailure.create({
    type: maintenanceType,
    message: `${details.party} is in maintenance until ${details.until ?? 'further notice'}`,
    details: [details],
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: milliseconds,
  });

/** Which service a step of a place belongs to; what is not listed is done whatever is closed. */
const serviceOf: Readonly<Record<string, MaintenanceService>> = {
  split: 'settlement',
  calculate: 'settlement',
  return: 'settlement',
  release: 'reversal',
  undoCalculation: 'reversal',
  returnReversal: 'reversal',
  nextRegistryChanges: 'registry',
};

export interface GuardOptions {
  database: Database;
  known: KnownMaintenance;
  releasePerSecond: number;
}

/** Nothing while the service is open; in a window the step takes its place in the line, and throws. */
async function waitOutside(
  { database, known, releasePerSecond }: GuardOptions,
  step: WaitingStep,
  service: MaintenanceService,
): Promise<void> {
  if (!(await known.closed(service))) return;
  // First the line, then the windows once more: who closes a window sees the line, or we see it closed.
  const number = await arrive(database, step, service);
  known.forget();
  const closed = await known.closed(service);
  if (!closed) return;
  const left = closed.until === null ? null : Date.parse(closed.until) - Date.now();
  const place = { number, isUndo: service === 'reversal' };
  const milliseconds = retryAfter(
    left === null ? null : Math.max(0, left),
    place,
    releasePerSecond,
  );
  await setDue(database, step, milliseconds);
  throw maintenanceFailure({ party: known.party, ...closed }, milliseconds);
}

/** Runs a step of a place, unless its service is closed. A step's own `MaintenanceWindow` is passed on. */
export async function guarded<T>(
  options: GuardOptions,
  { activityType, ...step }: WaitingStep & { activityType: string },
  run: () => Promise<T>,
): Promise<T> {
  const service = serviceOf[activityType];
  if (service === undefined) return run();
  await waitOutside(options, step, service);
  if (await options.known.isAnyWaiting()) await leave(options.database, step);
  return run();
}

/** What a place does with windows: keeps copies, and says who waits in its line. */
export const placeMaintenanceActivities = ({
  database,
  releasePerSecond,
}: Pick<GuardOptions, 'database' | 'releasePerSecond'>) => ({
  /** Keeps copies of another party's windows. */
  keepWindows: (windows: MaintenanceWindow[]): Promise<void> => keepWindows(database, windows),

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

/** False when nobody waits for the step any more. */
async function wakeOne(workflows: WorkflowClient, step: WaitingStep): Promise<boolean> {
  try {
    await workflows.workflowService.resetActivity({
      namespace: workflows.options.namespace,
      execution: { workflowId: step.workflowId },
      id: step.activityId,
      identity: workflows.options.identity,
    });
    return true;
  } catch (error) {
    const notFound = 5;
    if (isGrpcServiceError(error) && (error.code as number) === notFound) return false;
    throw error;
  }
}

/** What the centre does with windows: keeps copies, says who is to be told, wakes who waits. */
export const centreMaintenanceActivities = ({
  database,
  workflows,
}: {
  database: Database;
  workflows: WorkflowClient;
}) => ({
  /** Keeps copies of a party's windows; returns the places that are to be told. */
  keepWindowsAtCentre: async (of: {
    party: MaintenanceParty;
    windows: MaintenanceWindow[];
  }): Promise<PlaceCode[]> => {
    await keepWindows(database, of.windows);
    return (await connectedPlaces(database)).filter((place) => place !== of.party);
  },

  /** Wakes steps at their place's rate; returns the numbers of those that nobody waits for. */
  wake: async (line: { arrivals: Arrival[]; perSecond: number }): Promise<number[]> => {
    const gone: number[] = [];
    for (const step of line.arrivals) {
      if (!(await wakeOne(workflows, step))) gone.push(step.number);
      heartbeat();
      await sleep(1000 / line.perSecond);
    }
    return gone;
  },
});
