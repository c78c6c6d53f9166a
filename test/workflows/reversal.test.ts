import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { patientMs } from '../patience.ts';
import { createSettlementClient } from '../../gateway/client.ts';
import { messageId, placeCode } from '../../domain/identifiers.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { reversalWorkflowId, reverseSignal } from '../../workflows/contracts.ts';
import { aCase, nextMessage, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { refusedWhenForgotten } from './reversal-scenarios.ts';
import { holding, untilBlocked } from './holding.ts';
import {
  aWish,
  closeMonth,
  reverseNow,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
} from './scenarios.ts';

let system: TestSystem;
const treating = placeCode('500000');
const insured = placeCode('510000');
beforeAll(async () => {
  system = await createSystem('reversal');
});
afterAll(() => system.stop());

afterEach(async () => {
  await system.databases.centre.query('truncate statement_item, statement, clearing_month');
});

const takeBack = (request: Pick<SettlementRequest, 'institution' | 'messageId'>) =>
  reverseNow(system, request);

/** Everything that a settlement of this person and place leaves behind, in all parties. */
async function traces(request: SettlementRequest) {
  const { databases } = system;
  const number = async (party: 'centre' | '500000' | '510000', sql: string, value: string) => {
    const database = party === 'centre' ? databases.centre : databases.place(party);
    const { rows } = await database.query<{ n: string | null }>(sql, [value]);
    return rows[0]?.n ?? null;
  };
  return {
    owed: await number(
      'centre',
      `select coalesce(sum(amount), 0.00)::text as n from ledger_posting p join ledger_entry e on e.id = p.entry_id
       where account like '%receivable' and settlement_id =
         (select settlement_id from request where message_id = $1)`,
      request.messageId,
    ),
    frozenBy: await number(
      '500000',
      'select settlement_id as n from fee_batch where visit_id = $1',
      request.visit,
    ),
    used: await number(
      '510000',
      'select coalesce(sum(value), 0.00)::text as n from accumulator where person = $1',
      request.person,
    ),
  };
}
const usedBy = async (person: string): Promise<string> => {
  const { rows } = await system.databases
    .place('510000')
    .query<{ n: string }>(
      'select coalesce(sum(value), 0.00)::text as n from accumulator where person = $1',
      [person],
    );
  return rows[0]?.n ?? '';
};

const phaseOf = (
  request: SettlementRequest,
  phase: 'split' | 'calculation' | 'settled' | 'reversed' | 'recording' | 'reversing',
) => untilPhase(system, workflowIdOf(request), phase);
const ended = (request: SettlementRequest): Promise<unknown> =>
  system.client.workflow.getHandle(workflowIdOf(request)).result();

const notSettled = { kind: 'not-settled' };
const toldReversed = { kind: 'refused', refusal: { reason: 'request-reversed' } };

describe('a request that is taken back', () => {
  it('before it arrives: the late request is refused, nothing is posted', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    const before = await usedBy(request.person);
    expect(await takeBack(request)).toEqual(notSettled);
    expect(await settleNow(system, request)).toMatchObject(toldReversed);
    expect(await traces(request)).toEqual({ owed: '0.00', frozenBy: null, used: before });
  });

  it('while the split waits for its place: never settled, and the batch can be settled anew', async () => {
    await system.serve([insured]);
    const request = await prepare(system.databases, aCase());
    const answer = settleNow(system, request);
    await phaseOf(request, 'split');
    expect(await takeBack(request)).toEqual(notSettled);
    expect(await answer).toMatchObject(toldReversed);
    await system.serve();
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    const again = { ...request, messageId: messageId(nextMessage()) };
    expect(await settleNow(system, again)).toMatchObject({ kind: 'settled' });
    await takeBack(again);
    await ended(again);
  });

  it('while the split runs: its outcome is awaited, then the batch is free', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    let answer: Promise<unknown> = Promise.resolve();
    let taken: Promise<unknown> = Promise.resolve();
    const batch = 'select from fee_batch where visit_id = $1 for update';
    await holding(system, { party: '500000', sql: batch, values: [request.visit] }, async () => {
      answer = settleNow(system, request);
      await untilBlocked(system, '500000');
      taken = takeBack(request);
      await phaseOf(request, 'split');
    });
    expect(await taken).toEqual(notSettled);
    expect(await answer).toMatchObject(toldReversed);
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    expect((await traces(request)).frozenBy).toBeNull();
  });

  it('while the calculation runs: its outcome is made certain, then undone', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    const before = await usedBy(request.person);
    let answer: Promise<unknown> = Promise.resolve();
    let taken: Promise<unknown> = Promise.resolve();
    const person = 'select from person where id = $1 for update';
    await holding(system, { party: '510000', sql: person, values: [request.person] }, async () => {
      answer = settleNow(system, request);
      await untilBlocked(system, '510000');
      taken = takeBack(request);
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    expect(await taken).toEqual(notSettled);
    expect(await answer).toMatchObject(toldReversed);
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    expect(await traces(request)).toEqual({ owed: '0.00', frozenBy: null, used: before });
  });

  it('while the calculation waits for its place: answered at once, and the undo rides through', async () => {
    await system.serve([treating]);
    const request = await prepare(system.databases, aCase());
    const before = await usedBy(request.person);
    const answer = settleNow(system, request);
    await phaseOf(request, 'calculation');
    expect(await takeBack(request)).toEqual(notSettled);
    expect(await answer).toMatchObject(toldReversed);
    await phaseOf(request, 'reversing');
    await system.serve();
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    expect(await traces(request)).toEqual({ owed: '0.00', frozenBy: null, used: before });
  });

  it('after its result: amounts mirrored under an id of its own, everything restored, settled anew alike', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    const before = await usedBy(request.person);
    const settled = await settleNow(system, request);
    if (settled.kind !== 'settled') throw new Error(settled.kind);
    await phaseOf(request, 'settled');
    const answer = await takeBack(request);
    if (answer.kind !== 'reversed') throw new Error(answer.kind);
    const { reversal } = answer;
    expect(reversal.settlementId).toBe(settled.result.settlementId);
    expect(reversal.reversalId).not.toBe(settled.result.settlementId);
    expect(reversal.totals.total).toBe('-320.00');
    const { benefit } = settled.result.calculation;
    expect(reversal.benefit.fundTotal).toBe(`-${benefit.fundTotal}`.replace('-0.00', '0.00'));
    expect(reversal.benefit.cash).toBe(`-${benefit.cash}`);
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    expect(await traces(request)).toEqual({ owed: '0.00', frozenBy: null, used: before });
    const again = { ...request, messageId: messageId(nextMessage()) };
    const anew = await settleNow(system, again);
    if (anew.kind !== 'settled') throw new Error(anew.kind);
    expect(anew.result.calculation.benefit).toEqual(benefit);
    expect(anew.result.calculation.accumulators).toEqual(settled.result.calculation.accumulators);
    await takeBack(again);
    await ended(again);
  });

  it('a second time, open or over, gets the first answer and no second ledger entry', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    await settleNow(system, request);
    await phaseOf(request, 'settled');
    const [one, two] = await Promise.all([takeBack(request), takeBack(request)]);
    expect(two).toEqual(one);
    await ended(request);
    expect(await takeBack(request)).toEqual(one);
    const { rows } = await system.databases.centre.query(
      `select kind from ledger_entry where settlement_id =
         (select settlement_id from request where message_id = $1) order by entry_no`,
      [request.messageId],
    );
    expect(rows).toEqual([{ kind: 'settlement' }, { kind: 'reversal' }]);
  });

  it('by an operator’s signal without words', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    await settleNow(system, request);
    await phaseOf(request, 'settled');
    await system.client.workflow.getHandle(workflowIdOf(request)).signal(reverseSignal);
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    const { rows } = await system.databases.centre.query(
      `select asked_by from reversal where settlement_id =
         (select settlement_id from request where message_id = $1)`,
      [request.messageId],
    );
    expect(rows).toEqual([{ asked_by: 'operator' }]);
  });

  it('after the month was cleared: a negative settlement that waits for the next month', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    const before = await usedBy(request.person);
    await settleNow(system, request);
    await phaseOf(request, 'settled');
    await closeMonth(system, thisMonth());
    expect(await ended(request)).toMatchObject({ phase: 'cleared' });
    const answer = await takeBack(request);
    expect(answer).toMatchObject({ kind: 'reversed' });
    const { institution, messageId: message } = request;
    const workflowId = reversalWorkflowId({ institution, messageId: message });
    await untilPhase(system, workflowId, 'reversed');
    expect(await traces(request)).toEqual({ owed: '0.00', frozenBy: null, used: before });
    const { rows } = await system.databases.centre.query(
      `select i.entry_id is null as open from ledger_entry e left join statement_item i on i.entry_id = e.id
       where kind = 'reversal' and settlement_id =
         (select settlement_id from request where message_id = $1)`,
      [request.messageId],
    );
    expect(rows).toEqual([{ open: true }]);
    const next = `${Number(thisMonth().slice(0, 4)) + 1}-01`;
    await system.client.workflow.getHandle(workflowId).signal('cleared', { month: next });
    const result: unknown = await system.client.workflow.getHandle(workflowId).result();
    expect(result).toMatchObject({ phase: 'reversed', month: next });
  });

  it('asked for again after both were cleared together: the same answer, and nothing waits for a clearing', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    await settleNow(system, request);
    const answer = await takeBack(request);
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    await closeMonth(system, thisMonth());
    expect(await takeBack(request)).toEqual(answer);
    const { workflow } = system.client;
    const again: unknown = await workflow.getHandle(reversalWorkflowId(request)).result();
    expect(again).toMatchObject({ phase: 'reversed' });
  });

  it('of another year is refused, and the settlement goes on to its clearing', async () => {
    await system.serve();
    const visitedOn = `${Number(thisMonth().slice(0, 4)) - 1}-12-30`;
    const request = await prepare(system.databases, aCase({ visitedOn }));
    await settleNow(system, request);
    await phaseOf(request, 'settled');
    const refusal = { reason: 'reversal-crosses-year', on: visitedOn };
    expect(await takeBack(request)).toEqual({ kind: 'refused', refusal });
    await phaseOf(request, 'settled');
    await closeMonth(system, thisMonth());
    expect(await ended(request)).toMatchObject({ phase: 'cleared' });
  });

  it('by someone who names another person is refused, and nothing is disturbed', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    const settled = await settleNow(system, request);
    await phaseOf(request, 'settled');
    const other = { ...aWish(), person: 'another' as SettlementRequest['person'] };
    const client = createSettlementClient(system.client);
    const { institution, messageId: message } = request;
    const outcome = await client.reverse({ institution, messageId: message }, other, patientMs);
    expect(outcome).toMatchObject({
      answer: { kind: 'refused', refusal: { reason: 'reversal-person-differs' } },
    });
    expect(await settleNow(system, request)).toEqual(settled);
    await takeBack(request);
    await ended(request);
  });

  it('when it has stopped at a broken invariant', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    const database = system.databases.place('500000');
    await database.query('create table lost as select * from catalogue_item');
    await database.query(`delete from catalogue_item where code = 'XC09CAX002A001010199002'`);
    const answer = settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'stopped');
    expect(await takeBack(request)).toEqual(notSettled);
    expect(await answer).toMatchObject(toldReversed);
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    await database.query('insert into catalogue_item select * from lost on conflict do nothing');
    await database.query('drop table lost');
  });

  it('after its history was lost: the same request is told that it was reversed', async () => {
    await system.serve();
    const request = await prepare(system.databases, aCase());
    await settleNow(system, request);
    await phaseOf(request, 'settled');
    await takeBack(request);
    await ended(request);
    await system.rest();
    const forgetful = await createSystem('reversal-forgotten', system.databases);
    await forgetful.startWorkers();
    expect(await settleNow(forgetful, request)).toMatchObject(toldReversed);
    await forgetful.stop();
  });

  it('refused after its history was lost: it stands, and waits for its clearing', async () => {
    await system.serve();
    const { result } = await refusedWhenForgotten(system);
    expect(result).toMatchObject({ phase: 'cleared', isReversed: false });
  });
});
