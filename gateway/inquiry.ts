import type { SettlementId } from '../domain/identifiers.ts';
import type { Visit } from '../domain/visit.ts';
import type { RequestKey } from '../workflows/contracts.ts';
import { readInquiry, type Inquiry } from './inquiry-messages.ts';
import type { Message } from './messages.ts';
import {
  complain,
  sceneOf,
  visitOf,
  type Answer,
  type Scene,
  type Surroundings,
  type TimeLeft,
} from './scene.ts';
import { pendingAnswer, readStandingOf, type Standing } from './standing.ts';
import { shown } from './wire/fields.ts';
import { reversalInfoReply, settlementInfoReply, type ReceiptOf } from './wire/settlement-info.ts';

/** 5203: how a hospital finds out what became of a settlement whose answer it did not get. */

/** A request of the visit, with what became of it. */
interface Found {
  key: RequestKey;
  settlement: SettlementId | null;
  standing: Standing;
}

async function findOne(
  around: Surroundings,
  { store, institution }: Scene,
  { settlement, visit }: Inquiry & { settlement: SettlementId },
): Promise<Found & { isReversal: boolean }> {
  const known = await store.settlement(settlement);
  if (known?.institution !== institution.code || known.visit !== visit) {
    return complain({ reason: 'settlement-not-found', received: shown(settlement) });
  }
  const { messageId, kind } = known;
  const key = { institution: institution.code, messageId };
  const standing = await readStandingOf(around, { store, key }, { waitMs: 0 });
  return { key, settlement, standing, isReversal: kind === 'reversal' };
}

const isLive = ({ standing }: Found): boolean =>
  standing.kind === 'settled' || standing.kind === 'pending';
const nameOf = ({ settlement, key, standing }: Found): string =>
  (standing.kind === 'settled' ? standing.result.settlementId : settlement) ??
  `报文 ${key.messageId}`;

/**
 * The settlement of a visit: the one that stands or is on its way; where none does, the newest. The
 * format has room for one receipt, and the newest of several may not be the one whose answer was
 * lost: of several the hospital has to say which.
 */
async function findOnly(
  around: Surroundings,
  { store }: Scene,
  { visit }: Inquiry,
): Promise<Found | null> {
  const requests = await store.requestsOf(visit);
  const found = await Promise.all(
    requests.map(async ({ settlement, ...key }): Promise<Found> => {
      const standing = await readStandingOf(around, { store, key }, { waitMs: 0 });
      return { key, settlement, standing };
    }),
  );
  const [live, ...others] = found.filter(isLive);
  if (live && others.length > 0) {
    complain({ reason: 'several-settlements', settlements: [live, ...others].map(nameOf) });
  }
  return live ?? found.find(({ standing }) => standing.kind !== 'unknown') ?? null;
}

interface Asked {
  around: Surroundings;
  scene: Scene;
  visit: Visit;
  timeLeft: TimeLeft;
}
/** Of what was taken back: the receipt that was asked for, as far as there is one. */
function answerOfReversed(
  of: ReceiptOf,
  { settled, reversal }: Standing & { kind: 'reversed' },
  isReversal: boolean,
): Answer {
  if (isReversal && reversal) {
    const disease = settled ? settled.disease : null;
    return { kind: 'done', output: reversalInfoReply({ ...of, reversal, disease }) };
  }
  if (!settled) return { kind: 'not-done', notice: { reason: 'request-reversed' } };
  return { kind: 'done', output: settlementInfoReply({ ...of, ...settled, isRefunded: true }) };
}

function answerOf(
  { around: { names }, scene, visit, timeLeft }: Asked,
  { standing, key: { messageId } }: Found,
  isReversal: boolean,
): Answer | Promise<Answer> {
  const of = { messageId, visit, institution: scene.institution, names };
  switch (standing.kind) {
    case 'settled':
      return {
        kind: 'done',
        output: settlementInfoReply({ ...of, ...standing, isRefunded: false }),
      };
    case 'reversed':
      return answerOfReversed(of, standing, isReversal);
    case 'refused':
      return { kind: 'not-done', notice: standing.refusal };
    case 'pending':
      return pendingAnswer(scene, standing.progress, timeLeft);
    case 'unknown':
      return { kind: 'not-done', notice: { reason: 'no-settlement' } };
  }
}

/** 5203 结算信息, by the settlement's number, or by visit and person alone. Nothing is started. */
export async function inquire(
  around: Surroundings,
  message: Message,
  timeLeft: TimeLeft,
): Promise<Answer> {
  const inquiry = readInquiry(message);
  const scene = await sceneOf(around, message);
  const visit = await visitOf(scene, message, inquiry);
  const asked = { around, scene, visit, timeLeft };
  const { settlement } = inquiry;
  if (settlement !== null) {
    const one = await findOne(around, scene, { ...inquiry, settlement });
    return answerOf(asked, one, one.isReversal);
  }
  const only = await findOnly(around, scene, inquiry);
  if (!only) return { kind: 'not-done', notice: { reason: 'no-settlement' } };
  return answerOf(asked, only, false);
}
