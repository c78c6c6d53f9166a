import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WithStartWorkflowOperation,
} from '@temporalio/client';
import { describe, expect, test } from 'vitest';

import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  messageId,
  personId,
  placeCode,
  regionCode,
} from '../../domain/identifiers.ts';
import { createSettlementClient } from '../../gateway/client.ts';
import type { SettleAnswer, SettlementRequest } from '../../workflows/contracts.ts';
import { aResult, names } from './fakes.ts';

const request: SettlementRequest = {
  institution: institutionCode('H50010100001'),
  messageId: messageId('H50010100001202611220930000001'),
  digest: 'd1',
  treatingPlace: placeCode('500000'),
  insuredPlace: placeCode('510000'),
  insuredRegion: regionCode('510100'),
  person: personId('51000000001234567890'),
  insuranceType: '310',
  disease: diseaseCode('M03900'),
  visitedOn: day('2026-11-22'),
  visit: '202611220000000001',
  batch: 'B1',
  batchDigest: 'b1',
  declared: {
    total: '10.00',
    excluded: '0.00',
    overPriceLimit: '0.00',
    firstShare: '0.50',
    inScope: '9.50',
  },
  account: 'none',
};

interface Asked {
  deadline: number;
  updateId: string;
  start: WithStartWorkflowOperation<never>;
}
/** A Temporal client that answers `settle` as told, and shows what it was asked. */
function temporal(answer: () => SettleAnswer) {
  const asked: Asked[] = [];
  let until = 0;
  const client = {
    withDeadline: (deadline: number, work: () => Promise<unknown>) => {
      until = deadline;
      return work();
    },
    workflow: {
      executeUpdateWithStart: (
        _: unknown,
        {
          updateId,
          startWorkflowOperation: start,
        }: { updateId: string; startWorkflowOperation: Asked['start'] },
      ) => {
        asked.push({ deadline: until, updateId, start });
        return Promise.resolve().then(answer);
      },
      getHandle: () => ({
        query: () => Promise.reject(new WorkflowNotFoundError('gone', 'id', undefined)),
      }),
    },
  } as unknown as Client;
  return { client, asked };
}
const settled = (digest: string): SettleAnswer => ({ kind: 'settled', digest, result: aResult() });

describe('the typed client', () => {
  test('starts or joins the one execution of the request, and waits for its update', async () => {
    const { client, asked } = temporal(() => settled('d1'));
    const before = Date.now();
    const outcome = await createSettlementClient(client, names).settle(request, 8000);
    expect(outcome).toEqual({ kind: 'answered', answer: settled('d1') });
    const [{ deadline, updateId, start } = asked[0]!] = asked;
    expect(deadline - before).toBeGreaterThanOrEqual(6000); // the rest is for asking how far it is
    expect(deadline - before).toBeLessThan(7000);
    expect(updateId).toBe('settle');
    expect(start.workflowTypeOrFunc).toBe('settlement');
    expect(start.options).toMatchObject({
      workflowId: 'settlement/H50010100001/H50010100001202611220930000001',
      taskQueue: 'centre',
      args: [request],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      staticSummary: '四川省参保人在重庆市H50010100001就医，高血压（M03900），10.00 元',
    });
    const pairs = start.options.typedSearchAttributes as { getAll(): unknown[] };
    expect(pairs.getAll()).toEqual([
      { key: { name: 'TreatingPlace', type: 'KEYWORD' }, value: '500000' },
      { key: { name: 'InsuredPlace', type: 'KEYWORD' }, value: '510000' },
      { key: { name: 'Institution', type: 'KEYWORD' }, value: 'H50010100001' },
    ]);
  });

  test('at the counter the workflow is told how long it may take: three quarters, and it is served first', async () => {
    const { client, asked } = temporal(() => settled('d1'));
    const settlements = createSettlementClient(client);
    await settlements.settle(request, 8000, 'refuse');
    await settlements.settle(request, 1001, 'refuse');
    await settlements.settle(request, 8000, 'wait');
    const starts = asked.map(({ start: { options } }) => [options.args, options.priority]);
    expect(starts).toEqual([
      [[{ ...request, counter: { withinMs: 6000 } }], { priorityKey: 1 }],
      [[{ ...request, counter: { withinMs: 750 } }], { priorityKey: 1 }],
      [[request], { priorityKey: 3 }],
    ]);
  });

  test('nothing personal in ids, search attributes or summary', async () => {
    const { client, asked } = temporal(() => settled('d1'));
    await createSettlementClient(client).settle(request, 8000);
    const { options } = asked[0]!.start;
    expect(JSON.stringify({ ...options, args: [] })).not.toContain(request.person);
  });

  test('an answer to another request under the same message id is a conflict', async () => {
    const { client } = temporal(() => settled('d2'));
    expect(await createSettlementClient(client).settle(request, 8000)).toEqual({
      kind: 'conflict',
    });
  });

  test.each([
    [new WorkflowUpdateRPCTimeoutOrCancelledError('late'), 'deadline'],
    [Object.assign(new Error('4'), { code: 4, details: 'deadline', metadata: {} }), 'deadline'],
    [Object.assign(new Error('14'), { code: 14, details: 'refused', metadata: {} }), 'unreachable'],
    [
      new WorkflowExecutionAlreadyStartedError('closed', 'id', 'settlement'),
      'closed-without-answer',
    ],
    [new WorkflowNotFoundError('closed', 'id', undefined), 'closed-without-answer'],
    [new WorkflowUpdateFailedError('failed', undefined), 'failed'],
    [new TypeError('a bug'), 'unreachable'],
  ])('%s is undetermined', async (error, why) => {
    const { client } = temporal(() => {
      throw error;
    });
    expect(await createSettlementClient(client).settle(request, 8000)).toEqual({
      kind: 'undetermined',
      why,
      error,
    });
  });

  test('a client that sleeps beyond the deadline does not hold the counter', async () => {
    const { client } = temporal(() => settled('d1'));
    client.withDeadline = () => new Promise(() => undefined);
    const outcome = await createSettlementClient(client).settle(request, 20);
    expect(outcome).toMatchObject({ kind: 'undetermined', why: 'deadline' });
  });

  test('the status of a settlement whose history is gone is unknown', async () => {
    const { client } = temporal(() => settled('d1'));
    const settlements = createSettlementClient(client);
    expect(await settlements.status(request.institution, request.messageId)).toEqual({
      kind: 'unknown',
    });
  });
});
