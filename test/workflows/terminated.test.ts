import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aGate } from '../db/steps.ts';
import { eventually } from '../patience.ts';
import { placeCode } from '../../domain/identifiers.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { reversalWorkflowId } from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { holding, untilBlocked } from './holding.ts';
import {
  aWish,
  closeMonth,
  markUncleared,
  repeatNow,
  resultOf,
  reverseNow,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
} from './scenarios.ts';
import { handsOn, known } from './windows.ts';

/**
 * Executions that are ended by hand, or whose history is lost, between two steps: whoever comes next by
 * the same message id takes up what was left, so that nothing stays posted that nobody works on.
 */

const [treating, insured] = [placeCode('500000'), placeCode('510000')];
let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('terminated');
});
afterAll(() => system.stop());

const aRequest = (person = '51010000000000000001'): Promise<SettlementRequest> =>
  prepare(system.databases, aCase({ person }));
const terminate = (request: SettlementRequest): Promise<unknown> =>
  system.client.workflow.getHandle(workflowIdOf(request)).terminate('a mistake');
const ended = (request: SettlementRequest): Promise<unknown> =>
  resultOf(system, workflowIdOf(request));

const numberOf = async (party: typeof treating, sql: string, value: string): Promise<unknown> => {
  const { rows } = await system.databases.place(party).query<{ n: string | null }>(sql, [value]);
  return rows[0]?.n ?? null;
};
/** By which settlement the batch is taken. */
const takenBy = ({ visit }: SettlementRequest): Promise<unknown> =>
  numberOf(treating, 'select settlement_id as n from fee_batch where visit_id = $1', visit);
const usedBy = ({ person }: SettlementRequest): Promise<unknown> =>
  numberOf(
    insured,
    'select coalesce(sum(value), 0.00)::text as n from accumulator where person = $1',
    person,
  );
const personOf = ({ person }: SettlementRequest) => ({
  party: insured,
  sql: 'select from person where id = $1 for update',
  values: [person],
});
const batchOf = ({ visit }: SettlementRequest) => ({
  party: treating,
  sql: 'select from fee_batch where visit_id = $1 for update',
  values: [visit],
});
/** Until the step that it waits for has failed. */
const untilFailing = (request: SettlementRequest): Promise<void> =>
  eventually(async () => {
    const { raw } = await system.client.workflow.getHandle(workflowIdOf(request)).describe();
    expect(raw.pendingActivities?.[0]?.lastFailure).toBeTruthy();
  });
const toldReversed = { kind: 'refused', refusal: { reason: 'request-reversed' } };

describe('terminated between the decision and its undo', () => {
  const sameWish = aWish();
  it.each([
    ['the request is repeated', repeatNow, toldReversed],
    [
      'the reversal is repeated by its own message id',
      (_: TestSystem, request: SettlementRequest) => reverseNow(system, request, sameWish),
      { kind: 'reversed' },
    ],
  ])('of a settlement that was reversed: its undo is taken up when %s', async (_, next, told) => {
    await system.serve();
    const request = await aRequest();
    const before = await usedBy(request);
    await settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'settled');
    await system.serve([treating]);
    const reversed = await reverseNow(system, request, sameWish);
    expect(reversed).toMatchObject({ kind: 'reversed' });
    await untilPhase(system, workflowIdOf(request), 'reversing');
    await terminate(request);
    expect(await next(system, request)).toMatchObject(told);
    await system.serve();
    expect(await ended(request)).toMatchObject({ phase: 'reversed', isReversed: true });
    expect([await takenBy(request), await usedBy(request)]).toEqual([null, before]);
    expect(await reverseNow(system, request)).toEqual(reversed);
  });

  it('of a settlement that was reversed after its month was cleared: a repeat takes the undo up', async () => {
    await system.serve();
    const request = await aRequest();
    const before = await usedBy(request);
    await settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'settled');
    await closeMonth(system, thisMonth());
    await ended(request);
    await system.serve([treating]);
    await reverseNow(system, request);
    const reversal = reversalWorkflowId(request);
    await untilPhase(system, reversal, 'reversing');
    await system.client.workflow.getHandle(reversal).terminate('a mistake');
    await repeatNow(system, request);
    await system.serve();
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    expect([await takenBy(request), await usedBy(request)]).toEqual([null, before]);
    await markUncleared(system);
  });

  it('of a request that was taken back in flight: a repeat has undone what a place did', async () => {
    await system.serve([treating]);
    const request = await aRequest();
    const answer = settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'calculation');
    expect(await reverseNow(system, request)).toEqual({ kind: 'not-settled' });
    await answer;
    await untilPhase(system, workflowIdOf(request), 'reversing');
    await terminate(request);
    expect(await repeatNow(system, request)).toMatchObject(toldReversed);
    await system.serve();
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    expect(await takenBy(request)).toBeNull();
  });

  it('of one that was not settled in time at the counter: the same', async () => {
    await system.serve([treating]);
    const request = { ...(await aRequest()), counter: { withinMs: 300 } };
    const answer = await settleNow(system, request);
    expect(answer).toMatchObject({ refusal: { reason: 'not-in-time', party: insured } });
    await untilPhase(system, workflowIdOf(request), 'reversing');
    await terminate(request);
    expect(await repeatNow(system, request)).toEqual(answer);
    await system.serve();
    expect(await ended(request)).toMatchObject({ phase: 'refused' });
    expect(await takenBy(request)).toBeNull();
  });
});

describe('terminated while the calculation ran, which is posted afterwards', () => {
  /** The attempt outlives its execution: the place has posted, and nobody works on it. */
  const postedUnseen = async (): Promise<{ request: SettlementRequest; before: unknown }> => {
    await system.serve();
    const request = await aRequest();
    const before = await usedBy(request);
    await holding(system, personOf(request), async () => {
      settleNow(system, request).catch(() => undefined);
      await untilBlocked(system, insured);
      await terminate(request);
    });
    await eventually(async () => {
      expect(await usedBy(request)).not.toBe(before);
    });
    return { request, before };
  };

  it('a repeat settles it, also when the registry would not find it eligible any more', async () => {
    const { request } = await postedUnseen();
    const { centre } = system.databases;
    await centre.query('alter table qualification rename to lost');
    await centre.query('create table qualification as select * from lost where false');
    const answer = await repeatNow(system, request);
    await centre.query('drop table qualification');
    await centre.query('alter table lost rename to qualification');
    expect(answer).toMatchObject({ kind: 'settled' });
    await reverseNow(system, request);
    await ended(request);
  });

  it('who takes it back by its message id alone has it undone', async () => {
    const { request, before } = await postedUnseen();
    expect(await reverseNow(system, request)).toEqual({ kind: 'not-settled' });
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    expect([await takenBy(request), await usedBy(request)]).toEqual([null, before]);
  });
});

describe('a refusal that came after the split', () => {
  const suspended = '51010000000000000020';
  const refused = { kind: 'refused', refusal: { reason: 'benefit-suspended' } };
  const untilToBeCancelled = (request: SettlementRequest): Promise<void> =>
    eventually(async () => {
      const { raw } = await system.client.workflow.getHandle(workflowIdOf(request)).describe();
      expect(raw.pendingActivities?.[0]?.state).toBe(3); // PENDING_ACTIVITY_STATE_CANCEL_REQUESTED
    });

  it('stays that when somebody who names another person wants it taken back while the batch is freed', async () => {
    await system.serve();
    const request = await aRequest(suspended);
    let answer: Promise<unknown> = Promise.resolve();
    let taken: Promise<unknown> = Promise.resolve();
    const gate = aGate();
    const calculating = holding(system, personOf(request), () => {
      answer = settleNow(system, request);
      return gate.passed;
    });
    await untilBlocked(system, insured);
    await holding(system, batchOf(request), async () => {
      gate.open();
      await calculating;
      await untilBlocked(system, treating);
      const person = 'another' as SettlementRequest['person'];
      taken = reverseNow(system, request, { ...aWish(), person });
      await untilToBeCancelled(request);
    });
    expect(await taken).toMatchObject({ refusal: { reason: 'reversal-person-differs' } });
    expect(await answer).toMatchObject(refused);
    expect(await ended(request)).toMatchObject({ phase: 'refused' });
    expect(await takenBy(request)).toBeNull();
  });

  it('terminated while the centre is closed: a repeat gets the same refusal, and the batch is free', async () => {
    await system.serve();
    const hands = handsOn(system);
    const request = await aRequest(suspended);
    await holding(system, personOf(request), async () => {
      settleNow(system, request).catch(() => undefined);
      await untilBlocked(system, insured);
      await hands.close({ party: 'centre' });
      await known();
    });
    await eventually(async () => {
      const { waitsFor } = await untilPhase(system, workflowIdOf(request), 'refusing');
      expect(waitsFor).toMatchObject({ party: 'centre' });
    });
    await terminate(request);
    await hands.clear();
    expect(await repeatNow(system, request)).toMatchObject(refused);
    expect(await ended(request)).toMatchObject({ phase: 'refused' });
    expect(await takenBy(request)).toBeNull();
  });

  it('terminated before its batch is free: a repeat, or who takes it back, has it freed', async () => {
    await system.serve();
    for (const next of [repeatNow, reverseNow]) {
      const request = await aRequest(suspended);
      const gate = aGate();
      const calculating = holding(system, personOf(request), () => {
        settleNow(system, request).catch(() => undefined);
        return gate.passed;
      });
      await untilBlocked(system, insured);
      await system.databases.place(treating).query('alter table fee_batch rename to gone');
      gate.open();
      await calculating;
      await untilFailing(request);
      await terminate(request);
      await system.databases.place(treating).query('alter table gone rename to fee_batch');
      await next(system, request);
      await ended(request);
      expect(await takenBy(request)).toBeNull();
    }
  });
});
