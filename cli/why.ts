import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Command } from 'commander';
import { findRequests, type ExplainedRequest } from '../db/explanations.ts';
import { readWindows } from '../db/maintenance.ts';
import { summaryOf } from '../domain/summary.ts';
import { readNames, type ReadableNames } from '../seeds/names.ts';
import { reversalWorkflowId, settlementWorkflowId, status } from '../workflows/contracts.ts';
import { printColumns } from './columns.ts';
import { aCommand } from './command.ts';
import { connect } from './connection.ts';
import { withDatabase } from './databases.ts';
import { endingWith, fine, found, type Status } from './ending.ts';
import { waitingOf } from '../gateway/waiting.ts';
import { sayWhy, type Known } from './why-text.ts';

const queryDeadlineMs = 3_000;

/** Asks Temporal; an execution that no worker answers for still tells what it waits for. */
export async function askTemporal(
  client: Client,
  workflowId: string,
): Promise<Pick<Known, 'state' | 'status' | 'waiting'>> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { raw, status: state } = await handle.describe();
    const answered = await client
      .withDeadline(Date.now() + queryDeadlineMs, () => handle.query(status))
      .catch(() => null);
    const waiting = (raw.pendingActivities ?? []).map(waitingOf);
    return { state: state.name, status: answered, waiting };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { state: null, status: null, waiting: [] };
    throw error;
  }
}

const visitText = (
  { body, institution, institutionName }: ExplainedRequest,
  names: ReadableNames,
) =>
  body
    ? summaryOf(body, {
        treatingPlace: names.place(body.treatingPlace),
        insuredPlace: names.place(body.insuredPlace),
        institution: institutionName,
        disease: names.disease(body.disease) ?? null,
      })
    : `医疗机构 ${institution}，报文没有到达`;

/** The execution that works on it: its own, or the one that takes it back after its own is over. */
async function find(client: Client, request: ExplainedRequest): Promise<Omit<Known, 'windows'>> {
  const { institution, messageId } = request;
  const reversalId = reversalWorkflowId({ institution, messageId });
  const reversal = await askTemporal(client, reversalId);
  if (reversal.state === 'RUNNING') return { request, workflowId: reversalId, ...reversal };
  const workflowId = settlementWorkflowId(institution, messageId);
  return { request, workflowId, ...(await askTemporal(client, workflowId)) };
}

function print(known: Known, names: ReadableNames): void {
  const { settlementId } = known.request;
  const { what, whom, until, failures, todo } = sayWhy(known, names);
  printColumns(
    ['left', 'left'],
    [
      ['结算', `${settlementId}  ${known.workflowId}`],
      ['就医', visitText(known.request, names)],
      ['状态', what],
      ['等谁', whom],
      ['到何时', until],
      ...failures.map((failure) => ['最近的失败', failure]),
      ['怎么办', todo],
    ],
  );
}

async function why(id: string): Promise<Status> {
  const { requests, windows } = await withDatabase('centre', async (database) => ({
    requests: await findRequests(database, id),
    windows: await readWindows(database),
  }));
  if (requests.length === 0) {
    console.error(`没有编号为 ${id} 的结算，请核对结算编号（setl_id）或医院报文编号。`);
    return found;
  }
  const names = readNames();
  const connection = await connect();
  try {
    for (const request of requests) {
      print({ ...(await find(connection.client, request)), windows }, names);
    }
    return fine;
  } finally {
    await connection.close();
  }
}

/** kuasheng why …: what a settlement waits for. */
export const whyCommand = (): Command =>
  aCommand('why')
    .argument('<结算编号>', '结算编号（setl_id），或医院的报文编号')
    .description('一笔结算在等谁、为什么、到何时、怎么办')
    .action(endingWith(why));
