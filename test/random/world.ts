import { setTimeout as sleep } from 'node:timers/promises';
import { patientMs } from '../patience.ts';
import type { SettleAnswer, SettlementRequest } from '../../domain/settlement.ts';
import type { ReverseOutcome, SettleOutcome } from '../../gateway/client.ts';
import type { Databases, TestSystem } from '../system.ts';
import type { Patient } from './patients.ts';
import type { Party } from './plan.ts';

/** What one call about a message came to. Times are numbers of calls, so that they tell the order. */
export type Heard = { began: number; ended: number } & (
  | { call: 'settle'; request: SettlementRequest; outcome: SettleOutcome }
  | { call: 'take-back'; outcome: ReverseOutcome }
  | { call: 'signal' } // that Temporal has accepted
);
/** A message id of a hospital, and everything that was ever answered about it. */
export interface Message {
  patient: Patient;
  request: SettlementRequest;
  isSent: boolean; // 2207, perhaps in vain
  isTakenBack: boolean; // 2208, 2601 or a signal, perhaps in vain
  heard: Heard[];
}

/** The workers of every party, which come and go. */
export interface Workers {
  /** However it ends; when this resolves, the party works again. */
  restart(party: Party): Promise<void>;
  stop(): Promise<void>;
}

export interface World {
  system: TestSystem;
  databases: Databases; // as the hospitals and the test see them
  workers: Workers;
  messages: Message[];
  clock: number; // the number of the last call that began or ended
}

export const databaseOf = ({ databases }: Pick<World, 'databases'>, party: Party) =>
  party === 'centre' ? databases.centre : databases.place(party);

/** `settled`, or the reason of the refusal. */
export const told = (answer: SettleAnswer): string =>
  answer.kind === 'settled' ? answer.kind : answer.refusal.reason;

/** Whoever hears this has to ask again. */
export const hasNoAnswer = (heard: Heard | undefined): boolean =>
  heard !== undefined &&
  heard.call !== 'signal' &&
  ['undetermined', 'pending'].includes(heard.outcome.kind);

/** For people: `3–7 settle not-filed`. */
export function describeHeard(heard: Heard): string {
  const when = `${heard.began}–${heard.ended} ${heard.call}`;
  if (heard.call === 'signal') return when;
  const { outcome } = heard;
  if (outcome.kind === 'conflict' || outcome.kind === 'pending') return `${when} ${outcome.kind}`;
  if (outcome.kind === 'undetermined') return `${when} ${outcome.why}`;
  const { answer } = outcome;
  return `${when} ${answer.kind === 'refused' ? answer.refusal.reason : answer.kind}`;
}

/** Does it again when a connection was cut or a server is down, or reads its log; it may be done twice. */
export async function persistently<T>(work: () => Promise<T>): Promise<T> {
  const until = Date.now() + patientMs;
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(30 * tries);
    }
  }
}
