import { createHash, timingSafeEqual } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PlaceCode } from '../domain/identifiers.ts';
import {
  instant,
  isMaintenanceMessage,
  maintenanceServices,
  type Instant,
  type MaintenanceParty,
  type MaintenanceService,
  type MaintenanceWindow,
} from '../domain/maintenance.ts';
import {
  announced,
  centreQueue,
  windowsWorkflowId,
  type Announcement,
} from '../workflows/contracts.ts';

/** Lets everybody be told what a party announced; joins a telling that is under way. */
export async function tellWindows(
  client: Client,
  party: MaintenanceParty,
  announcement: Announcement,
): Promise<void> {
  await client.workflow.signalWithStart('windows', {
    workflowId: windowsWorkflowId(party),
    taskQueue: centreQueue,
    args: [party],
    signal: announced,
    signalArgs: [announcement],
    staticSummary: `停机公告：${party}`,
  });
}

interface Changed {
  window: MaintenanceWindow;
}
/** A place's own windows; everybody is told before a call is over. */
export interface MaintenanceDesk {
  /** Also the copies of the other parties'. */
  windows(): Promise<MaintenanceWindow[]>;
  announce(of: {
    services: readonly MaintenanceService[];
    from: Instant;
    to: Instant | null;
    message: string;
    by: string;
  }): Promise<Changed>;
  /** Null when the window is over or unknown, or would end before it begins. */
  prolong(of: { id: string; to: Instant; by: string }): Promise<Changed | null>;
  /** Null when the window is over or unknown. */
  close(of: { id: string; by: string }): Promise<Changed | null>;
}
export interface MaintenanceOptions {
  desks: ReadonlyMap<PlaceCode, MaintenanceDesk>;
  token: string | undefined; // undefined: nothing can be changed over HTTP
}

const instantText = z.iso
  .datetime({ offset: true })
  .transform((text) => instant(new Date(text).toISOString()));
const by = z.string().min(1).max(60);
const announcedBody = z
  .strictObject({
    services: z
      .array(z.enum(maintenanceServices))
      .min(1)
      .default([...maintenanceServices]),
    from: instantText,
    to: instantText.nullable(),
    message: z
      .string()
      .trim()
      .refine(isMaintenanceMessage, 'must be one line of 1 to 60 characters'),
    by,
  })
  .refine(({ from, to }) => to === null || to > from, 'to must be later than from');
const prolongedBody = z.strictObject({ to: instantText, by });
const closedBody = z.strictObject({ by });

/** What is wrong with a call; a sentence for whoever made it. */
class CallFault extends Error {
  readonly statusCode: number;
  constructor(statusCode: number, sentence: string) {
    super(sentence);
    this.statusCode = statusCode;
  }
}

function bodyOf<T>(schema: z.ZodType<T>, { body }: FastifyRequest): T {
  let json: unknown;
  try {
    json = JSON.parse(body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '');
  } catch {
    throw new CallFault(400, '报文不是有效的 JSON，请更正后重新发送。');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  throw new CallFault(400, `内容不符合要求，请更正后重新发送：${faults.join('; ')}`);
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();
function authorize(token: string | undefined, { headers }: FastifyRequest): void {
  if (token === undefined) {
    throw new CallFault(
      403,
      '没有开通：请设置 KUASHENG_MAINTENANCE_TOKEN，或用 kuasheng maintenance。',
    );
  }
  const given = headers.authorization ?? '';
  if (!timingSafeEqual(digestOf(given), digestOf(`Bearer ${token}`))) {
    throw new CallFault(401, '口令不对，请核对后重新发送。');
  }
}

const gone = '没有这个停机公告，或它已经结束，或新的结束时间早于开始：请用 GET 查看后重新发送。';

interface Call {
  desk: MaintenanceDesk;
  id: string;
  request: FastifyRequest;
}
const change = {
  '/maintenance/:place': ({ desk, request }: Call) => desk.announce(bodyOf(announcedBody, request)),
  '/maintenance/:place/:id/prolong': ({ desk, id, request }: Call) =>
    desk.prolong({ id, ...bodyOf(prolongedBody, request) }),
  '/maintenance/:place/:id/close': ({ desk, id, request }: Call) =>
    desk.close({ id, ...bodyOf(closedBody, request) }),
};

/** Answers a call in JSON; what is wrong with it is one Chinese sentence. */
async function answer(reply: FastifyReply, work: () => Promise<object | null>): Promise<unknown> {
  try {
    const answered = await work();
    if (!answered) throw new CallFault(404, gone);
    return await reply.send(answered);
  } catch (error) {
    if (error instanceof CallFault) {
      return reply.code(error.statusCode).send({ error: error.message });
    }
    const sentence = '系统暂时繁忙，请先用 GET 查看是否已经登记，再决定是否重新发送。';
    return reply.code(503).send({ error: sentence });
  }
}

/**
 * The place's own calls: `GET /maintenance/<place>` lists, `POST /maintenance/<place>` announces,
 * `POST /maintenance/<place>/<id>/prolong` and `…/close` change. JSON in and out.
 *
 * @law 医保办函〔2021〕4号 三(三)
 */
export function addMaintenance(app: FastifyInstance, { desks, token }: MaintenanceOptions): void {
  const callOf = (request: FastifyRequest): Call => {
    const { place, id = '' } = request.params as { place: string; id?: string };
    const desk = [...desks].find(([code]) => code === place)?.[1];
    if (!desk) throw new CallFault(404, '本网关不服务于这个地方，请核对区划。');
    return { desk, id, request };
  };
  app.get('/maintenance/:place', (request, reply) =>
    answer(reply, async () => ({ windows: await callOf(request).desk.windows() })),
  );
  for (const [path, work] of Object.entries(change)) {
    app.post(path, (request, reply) =>
      answer(reply, () => {
        authorize(token, request);
        return work(callOf(request));
      }),
    );
  }
}
