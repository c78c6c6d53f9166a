import { monthBefore, yearOf, type Month } from '../domain/calendar.ts';
import type { SettlementId } from '../domain/identifiers.ts';
import { invariant } from '../domain/invariant.ts';
import type { Refusal, Silence } from '../domain/refusal.ts';
import {
  balanceBefore,
  digestOfAny,
  mirroredBenefit,
  mirroredTotals,
  type Naming,
  type ReverseAnswer,
  type ReversalResult,
  type SettleAnswer,
  type SettlementRequest,
  type SettlementResult,
} from '../domain/settlement.ts';
import { inTransaction, type Database, type Transaction } from '../db/database.ts';
import { readNaming } from '../db/eligibility.ts';
import { voidStep } from '../db/inbox.ts';
import { appendEntry, nextEntry } from '../db/ledger.ts';
import { answerRequest, claimRequest, unclaim } from '../db/requests.ts';
import {
  holdMonth,
  insertReversal,
  lockRequest,
  nextReversalId,
  type RequestToReverse,
} from '../db/reversals.ts';
import type { RequestKey, ReverseWish } from '../workflows/contracts.ts';

/** Who takes which request back, and the execution that carries it out. */
export interface ReverseOrder extends ReverseWish {
  request: SettlementRequest | RequestKey; // the whole of it where it arrived
  workflowId: string;
}
/** What the centre decided, for ever, and what is to be undone for it. */
export interface ReverseDecision {
  answer: ReverseAnswer;
  settlementId: SettlementId;
  request: SettlementRequest | null; // null: it has not arrived, and nothing is to be undone
  naming?: Naming | null; // absent from what was decided before it was told
  settled: SettleAnswer | null; // what the waiting hospital is told, if it still waits
  /** The last month that may be cleared without the reversal, where this execution hears of its clearing. */
  clearedIn: Month | null;
  undo: boolean; // something of it may have been done
}

/** What a hospital that still waits for its settlement is told. */
const reversedAnswer = (
  { digest }: Pick<SettlementRequest, 'digest'>,
  settlementId: SettlementId,
  silence?: Silence,
): SettleAnswer & { kind: 'refused' } => ({
  kind: 'refused',
  digest,
  settlementId,
  refusal: silence ? { reason: 'not-in-time', ...silence } : { reason: 'request-reversed' },
});
/**
 * A request that was not settled never will be: the answer is kept, and the record is void. One that
 * arrives while it is being taken back is told so, whatever its body is.
 */
async function preventSettling(
  transaction: Transaction,
  { silence }: ReverseOrder,
  { settlementId: settlement, body }: RequestToReverse,
): Promise<SettleAnswer> {
  if (!body) return reversedAnswer({ digest: digestOfAny }, settlement);
  await voidStep(transaction, { settlement, step: 'record' }, () => Promise.resolve());
  const answer = reversedAnswer(body, settlement, silence);
  await answerRequest(transaction, settlement, answer);
  return answer;
}

/** Writes the reversal and its ledger entry: what the insured place owed, it owes no more. */
async function takeBack(
  transaction: Transaction,
  order: ReverseOrder,
  request: SettlementRequest,
  { settlementId, feeCategory, totals, calculation }: SettlementResult,
): Promise<ReversalResult> {
  const { treatingPlace, insuredPlace, insuranceType } = request;
  const reversalId = await nextReversalId(transaction);
  const at = await nextEntry(transaction, treatingPlace, insuredPlace);
  const { workflowId, by, messageId, why } = order;
  const result: ReversalResult = {
    reversalId,
    settlementId,
    messageId,
    feeCategory,
    totals: mirroredTotals(totals),
    benefit: mirroredBenefit(calculation.benefit),
    accountBalance: balanceBefore(calculation),
    recordedAt: at.recordedAt,
  };
  invariant(by !== 'counter', 'the counter takes back no settlement');
  await insertReversal(transaction, { result, workflowId, by, why });
  const { fundTotal, personalAccount } = result.benefit;
  const amounts = { fundTotal, personalAccount };
  const pair = { treatingPlace, insuredPlace, insuranceType, settlementId };
  await appendEntry(transaction, { ...pair, kind: 'reversal', ...amounts }, at);
  return result;
}

function yearRefusal(
  { visitedOn: on }: SettlementRequest,
  { reversal, today }: RequestToReverse,
): Refusal | null {
  if (reversal || yearOf(on) === yearOf(today)) return null;
  return { reason: 'reversal-crosses-year', on };
}
/** Why it may not be taken back; a settlement of another year is refunded by hand (rules.md A-44). */
function refusalOf({ by, person }: ReverseOrder, found: RequestToReverse): Refusal | null {
  const { body, answer, settlementId: settlement } = found;
  if (!body) return null;
  if (![null, body.person].includes(person)) return { reason: 'reversal-person-differs' };
  if (answer?.kind !== 'settled') return null;
  if (by === 'counter') return { reason: 'batch-settled', settlement }; // made in time: it stands
  return yearRefusal(body, found);
}

/** The month in China of an instant: ISO 8601, with its offset. */
const monthAt = (instant: string): Month =>
  new Date(Date.parse(instant) + 8 * 3600 * 1000).toISOString().slice(0, 7) as Month;

/**
 * A settlement that is on a statement, or of a month that was over, is not cleared together with its
 * reversal. Only who took it back hears of that, and only once: nobody else may wait for it.
 */
function monthToPass(
  { workflowId }: ReverseOrder,
  { reversal, toBeTold, clearedIn }: RequestToReverse,
  [settled, reversed]: [SettlementResult, ReversalResult],
): Month | null {
  if (reversal && toBeTold !== workflowId) return null;
  const before = monthBefore(monthAt(reversed.recordedAt));
  return clearedIn ?? (monthAt(settled.recordedAt) <= before ? before : null);
}

/** What was decided, without what every decision says. */
type Decided = Omit<ReverseDecision, 'settlementId' | 'request' | 'naming' | 'clearedIn'> &
  Partial<Pick<ReverseDecision, 'clearedIn'>>;

/** What may not be taken back stays as it is: as answered, or taken back before by somebody who might. */
function asItIs({ settlementId, body, answer, reversal }: RequestToReverse): SettleAnswer | null {
  return body && reversal ? reversedAnswer(body, settlementId) : answer;
}

async function decided(
  transaction: Transaction,
  order: ReverseOrder,
  found: RequestToReverse,
): Promise<Decided> {
  const { settlementId, body: request, answer, reversal } = found;
  const refusal = refusalOf(order, found);
  if (refusal) return { answer: { kind: 'refused', refusal }, settled: asItIs(found), undo: false };
  if (answer?.kind !== 'settled' || !request) {
    const settled = answer ?? (await preventSettling(transaction, order, found));
    const undo = answer ? found.isRecordVoid : request !== null;
    return { answer: { kind: 'not-settled' }, settled, undo };
  }
  const settled = reversedAnswer(request, settlementId);
  const made = reversal ?? (await takeBack(transaction, order, request, answer.result));
  const clearedIn = monthToPass(order, found, [answer.result, made]);
  return { answer: { kind: 'reversed', reversal: made }, settled, clearedIn, undo: true };
}

async function decide(
  transaction: Transaction,
  order: ReverseOrder,
  found: RequestToReverse,
): Promise<ReverseDecision> {
  const { settlementId, body: request } = found;
  const naming = request && (await readNaming(transaction, request));
  const decision = await decided(transaction, order, found);
  return { settlementId, request, naming, clearedIn: null, ...decision };
}

/** What the centre does to take a request back. */
export const reversalActivities = ({ database }: { database: Database }) => ({
  /**
   * Decides once and for all what becomes of a request that is taken back: never settled, or reversed
   * with mirrored amounts. Every later call gets the same answer; a refusal may change with the day.
   *
   * @law 医保办函〔2021〕4号 三(二)
   */
  decideReversal: (order: ReverseOrder): Promise<ReverseDecision> =>
    inTransaction(database, async (transaction) => {
      await holdMonth(transaction);
      // It may be taken back before its own step claimed it.
      const claimed =
        'digest' in order.request ? await claimRequest(transaction, order.request) : null;
      const decision = await decide(
        transaction,
        order,
        await lockRequest(transaction, order.request),
      );
      // If it goes on, its own step claims it: what is claimed is eligible.
      if (claimed?.isNew && decision.answer.kind === 'refused') {
        await unclaim(transaction, claimed.settlementId);
      }
      return decision;
    }),
});
