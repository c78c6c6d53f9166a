import { ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import {
  closedUntil,
  instant,
  isAllClosed,
  retryAfter,
  windowsOf,
  type ClosedUntil,
  type Instant,
  type MaintenanceParty,
  type MaintenanceService,
  type MaintenanceWindow,
  type WaitingStep,
} from '../domain/maintenance.ts';
import type { Database } from '../db/database.ts';
import { readWindows } from '../db/maintenance.ts';
import { arrive, isAnyWaiting, leave, setDue } from '../db/maintenance-arrivals.ts';
import { remembered } from '../db/remembered.ts';
import { maintenanceType, type MaintenanceDetails } from '../workflows/contracts.ts';

/** Keeps the steps of a party outside while it is in maintenance; the activities know nothing of it. */

const now = (): Instant => instant(new Date().toISOString());

/** A party's windows as its worker sees them, read again when they are too old and somebody asks. */
export interface KnownMaintenance {
  party: MaintenanceParty;
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
  party: MaintenanceParty,
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
 * What a step of a party in maintenance throws, which counts as nobody's mistake. The server tries it
 * again at the given time, at no cost of history; a local step's workflow waits until then.
 *
 * @law 医保办函〔2021〕4号 三(三)
 */
export function maintenanceFailure(
  details: MaintenanceDetails,
  { milliseconds, isLocal }: { milliseconds: number; isLocal: boolean },
): ApplicationFailure {
  return ApplicationFailure.create({
    type: maintenanceType,
    message: `${details.party} is in maintenance until ${details.until ?? 'further notice'}`,
    category: ApplicationFailureCategory.BENIGN,
    ...(isLocal
      ? { details: [{ ...details, afterMs: milliseconds }], nonRetryable: true }
      : { details: [details], nextRetryDelay: milliseconds }),
  });
}

/** Which service a step belongs to; what is not listed is done whatever is closed. */
const serviceOf: Readonly<Record<string, MaintenanceService>> = {
  // of a place
  split: 'settlement',
  calculate: 'settlement',
  return: 'settlement',
  release: 'reversal',
  undoCalculation: 'reversal',
  returnReversal: 'reversal',
  nextRegistryChanges: 'registry',
  // of the centre
  claim: 'settlement',
  record: 'settlement',
  recordRefusal: 'settlement',
  decideReversal: 'reversal',
  acceptRegistryChanges: 'registry',
  closeMonth: 'clearing',
  tellCleared: 'clearing',
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
  const isLocal = step.activityId === null;
  throw maintenanceFailure({ party: known.party, ...closed }, { milliseconds, isLocal });
}

/** Runs a step of a party, unless its service is closed. A step's own `MaintenanceWindow` is passed on. */
export async function guarded<T>(
  options: GuardOptions,
  { activityType, ...step }: WaitingStep & { activityType: string },
  run: () => Promise<T>,
): Promise<T> {
  const service = serviceOf[activityType];
  if (service === undefined) return run();
  await waitOutside(options, step, service);
  if (await options.known.isAnyWaiting()) await leave(options.database, step, service);
  return run();
}
