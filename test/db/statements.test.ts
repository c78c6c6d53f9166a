import { MockActivityEnvironment } from '@temporalio/testing';
import { WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { clearingActivities } from '../../activities/clearing.ts';
import { inTransaction, type Database, type Transaction } from '../../db/database.ts';
import { appendEntry, brokenLinks, nextEntry } from '../../db/ledger.ts';
import { insertReversal, nextReversalId } from '../../db/reversals.ts';
import { insertSettlement } from '../../db/settlements.ts';
import { closeMonth, type ClosedMonth } from '../../db/statements.ts';
import { month, type Month } from '../../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  personId,
  placeCode,
  regionCode,
} from '../../domain/identifiers.ts';
import { InvariantViolation } from '../../domain/invariant.ts';
import { mirroredBenefit, mirroredTotals, type ReversalResult } from '../../domain/settlement.ts';
import { reversalWorkflowId, settlementWorkflowId } from '../../workflows/contracts.ts';
import { today } from '../requests.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import {
  aGate,
  aRecording,
  aRequest,
  claimOf,
  countOf,
  partiesOf,
  rowsOf,
  type Claimed,
  type Paid,
} from './steps.ts';

let databases: Databases;
let database: Database;
beforeAll(async () => {
  databases = await cloneDatabases('statements');
  database = databases.centre;
});
afterAll(() => databases.drop());
/** Every test has the ledger to itself. */
beforeEach(() =>
  inTransaction(database, async (transaction) => {
    await transaction.query('set local session_replication_role = replica'); // no triggers
    await transaction.query(
      `truncate clearing_month, statement, statement_item, ledger_posting, ledger_entry, ledger_chain,
         reversal, settlement_layer, settlement, inbox, request`,
    );
  }),
);

type Direction = Pick<
  Claimed['request'],
  'treatingPlace' | 'insuredPlace' | 'insuredRegion' | 'institution' | 'person' | 'disease'
>;
const sichuanOwes: Direction = {
  treatingPlace: placeCode('500000'),
  institution: institutionCode('5000001000003'),
  insuredPlace: placeCode('510000'),
  insuredRegion: regionCode('510100'),
  person: personId('51010000000000000001'),
  disease: diseaseCode('M03900'),
};
const chongqingOwes: Direction = {
  treatingPlace: placeCode('510000'),
  institution: institutionCode('H51010700901'),
  insuredPlace: placeCode('500000'),
  insuredRegion: regionCode('500000'),
  person: personId('50000000000000000001'),
  disease: diseaseCode('M01600'),
};

interface Recorded extends Paid {
  direction?: Direction;
  insuranceType?: '310' | '390';
}
/** Writes a settlement with its ledger entry as recorded at the instant. */
async function write(
  transaction: Transaction,
  { request, settlementId }: Claimed,
  recordedAt: string,
  paid: Paid = {},
): Promise<void> {
  const { totals, calculation } = aRecording({ request, settlementId }, paid);
  const feeCategory = '门诊慢特病';
  const result = { settlementId, feeCategory, totals, calculation, recordedAt } as const;
  const { treatingPlace, insuredPlace, insuranceType, institution, messageId } = request;
  const workflowId = settlementWorkflowId(institution, messageId);
  await insertSettlement(transaction, { workflowId, request, result });
  const { entryNo } = await nextEntry(transaction, treatingPlace, insuredPlace);
  const { fundTotal, personalAccount } = calculation.benefit;
  const parties = { treatingPlace, insuredPlace, insuranceType, settlementId };
  const entry = { ...parties, kind: 'settlement', fundTotal, personalAccount } as const;
  await appendEntry(transaction, entry, { entryNo, recordedAt });
}
async function recordAt(recordedAt: string, recorded: Recorded = {}): Promise<Claimed> {
  const { direction = sichuanOwes, insuranceType = '310', ...paid } = recorded;
  const claimed = await claimOf(databases, aRequest({ ...direction, insuranceType }));
  await inTransaction(database, (transaction) => write(transaction, claimed, recordedAt, paid));
  return claimed;
}
/** Records now, as the activity does. */
async function recordNow(paid: Paid = {}): Promise<Claimed> {
  const claimed = await claimOf(databases, aRequest(sichuanOwes));
  await partiesOf(databases).centre.record(aRecording(claimed, paid));
  return claimed;
}
/** Takes the settlement back as recorded at the instant. */
async function reverseAt(
  { request, settlementId }: Claimed,
  recordedAt: string,
  paid: Paid = {},
): Promise<string> {
  const { totals, calculation } = aRecording({ request, settlementId }, paid);
  const { treatingPlace, insuredPlace, insuranceType, institution, messageId } = request;
  const workflowId = reversalWorkflowId({ institution, messageId });
  await inTransaction(database, async (transaction) => {
    const result: ReversalResult = {
      reversalId: await nextReversalId(transaction),
      settlementId,
      messageId: null,
      feeCategory: '门诊慢特病',
      totals: mirroredTotals(totals),
      benefit: mirroredBenefit(calculation.benefit),
      accountBalance: '0.00',
      recordedAt,
    };
    await insertReversal(transaction, { result, workflowId, by: 'operator', why: null });
    const { entryNo } = await nextEntry(transaction, treatingPlace, insuredPlace);
    const { fundTotal, personalAccount } = result.benefit;
    const parties = { treatingPlace, insuredPlace, insuranceType, settlementId };
    const entry = { ...parties, kind: 'reversal', fundTotal, personalAccount } as const;
    await appendEntry(transaction, entry, { entryNo, recordedAt });
  });
  return workflowId;
}
const workflowOf = ({ request }: Claimed) =>
  settlementWorkflowId(request.institution, request.messageId);

const march = month('2025-03');
const april = month('2025-04');
const close = (of: Month): Promise<ClosedMonth> => closeMonth(database, of);
const statedOf = async (of: Month): Promise<string[]> =>
  (await close(of)).statements.map((statement) => Object.values(statement).join(' '));
/** The workflows on a month's statements. */
const membersOf = async (of: Month): Promise<unknown[]> => {
  const rows = await rowsOf(
    database,
    `select workflow_id from statement_item i join statement s on s.id = i.statement_id
     where month = $1 order by entry_id`,
    [of],
  );
  return rows.map((row) => row['workflow_id']);
};
/** As a workflow does: an attempt that lost a race is made again. */
async function closeUntilDone(of: Month): Promise<ClosedMonth> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      return await close(of);
    } catch (error) {
      if (error instanceof InvariantViolation) throw error;
    }
  }
  throw new Error(`${of} does not close`);
}

const noWorkflows = { getHandle: () => ({}) } as unknown as WorkflowClient;
const clearing = (workflows = noWorkflows) => clearingActivities({ database, workflows });

describe('4号 三(五) the statements of a month', () => {
  it('are by pair in both directions and by insurance type, with their totals', async () => {
    await recordAt('2025-03-03T02:00:00Z', { inScope: '300.00', fund: '240.00' });
    await recordAt('2025-03-04T02:00:00Z', { inScope: '100.10', fund: '80.08', account: '20.02' });
    await recordAt('2025-03-05T02:00:00Z', {
      inScope: '55.55',
      fund: '27.78',
      insuranceType: '390',
    });
    await recordAt('2025-03-06T02:00:00Z', {
      direction: chongqingOwes,
      inScope: '1000.00',
      fund: '160.01',
      account: '39.99',
    });
    await recordAt('2025-03-07T02:00:00Z', {
      direction: chongqingOwes,
      inScope: '9.99',
      fund: '0.00',
      insuranceType: '390',
    });
    const { statements, ...sums } = await close(march);
    const [inChongqing, inSichuan] = [
      { treatingPlace: '500000', insuredPlace: '510000' },
      { treatingPlace: '510000', insuredPlace: '500000' },
    ];
    expect(statements).toEqual([
      {
        ...inChongqing,
        insuranceType: '310',
        settlements: 2,
        total: '400.10',
        fundTotal: '320.08',
        personalAccount: '20.02',
        owed: '340.10',
      },
      {
        ...inChongqing,
        insuranceType: '390',
        settlements: 1,
        total: '55.55',
        fundTotal: '27.78',
        personalAccount: '0.00',
        owed: '27.78',
      },
      {
        ...inSichuan,
        insuranceType: '310',
        settlements: 1,
        total: '1000.00',
        fundTotal: '160.01',
        personalAccount: '39.99',
        owed: '200.00',
      },
      {
        ...inSichuan,
        insuranceType: '390',
        settlements: 1,
        total: '9.99',
        fundTotal: '0.00',
        personalAccount: '0.00',
        owed: '0.00',
      },
    ]);
    expect(sums).toEqual({
      cutAt: '2025-03-31T16:00:00.000Z',
      ledgerOwed: '567.88',
      settlementsOwed: '567.88',
      told: 0,
    });
    expect(await brokenLinks(database)).toEqual([]);
  });

  it('are none when nothing was recorded', async () => {
    expect(await clearing().closeMonth(march)).toEqual({
      ok: true,
      cutAt: '2025-03-31T16:00:00.000Z',
      statements: [],
      told: 0,
    });
    expect(await clearing().closeMonth(march)).toMatchObject({ ok: true, statements: [] });
  });
});

describe('4号 三(五) what was taken back', () => {
  const paid = { inScope: '100.10', fund: '80.08', account: '20.02' };

  it('in its own month nets out, and the pair is stated all the same', async () => {
    const settled = await recordAt('2025-03-03T02:00:00Z', paid);
    const workflowId = await reverseAt(settled, '2025-03-04T02:00:00Z', paid);
    expect(await close(march)).toMatchObject({ ledgerOwed: '0.00', settlementsOwed: '0.00' });
    expect(await statedOf(march)).toEqual(['500000 510000 310 2 0.00 0.00 0.00 0.00']);
    expect(await membersOf(march)).toEqual([workflowOf(settled), workflowId]);
    expect(await brokenLinks(database)).toEqual([]);
  });

  it('beside others is taken off what they add up to', async () => {
    await recordAt('2025-03-02T02:00:00Z', { inScope: '300.00', fund: '240.00' });
    const settled = await recordAt('2025-03-03T02:00:00Z', paid);
    await reverseAt(settled, '2025-03-04T02:00:00Z', paid);
    expect(await close(march)).toMatchObject({ ledgerOwed: '240.00', settlementsOwed: '240.00' });
    expect(await statedOf(march)).toEqual(['500000 510000 310 3 300.00 240.00 0.00 240.00']);
  });

  it('after its month was closed is a negative statement of the next', async () => {
    const settled = await recordAt('2025-03-03T02:00:00Z', paid);
    await close(march);
    expect(await statedOf(march)).toEqual(['500000 510000 310 1 100.10 80.08 20.02 100.10']);
    const workflowId = await reverseAt(settled, '2025-04-04T02:00:00Z', paid);
    const closed = await close(april);
    expect(closed).toMatchObject({ ledgerOwed: '-100.10', settlementsOwed: '-100.10' });
    expect(await statedOf(april)).toEqual(['500000 510000 310 1 -100.10 -80.08 -20.02 -100.10']);
    expect(await membersOf(april)).toEqual([workflowId]);
    expect(await statedOf(march)).toEqual(['500000 510000 310 1 100.10 80.08 20.02 100.10']);
  });

  it('must mirror what it takes back', async () => {
    const settled = await recordAt('2025-03-03T02:00:00Z', paid);
    const other = { ...paid, fund: '80.07' };
    const wrong = reverseAt(settled, '2025-03-04T02:00:00Z', other);
    await expect(wrong).rejects.toBeInstanceOf(InvariantViolation);
  });
});

describe('a month ends at midnight in China', () => {
  it('the last microsecond is in it, midnight is in the next month', async () => {
    const last = await recordAt('2025-03-31T15:59:59.999999Z');
    const next = await recordAt('2025-03-31T16:00:00.000000Z');
    await close(march);
    expect(await membersOf(march)).toEqual([workflowOf(last)]);
    await close(april);
    expect(await membersOf(april)).toEqual([workflowOf(next)]);
  });

  it('and begins there: what no statement has yet from before it is on it too', async () => {
    const february = await recordAt('2025-02-10T00:00:00Z');
    const first = await recordAt('2025-02-28T16:00:00Z');
    await close(march);
    expect(await membersOf(march)).toEqual([february, first].map(workflowOf));
    expect(await statedOf(month('2025-02'))).toEqual([]);
  });

  it('in December at the year’s end', async () => {
    await recordAt('2024-12-31T15:59:59.999999Z');
    await recordAt('2024-12-31T16:00:00Z');
    expect(await statedOf(month('2024-12'))).toEqual([
      '500000 510000 310 1 300.00 240.00 0.00 240.00',
    ]);
    expect(await membersOf(month('2024-12'))).toHaveLength(1);
  });

  it('cannot be closed before it has begun, and can from its first moment', async () => {
    const november = month('2026-11');
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-10-31T15:59:59.999Z') });
    expect(await clearing().closeMonth(november)).toEqual({ ok: false });
    expect(await countOf(database, 'clearing_month')).toBe(0);
    vi.setSystemTime(new Date('2026-10-31T16:00:00.000Z'));
    expect(await clearing().closeMonth(november)).toMatchObject({ ok: true });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
});

describe('a month is cut once', () => {
  it('at the earlier of now and its end', async () => {
    const current = month(today().slice(0, 7));
    const before = await recordNow();
    const [clock] = await rowsOf(database, 'select clock_timestamp()::text as now');
    const { cutAt } = await close(current);
    expect(Date.parse(cutAt)).toBeGreaterThanOrEqual(Date.parse(String(clock?.['now'])) - 1);
    expect(Date.parse(cutAt)).toBeLessThan(Date.now() + 1000);
    const after = await recordNow();
    await close(current);
    expect(await membersOf(current)).toEqual([workflowOf(before)]);
    const later = month('2099-01');
    await close(later);
    expect(await membersOf(later)).toEqual([workflowOf(after)]);
  });

  it('and closing it again changes nothing, whatever was recorded since', async () => {
    await recordAt('2025-03-10T00:00:00Z');
    const first = await close(march);
    const tables = () =>
      Promise.all([
        rowsOf(database, 'select * from clearing_month'),
        rowsOf(database, 'select * from statement order by id'),
        rowsOf(database, 'select * from statement_item order by entry_id'),
      ]);
    const made = await tables();
    await recordAt('2025-03-11T00:00:00Z');
    expect(await close(march)).toEqual(first);
    expect(await tables()).toEqual(made);
    await close(april);
    expect(await membersOf(april)).toHaveLength(1);
  });

  it('by many at once', async () => {
    for (let day = 10; day < 20; day += 1) await recordAt(`2025-03-${day}T00:00:00Z`);
    const closed = await Promise.all(Array.from({ length: 6 }, () => closeUntilDone(march)));
    expect(new Set(closed.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(closed[0]?.statements).toMatchObject([{ settlements: 10, owed: '2400.00' }]);
    expect(await countOf(database, 'statement')).toBe(1);
    expect(await countOf(database, 'statement_item')).toBe(10);
  });

  it('while another month is closed: no entry is on two statements, and none on none', async () => {
    for (let day = 10; day < 30; day += 1) {
      await recordAt(`2025-03-${day}T00:00:00Z`, day % 2 ? {} : { direction: chongqingOwes });
    }
    const months = [march, april, month('2025-05')];
    const closed = await Promise.all(months.map(closeUntilDone));
    const counts = closed.flatMap(({ statements }) => statements.map((one) => one.settlements));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(await countOf(database, 'statement_item')).toBe(20);
    for (const { statements, ledgerOwed, settlementsOwed } of closed) {
      const fen = statements.reduce((sum, { owed }) => sum + Number(owed.replace('.', '')), 0);
      expect([ledgerOwed, settlementsOwed].map((text) => Number(text.replace('.', '')))).toEqual([
        fen,
        fen,
      ]);
    }
  });

  it('without waiting for a record under way, which goes to the next month whole', async () => {
    const early = await recordAt('2025-03-10T00:00:00Z');
    const late = await claimOf(databases, aRequest(sichuanOwes));
    const [written, gate] = [aGate(), aGate()];
    const recording = inTransaction(database, async (transaction) => {
      await write(transaction, late, '2025-03-11T00:00:00Z');
      written.open();
      await gate.passed;
    });
    await written.passed;
    await close(march);
    gate.open();
    await recording;
    await close(march);
    expect(await membersOf(march)).toEqual([workflowOf(early)]);
    await close(april);
    expect(await membersOf(april)).toEqual([workflowOf(late)]);
  });

  it('and while settlements are recorded: each is on exactly one statement', async () => {
    const current = month(today().slice(0, 7));
    const traffic = Array.from({ length: 16 }, () => recordNow());
    const closing = closeUntilDone(current);
    await Promise.all([...traffic, closing]);
    const later = await closeUntilDone(month('2099-01'));
    const counts = [await closing, later].flatMap(({ statements }) => statements);
    expect(counts.reduce((sum, { settlements }) => sum + settlements, 0)).toBe(16);
  });
});

describe('totals of statements, ledger and settlements', () => {
  it('that differ are a bug, and the month is not cut', async () => {
    const { settlementId } = await recordAt('2025-03-10T00:00:00Z');
    await inTransaction(database, async (transaction) => {
      await transaction.query('set local session_replication_role = replica');
      await transaction.query(
        'update settlement set fund_total = 239.99, cash = cash + 0.01, person_share = person_share + 0.01 where id = $1',
        [settlementId],
      );
    });
    await expect(clearing().closeMonth(march)).rejects.toBeInstanceOf(InvariantViolation);
    expect(await countOf(database, 'clearing_month')).toBe(0);
    expect(await countOf(database, 'statement_item')).toBe(0);
  });
  it('of a statement are checked by the table', async () => {
    await close(march);
    const wrong = inTransaction(database, (transaction) =>
      transaction.query(
        `insert into statement (month, treating_place, insured_place, insurance_type, settlements,
           total, fund_total, personal_account, owed)
         values ('2025-03', '500000', '510000', '310', 1, 10.00, 5.00, 1.00, 6.01)`,
      ),
    );
    await expect(wrong).rejects.toBeInstanceOf(InvariantViolation);
  });
});

/** Workflows that remember what they were told; some are gone, some cannot be reached. */
function fakeWorkflows(what: { gone?: string[]; unreachable?: Set<string> } = {}) {
  const told: string[] = [];
  const workflows = {
    getHandle: (id: string) => ({
      signal: (signal: { name: string }, argument: { month: string }) => {
        if (what.gone?.includes(id)) {
          return Promise.reject(new WorkflowNotFoundError('gone', id, undefined));
        }
        if (what.unreachable?.has(id)) return Promise.reject(new Error('unavailable'));
        told.push([signal.name, argument.month, id].join(' '));
        return Promise.resolve();
      },
    }),
  };
  const { tellCleared } = clearing(workflows as unknown as WorkflowClient);
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const tell = (of: Month, atMost = 2) =>
    environment.run<[{ month: Month; atMost: number }], number, typeof tellCleared>(tellCleared, {
      month: of,
      atMost,
    });
  return { told, tell };
}
async function aClosedMonth(settlements: number): Promise<string[]> {
  const ids: string[] = [];
  for (let day = 10; day < 10 + settlements; day += 1) {
    ids.push(workflowOf(await recordAt(`2025-03-${day}T00:00:00Z`)));
  }
  await close(march);
  return ids;
}

describe('the settlements on the statements are told', () => {
  it('page by page, each once', async () => {
    const ids = await aClosedMonth(5);
    const { told, tell } = fakeWorkflows();
    expect([await tell(march), await tell(march), await tell(march), await tell(march)]).toEqual([
      2, 2, 1, 0,
    ]);
    expect(told).toEqual(ids.map((id) => `cleared 2025-03 ${id}`));
    expect((await close(march)).told).toBe(5);
  });

  it('also in pages larger than what is told at once', async () => {
    await aClosedMonth(21);
    const { told, tell } = fakeWorkflows();
    expect(await tell(march, 200)).toBe(21);
    expect(new Set(told).size).toBe(21);
  });

  it('those of another month are not', async () => {
    await aClosedMonth(1);
    await recordAt('2025-04-10T00:00:00Z');
    await close(april);
    const { told, tell } = fakeWorkflows();
    expect(await tell(april)).toBe(1);
    expect(told).toEqual([expect.stringMatching(/^cleared 2025-04 /)]);
    expect((await close(march)).told).toBe(0);
  });

  it('by a run that goes on where another was killed', async () => {
    const ids = await aClosedMonth(3);
    await fakeWorkflows().tell(march, 2);
    expect((await close(march)).told).toBe(2);
    const { told, tell } = fakeWorkflows();
    expect(await tell(march)).toBe(1);
    expect(told).toEqual([`cleared 2025-03 ${String(ids[2])}`]);
  });

  it('and one whose workflow is gone counts as told', async () => {
    const ids = await aClosedMonth(3);
    const { told, tell } = fakeWorkflows({ gone: [String(ids[1])] });
    expect(await tell(march, 3)).toBe(3);
    expect(told).toHaveLength(2);
    expect((await close(march)).told).toBe(3);
  });

  it('not when it cannot be reached: the page stays untold until it can', async () => {
    const ids = await aClosedMonth(3);
    const unreachable = new Set([String(ids[1])]);
    const { told, tell } = fakeWorkflows({ unreachable });
    await expect(tell(march, 3)).rejects.toThrow('unavailable');
    expect((await close(march)).told).toBe(0);
    unreachable.clear();
    expect(await tell(march, 3)).toBe(3);
    expect(new Set(told)).toEqual(new Set(ids.map((id) => `cleared 2025-03 ${id}`)));
    expect((await close(march)).told).toBe(3);
  });
});
