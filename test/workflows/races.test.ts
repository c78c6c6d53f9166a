import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announceWindow, closeWindow } from '../../db/maintenance.ts';
import { messageId, placeCode } from '../../domain/identifiers.ts';
import { instant } from '../../domain/maintenance.ts';
import type { Calculation, SettleAnswer, SettlementRequest } from '../../domain/settlement.ts';
import { tellWindows } from '../../gateway/maintenance.ts';
import { aCase, nextMessage, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { holding, untilBlocked } from './holding.ts';
import { whileRecording } from './reversal-scenarios.ts';
import { settleNow, untilPhase, workflowIdOf } from './scenarios.ts';

/** Two things at once, in an order that the test forces by holding what one of them needs. */

const sichuan = placeCode('510000');
let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('races');
  await system.startWorkers();
});
afterAll(() => system.stop());

const personOf = ({ person }: SettlementRequest) => ({
  party: '510000',
  sql: 'select from person where id = $1 for update',
  values: [person],
});
const batchOf = ({ visit }: SettlementRequest) => ({
  party: '500000',
  sql: 'select from fee_batch where visit_id = $1 for update',
  values: [visit],
});
const resultOf = (answer: SettleAnswer) => {
  if (answer.kind !== 'settled') throw new Error(JSON.stringify(answer));
  return answer.result;
};
const ledgerOf = async (request: SettlementRequest): Promise<unknown> => {
  const { rows } = await system.databases.centre.query(
    `select count(distinct e.id)::int as entries, coalesce(sum(p.amount), 0.00)::text as owed
     from request r join ledger_entry e on e.settlement_id = r.settlement_id
     join ledger_posting p on p.entry_id = e.id and p.account like '%receivable'
     where r.message_id = $1`,
    [request.messageId],
  );
  return rows[0];
};

describe('a result against its reversal', () => {
  it('the record was begun first: it is in the ledger, is taken back, and the hospital is told only that', async () => {
    const first = await prepare(system.databases, aCase());
    await settleNow(system, first); // the pair's chain is there to be held
    const { request, taken, answer } = await whileRecording(system);
    expect(taken).toMatchObject({ kind: 'reversed' });
    expect(answer).toMatchObject({ refusal: { reason: 'request-reversed' } });
    expect(await ledgerOf(request)).toEqual({ entries: 2, owed: '0.00' });
  });
});

describe('a window that begins', () => {
  const begin = async () => {
    const change = await announceWindow(system.databases.place('510000'), sichuan, {
      services: ['settlement'],
      from: instant(new Date(Date.now() - 1000).toISOString()),
      to: null,
      message: '系统升级',
      by: 'test',
    });
    return async () => {
      const { id } = change.window;
      const closed = await closeWindow(system.databases.place('510000'), sichuan, {
        id,
        by: 'test',
      });
      if (!closed) throw new Error('nothing to close');
      await tellWindows(system.client, sichuan, { windows: closed.recent, wakes: true });
    };
  };

  it('while a calculation runs: that one counts, and the one behind it waits for the end', async () => {
    // Somebody of whom no undo is still under way: what is blocked is the calculation.
    const of = { person: '51010000000000000006', disease: 'M01600' };
    const [first, second] = [
      await prepare(system.databases, aCase(of)),
      await prepare(system.databases, aCase(of)),
    ];
    const answers: Promise<SettleAnswer>[] = [];
    let end: () => Promise<void> = () => Promise.resolve();
    await holding(system, personOf(first), async () => {
      answers.push(settleNow(system, first));
      await untilBlocked(system, '510000');
      end = await begin();
      answers.push(settleNow(system, second));
      await untilPhase(system, workflowIdOf(second), 'calculation');
    });
    expect(await answers[0]).toMatchObject({ kind: 'settled' });
    expect(await ledgerOf(second)).toEqual({ entries: 0, owed: '0.00' });
    await end();
    expect(await answers[1]).toMatchObject({ kind: 'settled' });
  });
});

describe('one batch under two message ids', () => {
  it('is settled once; the other is refused by name of the settlement that has it', async () => {
    const first = await prepare(system.databases, aCase());
    const second = { ...first, messageId: messageId(nextMessage()), digest: `${first.digest}2` };
    let answers: Promise<SettleAnswer>[] = [];
    await holding(system, batchOf(first), async () => {
      answers = [settleNow(system, first), settleNow(system, second)];
      await untilBlocked(system, '500000', 2);
    });
    const [won, lost] = (await Promise.all(answers)).sort((a, b) => (a.kind > b.kind ? -1 : 1));
    if (!won || !lost) throw new Error('no answers');
    expect(lost).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'batch-settled', settlement: resultOf(won).settlementId },
    });
  });
});

describe('one person at two hospitals', () => {
  const lines = [
    { item: 'XC09CAX002A001010199002', price: '3.000000', quantity: '300', amount: '900.00' },
  ];
  const follows = (one: Calculation, other: Calculation): boolean =>
    isDeepStrictEqual(
      other.accumulators.map(({ before }) => before),
      one.accumulators.map(({ after }) => after),
    );

  it('pays the deductible once, and the second calculation sees the first one whole', async () => {
    const person = '51010000000000000007'; // of whom nothing is used yet
    const [one, other] = await Promise.all(
      ['5000001000003', '5000001000009'].map((institution) =>
        prepare(system.databases, aCase({ person, institution, lines })),
      ),
    );
    if (!one || !other) throw new Error('no requests');
    let answers: Promise<SettleAnswer>[] = [];
    await holding(system, personOf(one), async () => {
      answers = [settleNow(system, one), settleNow(system, other)];
      await untilBlocked(system, '510000', 2);
    });
    const [a, b] = (await Promise.all(answers)).map((answer) => resultOf(answer).calculation);
    if (!a || !b) throw new Error('no answers');
    expect([follows(a, b), follows(b, a)].filter(Boolean)).toHaveLength(1);
    expect([a, b].map(({ benefit }) => benefit.deductible).sort()).toEqual(['0.00', '300.00']);
  });
});
