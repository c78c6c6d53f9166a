import { readFeeRows, readRegistration, type FeeRow, type Message } from './messages.ts';
import { inTime } from './deadline.ts';
import { inquire } from './inquiry.ts';
import type { Names } from './notices.ts';
import type { Visit } from '../domain/visit.ts';
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
import { settle } from './settling.ts';
import { answeredLines, checkRows, linesOf, localCodes, type UploadScope } from './uploads.ts';
import type { Fields } from './wire/json.ts';
import { registrationReply, uploadReply } from './wire/replies.ts';

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
    case '5203':
      return inTime(timeLeft(), inquire(around, message, timeLeft));
  }
}
