import type { Command } from 'commander';
import { findRequests } from '../db/explanations.ts';
import { readWindows } from '../db/maintenance.ts';
import { summaryOf } from '../domain/summary.ts';
import { readNames } from '../seeds/names.ts';
import { printColumns } from './columns.ts';
import { aCommand } from './command.ts';
import { connect } from './connection.ts';
import { withDatabase } from './databases.ts';
import { endingWith, fine, found, type Status } from './ending.ts';
import { findExecutions, type Found } from './why-finding.ts';
import { knownOf, requestOf, type Sources } from './why-known.ts';
import { sayWhy, type Known, type KnownRequest } from './why-text.ts';
import { rowsOfBill } from './why-visit.ts';

function visitText({ request, summary }: Known, { names }: Sources): string {
  const { body, institution, institutionName, settlementId } = request;
  if (body) {
    return summaryOf(body, {
      treatingPlace: names.place(body.treatingPlace),
      insuredPlace: names.place(body.insuredPlace),
      institution: institutionName,
      disease: names.disease(body.disease) ?? null,
    });
  }
  if (settlementId === null && summary !== null) return summary;
  return `医疗机构 ${institution}，报文没有到达`;
}

async function rowsOfRequest(sources: Sources, request: KnownRequest): Promise<string[][]> {
  const known = await knownOf(sources, request);
  const { what, whom, until, failures, todo } = sayWhy(known, sources.names);
  return [
    ['结算', `${request.settlementId ?? '（还没有编号）'}  ${known.workflowId}`],
    ['就医', visitText(known, sources)],
    ['状态', what],
    ['等谁', whom],
    ['到何时', until],
    ...failures.map((failure) => ['最近的失败', failure]),
    ['怎么办', todo],
  ];
}
const rowsOfFound = async (sources: Sources, { kind, ...key }: Found): Promise<string[][]> =>
  kind === 'visit'
    ? rowsOfBill(sources, key)
    : rowsOfRequest(sources, await requestOf(sources, key));

/** What is said of each settlement or bill of this number; the books know a settlement once it is claimed. */
async function tell(sources: Sources, id: string): Promise<Status> {
  const requests = await findRequests(sources.centre, id);
  for (const request of requests) {
    printColumns(['left', 'left'], await rowsOfRequest(sources, request));
  }
  if (requests.length > 0) return fine;
  const executions = await findExecutions(sources, id);
  for (const one of executions) printColumns(['left', 'left'], await rowsOfFound(sources, one));
  if (executions.length > 0) return fine;
  console.error(`没有编号为 ${id} 的结算或账单，请核对结算编号（setl_id）或医院报文编号。`);
  return found;
}

const why = (id: string): Promise<Status> =>
  withDatabase('centre', async (centre) => {
    const connection = await connect();
    try {
      const windows = await readWindows(centre);
      return await tell({ client: connection.client, centre, windows, names: readNames() }, id);
    } finally {
      await connection.close();
    }
  });

/** kuasheng why …: what a settlement waits for. */
export const whyCommand = (): Command =>
  aCommand('why')
    .argument('<结算编号>', '结算编号（setl_id），或医院的报文编号，也可以是整张账单的')
    .description('一笔结算（或一张账单的各部分）在等谁、为什么、到何时、怎么办')
    .action(endingWith(why));
