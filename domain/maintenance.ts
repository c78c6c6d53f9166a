import type { PlaceCode } from './identifiers.ts';
import { invariant } from './invariant.ts';

declare const kind: unique symbol;
/** `2026-11-22T14:00:00.000Z`: always UTC, always milliseconds, so that it compares as text. */
export type Instant = string & { readonly [kind]: 'instant' };

export const isInstant = (text: string): text is Instant =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{3}Z$/.test(text);
export function instant(text: string): Instant {
  invariant(isInstant(text), `not an instant: ${text}`);
  return text;
}

/** Who can be in maintenance (停机维护). */
export type MaintenanceParty = PlaceCode | 'centre';

/** What a party stops. A window of all of them is one of the whole system. */
export const maintenanceServices = ['settlement', 'reversal', 'registry', 'clearing'] as const;
export type MaintenanceService = (typeof maintenanceServices)[number];
export const isMaintenanceService = (text: string): text is MaintenanceService =>
  maintenanceServices.some((service) => service === text);

/** A time in which a party does not do some of its services, as it announced it. */
export interface MaintenanceWindow {
  id: string;
  party: MaintenanceParty;
  services: readonly MaintenanceService[];
  from: Instant;
  to: Instant | null; // exclusive; null: until it is closed. A window that was closed ends there.
  message: string; // the party's words, for people
  revision: number; // 1 when announced, one more with each change
}

/** One line of at most 60 characters: a sentence at the counter has no more room. */
export const isMaintenanceMessage = (text: string): boolean => /^[^\p{Cc}]{1,60}$/u.test(text);

/** Until when something is closed, in the words of the window that closes it. */
export interface ClosedUntil {
  until: Instant | null; // null: nobody knows yet
  message: string;
}

const endsAfter = (window: MaintenanceWindow, at: Instant): boolean =>
  window.to === null || window.to > at;
const later = (one: Instant | null, other: Instant | null): Instant | null =>
  one === null || other === null || one > other ? one : other;

/**
 * Until when one party's windows close a service at an instant; null while it is open. Windows that
 * overlap, touch or lie within each other are one time.
 *
 * @param windows of one party
 */
export function closedUntil(
  windows: readonly MaintenanceWindow[],
  service: MaintenanceService,
  at: Instant,
): ClosedUntil | null {
  const ahead = windows
    .filter((window) => window.services.includes(service) && endsAfter(window, at))
    .sort((one, other) => (one.from < other.from ? -1 : 1));
  const [first] = ahead;
  if (!first || first.from > at) return null;
  let until = first.to;
  let { message } = first;
  for (const next of ahead) {
    if (until === null || next.from > until) break;
    // What is said is said by the window that lasts longest of those that have begun.
    if (next.from <= at && endsAfter(next, until)) message = next.message;
    until = later(next.to, until);
  }
  return { until, message };
}

/** Whether nothing at all is done at an instant. */
export const isAllClosed = (windows: readonly MaintenanceWindow[], at: Instant): boolean =>
  maintenanceServices.every((service) => closedUntil(windows, service, at) !== null);

/** The windows of one party among those that are known. */
export const windowsOf = (
  windows: readonly MaintenanceWindow[],
  party: MaintenanceParty,
): MaintenanceWindow[] => windows.filter((window) => window.party === party);

/** The place of one that waits in the line of its party: 1 is the first. Undos go first. */
export interface PlaceInLine {
  number: number;
  isUndo: boolean;
}
/** A step that waits for its party, by the ids of its workflow and of its activity. */
export interface WaitingStep {
  workflowId: string;
  activityId: string | null; // null: a local activity, which the server does not know; its workflow waits
}
export type Arrival = PlaceInLine & WaitingStep;

/** Undos that came after a settlement was told its time are before it all the same, if they are few. */
const undosAheadMilliseconds = 500;
/** While no end is known, one looks again this often; closing the window wakes what waits. */
export const unknownEndMilliseconds = 3_600_000;

/**
 * How long one waits from now: until the end of the window, and then its turn at the party's rate, so
 * that a backlog does not come at once and keeps its order.
 *
 * @param left milliseconds to the end of the window; null when nobody knows it
 */
export function retryAfter(
  left: number | null,
  { number, isUndo }: PlaceInLine,
  ratePerSecond: number,
): number {
  const turn = Math.ceil((number * 1000) / ratePerSecond);
  return (left ?? unknownEndMilliseconds) + turn + (isUndo ? 0 : undosAheadMilliseconds);
}
