import { afterAll, beforeAll, expect, it } from 'vitest';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { holding, untilBlocked } from './holding.ts';
import { resultOf, reverseNow, settleNow, workflowIdOf } from './scenarios.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('reversed-while-failing');
  await system.startWorkers();
});
afterAll(() => system.stop());

/** The server has heard that the step is to be cancelled. */
const untilCancelled = (workflowId: string): Promise<void> =>
  expect
    .poll(
      async () => {
        const { raw } = await system.client.workflow.getHandle(workflowId).describe();
        return raw.pendingActivities?.[0]?.state;
      },
      { timeout: 10_000 },
    )
    .toBe(3); // PENDING_ACTIVITY_STATE_CANCEL_REQUESTED

// The server tries a step that is to be cancelled no more: its last failure is its end.
it('a step that fails while it is being taken back is undone, and the execution ends as reversed', async () => {
  const request = await prepare(system.databases, aCase());
  const person = 'select from person where id = $1 for update';
  let told: Promise<unknown> = Promise.resolve();
  let taken: Promise<unknown> = Promise.resolve();
  await holding(system, { party: '510000', sql: person, values: [request.person] }, async () => {
    told = settleNow(system, request);
    await untilBlocked(system, '510000');
    taken = reverseNow(system, request);
    await untilCancelled(workflowIdOf(request));
    await system.databases.place('510000').query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(await taken).toEqual({ kind: 'not-settled' });
  });
  expect(await told).toMatchObject({ kind: 'refused', refusal: { reason: 'request-reversed' } });
  expect(await resultOf(system, workflowIdOf(request))).toMatchObject({ phase: 'reversed' });
});
