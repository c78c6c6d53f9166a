import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import {
  isInstitutionCode,
  isMessageId,
  isSettlementId,
  type InstitutionCode,
  type MessageId,
} from '../domain/identifiers.ts';
import type { RequestKey } from '../workflows/contracts.ts';
import { noticeOf } from './notices.ts';
import type { Surroundings } from './scene.ts';
import { readStandingOf, type LongPoll, type Standing } from './standing.ts';
import type { TreatingStore } from './store.ts';

/** What became of a settlement, for typed clients: JSON, with a long poll. */

const longestWaitSeconds = 60;
const waitPreference = z
  .string()
  .regex(/^\d{1,6}$/)
  .transform(Number);
/** `Prefer: wait=20` (RFC 7240); what is not understood is passed over, as it says. */
function preferredSeconds({ headers }: FastifyRequest): number | null {
  const [, given] = /(?:^|[,;\s])wait\s*=\s*"?(\d+)/i.exec(headers.prefer?.toString() ?? '') ?? [];
  const seconds = waitPreference.safeParse(given);
  return seconds.success ? Math.min(seconds.data, longestWaitSeconds) : null;
}

/** Ends the wait when who waited is gone. */
function untilGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    gone.abort();
  });
  return gone.signal;
}

interface Known {
  store: TreatingStore;
  key: RequestKey;
}
/** The place of an institution, where it is served here. */
export async function storeOf(
  { stores }: Pick<Surroundings, 'stores'>,
  institution: InstitutionCode,
): Promise<TreatingStore | null> {
  for (const store of stores.values()) {
    if (await store.institution(institution)) return store;
  }
  return null;
}

interface Path {
  id?: string; // of the settlement
  institution?: string; // else whose message
  messageId?: string;
}
/** Who asks: by header or query; whose message is named in the path asks for its own. */
function askerOf({ query, headers }: FastifyRequest, path: Path): string {
  const { institution: named } = query as { institution?: string };
  return headers['kuasheng-institution']?.toString() ?? named ?? path.institution ?? '';
}

/** The message that a path speaks of, if it is the asker's own. */
async function messageOf(
  store: TreatingStore,
  { id, institution, messageId = '' }: Path,
  asker: InstitutionCode,
): Promise<MessageId | null> {
  if (id === undefined) return institution === asker && isMessageId(messageId) ? messageId : null;
  const known = isSettlementId(id) ? await store.settlement(id) : null;
  return known?.institution === asker ? known.messageId : null;
}

/** The request that is asked about; null is all that others learn. */
async function find(around: Surroundings, request: FastifyRequest): Promise<Known | null> {
  const path = request.params as Path;
  const asker = askerOf(request, path);
  const store = isInstitutionCode(asker) ? await storeOf(around, asker) : null;
  if (!store || !isInstitutionCode(asker)) return null;
  const messageId = await messageOf(store, path, asker);
  return messageId === null ? null : { store, key: { institution: asker, messageId } };
}

const settlementOf = ({ settled, reversal }: Standing & { kind: 'reversed' }) =>
  settled?.result.settlementId ?? reversal?.settlementId ?? null;
/** What a typed client reads. The sentences are those of the counter. */
function bodyOf({ names }: Surroundings, standing: Standing): object {
  switch (standing.kind) {
    case 'settled':
      return { settlementId: standing.result.settlementId, result: standing.result };
    case 'reversed': {
      const { settled, reversal } = standing;
      const result = settled && settled.result;
      const said = noticeOf({ reason: 'request-reversed' }, names);
      return { settlementId: settlementOf(standing), result, reversal, ...said };
    }
    case 'refused':
      return { refusal: standing.refusal, ...noticeOf(standing.refusal, names) };
    case 'pending': {
      const { progress } = standing;
      return { ...progress, ...noticeOf({ reason: 'pending', ...progress }, names) };
    }
    case 'unknown':
      return noticeOf({ reason: 'no-settlement' }, names);
  }
}
const statusCodes: Readonly<Record<Standing['kind'], number>> = {
  settled: 200,
  reversed: 200,
  refused: 200,
  pending: 202,
  unknown: 404,
};

const notFound = '本机构没有这笔结算，请核对编号，并在请求头 Kuasheng-Institution 写明本机构编号。';
const busy = '系统暂时繁忙，请稍后重新查询。';

interface Call {
  request: FastifyRequest;
  reply: FastifyReply;
  report: (error: unknown) => void;
}
async function answer(around: Surroundings, { request, reply, report }: Call): Promise<unknown> {
  const seconds = preferredSeconds(request);
  const poll: LongPoll = { waitMs: (seconds ?? 0) * 1000, signal: untilGone(reply) };
  try {
    const known = await find(around, request);
    if (!known) return await reply.code(404).send({ error: notFound });
    const standing = await readStandingOf(around, known, poll);
    if (seconds !== null) reply.header('Preference-Applied', `wait=${seconds}`);
    const body = { state: standing.kind, ...known.key, ...bodyOf(around, standing) };
    return await reply.code(statusCodes[standing.kind]).send(body);
  } catch (error) {
    report(error);
    return reply.code(503).send({ error: busy });
  }
}

/**
 * `GET /settlements/<setl_id>` and `GET /settlements/<institution>/<msgid>`, with the institution that
 * asks in `Kuasheng-Institution` or `?institution=`: 200 with what it ended as, 202 while it is pending,
 * 404 when it is unknown or another institution's. `Prefer: wait=<seconds>`, 60 at most, waits for the
 * end. JSON; amounts are text in yuan, instants are UTC.
 */
export function addSettlements(
  app: FastifyInstance,
  around: Surroundings,
  report: (error: unknown) => void,
): void {
  for (const path of ['/settlements/:id', '/settlements/:institution/:messageId']) {
    app.get(path, (request, reply) => answer(around, { request, reply, report }));
  }
}
