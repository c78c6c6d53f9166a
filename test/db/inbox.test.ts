import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction, type Database, type Transaction } from '../../db/database.ts';
import { once, voidStep, type StepName } from '../../db/inbox.ts';
import { settlementId, type SettlementId } from '../../domain/identifiers.ts';
import { InvariantViolation } from '../../domain/invariant.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { aGate, countOf, rowsOf, untilWaiting } from './steps.ts';

let databases: Databases;
let database: Database;
beforeAll(async () => {
  databases = await cloneDatabases('inbox');
  database = databases.place('510000');
  await database.query('create table effect (settlement_id text, what text)');
});
afterAll(() => databases.drop());

let settlements = 0;
const aSettlement = (): SettlementId => settlementId(`INBOX-${(settlements += 1)}`);

const post = async (
  transaction: Transaction,
  settlement: SettlementId,
  what = 'posted',
): Promise<{ what: string }> => {
  await transaction.query('insert into effect values ($1, $2)', [settlement, what]);
  return { what };
};
const attempt = (settlement: SettlementId, what = 'posted', step: StepName = 'calculate') =>
  once(database, { settlement, step }, (transaction) => post(transaction, settlement, what));
const undo = (settlement: SettlementId, step: StepName = 'calculate') =>
  inTransaction(database, (transaction) =>
    voidStep(transaction, { settlement, step }, async () => {
      await transaction.query('insert into effect values ($1, $2)', [settlement, 'undone']);
    }),
  );
const effectsOf = async (settlement: SettlementId): Promise<unknown[]> => {
  const rows = await rowsOf(
    database,
    'select what from effect where settlement_id = $1 order by what',
    [settlement],
  );
  return rows.map((row) => row['what']);
};
/** An attempt that has posted and holds its transaction open until `go`. */
async function aHeldAttempt(settlement: SettlementId, ends: 'well' | 'broken' = 'well') {
  const [posted, gate] = [aGate(), aGate()];
  const running = once(database, { settlement, step: 'calculate' }, async (transaction) => {
    const answer = await post(transaction, settlement, 'first');
    posted.open();
    await gate.passed;
    if (ends === 'broken') throw aBug;
    return answer;
  });
  await posted.passed;
  return { running, go: gate.open };
}
const aBug = new Error('the effect broke');

describe('a step has its effect once', () => {
  it('and a retry gets the first answer, whatever it would have answered itself', async () => {
    const settlement = aSettlement();
    expect(await attempt(settlement, 'first')).toEqual({ what: 'first' });
    expect(await attempt(settlement, 'second')).toEqual({ what: 'first' });
    expect(await effectsOf(settlement)).toEqual(['first']);
  });

  it('when two attempts run at the same time, the later waits and returns the first answer', async () => {
    const settlement = aSettlement();
    const first = await aHeldAttempt(settlement);
    const second = attempt(settlement, 'second');
    await untilWaiting(database, 1);
    first.go();
    expect(await Promise.all([first.running, second])).toEqual([
      { what: 'first' },
      { what: 'first' },
    ]);
    expect(await effectsOf(settlement)).toEqual(['first']);
  });

  it('when the first of two attempts breaks, the one that waited does the work', async () => {
    const settlement = aSettlement();
    const first = await aHeldAttempt(settlement, 'broken');
    const broken = expect(first.running).rejects.toBe(aBug);
    const second = attempt(settlement, 'second');
    await untilWaiting(database, 1);
    first.go();
    await broken;
    expect(await second).toEqual({ what: 'second' });
    expect(await effectsOf(settlement)).toEqual(['second']);
  });

  it('however many attempts come at once', async () => {
    const settlement = aSettlement();
    const attempts = Array.from({ length: 20 }, (_, index) => attempt(settlement, String(index)));
    const answers = await Promise.all(attempts);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await effectsOf(settlement)).toHaveLength(1);
  });

  it('for each step and each settlement of its own', async () => {
    const [one, other] = [aSettlement(), aSettlement()];
    await attempt(one, 'split', 'split');
    await attempt(one, 'calculate', 'calculate');
    await attempt(other, 'split', 'split');
    expect(await effectsOf(one)).toEqual(['calculate', 'split']);
    expect(await effectsOf(other)).toEqual(['split']);
  });
});

describe('a step that breaks', () => {
  it('leaves nothing behind and can run again', async () => {
    const settlement = aSettlement();
    const breaking = once(database, { settlement, step: 'calculate' }, async (transaction) => {
      await post(transaction, settlement, 'half');
      throw aBug;
    });
    await expect(breaking).rejects.toBe(aBug);
    expect(await countOf(database, 'inbox where settlement_id = $1', [settlement])).toBe(0);
    expect(await attempt(settlement, 'whole')).toEqual({ what: 'whole' });
    expect(await effectsOf(settlement)).toEqual(['whole']);
  });

  it('on a check constraint is a bug that no retry can mend', async () => {
    const settlement = aSettlement();
    const breaking = once(database, { settlement, step: 'calculate' }, async (transaction) => {
      await post(transaction, settlement, 'half');
      await transaction.query(`update personal_account set balance = -0.01`);
    });
    await expect(breaking).rejects.toBeInstanceOf(InvariantViolation);
    expect(await effectsOf(settlement)).toEqual([]);
  });
});

describe('a step is voided', () => {
  it('before it ran: the undo does not run and a later attempt posts nothing', async () => {
    const settlement = aSettlement();
    await undo(settlement);
    expect(await attempt(settlement)).toEqual({ voided: true });
    expect(await effectsOf(settlement)).toEqual([]);
  });

  it('after it ran: it is undone and a later attempt posts nothing', async () => {
    const settlement = aSettlement();
    await attempt(settlement);
    await undo(settlement);
    expect(await attempt(settlement)).toEqual({ voided: true });
    expect(await effectsOf(settlement)).toEqual(['posted', 'undone']);
    const [row] = await rowsOf(database, 'select * from inbox where settlement_id = $1', [
      settlement,
    ]);
    expect(row).toMatchObject({ state: 'void', answer: null });
  });

  it('twice: the undo runs once', async () => {
    const settlement = aSettlement();
    await attempt(settlement);
    await undo(settlement);
    await undo(settlement);
    expect(await effectsOf(settlement)).toEqual(['posted', 'undone']);
  });

  it('many times at once: the undo runs once', async () => {
    const settlement = aSettlement();
    await attempt(settlement);
    await Promise.all(Array.from({ length: 8 }, () => undo(settlement)));
    expect(await effectsOf(settlement)).toEqual(['posted', 'undone']);
  });

  it('while it runs: the void waits for it and undoes it', async () => {
    const settlement = aSettlement();
    const first = await aHeldAttempt(settlement);
    const voiding = undo(settlement);
    await untilWaiting(database, 1);
    first.go();
    expect(await first.running).toEqual({ what: 'first' });
    await voiding;
    expect(await effectsOf(settlement)).toEqual(['first', 'undone']);
    expect(await attempt(settlement)).toEqual({ voided: true });
  });

  it('and an attempt that comes while the void is under way posts nothing', async () => {
    const settlement = aSettlement();
    const gate = aGate();
    const started = aGate();
    const voiding = inTransaction(database, async (transaction) => {
      await voidStep(transaction, { settlement, step: 'calculate' }, () => Promise.resolve());
      started.open();
      await gate.passed;
    });
    await started.passed;
    const late = attempt(settlement);
    await untilWaiting(database, 1);
    gate.open();
    await voiding;
    expect(await late).toEqual({ voided: true });
    expect(await effectsOf(settlement)).toEqual([]);
  });

  it('in vain when the undo breaks: the step stays done', async () => {
    const settlement = aSettlement();
    await attempt(settlement);
    const breaking = inTransaction(database, (transaction) =>
      voidStep(transaction, { settlement, step: 'calculate' }, () => Promise.reject(aBug)),
    );
    await expect(breaking).rejects.toBe(aBug);
    expect(await attempt(settlement, 'again')).toEqual({ what: 'posted' });
  });

  it('and its other steps, and other settlements, are not', async () => {
    const [one, other] = [aSettlement(), aSettlement()];
    await undo(one, 'calculate');
    expect(await attempt(one, 'split', 'split')).toEqual({ what: 'split' });
    expect(await attempt(other)).toEqual({ what: 'posted' });
  });
});
