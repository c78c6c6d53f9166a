import { isDiseaseCode, placeOf, type Disease } from '../domain/identifiers.ts';
import { asText, equals, sum, toWire } from '../domain/money.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { SettleOutcome } from './client.ts';
import type { Complaint } from './complaint.ts';
import {
  readFeeRows,
  readRegistration,
  readSettlement,
  type FeeRow,
  type Message,
  type SettlementOrder,
} from './messages.ts';
import { inTime } from './deadline.ts';
import type { Names, Notice } from './notices.ts';
import type { Batch, Visit } from '../domain/visit.ts';
import { reverse, undo } from './reversals.ts';
import {
  complain,
  sceneOf,
  visitOf,
  type Answer,
  type Scene,
  type Surroundings,
  type TimeLeft,
} from './scene.ts';
import type { Institution } from './store.ts';
import { answeredLines, checkRows, linesOf, localCodes, type UploadScope } from './uploads.ts';
import type { Fields } from './wire/json.ts';
import { registrationReply, settlementReply, uploadReply } from './wire/replies.ts';

/** What each transaction does: check the message, ask the place's store or the settlement, answer. */

/** 2201 门诊挂号. */
async function register(around: Surroundings, message: Message): Promise<Fields> {
  const registration = readRegistration(message);
  const { store } = await sceneOf(around, message);
  const registered = await store.registerVisit(registration);
  if (registered.kind === 'different') return complain({ reason: 'visit-number-used' });
  return registrationReply(registered.visit, registration);
}

/** What the treating place says of the rows: for the visit day, the institution and the insurance. */
export async function scopeOf(
  { store, institution }: Scene,
  { visitedOn: on, insuranceType }: Pick<Visit, 'visitedOn' | 'insuranceType'>,
  rows: readonly FeeRow[],
  names: Names,
): Promise<UploadScope> {
  const codes = [...new Set(rows.map(({ item }) => item))];
  const [items, rules, diseases] = await Promise.all([
    store.catalogueItems({ codes, on, level: institution.level, insuranceType }),
    store.scopeRules(on),
    store.diseaseCodes(localCodes(rows, names), on),
  ]);
  return { on, rules, items, diseases, names };
}

/** 2204 门诊费用明细信息上传. */
async function upload(around: Surroundings, message: Message): Promise<Fields> {
  const rows = readFeeRows(message);
  checkRows(rows);
  const scene = await sceneOf(around, message);
  const [first] = rows;
  if (!first) return complain({ reason: 'field-missing', field: 'feedetail', row: null });
  const visit = await visitOf(scene, message, first);
  const scope = await scopeOf(scene, visit, rows, around.names);
  const { lines, batches } = linesOf(rows, scope);
  const answered = answeredLines(lines, scope);
  const uploaded = await scene.store.uploadBatches(visit.id, batches);
  switch (uploaded.kind) {
    case 'stored':
      return uploadReply(answered);
    case 'batch-differs':
      return complain({ reason: 'batch-uploaded', batch: uploaded.batch });
    case 'line-taken':
      return complain({
        reason: 'line-taken',
        row: lines.findIndex(({ no }) => no === uploaded.line) + 1,
      });
  }
}

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

interface Prepared {
  request: SettlementRequest;
  visit: Visit;
  order: SettlementOrder;
  institution: Institution;
  isRepeated: boolean;
}
async function prepare(around: Surroundings, message: Message): Promise<Prepared> {
  const order = readSettlement(message);
  const wrong = orderComplaint(order);
  if (wrong) return complain(wrong);
  const scene = await sceneOf(around, message);
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
  const isRepeated = await scene.store.isRepeated(request);
  return { request, visit, order, institution: scene.institution, isRepeated };
}

function answerOf(outcome: SettleOutcome, prepared: Prepared): Answer {
  if (outcome.kind === 'conflict') {
    return { kind: 'not-done', notice: { reason: 'message-id-reused' } };
  }
  if (outcome.kind === 'undetermined') {
    const { why, error } = outcome;
    return { kind: 'not-done', notice: { reason: 'undetermined' }, why, error };
  }
  const { answer } = outcome;
  if (answer.kind === 'refused') return { kind: 'not-done', notice: answer.refusal };
  const { request, visit, order, institution } = prepared;
  const { stated } = order;
  const settled = { request, result: answer.result, visit, stated, clearedBy: institution.region };
  return { kind: 'done', output: settlementReply(settled) };
}

/** What is told of a repeated request whose result may have been taken back since. */
async function noticeOfRepeat(
  { settlements }: Surroundings,
  { request, isRepeated }: Prepared,
  timeLeft: TimeLeft,
): Promise<Notice | null> {
  const standing = isRepeated ? await settlements.standing(request, timeLeft()) : 'stands';
  if (standing === 'stands') return null;
  return { reason: standing === 'reversed' ? 'request-reversed' : 'undetermined' };
}

/** 2207 门诊结算. From the moment Temporal is asked, whatever goes wrong is undetermined. */
async function settle(around: Surroundings, message: Message, timeLeft: TimeLeft): Promise<Answer> {
  const prepared = await inTime(timeLeft(), prepare(around, message));
  const { door } = around;
  const closed = door && (await inTime(timeLeft(), door(prepared.request)));
  if (closed) return { kind: 'not-done', notice: closed };
  try {
    const outcome = await around.settlements.settle(prepared.request, timeLeft());
    const answer = answerOf(outcome, prepared);
    if (answer.kind === 'not-done') return answer;
    const notice = await noticeOfRepeat(around, prepared, timeLeft);
    return notice ? { kind: 'not-done', notice } : answer;
  } catch (error) {
    const notice = { reason: 'undetermined' } as const;
    return { kind: 'not-done', notice, why: 'unexpected', error };
  }
}

/**
 * Carries out one message.
 *
 * @throws UnreadableMessage when the message must be corrected; anything else it throws means that
 *   neither a settlement nor a reversal was asked for, and that the same message may come again
 */
export async function transact(
  around: Surroundings,
  message: Message,
  timeLeft: TimeLeft,
): Promise<Answer> {
  switch (message.transaction) {
    case '2201':
      return { kind: 'done', output: await inTime(timeLeft(), register(around, message)) };
    case '2204':
      return { kind: 'done', output: await inTime(timeLeft(), upload(around, message)) };
    case '2207':
      return settle(around, message, timeLeft);
    case '2208':
      return reverse(around, message, timeLeft);
    case '2601':
      return undo(around, message, timeLeft);
  }
}
