import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { centreQueue, reverseSignal } from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import {
  closeMonth,
  resultOf,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
} from './scenarios.ts';

/** What a gateway leaves behind that dies between the start and the question for the answer. */

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('answer-unheard');
  await system.startWorkers();
});
afterAll(() => system.stop());

const startUnheard = ({ client }: TestSystem, request: SettlementRequest): Promise<unknown> =>
  client.workflow.start('settlement', {
    workflowId: workflowIdOf(request),
    taskQueue: centreQueue,
    args: [request],
  });

it('a refusal that nobody heard is told to whoever asks after the execution is over', async () => {
  const request = await prepare(system.databases, aCase({ person: '51010000000000000015' }));
  await startUnheard(system, request);
  await resultOf(system, workflowIdOf(request));
  const answer = await settleNow(system, request);
  expect(answer).toMatchObject({ kind: 'refused', refusal: { reason: 'not-filed' } });
  expect(await settleNow(system, request)).toEqual(answer);
});

it('a refusal that was taken back before anybody heard it stays that refusal', async () => {
  const request = await prepare(system.databases, aCase({ person: '51010000000000000015' }));
  await startUnheard(system, request);
  await resultOf(system, workflowIdOf(request));
  // A Temporal that does not know yet what the centre has answered.
  const other = await createSystem('answer-unknown', system.databases);
  await startUnheard(other, request);
  await other.client.workflow.getHandle(workflowIdOf(request)).signal(reverseSignal);
  await other.startWorkers();
  expect(await resultOf(other, workflowIdOf(request))).toMatchObject({ phase: 'reversed' });
  const answer = await settleNow(other, request);
  expect(answer).toMatchObject({ kind: 'refused', refusal: { reason: 'not-filed' } });
  await other.stop();
});

it('a result that nobody heard is told after it was cleared, and is in the ledger once', async () => {
  const request = await prepare(system.databases, aCase());
  await startUnheard(system, request);
  await untilPhase(system, workflowIdOf(request), 'settled');
  await closeMonth(system, thisMonth());
  await resultOf(system, workflowIdOf(request));
  const answer = await settleNow(system, request);
  const { rows } = await system.databases.centre.query<{ answer: unknown; entries: number }>(
    `select answer, (select count(*)::int from ledger_entry e where e.settlement_id = r.settlement_id)
       as entries
     from request r where message_id = $1`,
    [request.messageId],
  );
  expect(rows).toEqual([{ answer, entries: 1 }]);
  expect(answer.kind).toBe('settled');
  expect(await resultOf(system, workflowIdOf(request))).toMatchObject({ phase: 'cleared' });
});
