import type { FastifyInstance, FastifyReply } from 'fastify';
import { isInstitutionCode, isMessageId, type PlaceCode } from '../domain/identifiers.ts';
import { isFinal } from '../domain/visit-parts.ts';
import type { RequestKey } from '../workflows/contracts.ts';
import { UnreadableMessage, type Complaint } from './complaint.ts';
import { noticeOf, type Names, type Notice } from './notices.ts';
import type { TimeLeft } from './scene.ts';
import { storeOf } from './settlements.ts';
import { readBill } from './visit-bill.ts';
import type { VisitClient } from './visit-client.ts';
import { settleVisit, type BillStore, type VisitReply, type VisitSurroundings } from './visits.ts';
import { visitStanding, type ToldPart, type ToldVisit } from './visit-standing.ts';

/** The calls of a typed client for whole bills: JSON in our own words. */

export interface VisitOptions {
  client: VisitClient;
  bills: ReadonlyMap<PlaceCode, BillStore>;
}
export interface VisitCalls extends VisitSurroundings {
  deadlineMs: number; // of a whole answer
  clock?: () => number; // milliseconds since 1970
  /** Told of what went wrong without the sender's doing; nothing personal. */
  report: (fields: object, error: unknown) => void;
}

/** What a part's sentence is made of; null where the result speaks for itself. */
function noticeOfPart({ answer, progress }: ToldPart): Notice | null {
  switch (answer.kind) {
    case 'settled':
      return answer.notReversed ?? null;
    case 'refused':
      return answer.refusal;
    case 'reversed':
      return { reason: 'request-reversed' };
    case 'conflict':
      return { reason: 'message-id-reused' };
    case 'pending':
      return progress ? { reason: 'pending', ...progress } : { reason: 'undetermined' };
  }
}
function partBody(part: ToldPart, no: number, names: Names): object {
  const { messageId: of, disease, batch, answer, progress } = part;
  const notice = noticeOfPart(part);
  const told = notice && noticeOf(notice, names);
  return { no, messageId: of, disease, batch, ...answer, ...progress, ...told };
}
const visitBody = ({ allOrNone, parts }: ToldVisit, names: Names): object => ({
  allOrNone,
  parts: parts.map((part, index) => partBody(part, index + 1, names)),
});

/** 202: something is pending or not known yet, and the same call again finds it out. */
const statusOf: Partial<Record<Notice['reason'], number>> = {
  undetermined: 202,
  'message-id-reused': 409,
  maintenance: 503,
  'gateway-busy': 503,
  'too-large': 413,
};
const whereIs = (complaint: Complaint): object => ({
  ...('field' in complaint && { field: complaint.field }),
  ...('row' in complaint && { row: complaint.row }),
});

function sendNotice(reply: FastifyReply, notice: Notice, names: Names): FastifyReply {
  const { code, sentence } = noticeOf(notice, names);
  return reply.code(statusOf[notice.reason] ?? 400).send({ code, sentence });
}
function sendError(calls: VisitCalls, reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof UnreadableMessage) {
    const { complaint } = error;
    const { code, sentence } = noticeOf(complaint, calls.names);
    const status = statusOf[complaint.reason] ?? 400;
    return reply.code(status).send({ code, sentence, ...whereIs(complaint) });
  }
  calls.report({ call: 'visits' }, error);
  return sendNotice(reply, { reason: 'gateway-busy' }, calls.names);
}
function sendReply(calls: VisitCalls, reply: FastifyReply, settled: VisitReply): FastifyReply {
  if (settled.kind === 'answered') {
    const { visit } = settled;
    return reply.code(isFinal(visit) ? 200 : 202).send(visitBody(visit, calls.names));
  }
  if (settled.error !== undefined) calls.report({ call: 'visits' }, settled.error);
  return sendNotice(reply, settled.notice, calls.names);
}

const unknown = '查无此账单，或已超过系统保留的时间：请用同一报文编号重新发送同一账单以取得结果。';

/** Whose bill is asked for; null for what cannot be the name of one. */
function visitNamed(of: Readonly<Record<string, string>>): RequestKey | null {
  const { institution = '', messageId = '' } = of;
  return isInstitutionCode(institution) && isMessageId(messageId)
    ? { institution, messageId }
    : null;
}

function timer({ clock = Date.now, deadlineMs }: VisitCalls): TimeLeft {
  const until = clock() + deadlineMs;
  return () => Math.max(0, until - clock());
}

/**
 * `POST /visits` settles a whole bill, `GET /visits/<institution>/<message id>` says how it stands.
 * 200: every part has its final answer; 202: ask again; otherwise nothing was started.
 */
export function addVisits(app: FastifyInstance, calls: VisitCalls): void {
  app.post(
    '/visits',
    {
      errorHandler: (error, _request, reply) => {
        const isTooLarge = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
        const told = isTooLarge ? new UnreadableMessage({ reason: 'too-large' }) : error;
        void sendError(calls, reply, told);
      },
    },
    async ({ body }, reply) => {
      const timeLeft = timer(calls);
      try {
        const bill = readBill(body instanceof Uint8Array ? body : new Uint8Array());
        return await sendReply(calls, reply, await settleVisit(calls, bill, timeLeft));
      } catch (error) {
        return sendError(calls, reply, error);
      }
    },
  );
  app.get('/visits/:institution/:messageId', async ({ params }, reply) => {
    try {
      const key = visitNamed(params as Record<string, string>);
      const store = key && (await storeOf(calls, key.institution));
      const visit = store && (await visitStanding(calls, { ...key, store }, timer(calls)));
      if (!visit) return await reply.code(404).send({ sentence: unknown });
      return await sendReply(calls, reply, { kind: 'answered', visit });
    } catch (error) {
      return sendError(calls, reply, error);
    }
  });
}
