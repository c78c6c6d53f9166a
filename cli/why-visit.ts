import type { VisitAnswer, VisitPart } from '../domain/visit-parts.ts';
import { diseaseText } from '../gateway/wording.ts';
import { visitStatus, visitWorkflowId, type RequestKey } from '../workflows/contracts.ts';
import { knownOf, queryDeadlineMs, requestOf, type Sources } from './why-known.ts';
import { sayWhy, type Known } from './why-text.ts';

/** `kuasheng why` of a whole bill: each of its parts, which are settlements of their own. */

interface KnownPart {
  part: VisitPart;
  known: Known; // of its settlement
}

async function partsOf(
  sources: Sources,
  { institution }: RequestKey,
  { parts }: VisitAnswer,
): Promise<KnownPart[]> {
  const each = parts.map(async (part) => {
    const request = await requestOf(sources, { institution, messageId: part.messageId });
    return { part, known: await knownOf(sources, request) };
  });
  return Promise.all(each);
}

/** What is said of a part: its settlement says it, unless the part never became one. */
function rowsOfPart({ part, known }: KnownPart, no: number, { names }: Sources): string[][] {
  const { settlementId, messageId } = known.request;
  const which = settlementId === null ? `报文 ${messageId}` : `结算 ${settlementId}`;
  const title = [`第 ${no} 部分`, `${diseaseText(part.disease, names)}  ${which}`];
  if (part.answer.kind === 'conflict') {
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

function standingOf(answer: VisitAnswer | null): string {
  if (!answer)
    return '中心没有应答，不知道有哪些部分：请确认中心的 centre 进程正在运行，再执行一次';
  const { parts, allOrNone } = answer;
  const pending = parts.filter(({ answer: of }) => of.kind === 'pending').length;
  const condition = allOrNone ? '（要么全部结算，要么全部不结算）' : '';
  const how = pending === 0 ? '都有最后的结果' : `${pending} 个还没有最后的结果`;
  return `共 ${parts.length} 个部分${condition}，${how}`;
}

/** The rows in which a bill is told, in one screen. */
export async function rowsOfBill(sources: Sources, key: RequestKey): Promise<string[][]> {
  const { client } = sources;
  const workflowId = visitWorkflowId(key);
  const handle = client.workflow.getHandle(workflowId);
  const summary = await (await handle.describe()).staticSummary();
  const answer = await client
    .withDeadline(Date.now() + queryDeadlineMs, () => handle.query(visitStatus))
    .catch(() => null);
  const parts = answer ? await partsOf(sources, key, answer) : [];
  return [
    ['账单', workflowId],
    ['就医', summary ?? ''],
    ['状态', standingOf(answer)],
    ...parts.flatMap((part, index) => rowsOfPart(part, index + 1, sources)),
  ];
}
