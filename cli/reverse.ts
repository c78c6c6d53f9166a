import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRequests } from '../db/explanations.ts';
import type { ReversalResult, ReverseAnswer } from '../domain/settlement.ts';
import { createSettlementClient } from '../gateway/client.ts';
import { noticeOf } from '../gateway/notices.ts';
import { readNames } from '../seeds/names.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { reversalWorkflowId, settlementWorkflowId } from '../workflows/contracts.ts';
import { remoteStepOf } from '../workflows/contracts-words.ts';
import { printColumns } from './columns.ts';
import { connect } from './connection.ts';
import { withDatabase } from './databases.ts';
import { aCommand } from './command.ts';
import { endingWith, fine, found, type Status } from './ending.ts';
import { findExecutions } from './why-finding.ts';
import { unclaimed } from './why-known.ts';
import type { KnownRequest } from './why-text.ts';

const deadlineMs = 15_000;
const longestReason = 200;

/** What the books know under the number; else what the centre has not claimed yet. */
async function requestsOf(client: Client, id: string): Promise<readonly KnownRequest[]> {
  return withDatabase('centre', async (centre) => {
    const claimed = await findRequests(centre, id);
    if (claimed.length > 0) return claimed;
    const executions = await findExecutions({ client, centre }, id);
    return executions.filter(({ kind }) => kind === 'settlement').map(unclaimed);
  });
}

const numberOf = ({ settlementId, messageId }: KnownRequest): string => settlementId ?? messageId;

async function theRequest(client: Client, id: string): Promise<KnownRequest> {
  const requests = await requestsOf(client, id);
  const [request, ...others] = requests;
  if (request === undefined) {
    throw new StartFailure(
      `没有编号为 ${id} 的结算，没有撤销任何结算，请核对结算编号（setl_id）或医院报文编号。`,
    );
  }
  if (others.length === 0) return request;
  const numbers = requests.flatMap(({ settlementId }) => settlementId ?? []).join('、');
  const todo = numbers === '' ? '它们还没有结算编号，请稍后再执行' : `请改用结算编号：${numbers}`;
  throw new StartFailure(`几家医院用过报文编号 ${id}，没有撤销任何结算，${todo}。`);
}

/** Whom the settlement waits for: the places whose steps are not done. Empty when it is over. */
async function readPending(client: Client, request: KnownRequest): Promise<string[]> {
  const names = readNames();
  const ids = [
    settlementWorkflowId(request.institution, request.messageId),
    reversalWorkflowId(request),
  ];
  const each = ids.map(async (workflowId) => {
    const described = await client.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => null);
    return described?.raw.pendingActivities ?? [];
  });
  return (await Promise.all(each)).flat().map(({ activityId }) => {
    const step = remoteStepOf(activityId ?? '');
    const place = step && request.body?.[step.at];
    return `${place ? names.place(place) : ''}（${step?.what ?? activityId ?? ''}）`;
  });
}
/** The same once what ends by itself has had its time. */
async function waitingFor(client: Client, request: KnownRequest): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    const pending = await readPending(client, request);
    if (pending.length === 0 || tries === 10) return pending;
    await sleep(200);
  }
}

function printReversal({ reversalId, settlementId, totals, benefit }: ReversalResult): void {
  console.log(`结算 ${settlementId} 已撤销，撤销编号 ${reversalId}。`);
  printColumns(
    ['left', 'right'],
    [
      ['医疗费总额', totals.total],
      ['基金支付', benefit.fundTotal],
      ['个人账户', benefit.personalAccount],
      ['个人现金', benefit.cash],
    ],
  );
}

function printAnswer(answer: ReverseAnswer, request: KnownRequest): void {
  if (answer.kind === 'reversed') printReversal(answer.reversal);
  else if (answer.kind === 'not-settled') {
    console.log(`请求 ${numberOf(request)} 没有结算，也不会再结算，没有可撤销的金额。`);
  } else console.error(noticeOf(answer.refusal, readNames()).sentence);
}

async function reverse(id: string, { why = null }: { why?: string | null }): Promise<Status> {
  if (why !== null && Array.from(why).length > longestReason) {
    throw new StartFailure(`原因不能超过 ${longestReason} 个字，请缩短后再执行。`);
  }
  const connection = await connect();
  const { client } = connection;
  try {
    const request = await theRequest(client, id);
    const wish = { by: 'operator', messageId: null, person: null, why } as const;
    const outcome = await createSettlementClient(client).reverse(request, wish, deadlineMs);
    const pending = await waitingFor(client, request);
    if (outcome.kind === 'undetermined') {
      const who = pending.length === 0 ? '中心进程' : pending.join('、');
      throw new StartFailure(
        `结果未定：撤销请求可能已经送达，正在等待${who}；请确认其正在运行，再执行一次，结果以那时为准。`,
      );
    }
    printAnswer(outcome.answer, request);
    if (outcome.answer.kind === 'refused') return found;
    if (pending.length > 0) {
      console.log(
        `还在等待${pending.join('、')}，恢复后自动完成，不必再执行；完成前该批次不能重新结算。`,
      );
    }
    return fine;
  } finally {
    await connection.close();
  }
}

/** kuasheng reverse …: an operator takes a settlement back. */
export const reverseCommand = (): Command =>
  aCommand('reverse')
    .argument('<结算编号>', '结算编号（setl_id），或医院的报文编号')
    .option('--why <原因>', '写入撤销记录，不要写个人信息')
    .description('撤销一笔结算；没有结算的请求从此不再结算；可重复执行')
    .action(endingWith(reverse));
