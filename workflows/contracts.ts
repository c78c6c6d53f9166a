import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

import type { Month } from '../domain/calendar.ts';
import type {
  InstitutionCode,
  MessageId,
  PersonId,
  PlaceCode,
  SettlementId,
} from '../domain/identifiers.ts';
import type { Instant, MaintenanceParty, MaintenanceWindow } from '../domain/maintenance.ts';
import type { StatementLine } from '../domain/clearing/statement.ts';
import type { Refusal, Silence } from '../domain/refusal.ts';
import type { ReverseAnswer, SettleAnswer } from '../domain/settlement.ts';
import type { VisitAnswer } from '../domain/visit-parts.ts';

export type { SettleAnswer, SettlementRequest, SettlementResult } from '../domain/settlement.ts';

/** What gateway, activities and CLI may know of the workflows: ids, queues, messages, shapes. */

export const centreQueue = 'centre';
export const placeQueue = (place: PlaceCode): string => `place.${place}`;

export type Phase =
  | 'eligibility'
  | 'split'
  | 'calculation'
  | 'recording'
  | 'returning'
  | 'settled' // waits for the month's clearing
  | 'refusing'
  | 'refused'
  | 'cleared'
  | 'reversing'
  | 'reversed'
  | 'stopped'; // a broken invariant; accepts `retry` and `reverse`

export interface SettlementStatus {
  phase: Phase;
  settlementId: SettlementId | null;
  /** Why it stopped, and in which phase; null unless stopped. */
  stopped: { in: Phase; why: string } | null;
  month: Month | null; // cleared in
  isReversed: boolean; // decided for ever, also while it is being undone
  refusal: Refusal | null; // why the request was not settled, once that is its answer
  atCounter: boolean; // somebody waits there: it is settled in time or never
  /** The party in maintenance that the workflow itself waits for. It does not see a place's waits. */
  waitsFor: { party: MaintenanceParty; until: Instant | null } | null;
}

export const settlementWorkflowId = (institution: InstitutionCode, messageId: MessageId): string =>
  `settlement/${institution}/${messageId}`;
export const settle = defineUpdate<SettleAnswer>('settle');
/** The fixed id of the update `settle`: one answer per execution. */
export const settleUpdateId = 'settle';
export const cleared = defineSignal<[{ month: Month }]>('cleared');
/** Runs the stopped step again, after the cause was repaired. */
export const retry = defineSignal('retry');

/** The centre is open again: whoever waits for its maintenance window goes on. */
export const resume = defineSignal('resume');

/** The message id that a settlement was, or will be, asked for under. */
export interface RequestKey {
  institution: InstitutionCode;
  messageId: MessageId;
}
/** Who wants a settlement taken back, and how they said so. */
export interface ReverseWish {
  by: 'hospital' | 'operator' | 'counter'; // `counter`: time is up, and nobody has settled it
  messageId: MessageId | null; // of the hospital's 2208 or 2601
  person: PersonId | null; // whom the hospital named; compared with the settlement's
  why: string | null; // an operator's words; no personal data
  silence?: Silence; // who did not answer in time; of a wish by the counter
}
/** Takes the settlement back and answers as soon as that is decided. */
export const reverse = defineUpdate<ReverseAnswer, [ReverseWish]>('reverse');
/** The same, for operators and machines: nobody waits for an answer. */
export const reverseSignal = defineSignal<[ReverseWish?]>('reverse');
/** Of a settlement whose own execution is over. */
export const reversalWorkflowId = ({ institution, messageId }: RequestKey): string =>
  `reversal/${institution}/${messageId}`;
export const status = defineQuery<SettlementStatus>('status');

/** A whole bill, by the message id it was sent under; each part is a settlement of its own. */
export const visitWorkflowId = ({ institution, messageId }: RequestKey): string =>
  `visit/${institution}/${messageId}`;
/** Answers when every part has its final answer, never with a part that is pending. */
export const settleAll = defineUpdate<VisitAnswer>('settleAll');
/** The fixed id of the update `settleAll`: one answer per execution. */
export const settleAllUpdateId = 'settleAll';
/** The same as it stands now, pending parts included. */
export const visitStatus = defineQuery<VisitAnswer>('status');

export interface ClearingProgress {
  month: Month;
  cutAt: string | null;
  settlements: number;
  told: number;
}
export type ClearingResult =
  | { ok: true; month: Month; cutAt: string; statements: StatementLine[]; told: number }
  | { ok: false; refusal: { reason: 'month-not-begun'; month: Month } };
export const clearingWorkflowId = (of: Month): string => `clearing/${of}`;
export const clearingProgress = defineQuery<ClearingProgress>('progress');

/** One upload of a place's qualifications, filings, institutions to the centre's registry. */
export const registryWorkflowId = (place: PlaceCode): string => `registry/${place}`;

/** Tells the centre and the places what a party announced; it is over when everybody knows. */
export const windowsWorkflowId = (party: MaintenanceParty): string => `windows/${party}`;
export interface Announcement {
  windows: MaintenanceWindow[]; // the party's, as they are now
  wakes: boolean; // what waits may go on earlier than it was told
}
export const announced = defineSignal<[Announcement]>('announced');
/** The type and the details of the failure by which a step waits for a party in maintenance. */
export const maintenanceType = 'MaintenanceWindow';
export interface MaintenanceDetails {
  party: MaintenanceParty;
  until: Instant | null; // null: nobody knows yet
  message: string;
  afterMs?: number; // of a local step: its workflow tries it again then
}

/** Search attributes, set at start only; codes of places and institutions, nothing personal. */
export const searchAttributes = {
  treatingPlace: 'TreatingPlace',
  insuredPlace: 'InsuredPlace',
  institution: 'Institution',
} as const;

/** Failure types that no retry can mend: bugs, and messages nobody can read. */
export const bugTypes: string[] = ['InvariantViolation', 'ZodError', 'UnreadableMessage'];
