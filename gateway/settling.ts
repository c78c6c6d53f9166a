import { isDiseaseCode, placeOf, type Disease } from '../domain/identifiers.ts';
import { asText, equals, sum, toWire } from '../domain/money.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { WhenLate } from '../domain/treating-place/profile.ts';
import type { Batch, Kept, Visit } from '../domain/visit.ts';
import type { SettleOutcome } from './client.ts';
import type { Complaint } from './complaint.ts';
import { inTime } from './deadline.ts';
import { readSettlement, type Message, type SettlementOrder } from './messages.ts';
import { whileOfUse } from './known-waits.ts';
import type { Notice } from './notices.ts';
import {
  complain,
  sceneOf,
  visitOf,
  type Answer,
  type Scene,
  type Surroundings,
  type TimeLeft,
} from './scene.ts';
import { pendingAnswer } from './standing.ts';
import { settlementReply } from './wire/replies.ts';

/** 2207: what settles a batch. */

function orderComplaint({ account, declared }: SettlementOrder): Complaint | null {
  if (account === 'family') return { reason: 'family-account' };
  const { total, ...parts } = declared;
  const computed = sum(Object.values(parts));
  if (equals(total, computed)) return null;
  return { reason: 'total-off', declared: toWire(total), computed: toWire(computed) };
}

/** The disease that the order settles; a batch with others is refused at the split, on record. */
function diseaseOf({ care, batch }: SettlementOrder, { diseases }: Batch): Disease {
  const chronic = diseases.find(isDiseaseCode);
  if (care === 'chronic') return chronic ?? complain({ reason: 'disease-needed', batch });
  if (diseases.includes('none')) return 'none';
  return chronic ? complain({ reason: 'disease-unwanted', batch, disease: chronic }) : 'none';
}

/** How long the sender waits is its own choice for a request, else its institution's. */
function whenLateOf({ institution }: Scene, { whenLate }: Message): WhenLate {
  const choice = whenLate ?? institution.whenLate;
  if (choice === 'wait' && institution.pendingCode === null)
    complain({ reason: 'waiting-not-open' });
  return choice;
}

interface Prepared {
  request: SettlementRequest;
  visit: Visit;
  order: SettlementOrder;
  scene: Scene;
  whenLate: WhenLate;
}
async function prepare(around: Surroundings, message: Message): Promise<Prepared> {
  const order = readSettlement(message);
  const wrong = orderComplaint(order);
  if (wrong) return complain(wrong);
  const scene = await sceneOf(around, message);
  const whenLate = whenLateOf(scene, message);
  const visit = await visitOf(scene, message, order);
  const { insuranceType, person, digest, account } = order;
  if (visit.insuranceType !== insuranceType) {
    complain({ reason: 'visit-differs', field: 'insutype' });
  }
  const batch = await scene.store.batch(visit.id, order.batch);
  if (!batch) return complain({ reason: 'batch-unknown', batch: order.batch });
  const request: SettlementRequest = {
    institution: message.institution,
    messageId: message.messageId,
    digest,
    treatingPlace: scene.place,
    insuredPlace: placeOf(message.insuredRegion),
    insuredRegion: message.insuredRegion,
    person,
    insuranceType,
    disease: diseaseOf(order, batch),
    visitedOn: visit.visitedOn,
    visit: visit.id,
    batch: order.batch,
    batchDigest: batch.digest,
    declared: asText(order.declared),
    account: account === 'own' ? 'own' : 'none',
  };
  return { request, visit, order, scene, whenLate };
}

async function answerOf(
  outcome: SettleOutcome,
  { request, visit, order, scene }: Prepared,
  timeLeft: TimeLeft,
): Promise<Answer> {
  switch (outcome.kind) {
    case 'conflict':
      return { kind: 'not-done', notice: { reason: 'message-id-reused' } };
    case 'pending':
      return pendingAnswer(scene, outcome.progress, timeLeft);
    case 'undetermined': {
      const { why, error } = outcome;
      return { kind: 'not-done', notice: { reason: 'undetermined' }, why, error };
    }
    case 'answered': {
      const { answer } = outcome;
      if (answer.kind === 'refused') return { kind: 'not-done', notice: answer.refusal };
      const { stated } = order;
      const clearedBy = scene.institution.region;
      const settled = { request, result: answer.result, visit, stated, clearedBy };
      return { kind: 'done', output: settlementReply(settled) };
    }
  }
}

/** What is told of a repeated request whose result may have been taken back since. */
async function noticeOfRepeat(
  { settlements }: Surroundings,
  request: SettlementRequest,
  timeLeft: TimeLeft,
): Promise<Notice | null> {
  const standing = await settlements.standing(request, timeLeft());
  if (standing === 'stands') return null;
  return { reason: standing === 'reversed' ? 'request-reversed' : 'undetermined' };
}

interface Admitted extends Prepared {
  kept: Kept;
}
/** Nobody is kept waiting for a window that is known: who would not wait was turned away at the door. */
function askFor(
  { settlements }: Surroundings,
  { request, scene: { store }, whenLate, kept }: Admitted,
  timeLeft: TimeLeft,
): Promise<SettleOutcome> {
  const wait = (enough?: AbortSignal) => settlements.settle(request, timeLeft(), whenLate, enough);
  if (whenLate === 'refuse' && kept === 'first') return wait(); // it is decided in time
  return whileOfUse(settlements, { parts: [request], allOrNone: false, store, timeLeft }, wait);
}

/** Asks for the settlement. From here on, whatever goes wrong is undetermined. */
async function ask(around: Surroundings, prepared: Admitted, timeLeft: TimeLeft): Promise<Answer> {
  const { request, kept, whenLate } = prepared;
  try {
    if (kept !== 'first') await around.settlements.takeUp(request, timeLeft(), whenLate);
    const outcome = await askFor(around, prepared, timeLeft);
    const answer = await answerOf(outcome, prepared, timeLeft);
    if (answer.kind === 'not-done' || kept === 'first') return answer;
    const notice = await noticeOfRepeat(around, request, timeLeft);
    return notice ? { kind: 'not-done', notice } : answer;
  } catch (error) {
    const notice = { reason: 'undetermined' } as const;
    return { kind: 'not-done', notice, why: 'unexpected', error };
  }
}

/** 2207 门诊结算. Where a sender waits, a known window is no reason to turn it away. */
export async function settle(
  around: Surroundings,
  message: Message,
  timeLeft: TimeLeft,
): Promise<Answer> {
  const prepared = await inTime(timeLeft(), prepare(around, message));
  const { request, scene, whenLate } = prepared;
  const door = whenLate === 'refuse' ? around.door : undefined;
  const closed = door && (await inTime(timeLeft(), door(request)));
  if (closed) return { kind: 'not-done', notice: closed };
  const kept = await inTime(timeLeft(), scene.store.keepRequest(request));
  if (kept === 'different') return { kind: 'not-done', notice: { reason: 'message-id-reused' } };
  return ask(around, { ...prepared, kept }, timeLeft);
}
