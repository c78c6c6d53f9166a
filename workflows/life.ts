import { setHandler } from '@temporalio/workflow';
import type { Month } from '../domain/calendar.ts';
import type { SettlementId } from '../domain/identifiers.ts';
import type {
  Naming,
  ReverseAnswer,
  SettleAnswer,
  SettlementRequest,
} from '../domain/settlement.ts';
import { resume, retry, type Phase, type ReverseWish, type SettlementStatus } from './contracts.ts';

/** Which settlement it is, and what its parties are called. */
export interface About {
  request: SettlementRequest;
  naming: Naming | null; // null where nobody told it
}
/** Where a settlement stands; one owner of every change of phase. */
export interface Life {
  about: About | null; // null where the request is not known
  phase: Phase;
  settlementId: SettlementId | null;
  answer: SettleAnswer | undefined;
  wish: ReverseWish | null; // that it be taken back; not yet decided
  laterWishes: ReverseWish[]; // that came while another was being decided
  refusedWishes: Map<ReverseWish, ReverseAnswer>; // each of those after which another was decided
  deadline: number | null; // of the counter, milliseconds since 1970; null where nobody waits there
  reversed: ReverseAnswer | undefined; // the decision; a refused one may be asked for again
  stopped: SettlementStatus['stopped'];
  retryAsked: boolean;
  resumes: number; // how often somebody said that the centre is open again
  waitsFor: SettlementStatus['waitsFor'];
  month: Month | null;
}
export const newLife = (): Life => ({
  about: null,
  phase: 'eligibility',
  settlementId: null,
  answer: undefined,
  wish: null,
  laterWishes: [],
  refusedWishes: new Map(),
  deadline: null,
  reversed: undefined,
  stopped: null,
  retryAsked: false,
  resumes: 0,
  waitsFor: null,
  month: null,
});

/** Hears who lets a step go on that was stopped, or that waits for the centre. */
export function hearOperators(life: Life): void {
  setHandler(retry, () => {
    life.retryAsked = life.stopped !== null;
  });
  setHandler(resume, () => {
    life.resumes += 1;
  });
}
