import { separate } from '../domain/treating-place/separation.ts';
import { totalsOf } from '../domain/treating-place/payment-scope.ts';
import { day } from '../domain/calendar.ts';
import { placeOf, type PlaceCode } from '../domain/identifiers.ts';
import { invariant } from '../domain/invariant.ts';
import { asText, equals, sum, toWire } from '../domain/money.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { Registration, UploadedBatch } from '../domain/visit.ts';
import { partMessageId, type KeptBill, type VisitOrder } from '../domain/visit-parts.ts';
import { withCounter } from './asking.ts';
import { inTime } from './deadline.ts';
import { digestOf } from './digest.ts';
import { whileOfUse } from './known-waits.ts';
import type { FeeRow } from './messages.ts';
import type { Notice } from './notices.ts';
import { complain, sceneOf, type Surroundings, type TimeLeft } from './scene.ts';
import type { TreatingStore } from './store.ts';
import { scopeOf } from './transactions.ts';
import { answeredLines, batchOf, checkRows, linesOf, type ScopedLine } from './uploads.ts';
import type { WholeBill } from './visit-bill.ts';
import type { VisitClient } from './visit-client.ts';
import { asTheyStand, type ToldVisit } from './visit-standing.ts';

/** What is done with a whole bill: check, separate, keep it, and let its parts be settled. */

/** Where the treating place keeps whole bills. */
export interface BillStore {
  keepBill(bill: {
    institution: Registration['institution'];
    messageId: WholeBill['messageId'];
    digest: string;
    registration: Registration;
    batches: readonly UploadedBatch[];
  }): Promise<KeptBill>;
}
export interface VisitSurroundings extends Surroundings {
  visits: VisitClient;
  bills: ReadonlyMap<PlaceCode, BillStore>;
}

export type VisitReply =
  | { kind: 'answered'; visit: ToldVisit }
  | { kind: 'not-done'; notice: Notice; error?: unknown };

const rowsOf = ({ lines, messageId, registration: { person } }: WholeBill): FeeRow[] =>
  lines.map((line, index) => ({ ...line, row: index + 1, visit: '', person, batch: messageId }));

/** A part of the bill before it is kept: its batch, and the sums that the place's scope gives it. */
interface Part extends Pick<SettlementRequest, 'messageId' | 'disease' | 'declared'> {
  batch: UploadedBatch;
}
function partsOf({ messageId }: WholeBill, answered: readonly ScopedLine[]): Part[] {
  const lines = answered.map((each) => ({ ...each, disease: each.line.disease }));
  return separate(lines).map(({ disease, lines: its }, index) => {
    const part = partMessageId(messageId, index + 1);
    const batch = batchOf(
      part,
      its.map(({ line }) => line),
    );
    const totals = asText(totalsOf(its.map(({ split }) => split)));
    const { total, excluded, overPriceLimit, firstShare, inScope } = totals;
    const declared = { total, excluded, overPriceLimit, firstShare, inScope };
    return { messageId: part, disease, batch, declared };
  });
}

function checkTotal({ total, lines }: WholeBill): void {
  const computed = sum(lines.map(({ amount }) => amount));
  if (equals(total, computed)) return;
  complain({ reason: 'bill-total-off', declared: toWire(total), computed: toWire(computed) });
}

/** Why the bill was not kept. */
function noticeOfKept({ lines }: WholeBill, kept: Exclude<KeptBill, { kind: 'kept' }>): Notice {
  switch (kept.kind) {
    case 'bill-differs':
      return { reason: 'message-id-reused' };
    case 'taken-back':
      return { reason: 'request-reversed' };
    case 'visit-differs':
      return { reason: 'visit-number-used' };
    case 'line-taken':
      return { reason: 'line-taken', row: lines.findIndex(({ no }) => no === kept.line) + 1 };
    case 'batch-differs':
      return { reason: 'batch-uploaded', batch: kept.batch };
  }
}

interface Prepared {
  order: VisitOrder;
  store: TreatingStore;
  isRepeated: boolean;
}
async function prepare(
  around: VisitSurroundings,
  bill: WholeBill,
): Promise<Prepared | { notice: Notice }> {
  const { treatingRegion, registration, account, allOrNone } = bill;
  const { institution, insuredRegion, insuranceType, person } = registration;
  const rows = rowsOf(bill);
  checkRows(rows);
  const scene = await sceneOf(around, { institution, treatingRegion, insuredRegion });
  const visitedOn = day(registration.beganAt.slice(0, 10));
  const scope = await scopeOf(scene, { visitedOn, insuranceType }, rows, around.names);
  const parts = partsOf(bill, answeredLines(linesOf(rows, scope).lines, scope));
  checkTotal(bill);
  const digests = parts.map(({ batch }) => batch.digest);
  const digest = digestOf({ treatingRegion, ...registration, account, allOrNone, parts: digests });
  const bills = around.bills.get(scene.place);
  invariant(bills !== undefined, `the place ${scene.place} is served and keeps no bills`);
  const { messageId } = bill;
  const batches = parts.map(({ batch }) => batch);
  const kept = await bills.keepBill({ institution, messageId, digest, registration, batches });
  if (kept.kind !== 'kept') return { notice: noticeOfKept(bill, kept) };
  const requests = parts.map(({ batch, ...part }): SettlementRequest => {
    const of = {
      ...part,
      institution,
      treatingPlace: scene.place,
      insuredPlace: placeOf(insuredRegion),
      insuredRegion,
      person,
      insuranceType,
      visitedOn,
      visit: kept.visit,
      batch: kept.batches.get(batch.digest) ?? batch.batch,
      batchDigest: batch.digest,
      account,
    };
    return { ...of, digest: digestOf(of) };
  });
  const order = { institution, messageId, digest, allOrNone, parts: requests };
  return { order, store: scene.store, isRepeated: kept.isRepeated };
}

/** Who is known to be closed, when nothing of the bill was begun; null when it may be tried. */
async function whoTurnsAway(
  { door, visits }: VisitSurroundings,
  { order, isRepeated }: Prepared,
): Promise<Notice | null> {
  if (!door || (isRepeated && (await visits.status(order)))) return null;
  const closed = await Promise.all(order.parts.map(door));
  return closed.every((each) => each !== null) ? (closed[0] ?? null) : null;
}

async function settleParts(
  around: VisitSurroundings,
  { order, store, isRepeated }: Prepared,
  timeLeft: TimeLeft,
): Promise<VisitReply> {
  const { parts, allOrNone } = order;
  if (isRepeated) {
    await Promise.all(parts.map((part) => around.settlements.takeUp(part, timeLeft())));
  }
  const wait = (enough?: AbortSignal) => around.visits.settle(order, timeLeft(), enough);
  const atCounter = parts.some(({ counter }) => counter); // then it is decided in time
  const waited = { parts, allOrNone, store, timeLeft };
  const outcome = await (atCounter ? wait() : whileOfUse(around.settlements, waited, wait));
  if (outcome.kind === 'conflict') {
    return { kind: 'not-done', notice: { reason: 'message-id-reused' } };
  }
  if (outcome.kind === 'undetermined') {
    return { kind: 'not-done', notice: { reason: 'undetermined' }, error: outcome.error };
  }
  const of = { institution: order.institution, store, isRepeated };
  return { kind: 'answered', visit: await asTheyStand(around, of, outcome.answer, timeLeft) };
}

/**
 * Settles a whole bill: one settlement per disease, and one of ordinary outpatient care. The same bill
 * again gets the same answers, and what was pending meanwhile.
 *
 * @throws UnreadableMessage when the bill must be corrected; anything else it throws means that
 *   nothing was started, and that the same bill may come again
 */
export async function settleVisit(
  around: VisitSurroundings,
  bill: WholeBill,
  timeLeft: TimeLeft,
): Promise<VisitReply> {
  const prepared = await inTime(timeLeft(), prepare(around, bill));
  if ('notice' in prepared) return { kind: 'not-done', notice: prepared.notice };
  if (bill.whenLate === 'refuse') {
    const closed = await inTime(timeLeft(), whoTurnsAway(around, prepared));
    if (closed) return { kind: 'not-done', notice: closed };
  }
  const { order, store } = prepared;
  const letIn = Promise.all(order.parts.map((part) => store.keepRequest(part)));
  // What is taken back with the others must be a part of this bill.
  if ((await inTime(timeLeft(), letIn)).includes('different') && order.allOrNone) {
    return { kind: 'not-done', notice: { reason: 'message-id-reused' } };
  }
  const within = timeLeft();
  const parts = order.parts.map((part) => withCounter(part, within, bill.whenLate));
  try {
    return await settleParts(around, { ...prepared, order: { ...order, parts } }, timeLeft);
  } catch (error) {
    return { kind: 'not-done', notice: { reason: 'undetermined' }, error };
  }
}
