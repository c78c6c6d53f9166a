import type { SettlementId } from '../domain/identifiers.ts';
import type { Refusal } from '../domain/refusal.ts';
import type { Complaint } from './complaint.ts';
import type { InMaintenance } from './door.ts';
import type { Progress } from './progress.ts';
import type { Names } from './wording.ts';

/** What the world says instead of an answer. */
export type Fault =
  | { reason: 'undetermined' } // something may have been started
  | { reason: 'reversal-undetermined' } // it may have been taken back
  | { reason: 'message-id-reused' }
  | { reason: 'gateway-busy' } // nothing was started
  | InMaintenance; // nor here
/** An answer that is no error of the sender, where the interface has no field for it. */
export interface NothingToReverse {
  reason: 'nothing-to-reverse';
  settlement: SettlementId;
}
/** Accepted, and not settled yet: it goes on by itself. */
export type Pending = { reason: 'pending' } & Progress;
/** Nothing is known of a settlement of this visit. */
export interface NoSettlement {
  reason: 'no-settlement';
}
export type FaultName = Fault['reason'] | Complaint['reason'];

/** Everything that a hospital can be told instead of a result. */
export type Notice = Refusal | Complaint | Fault | NothingToReverse | Pending | NoSettlement;
export type ByReason = { [N in Notice as N['reason']]: N };
export type Reason = keyof ByReason;

export interface Wording<N> {
  code: string; // ours, short, for the telephone
  sentence: (data: N, names: Names) => string;
}
