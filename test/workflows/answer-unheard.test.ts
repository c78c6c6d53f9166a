import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { createSettlementClient } from '../../gateway/client.ts';
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

const notFiled = { kind: 'refused', refusal: { reason: 'not-filed' } };
/** What is told to who asks what became of it, and starts nothing. */
const askWhatBecame = ({ client }: TestSystem, request: SettlementRequest): Promise<unknown> =>
  createSettlementClient(client).result(request, 0);

it('a refusal that nobody heard is told to whoever asks after the execution is over', async () => {
  const request = await prepare(system.databases, aCase({ person: '51010000000000000015' }));
  await startUnheard(system, request);
  await resultOf(system, workflowIdOf(request));
  expect(await askWhatBecame(system, request)).toMatchObject({ answer: notFiled });
  const answer = await settleNow(system, request);
  expect(answer).toMatchObject(notFiled);
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
  expect(await askWhatBecame(other, request)).toMatchObject({ answer: notFiled });
  expect(await settleNow(other, request)).toMatchObject(notFiled);
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
