import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reversalActivities } from '../../activities/reversal.ts';
import { closeMonth } from '../../db/statements.ts';
import { monthBefore, monthOf, type Day, type Month } from '../../domain/calendar.ts';
import { messageId, personId, type SettlementId } from '../../domain/identifiers.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { nextMessage, today } from '../requests.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import {
  aRecording,
  aRequest,
  claimOf,
  countOf,
  partiesOf,
  rowsOf,
  sqlState,
  untilWaiting,
} from './steps.ts';

let databases: Databases;
let parties: ReturnType<typeof partiesOf>;
let reversals: ReturnType<typeof reversalActivities>;
beforeAll(async () => {
  databases = await cloneDatabases('reversal');
  parties = partiesOf(databases);
  reversals = reversalActivities({ database: databases.centre });
});
afterAll(() => databases.drop());

const orderFor = ({ institution, messageId: of }: SettlementRequest) => ({
  request: { institution, messageId: of },
  workflowId: `settlement/${institution}/${of}`,
  by: 'hospital' as const,
  messageId: messageId(nextMessage()),
  person: null,
  why: null,
});
const aClaimed = async () => {
  const request = aRequest({ visitedOn: thisYearsDay() });
  return { request, recording: aRecording(await claimOf(databases, request)) };
};
const thisYearsDay = () =>
  `${new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 4)}-01-02` as SettlementRequest['visitedOn'];
const owed = async (settlement: SettlementId): Promise<unknown> => {
  const [row] = await rowsOf(
    databases.centre,
    `select coalesce(sum(amount), 0.00)::text as owed, count(distinct e.id)::int as entries
     from ledger_posting p join ledger_entry e on e.id = p.entry_id
     where account like '%receivable' and settlement_id = $1`,
    [settlement],
  );
  return row;
};

describe('the decision to take a request back', () => {
  it('against a record that hangs: either order leaves nothing owed, and one answer', async () => {
    const { request, recording } = await aClaimed();
    await parties.centre.record((await aClaimed()).recording); // the pair's chain is there
    const holder = await databases.centre.connect();
    await holder.query('begin');
    await holder.query('select from ledger_chain for update');
    const recorded = parties.centre.record(recording).catch((error: unknown) => error);
    const decided = reversals
      .decideReversal(orderFor(request))
      .catch(() => reversals.decideReversal(orderFor(request)));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await holder.query('rollback');
    holder.release();
    const [, decision] = await Promise.all([recorded, decided]);
    expect(['reversed', 'not-settled']).toContain(decision.answer.kind);
    expect(decision.settled).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'request-reversed' },
    });
    expect(await owed(recording.settlementId)).toMatchObject({ owed: '0.00' });
    expect(await parties.centre.record(recording).catch(() => 'refused')).not.toBeUndefined();
    expect(await owed(recording.settlementId)).toMatchObject({ owed: '0.00' });
  });

  it('voids a record that never came: it posts nothing when it does', async () => {
    const { request, recording } = await aClaimed();
    const decision = await reversals.decideReversal(orderFor(request));
    expect(decision).toMatchObject({ answer: { kind: 'not-settled' }, undo: true });
    expect(await parties.centre.record(recording)).toEqual({ voided: true });
    expect(await owed(recording.settlementId)).toEqual({ owed: '0.00', entries: 0 });
    // The local activity may have to run again: what is to be undone is still told.
    expect(await reversals.decideReversal(orderFor(request))).toEqual(decision);
  });

  it('writes one reversal that mirrors the settlement, for ever', async () => {
    const { request, recording } = await aClaimed();
    await parties.centre.record(recording);
    const [one, two] = await Promise.all([
      reversals.decideReversal(orderFor(request)),
      reversals.decideReversal(orderFor(request)),
    ]);
    expect(two).toEqual(one);
    expect(await owed(recording.settlementId)).toEqual({ owed: '0.00', entries: 2 });
    const change = databases.centre.query('update reversal set total = 0');
    expect(await sqlState(change)).toBe('23001');
  });

  it('is refused by the database when the amounts are not the settlement’s', async () => {
    const { recording } = await aClaimed();
    await parties.centre.record(recording);
    const other = databases.centre.query(
      `insert into reversal (id, settlement_id, workflow_id, asked_by, total, fund_total,
         personal_account, cash, hospital_share, result)
       values ('R1', $1, 'w', 'operator', -1, -1, 0, 0, 0, '{}')`,
      [recording.settlementId],
    );
    expect(await sqlState(other)).toBe('23514');
  });

  it('after a clearing tells only who made the reversal to wait for the next, and only until that', async () => {
    const { request, recording } = await aClaimed();
    await parties.centre.record(recording);
    const [month, next] = [monthOf(today() as Day), '2999-12' as Month];
    const order = orderFor(request);
    const waitsPast = async (workflowId: string): Promise<Month | null> =>
      (await reversals.decideReversal({ ...order, workflowId })).clearedIn;
    await closeMonth(databases.centre, month);
    expect(await waitsPast('its maker')).toBe(month);
    expect(await waitsPast('its maker')).toBe(month);
    expect(await waitsPast('somebody later')).toBeNull();
    await closeMonth(databases.centre, next);
    expect(await waitsPast('its maker')).toBeNull();
  });

  it('of a settlement of a month that is over and not cleared yet waits for a later one', async () => {
    const { request, recording } = await aClaimed();
    await parties.centre.record(recording);
    const lastMonth = monthBefore(monthOf(today() as Day));
    await databases.centre.query(
      `update request set answer = jsonb_set(answer, '{result,recordedAt}', to_jsonb($2::text))
       where settlement_id = $1`,
      [recording.settlementId, `${lastMonth}-15T08:00:00.000000Z`],
    );
    const decision = await reversals.decideReversal(orderFor(request));
    expect(decision).toMatchObject({ answer: { kind: 'reversed' }, clearedIn: lastMonth });
    expect(await reversals.decideReversal(orderFor(request))).toEqual(decision);
  });

  it('while the month is being cut waits for the cut, and then for a later month', async () => {
    const { request, recording } = await aClaimed();
    await parties.centre.record(recording);
    const [month, { centre }] = ['2999-11' as Month, databases];
    const holder = await centre.connect();
    await holder.query('begin');
    await holder.query('lock table statement in exclusive mode');
    const closed = closeMonth(centre, month);
    await untilWaiting(centre, 1);
    const decided = reversals.decideReversal(orderFor(request));
    await Promise.race([decided, untilWaiting(centre, 2)]);
    await holder.query('rollback');
    holder.release();
    await closed;
    expect((await decided).clearedIn).toBe(month);
  });

  it('refused before the request was claimed leaves it unclaimed: what is claimed is eligible', async () => {
    const request = aRequest({ person: personId('51010000000000000011') }); // not qualified
    const person = personId('51010000000000000012');
    const decision = await reversals.decideReversal({ ...orderFor(request), request, person });
    expect(decision.answer).toMatchObject({ refusal: { reason: 'reversal-person-differs' } });
    expect(await parties.centre.claim(request)).toMatchObject({
      answer: { refusal: { reason: 'not-qualified' } },
    });
  });

  it('keeps the place of a request that has not arrived, without a body', async () => {
    const request = aRequest();
    const decision = await reversals.decideReversal(orderFor(request));
    expect(decision).toMatchObject({ answer: { kind: 'not-settled' }, request: null, undo: false });
    expect(await parties.centre.claim(request)).toMatchObject({
      kind: 'answered',
      answer: { kind: 'refused', refusal: { reason: 'request-reversed' } },
    });
    expect(
      await countOf(databases.centre, `request where message_id = $1 and state = 'void'`, [
        request.messageId,
      ]),
    ).toBe(1);
  });
});
