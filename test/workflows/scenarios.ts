import type { History } from '@temporalio/common/lib/proto-utils.js';
import { expect } from 'vitest';
import { eventually, patientMs } from '../patience.ts';
import { monthOf, type Day, type Month } from '../../domain/calendar.ts';
import type { RefusalReason } from '../../domain/refusal.ts';
import type { ReverseAnswer, SettleAnswer, SettlementRequest } from '../../domain/settlement.ts';
import { createSettlementClient } from '../../gateway/client.ts';
import {
  centreQueue,
  clearingWorkflowId,
  registryWorkflowId,
  retry,
  settlementWorkflowId,
  status,
  type ClearingResult,
  type RequestKey,
  type ReverseWish,
  type SettlementStatus,
} from '../../workflows/contracts.ts';
import { aCase, nextMessage, prepare, today, type TestCase } from '../requests.ts';
import type { TestSystem } from '../system.ts';
import { messageId, placeCode } from '../../domain/identifiers.ts';

export interface Lived {
  workflowId: string;
  result: unknown;
  /** The history, where it is not in the Temporal that all scenarios share. */
  history?: History;
}
/** A life that is run against the real servers, recorded, and replayed ever after. */
export interface Scenario {
  name: string;
  /** Runs it; returns the id of the execution whose history is kept, and what it came to. */
  run(system: TestSystem): Promise<Lived>;
  /** What the closed execution returns, as far as it is the same every time. */
  result: unknown;
}

export const workflowIdOf = ({ institution, messageId }: SettlementRequest): string =>
  settlementWorkflowId(institution, messageId);

/** Settles as the gateway does; fails when there is no answer. */
export async function settleNow(
  system: TestSystem,
  request: SettlementRequest,
): Promise<SettleAnswer> {
  const outcome = await createSettlementClient(system.client).settle(request, patientMs);
  if (outcome.kind !== 'answered') throw new Error(JSON.stringify(outcome));
  return outcome.answer;
}

/** The same request again, as the gateway asks that let it in before. */
export async function repeatNow(
  system: TestSystem,
  request: SettlementRequest,
): Promise<SettleAnswer> {
  await createSettlementClient(system.client).takeUp(request, patientMs);
  return settleNow(system, request);
}

/** How long a settlement takes on this machine now, in milliseconds: what a short time has to outlast. */
export async function paceOf(system: TestSystem): Promise<number> {
  const request = await prepare(system.databases, aCase());
  const began = performance.now();
  await settleNow(system, request);
  return performance.now() - began;
}

/** What a hospital says that takes a request back. */
export const aWish = (): ReverseWish => ({
  by: 'hospital',
  messageId: messageId(nextMessage()),
  person: null,
  why: null,
});
/** Takes back as the gateway does; fails when there is no answer. */
export async function reverseNow(
  { client }: TestSystem,
  { institution, messageId: message }: RequestKey,
  wish = aWish(),
): Promise<ReverseAnswer> {
  const request = { institution, messageId: message };
  const outcome = await createSettlementClient(client).reverse(request, wish, patientMs);
  if (outcome.kind !== 'answered') {
    throw new Error(JSON.stringify(outcome), { cause: outcome.error });
  }
  return outcome.answer;
}

export const resultOf = (system: TestSystem, workflowId: string): Promise<unknown> =>
  system.client.workflow.getHandle(workflowId).result();

export const thisMonth = (): Month => monthOf(today() as Day);

/** Closes the month as the CLI does. */
export async function closeMonth(system: TestSystem, of: Month): Promise<ClearingResult> {
  const result: unknown = await system.client.workflow.execute('clearing', {
    workflowId: clearingWorkflowId(of),
    taskQueue: centreQueue,
    args: [of],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  return result as ClearingResult;
}

/** Waits until the settlement is in the phase. */
export async function untilPhase(
  system: TestSystem,
  workflowId: string,
  phase: SettlementStatus['phase'],
): Promise<SettlementStatus> {
  const handle = system.client.workflow.getHandle(workflowId);
  return eventually(async () => {
    const now = await handle.query(status).catch(() => null);
    if (now?.phase !== phase) throw new Error(`${workflowId} never was in phase ${phase}`);
    return now;
  }, 100); // each look is work for Temporal and for the worker
}

type Change = (request: SettlementRequest) => SettlementRequest;
interface Refused {
  reason: RefusalReason;
  of?: Partial<TestCase>;
  /** Alters the request after the batch was uploaded. */
  change?: Change;
  /** Alters the world before it is sent. */
  before?: (system: TestSystem, request: SettlementRequest) => Promise<unknown>;
  /** Puts the world right again after the answer. */
  after?: (system: TestSystem) => Promise<unknown>;
}

/** The other direction: a person of Chongqing, treated in Chengdu. */
export const inSichuan: Partial<TestCase> = {
  person: '50000000000000000001',
  insuredRegion: '500000',
  treatingPlace: '510000',
  institution: 'H51010700901',
  disease: 'M01600',
  lines: [{ item: 'XA10BAM006A001010199006', price: '0.40', quantity: '100', amount: '40.00' }],
};
const lastYear = `${Number(today().slice(0, 4)) - 1}-12-31`;
const tomorrow = new Date(Date.now() + (8 + 24) * 3600 * 1000).toISOString().slice(0, 10);
const line = { item: 'XC09CAX002A001010199002', price: '3.00', quantity: '10', amount: '30.00' };
const of = (person: string): Partial<TestCase> => ({ person: `510100000000000000${person}` });

const refusals: Refused[] = [
  {
    reason: 'place-not-connected',
    of: { person: '44010000000000000001', insuredRegion: '440100' },
  },
  { reason: 'visit-in-future', of: { visitedOn: tomorrow } },
  { reason: 'institution-not-designated', of: { ...inSichuan, institution: 'H51010600921' } },
  {
    reason: 'disease-not-open',
    of: { ...inSichuan, person: '50000000000000000004', disease: 'M08306' },
  },
  { reason: 'institution-not-open-for-disease', of: { ...inSichuan, institution: 'H51010400911' } },
  { reason: 'settlement-suspended', of: of('19') },
  { reason: 'not-qualified', of: of('11') },
  { reason: 'qualification-not-in-force', of: of('13') },
  {
    reason: 'qualification-not-migrated',
    of: of('98'),
    before: ({ databases }, { person }) =>
      databases.centre.query(
        `insert into unmigrated_qualification (place, person, local_code, one_of, valid_from, change_no)
         values ('510000', $1, 'LOCAL1', '{M03900,M01600}', '2021-12-25', 0)`,
        [person],
      ),
  },
  { reason: 'not-filed', of: of('15') },
  { reason: 'filing-not-in-force', of: of('16') },
  { reason: 'filing-for-other-place', of: of('18') },
  {
    reason: 'request-reversed',
    before: ({ databases }, request) =>
      databases.centre.query(
        `insert into request (institution, message_id, settlement_id, digest, body, state)
         values ($1, $2, 'VOID1', $3, $4, 'void')`,
        [request.institution, request.messageId, request.digest, JSON.stringify(request)],
      ),
  },
  {
    // The insured place is down and somebody waits: decided without it, undone when it is back.
    reason: 'not-in-time',
    change: (request) => ({ ...request, counter: { withinMs: 500 } }),
    before: async (system) =>
      system.databases.place('510000').query('alter table person rename to p'),
    after: async (system) =>
      system.databases.place('510000').query('alter table p rename to person'),
  },
  { reason: 'mixed-diseases', of: { lines: [line, { ...line, disease: 'M01600' }] } },
  {
    reason: 'sums-differ',
    change: (request) => ({
      ...request,
      declared: { ...request.declared, firstShare: '0.00', inScope: '315.00' },
    }),
  },
  {
    // The refund takes 45 yuan out of what is excluded, where the batch has nothing.
    reason: 'part-below-zero',
    of: {
      lines: [
        { ...line, quantity: '100', amount: '300.00' },
        { item: 'XC01EBF017A001010199017', price: '1.50', quantity: '-30', amount: '-45.00' },
      ],
    },
  },
  {
    reason: 'batch-settled',
    before: async (system, request) =>
      settleNow(system, {
        ...request,
        messageId: `${request.messageId}X` as typeof request.messageId,
      }),
    change: (request) => ({
      ...request,
      messageId: request.messageId.slice(0, 29) as typeof request.messageId,
    }),
  },
  { reason: 'batch-changed', change: (request) => ({ ...request, batchDigest: 'another' }) },
  { reason: 'batch-crosses-year', of: { lines: [line, { ...line, on: lastYear }] } },
  {
    reason: 'person-unknown',
    of: of('99'),
    before: ({ databases }, { person }) =>
      databases.centre.query(
        `with q as (insert into qualification (place, person, disease, valid_from, change_no)
           values ('510000', '${person}', 'M03900', '2021-12-25', 0))
         insert into filing (place, person, filed_for, category, valid_from, change_no)
         values ('510000', '${person}', '500000', 'LT_RESIDENT', '2021-12-25', 0)`,
      ),
  },
  { reason: 'not-insured', of: of('21') },
  { reason: 'benefit-suspended', of: of('20') },
  {
    reason: 'no-policy-in-force',
    of: { person: '51030000000000000001', insuredRegion: '510300' },
  },
];

async function runRefusal(system: TestSystem, refused: Refused) {
  const prepared = await prepare(system.databases, aCase(refused.of ?? {}));
  const request = refused.change?.(prepared) ?? prepared;
  await refused.before?.(system, request);
  const answer = await settleNow(system, request);
  await refused.after?.(system);
  if (answer.kind !== 'refused' || answer.refusal.reason !== refused.reason) {
    throw new Error(`expected ${refused.reason}, got ${JSON.stringify(answer)}`);
  }
  return {
    workflowId: workflowIdOf(request),
    result: await resultOf(system, workflowIdOf(request)),
  };
}

export const closed = (phase: string, month: Month | null = null) => ({
  phase,
  stopped: null,
  ...(month === null ? { month } : {}),
});

/** A bug in the world: the catalogue lost an item after the batch was uploaded. */
async function stopAndRetry(system: TestSystem) {
  const request = await prepare(system.databases, aCase());
  const database = system.databases.place('500000');
  await database.query('create table lost as select * from catalogue_item');
  await database.query(`delete from catalogue_item where code = $1`, [line.item]);
  const workflowId = workflowIdOf(request);
  const answer = settleNow(system, request);
  await untilPhase(system, workflowId, 'stopped');
  await database.query('insert into catalogue_item select * from lost on conflict do nothing');
  await database.query('drop table lost');
  await system.client.workflow.getHandle(workflowId).signal(retry);
  await answer;
  await untilPhase(system, workflowId, 'settled');
  await closeMonth(system, thisMonth());
  await markUncleared(system);
  return { workflowId, result: await resultOf(system, workflowId) };
}

/** Opens the month again in the test's own database, so that each scenario can close it. */
export async function markUncleared({ databases }: TestSystem): Promise<void> {
  await databases.centre.query('truncate statement_item, statement, clearing_month');
}

async function settleAndClear(system: TestSystem, changes: Partial<TestCase>) {
  const request = await prepare(system.databases, aCase(changes));
  await settleNow(system, request);
  const workflowId = workflowIdOf(request);
  await untilPhase(system, workflowId, 'settled');
  const cleared = await closeMonth(system, thisMonth());
  await markUncleared(system);
  if (!cleared.ok) throw new Error('the month was refused');
  return { workflowId, result: await resultOf(system, workflowId) };
}

/** The history is lost after the answer; a repeat starts again and serves the request's row. */
async function repeatAfterLoss(system: TestSystem) {
  const request = await prepare(system.databases, aCase());
  const first = await settleNow(system, request);
  const workflowId = workflowIdOf(request);
  await untilPhase(system, workflowId, 'settled');
  await loseHistory(system, workflowId);
  const again = await settleNow(system, request);
  expect(again).toEqual(first);
  await untilPhase(system, workflowId, 'settled');
  await closeMonth(system, thisMonth());
  await markUncleared(system);
  return { workflowId, result: await resultOf(system, workflowId) };
}

/** Deletes an execution and its history, as the end of the retention does. */
export async function loseHistory({ client, namespace }: TestSystem, workflowId: string) {
  const workflowExecution = { workflowId };
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
  const handle = client.workflow.getHandle(workflowId);
  // The server takes some seconds to delete what has only just closed.
  await eventually(async () => {
    const found = await handle.describe().then(
      () => true,
      () => false,
    );
    if (found) throw new Error(`${workflowId} was not deleted`);
  });
}

async function upload(system: TestSystem) {
  const workflowId = registryWorkflowId(placeCode('500000'));
  await system.databases
    .place('500000')
    .query(
      `update registry_change set sent_at = null where no in (select no from registry_change limit 20)`,
    );
  const result: unknown = await system.client.workflow.execute('registry', {
    workflowId,
    taskQueue: centreQueue,
    args: [placeCode('500000')],
  });
  return { workflowId, result };
}

async function clearOneMonth(system: TestSystem, month: Month) {
  await closeMonth(system, month);
  await markUncleared(system);
  const workflowId = clearingWorkflowId(month);
  return { workflowId, result: await resultOf(system, workflowId) };
}

export const scenarios: Scenario[] = [
  {
    name: 'settlement/happy-through-clearing',
    run: (system) => settleAndClear(system, {}),
    result: closed('cleared', thisMonth()),
  },
  {
    name: 'settlement/ordinary-outpatient',
    run: (system) => settleAndClear(system, { disease: 'none', account: 'own' }),
    result: closed('cleared', thisMonth()),
  },
  {
    name: 'settlement/stopped-then-retried',
    run: stopAndRetry,
    result: closed('cleared', thisMonth()),
  },
  {
    name: 'settlement/started-again-after-history-was-lost',
    run: repeatAfterLoss,
    result: closed('cleared', thisMonth()),
  },
  ...refusals.map((refused) => ({
    name: `settlement/refused-${refused.reason}`,
    run: (system: TestSystem) => runRefusal(system, refused),
    result: closed('refused'),
  })),
  {
    name: 'clearing/a-month',
    run: async (system) => {
      await settleNow(system, await prepare(system.databases, aCase()));
      return clearOneMonth(system, thisMonth());
    },
    result: { ok: true },
  },
  {
    name: 'clearing/refused-month-not-begun',
    run: (system) => clearOneMonth(system, '2999-01' as Month),
    result: { ok: false },
  },
  { name: 'registry/upload', run: upload, result: 20 },
];

export const recordedReasons: RefusalReason[] = refusals.map((refused) => refused.reason);
