import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { resultOf, reverseNow, settleNow, workflowIdOf } from './scenarios.ts';
import { reverseSignal } from '../../workflows/contracts.ts';

/** A request and its 2601 that meet before anybody has worked on either. */

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('reversed-first');
});
afterAll(() => system.stop());

const told = { kind: 'refused', refusal: { reason: 'request-reversed' } };
const untilBegun = (workflowId: string): Promise<void> =>
  expect
    .poll(() =>
      system.client.workflow
        .getHandle(workflowId)
        .describe()
        .then(
          () => true,
          () => false,
        ),
    )
    .toBe(true);

it('a request that joins the execution of its 2601 is told so, and the execution ends', async () => {
  const request = await prepare(system.databases, aCase());
  const taken = reverseNow(system, request);
  await untilBegun(workflowIdOf(request));
  const answer = settleNow(system, request);
  const workers = await system.startWorkers();
  expect(await taken).toEqual({ kind: 'not-settled' });
  expect(await answer).toMatchObject({ ...told, digest: request.digest });
  expect(await resultOf(system, workflowIdOf(request))).toMatchObject({ phase: 'reversed' });
  expect(await settleNow(system, request)).toEqual(await answer);
  await workers.stop();
});

it('a request whose operator takes it back before its first step is told so, and the execution ends', async () => {
  const request = await prepare(system.databases, aCase());
  const answer = settleNow(system, request);
  await untilBegun(workflowIdOf(request));
  await system.client.workflow.getHandle(workflowIdOf(request)).signal(reverseSignal);
  const workers = await system.startWorkers();
  expect(await answer).toMatchObject(told);
  expect(await resultOf(system, workflowIdOf(request))).toMatchObject({ phase: 'reversed' });
  await workers.stop();
});
