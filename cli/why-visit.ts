import { defaultPayloadConverter } from '@temporalio/common';
import { invariant } from '../domain/invariant.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { PartAnswer, VisitAnswer, VisitOrder } from '../domain/visit-parts.ts';
import { diseaseText } from '../gateway/wording.ts';
import { visitStatus, visitWorkflowId, type RequestKey } from '../workflows/contracts.ts';
import { knownOf, queryDeadlineMs, requestOf, type Sources } from './why-known.ts';
import { sayWhy, type Known } from './why-text.ts';

/** `kuasheng why` of a whole bill: each of its parts, which are settlements of their own. */

interface KnownPart {
  part: SettlementRequest;
  known: Known; // of its settlement
}

const knownParts = (sources: Sources, { parts }: VisitOrder): Promise<KnownPart[]> =>
  Promise.all(
    parts.map(async (part) => {
      const { institution, messageId } = part;
      const request = await requestOf(sources, { institution, messageId });
      return { part, known: await knownOf(sources, request) };
    }),
  );

/** What is said of a part: its settlement says it, unless the part never became one. */
function rowsOfPart(
  { part, known }: KnownPart,
  { no, answer }: { no: number; answer: PartAnswer | undefined },
  { names }: Sources,
): string[][] {
  const { settlementId, messageId } = known.request;
  const which = settlementId === null ? `报文 ${messageId}` : `结算 ${settlementId}`;
  const title = [`第 ${no} 部分`, `${diseaseText(part.disease, names)}  ${which}`];
  if (answer?.kind === 'conflict') {
    return [
      title,
      ['', `没有结算：报文编号 ${messageId} 已用于另一笔结算，请医院更换账单的报文编号。`],
    ];
  }
  if (known.state === null && settlementId === null) return [title, ['', '还没有开始，等中心']];
  const { what, whom, until, failures, todo } = sayWhy(known, names);
  const waits = whom === '无' ? what : `${what}；等${whom}，到${until}`;
  return [title, ['', waits], ...failures.map((each) => ['', `最近的失败：${each}`]), ['', todo]];
}

/** How its execution says the bill stands; null where no worker answers. */
function standingOf(answer: VisitAnswer | null, { parts, allOrNone }: VisitOrder): string {
  const condition = allOrNone ? '（要么全部结算，要么全部不结算）' : '';
  const all = `共 ${parts.length} 个部分${condition}`;
  if (!answer) return `${all}；中心没有应答，请确认中心的 centre 进程正在运行`;
  const pending = answer.parts.filter(({ answer: of }) => of.kind === 'pending').length;
  const how = pending === 0 ? '都有最后的结果' : `${pending} 个还没有最后的结果`;
  return `${all}，${how}`;
}

/** What its execution was started with: that is known also where no worker answers. */
async function orderOf({ client }: Sources, workflowId: string): Promise<VisitOrder> {
  const { namespace } = client.options;
  const execution = { workflowId };
  const page = { namespace, execution, maximumPageSize: 1 };
  const { history } = await client.workflowService.getWorkflowExecutionHistory(page);
  const [payload] =
    history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  invariant(payload !== undefined, `${workflowId} was started with a bill`);
  return defaultPayloadConverter.fromPayload<VisitOrder>(payload);
}

/** The rows in which a bill is told, in one screen. */
export async function rowsOfBill(sources: Sources, key: RequestKey): Promise<string[][]> {
  const { client } = sources;
  const workflowId = visitWorkflowId(key);
  const handle = client.workflow.getHandle(workflowId);
  const summary = await (await handle.describe()).staticSummary();
  const order = await orderOf(sources, workflowId);
  const [answer, parts] = await Promise.all([
    client
      .withDeadline(Date.now() + queryDeadlineMs, () => handle.query(visitStatus))
      .catch(() => null),
    knownParts(sources, order),
  ]);
  return [
    ['账单', workflowId],
    ['就医', summary ?? ''],
    ['状态', standingOf(answer, order)],
    ...parts.flatMap((part, index) => {
      const of = { no: index + 1, answer: answer?.parts[index]?.answer };
      return rowsOfPart(part, of, sources);
    }),
  ];
}
