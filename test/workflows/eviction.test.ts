import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { aCase, prepare } from '../requests.ts';
import type { Remembering } from '../../workers/build.ts';
import { faultsOfLived, type Lived } from '../random/histories.ts';
import { createSystem, type TestSystem } from '../system.ts';
import {
  closeMonth,
  markUncleared,
  resultOf,
  reverseNow,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
} from './scenarios.ts';

/**
 * A settlement lives for weeks, so that every worker has long forgotten it when it is reversed or
 * cleared: what it then does is read from its history.
 */

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('eviction');
});
afterAll(() => system.stop());

async function livedOf(request: SettlementRequest): Promise<Lived> {
  const workflowId = workflowIdOf(request);
  const history = await system.client.workflow.getHandle(workflowId).fetchHistory();
  return { workflowId, history };
}

// A smaller cache with several at once stalls with local activities: a defect of the SDK, seen in 1.24.
const workers: [string, number, Remembering][] = [
  ['nothing, one at a time', 5, { maxCachedWorkflows: 0, maxConcurrentWorkflowTaskExecutions: 1 }],
  ['four, two at once', 8, { maxCachedWorkflows: 4, maxConcurrentWorkflowTaskExecutions: 2 }],
];

describe.each(workers)('a worker that remembers %s', (_, count, remembering) => {
  it('settles, reverses and clears settlements that it has forgotten', async () => {
    const running = await system.startWorkers(undefined, remembering);
    try {
      const requests = await Promise.all(
        Array.from({ length: count }, () => prepare(system.databases, aCase())),
      );
      const answers = await Promise.all(requests.map((request) => settleNow(system, request)));
      expect(answers.map(({ kind }) => kind)).toEqual(requests.map(() => 'settled'));
      const [taken, ...kept] = requests;
      if (!taken) throw new Error('no request');
      expect(await reverseNow(system, taken)).toMatchObject({ kind: 'reversed' });
      for (const request of kept) await untilPhase(system, workflowIdOf(request), 'settled');
      expect(await closeMonth(system, thisMonth())).toMatchObject({ ok: true });
      await markUncleared(system);
      for (const request of kept) {
        expect(await resultOf(system, workflowIdOf(request))).toMatchObject({ phase: 'cleared' });
      }
      expect(await resultOf(system, workflowIdOf(taken))).toMatchObject({ phase: 'reversed' });
      expect(await faultsOfLived(await Promise.all(requests.map(livedOf)))).toEqual([]);
    } finally {
      await running.stop();
    }
  });
});
