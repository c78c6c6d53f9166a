import { randomInt } from 'node:crypto';

import { isGrpcServiceError } from '@temporalio/client';
import { fastify, type FastifyInstance } from 'fastify';

import { placeOf } from '../domain/identifiers.ts';
import type { SettlementClient } from './client.ts';
import { UnreadableMessage } from './complaint.ts';
import type { Door } from './door.ts';
import { addMaintenance, type MaintenanceOptions } from './maintenance.ts';
import { readMessage, whenLateHeader, type Message } from './messages.ts';
import { noticeOf, type Names } from './notices.ts';
import type { Answer, Surroundings } from './scene.ts';
import { addSettlements } from './settlements.ts';
import type { TreatingStores } from './store.ts';
import { transact } from './transactions.ts';
import { addVisits, type VisitOptions } from './visit-calls.ts';
import { writeJson } from './wire/json.ts';
import { envelopeReply } from './wire/replies.ts';

/** Where a line of the log goes; pino fits. Nothing personal is ever written. */
export interface GatewayLog {
  info: (fields: object, message: string) => void;
  warn: (fields: object, message: string) => void;
  error: (fields: object, message: string) => void;
}

export interface GatewayOptions {
  stores: TreatingStores;
  settlements: SettlementClient;
  door?: Door;
  maintenance?: MaintenanceOptions;
  visits?: VisitOptions;
  names: Names;
  deadlineMs: number; // of a whole answer, from the moment the message is here
  logger?: GatewayLog;
  clock?: () => number; // milliseconds since 1970
}

export const callPath = '/fsi/api/rsfComIfsService/callService';
const bodyLimit = 1024 * 1024;
const silent: GatewayLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * What may be logged of an error: its kind and where, never its message, which may hold values. What
 * Temporal's server says of a call holds none.
 */
function traceOf(error: unknown): object {
  if (!(error instanceof Error)) return { error: typeof error };
  const errorCode: unknown = 'code' in error ? error.code : undefined;
  const at = error.stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 4);
  const details = isGrpcServiceError(error) ? error.details : undefined;
  const cause = error.cause === undefined ? undefined : traceOf(error.cause);
  return { error: error.name, errorCode, details, at, cause };
}

/** A number of ten digits per reply; it starts anywhere, so that two gateways rarely meet. */
function serials(): () => number {
  let last = randomInt(10 ** 9);
  return () => (last = (last + 1) % 10 ** 10);
}

type NotDone = Exclude<Answer, { kind: 'done' }>;
function report(log: GatewayLog, fields: object, { notice, why, error }: NotDone): void {
  if (error === undefined) log.info(fields, notice.reason);
  else if (why === 'deadline') log.warn({ ...fields, why }, 'no answer within the deadline');
  else log.error({ ...fields, why, ...traceOf(error) }, `${notice.reason}: ${why ?? 'store'}`);
}

/** The message's answer, whatever happens. */
async function answerTo(
  around: Surroundings,
  read: () => Message,
  timeLeft: () => number,
): Promise<{ message: Message | null; answer: Answer }> {
  let message: Message | null = null;
  try {
    message = read();
    return { message, answer: await transact(around, message, timeLeft) };
  } catch (error) {
    if (error instanceof UnreadableMessage) {
      return { message, answer: { kind: 'not-done', notice: error.complaint } };
    }
    return { message, answer: { kind: 'not-done', notice: { reason: 'gateway-busy' }, error } };
  }
}

/** The district that answers: the place asked for when it is served here, else the first that is. */
function receiverOf(stores: TreatingStores, message: Message | null): string {
  const places = [...stores.keys()];
  const asked = message && placeOf(message.treatingRegion);
  return places.find((place) => place === asked) ?? places[0] ?? '000000';
}

/** Turns a message, or what stands for one that could not be received, into the text of the reply. */
function createResponder(options: GatewayOptions): (read: () => Message) => Promise<string> {
  const { stores, names, deadlineMs, logger: log = silent, clock = Date.now } = options;
  const nextSerial = serials();
  return async (read) => {
    const receivedAt = clock();
    const timeLeft = () => Math.max(0, receivedAt + deadlineMs - clock());
    const { message, answer } = await answerTo(options, read, timeLeft);
    const answeredAt = clock();
    const { transaction, institution, messageId } = message ?? {};
    const fields = { transaction, institution, messageId, ms: answeredAt - receivedAt };
    const receiver = receiverOf(stores, message);
    const reply = { receiver, serial: nextSerial(), receivedAt, answeredAt };
    if (answer.kind === 'done') {
      log.info(fields, 'done');
      return writeJson(envelopeReply({ ...reply, content: { output: answer.output } }));
    }
    const { code, sentence } = noticeOf(answer.notice, names);
    report(log, { ...fields, code }, answer);
    const status = answer.status === undefined ? {} : { status: answer.status };
    return writeJson(envelopeReply({ ...reply, content: { error: sentence, ...status } }));
  };
}

/**
 * The hospital gateway: one path for the national envelope, `/settlements` for typed clients, and
 * `/healthz`. Every message gets an envelope with HTTP status 200 (docs/decisions/0008).
 */
export function createGateway(options: GatewayOptions): FastifyInstance {
  const respond = createResponder(options);
  const app = fastify({ bodyLimit });
  // What the sender calls its content does not matter; it is read as what it is.
  app.addHook('onRequest', (request, _reply, done) => {
    request.raw.headers['content-type'] = 'application/octet-stream';
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  const type = 'application/json; charset=utf-8';
  app.post(callPath, async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    const whenLate = request.headers[whenLateHeader.toLowerCase()]?.toString();
    return reply.type(type).send(await respond(() => readMessage(body, whenLate)));
  });
  app.setErrorHandler(async (error, _request, reply) => {
    const text = await respond(() => {
      if (
        error instanceof Error &&
        'code' in error &&
        error.code === 'FST_ERR_CTP_BODY_TOO_LARGE'
      ) {
        throw new UnreadableMessage({ reason: 'too-large' });
      }
      throw error;
    });
    return reply.code(200).type(type).send(text);
  });
  if (options.maintenance) addMaintenance(app, options.maintenance);
  const report = (fields: object, error: unknown): void => {
    (options.logger ?? silent).error({ ...fields, ...traceOf(error) }, 'a call of a typed client');
  };
  addSettlements(app, options, (error) => {
    report({}, error);
  });
  if (options.visits) {
    const { client: visits, bills } = options.visits;
    addVisits(app, { ...options, visits, bills, report });
  }
  app.get('/healthz', () => ({ status: 'ok' }));
  return app;
}
