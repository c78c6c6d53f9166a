import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { patientMs } from '../patience.ts';
import { createSettlementClient } from '../../gateway/client.ts';
import type { MessageId } from '../../domain/identifiers.ts';
import { placeCode } from '../../domain/identifiers.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { retry, status } from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { holding, untilBlocked } from './holding.ts';
import {
  closeMonth,
  loseHistory,
  repeatNow,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
} from './scenarios.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('settlement');
});
afterAll(() => system.stop());

const count = async (table: string, request: SettlementRequest): Promise<number> => {
  const { rows } = await system.databases.centre.query<{ count: number }>(
    `select count(*)::int as count from ${table} where settlement_id in
       (select settlement_id from request where message_id = $1)`,
    [request.messageId],
  );
  return rows[0]?.count ?? -1;
};

const isFrozen = async ({ visit }: SettlementRequest): Promise<boolean> => {
  const { rowCount } = await system.databases
    .place('500000')
    .query('select from fee_batch where visit_id = $1 and settlement_id is not null', [visit]);
  return rowCount === 1;
};

const describeRun = async (workflowId: string) => {
  const {
    historyLength,
    raw,
    runId,
    status: state,
  } = await system.client.workflow.getHandle(workflowId).describe();
  const transitions = Number(raw.workflowExecutionInfo?.stateTransitionCount);
  return { historyLength, transitions, runId, state: state.name, raw };
};

describe('what a settlement costs', () => {
  it('until its result: at most 22 events and 12 state transitions, while the return is not begun', async () => {
    const request = await prepare(system.databases, aCase());
    const workflowId = workflowIdOf(request);
    await system.serve([placeCode('500000')]);
    const answer = settleNow(system, request);
    // Not by a query: one that comes while a local activity runs ends the task, and costs events.
    await expect.poll(() => isFrozen(request)).toBe(true);
    await system.serve([placeCode('510000')]);
    expect(await answer).toMatchObject({ kind: 'settled' });
    const { historyLength, transitions } = await describeRun(workflowId);
    expect(historyLength).toBeLessThanOrEqual(22);
    expect(transitions).toBeLessThanOrEqual(12);
  });

  // Two of the events are of a patch, and go with it.
  it('refused after the split: at most 30 events and 16 state transitions in all', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase({ person: '51010000000000000020' }));
    expect(await settleNow(system, request)).toMatchObject({ kind: 'refused' });
    const { historyLength, transitions, state } = await describeRun(workflowIdOf(request));
    expect(state).toBe('COMPLETED');
    expect(historyLength).toBeLessThanOrEqual(30);
    expect(transitions).toBeLessThanOrEqual(16);
  });
});

describe('4号 三(二) a settlement', () => {
  beforeAll(() => system.serve());

  it('holds no fee line in its history, and nothing personal in what is never encrypted', async () => {
    const request = await prepare(system.databases, aCase());
    await settleNow(system, request);
    const handle = system.client.workflow.getHandle(workflowIdOf(request));
    const { raw } = await describeRun(workflowIdOf(request));
    const payloads: string[] = [];
    JSON.parse(historyToJSON(await handle.fetchHistory()), (key, value: unknown) => {
      if (key === 'data') payloads.push(Buffer.from(String(value), 'base64').toString());
      return value;
    });
    expect(payloads.join()).toContain(request.batchDigest);
    expect(payloads.join()).not.toContain('XC09CAX002A001010199002');
    const readable = JSON.stringify([raw.workflowExecutionInfo, workflowIdOf(request)]);
    expect(readable).not.toContain(request.person);
  });

  it('is open as settled after its result, and answers the same message with the same answer', async () => {
    const request = await prepare(system.databases, aCase());
    const first = await settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'settled');
    const { runId, state } = await describeRun(workflowIdOf(request));
    expect(state).toBe('RUNNING');
    expect(await settleNow(system, request)).toEqual(first);
    expect((await describeRun(workflowIdOf(request))).runId).toBe(runId);
    expect(await count('ledger_entry', request)).toBe(1);
  });

  it('sent twice at once is settled once, with one answer', async () => {
    const request = await prepare(system.databases, aCase());
    const [one, two] = await Promise.all([settleNow(system, request), settleNow(system, request)]);
    expect(one).toEqual(two);
    expect(await count('ledger_entry', request)).toBe(1);
  });

  it('answers the same after it closed, from Temporal, and starts no second execution', async () => {
    const request = await prepare(system.databases, aCase());
    const first = await settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'settled');
    await closeMonth(system, thisMonth());
    await system.client.workflow.getHandle(workflowIdOf(request)).result();
    const { runId } = await describeRun(workflowIdOf(request));
    expect(await settleNow(system, request)).toEqual(first);
    expect((await describeRun(workflowIdOf(request))).runId).toBe(runId);
  });

  it('answers the same when Temporal has forgotten it after it was cleared, and closes again', async () => {
    const request = await prepare(system.databases, aCase());
    const first = await settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'settled');
    await system.databases.centre.query('truncate statement_item, statement, clearing_month');
    await closeMonth(system, thisMonth());
    await system.client.workflow.getHandle(workflowIdOf(request)).result();
    const forgetful = await createSystem('forgotten', system.databases);
    await forgetful.startWorkers();
    expect(await settleNow(forgetful, request)).toEqual(first);
    const handle = forgetful.client.workflow.getHandle(workflowIdOf(request));
    const again: unknown = await handle.result();
    expect(again).toMatchObject({ phase: 'cleared', month: thisMonth() });
    expect(await count('ledger_entry', request)).toBe(1);
    await forgetful.stop();
  });

  it('keeps a refusal: the same message is refused the same way by a Temporal that forgot it', async () => {
    const request = await prepare(system.databases, aCase({ person: '51010000000000000015' }));
    const first = await settleNow(system, request);
    expect(first).toMatchObject({ kind: 'refused', refusal: { reason: 'not-filed' } });
    const forgetful = await createSystem('forgetful', system.databases);
    await forgetful.startWorkers();
    expect(await settleNow(forgetful, request)).toEqual(first);
    await forgetful.stop();
  });

  it('started again by an honest repeat after someone terminated it, settles once', async () => {
    const request = await prepare(system.databases, aCase());
    const first = await settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'settled');
    await system.client.workflow.getHandle(workflowIdOf(request)).terminate('a mistake');
    expect(await repeatNow(system, request)).toEqual(first);
    await untilPhase(system, workflowIdOf(request), 'settled');
    expect((await describeRun(workflowIdOf(request))).state).toBe('RUNNING');
    expect(await count('ledger_entry', request)).toBe(1);
  });
});

describe('the same message id with another body', () => {
  const settlements = () => createSettlementClient(system.client);
  let request: SettlementRequest;
  let other: SettlementRequest;
  beforeEach(async () => {
    request = await prepare(system.databases, aCase());
    const another = await prepare(system.databases, aCase({ account: 'own' }));
    other = { ...another, messageId: request.messageId };
  });

  it('is refused while the first is open, though Temporal hands back the stored answer', async () => {
    await settleNow(system, request);
    expect(await settlements().settle(other, patientMs)).toEqual({ kind: 'conflict' });
  });

  it('is refused after the first was refused and closed', async () => {
    const person = '51010000000000000015';
    const refused = await prepare(system.databases, aCase({ person }));
    await settleNow(system, refused);
    const second = { ...other, messageId: refused.messageId };
    expect(await settlements().settle(second, patientMs)).toEqual({ kind: 'conflict' });
  });

  it('is refused after the history was deleted, by the request’s row, and the first keeps its answer', async () => {
    const first = await settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'settled');
    await loseHistory(system, workflowIdOf(request));
    expect(await settlements().settle(other, patientMs)).toEqual({ kind: 'conflict' });
    expect(await settleNow(system, request)).toEqual(first);
    expect(await count('ledger_entry', request)).toBe(1);
  });

  it('is refused when the history was lost in flight: the run serves the request that claimed', async () => {
    const workflowId = workflowIdOf(request);
    await system.databases.centre.query(
      `insert into request (institution, message_id, settlement_id, digest, body, state)
       values ($1, $2, $3, $4, $5, 'claimed')`,
      [request.institution, request.messageId, `X${request.messageId}`, request.digest, request],
    );
    expect(await settlements().settle(other, patientMs)).toEqual({ kind: 'conflict' });
    const served = await untilPhase(system, workflowId, 'settled');
    expect(served.settlementId).toBe(`X${request.messageId}`);
    expect(await settleNow(system, request)).toMatchObject({
      kind: 'settled',
      digest: request.digest,
    });
  });
});

describe('a batch', () => {
  it('is free again after a refusal that came after the split, and settles under a new message id', async () => {
    const person = '51010000000000000020';
    const suspended = await prepare(system.databases, aCase({ person }));
    expect(await settleNow(system, suspended)).toMatchObject({ kind: 'refused' });
    await system.databases
      .place('510000')
      .query(`update insurance set suspended_from = null, suspended_to = null where person = $1`, [
        person,
      ]);
    const messageId = suspended.messageId.replace('001', '002') as MessageId;
    const again = { ...suspended, messageId, digest: `${suspended.digest}2` };
    expect(await settleNow(system, again)).toMatchObject({ kind: 'settled' });
  });
});

describe('a broken invariant of the centre’s own step', () => {
  it('stops the settlement, which goes on when it is repaired and retried', async () => {
    const request = await prepare(system.databases, aCase());
    const { centre } = system.databases;
    const keep = (state: string) =>
      centre.query('update request set state = $2 where message_id = $1', [
        request.messageId,
        state,
      ]);
    let answer: Promise<unknown> = Promise.resolve();
    const person = {
      party: '510000',
      sql: 'select from person where id = $1 for update',
      values: [request.person],
    };
    await holding(system, person, async () => {
      answer = settleNow(system, request);
      await untilBlocked(system, '510000');
      await keep('void');
    });
    const { stopped } = await untilPhase(system, workflowIdOf(request), 'stopped');
    expect(stopped).toMatchObject({ in: 'recording' });
    await keep('claimed');
    await system.client.workflow.getHandle(workflowIdOf(request)).signal(retry);
    expect(await answer).toMatchObject({ kind: 'settled' });
  });
});

describe('a place that does not answer', () => {
  it('leaves it pending for who waits, and the same message gets the result when it is back', async () => {
    const alone = await createSystem('silent');
    const treating = await alone.startWorkers([placeCode('500000')]);
    const request = await prepare(alone.databases, aCase());
    const settlements = createSettlementClient(alone.client);
    const outcome = await settlements.settle(request, 4000);
    const progress = { phase: 'calculation', party: '510000', until: null, message: null };
    expect(outcome).toEqual({ kind: 'pending', progress });
    const handle = alone.client.workflow.getHandle(workflowIdOf(request));
    expect(await handle.query(status)).toMatchObject({ phase: 'calculation' });
    await treating.stop();
    await alone.startWorkers();
    expect(await settlements.settle(request, patientMs)).toMatchObject({
      kind: 'answered',
      answer: { kind: 'settled' },
    });
    await alone.stop();
  });
});
