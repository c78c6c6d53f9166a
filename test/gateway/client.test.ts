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
import { instant } from '../../domain/maintenance.ts';
import {
  diseaseCode,
  institutionCode,
  messageId,
  personId,
  placeCode,
  regionCode,
} from '../../domain/identifiers.ts';
import { createSettlementClient } from '../../gateway/client.ts';
import type {
  SettleAnswer,
  SettlementRequest,
  SettlementStatus,
} from '../../workflows/contracts.ts';
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
    expect(deadline - before).toBeGreaterThanOrEqual(8000);
    expect(deadline - before).toBeLessThan(9000);
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

  test('asks once more when the task that carried the update failed', async () => {
    const failed = Object.assign(new Error('9 FAILED_PRECONDITION'), {
      code: 9,
      details: 'Update-with-Start could not be executed.',
      metadata: {},
    });
    const answers = [() => Promise.reject(failed), () => settled('d1')];
    const { client, asked } = temporal(() => answers.shift()!() as SettleAnswer);
    const outcome = await createSettlementClient(client).settle(request, 8000);
    expect(outcome).toEqual({ kind: 'answered', answer: settled('d1') });
    expect(asked.map(({ updateId }) => updateId)).toEqual(['settle', 'settle']);
    const never = temporal(() => {
      throw failed;
    });
    const why = await createSettlementClient(never.client).settle(request, 8000);
    expect(why).toMatchObject({ kind: 'undetermined', why: 'unreachable' });
    expect(never.asked).toHaveLength(2);
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

describe('a settlement that has no answer yet', () => {
  /** A Temporal client whose execution runs, at the calculation, and answers nobody. */
  const running = (now: Partial<SettlementStatus>): Client => {
    const { client } = temporal(() => settled('d1'));
    const nothing = new Promise<never>(() => undefined);
    const handle = {
      query: () => Promise.resolve({ waitsFor: null, ...now }),
      describe: () => Promise.resolve({ status: { name: 'RUNNING' }, raw: {} }),
    };
    return Object.assign(client, {
      workflow: { executeUpdateWithStart: () => nothing, getHandle: () => handle },
    });
  };
  const progress = { phase: 'calculation', party: 'centre', until: null, message: null };
  const waits = running({ phase: 'calculation', atCounter: false });

  test('is pending for who waits, after three quarters of the time', async () => {
    const outcome = await createSettlementClient(waits).settle(request, 200, 'wait');
    expect(outcome).toEqual({ kind: 'pending', progress });
  });

  test('is pending also for who does not wait, where it was begun by one who does', async () => {
    const outcome = await createSettlementClient(waits).settle(request, 200, 'refuse');
    expect(outcome).toEqual({ kind: 'pending', progress });
  });

  test.each([
    ['will be decided, since somebody waits at the counter', 'calculation', true],
    ['is being taken back', 'reversing', false],
  ] as const)('is undetermined for who does not wait, where it %s', async (_, phase, atCounter) => {
    const settlements = createSettlementClient(running({ phase, atCounter }));
    expect(await settlements.settle(request, 200, 'refuse')).toMatchObject({
      kind: 'undetermined',
      why: 'deadline',
    });
  });

  test('and waits for the centre is pending until the centre said', async () => {
    const until = instant('2099-01-01T00:00:00.000Z');
    const phase = 'eligibility';
    const client = running({ phase, waitsFor: { party: 'centre', until }, atCounter: false });
    expect(await createSettlementClient(client).settle(request, 200, 'wait')).toEqual({
      kind: 'pending',
      progress: { phase, party: 'centre', until, message: '' },
    });
  });

  test('is pending at once when waiting is of no more use', async () => {
    const enough = AbortSignal.timeout(20);
    const settlements = createSettlementClient(waits);
    expect(await settlements.settle(request, 600_000, 'wait', enough)).toMatchObject({
      kind: 'pending',
    });
  });
});
