import { ApplicationFailure } from '@temporalio/activity';
import {
  isInstant,
  isMaintenanceMessage,
  type ClosedUntil,
  type Instant,
  type MaintenanceParty,
} from '../domain/maintenance.ts';
import type { Told } from '../db/maintenance-learnt.ts';
import { maintenanceType, type MaintenanceDetails } from '../workflows/contracts.ts';

/** A party whose steps are done by a system of its own, which may say that it is in maintenance. */

/** Hears what the party's system says, and tells everybody. */
export interface Listener {
  closed(told: Told): Promise<unknown>;
  /** The party did a step though the window was thought to go on. */
  open(): Promise<unknown>;
}

/** What a failure says of the party's maintenance; null where it is another failure, or another's. */
function detailsOf(error: unknown, party: MaintenanceParty): Partial<MaintenanceDetails> | null {
  if (!(error instanceof ApplicationFailure) || error.type !== maintenanceType) return null;
  const [said] = (error.details ?? []) as Partial<MaintenanceDetails>[];
  return said?.party === party ? said : null;
}

const isAhead = (at: Instant): boolean => isInstant(at) && Date.parse(at) > Date.now();

/** What the party's own system said instead of doing a step; null: nothing that could be believed. */
export function toldBy(error: unknown, party: MaintenanceParty): ClosedUntil | null {
  const said = detailsOf(error, party);
  if (!said) return null;
  const { until = null, message = '' } = said;
  if (until !== null && !isAhead(until)) return null;
  return { until, message: isMaintenanceMessage(message) ? message : '停机维护' };
}
