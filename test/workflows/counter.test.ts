import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyness, patientMs } from '../patience.ts';
import { messageId, placeCode } from '../../domain/identifiers.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { aCase, nextMessage, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { paceOf, settleNow, untilPhase, workflowIdOf } from './scenarios.ts';

let system: TestSystem;
const treating = placeCode('500000');
const insured = placeCode('510000');
beforeAll(async () => {
  system = await createSystem('counter');
});
afterAll(() => system.stop());

const atCounter = async (withinMs: number): Promise<SettlementRequest> => ({
  ...(await prepare(system.databases, aCase())),
  counter: { withinMs },
});
const silent = (party: typeof treating) => ({
  kind: 'refused',
  refusal: { reason: 'not-in-time', party, until: null, message: null },
});
const ended = (request: SettlementRequest): Promise<unknown> =>
  system.client.workflow.getHandle(workflowIdOf(request)).result();
const startedAt = async (request: SettlementRequest): Promise<number> => {
  const { events } = await system.client.workflow.getHandle(workflowIdOf(request)).fetchHistory();
  const scheduled = events?.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityId === 'calculate',
  );
  const started = events?.find(({ activityTaskStartedEventAttributes: of }) =>
    of?.scheduledEventId?.eq(scheduled?.eventId ?? 0),
  );
  const { seconds, nanos } = started?.eventTime ?? {};
  return Number(seconds) * 1000 + Number(nanos) / 1_000_000;
};
const usedBy = async (person: string): Promise<unknown> => {
  const { rows } = await system.databases
    .place('510000')
    .query('select coalesce(sum(value), 0.00)::text as used from accumulator where person = $1', [
      person,
    ]);
  return rows[0];
};

describe('a settlement that somebody waits for at the counter', () => {
  it('is settled when everybody answers in time', async () => {
    await system.serve();
    expect(await settleNow(system, await atCounter(patientMs))).toMatchObject({ kind: 'settled' });
  });

  it('is served before a backlog that nobody waits for, though it came last', async () => {
    await system.serve([treating]);
    const come = async (request: SettlementRequest): Promise<SettlementRequest> => {
      answers.push(settleNow(system, request));
      await untilPhase(system, workflowIdOf(request), 'calculation');
      return request;
    };
    const answers: Promise<unknown>[] = [];
    const backlog: SettlementRequest[] = [];
    for (let no = 0; no < 8; no += 1) {
      backlog.push(await come(await prepare(system.databases, aCase())));
    }
    const last = await come(await atCounter(patientMs));
    const slow = await system.startPlaces([insured], { stepsAtOnce: 1 });
    await Promise.all(answers);
    const served = await Promise.all(backlog.map(startedAt));
    const before = await startedAt(last);
    // A task or two may be handed out before the server has read all of them.
    expect(served.filter((at) => at < before).length).toBeLessThanOrEqual(2);
    await slow.stop();
  });

  it('is never settled when the treating place is silent: said in time, and the batch is free later', async () => {
    await system.serve([insured]);
    const request = await atCounter(1_000);
    const asked = Date.now();
    expect(await settleNow(system, request)).toMatchObject(silent(treating));
    expect(Date.now() - asked).toBeLessThan(5_000 * busyness());
    await system.serve();
    expect(await ended(request)).toMatchObject({ phase: 'refused' });
    const again = { ...request, messageId: messageId(nextMessage()) };
    expect(await settleNow(system, again)).toMatchObject({ kind: 'settled' });
    expect(await settleNow(system, request)).toMatchObject(silent(treating));
  });

  it('is never settled when the insured place is silent, and an attempt that commits late is undone', async () => {
    await system.serve();
    const request = await atCounter(1_000 + 3 * (await paceOf(system)));
    const before = await usedBy(request.person);
    const holder = await system.databases.place('510000').connect();
    await holder.query('begin');
    await holder.query('select from person where id = $1 for update', [request.person]);
    expect(await settleNow(system, request)).toMatchObject(silent(insured));
    await untilPhase(system, workflowIdOf(request), 'reversing');
    await holder.query('rollback');
    holder.release();
    expect(await ended(request)).toMatchObject({ phase: 'refused' });
    expect(await usedBy(request.person)).toEqual(before);
    const { rows } = await system.databases.centre.query(
      `select state, answer #>> '{refusal,reason}' as reason from request where message_id = $1`,
      [request.messageId],
    );
    expect(rows).toEqual([{ state: 'answered', reason: 'not-in-time' }]);
  });
});
