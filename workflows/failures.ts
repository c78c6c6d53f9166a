import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { bugTypes, maintenanceType, type MaintenanceDetails } from './contracts.ts';

/** What the failure of a step says. */

/** Why a step failed: what failed remotely comes wrapped, what failed locally as it is. */
export function failureOf(error: unknown): ApplicationFailure | null {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause : null;
}
export const isBug = (failure: ApplicationFailure): boolean =>
  bugTypes.some((type) => type === failure.type);
/** A remote step was not done in its time, whatever it failed by before. */
export function isSilence(error: unknown): boolean {
  const failure = failureOf(error);
  const isOver = error instanceof ActivityFailure && !isCancellation(error);
  return isOver && !(failure && isBug(failure));
}

/** What a party said of its maintenance, when that is why it did not answer. */
export function maintenanceIn(failure: ApplicationFailure | null): Partial<MaintenanceDetails> {
  const [told] = (failure?.type === maintenanceType ? failure.details : null) ?? [];
  return told ?? {};
}
/** The turn of a step of the centre in the line before its closed door; null when it is not closed. */
export function turnIn(failure: ApplicationFailure): Required<MaintenanceDetails> | null {
  const { party, until = null, message = '', afterMs } = maintenanceIn(failure);
  return party === undefined || afterMs === undefined ? null : { party, until, message, afterMs };
}
