import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Month } from '../../domain/calendar.ts';
import { sum, toWire, yuan } from '../../domain/money.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import * as statements from '../../db/statements.ts';
import { clearingProgress, clearingWorkflowId, status } from '../../workflows/contracts.ts';
import { aCase, prepare, type TestCase } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import {
  closeMonth,
  inSichuan,
  loseHistory,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
} from './scenarios.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('clearing');
  await system.startWorkers();
});
afterAll(() => system.stop());

async function settled(changes: Partial<TestCase> = {}): Promise<SettlementRequest> {
  const request = await prepare(system.databases, aCase(changes));
  expect(await settleNow(system, request)).toMatchObject({ kind: 'settled' });
  await untilPhase(system, workflowIdOf(request), 'settled');
  return request;
}
const phaseOf = async (request: SettlementRequest): Promise<string> =>
  (await system.client.workflow.getHandle(workflowIdOf(request)).query(status)).phase;
const openAgain = () =>
  system.databases.centre.query('truncate statement_item, statement, clearing_month');
const one = async (query: string): Promise<string> => {
  const { rows } = await system.databases.centre.query<{ value: string }>(query);
  return rows[0]?.value ?? '';
};

const resident: Partial<TestCase> = {
  person: '51010000000000000003',
  insuranceType: '390',
  disease: 'M00500',
};

describe('4号 三(五) closing a month', () => {
  it('makes one statement per pair and insurance type, equal to ledger and settlements to the fen', async () => {
    const requests = [
      await settled(),
      await settled({ account: 'own' }),
      await settled(resident),
      await settled(inSichuan),
    ];
    const closed = await closeMonth(system, thisMonth());
    if (!closed.ok) throw new Error('refused');
    expect(closed.told).toBe(4);
    expect(
      closed.statements.map((line) => [
        line.treatingPlace,
        line.insuredPlace,
        line.insuranceType,
        line.settlements,
      ]),
    ).toEqual([
      ['500000', '510000', '310', 2],
      ['500000', '510000', '390', 1],
      ['510000', '500000', '310', 1],
    ]);
    const owed = toWire(sum(closed.statements.map((line) => yuan(line.owed))));
    const ledger = `select sum(amount) as value from ledger_posting where account like '%receivable'`;
    expect(await one(ledger)).toBe(owed);
    const settlements = 'select sum(fund_total + personal_account) as value from settlement';
    expect(await one(settlements)).toBe(owed);
    for (const request of requests) {
      const handle = system.client.workflow.getHandle(workflowIdOf(request));
      expect(await handle.result()).toMatchObject({ phase: 'cleared', month: thisMonth() });
    }
  });

  it('twice changes nothing, and what was recorded after the cut waits for the next open month', async () => {
    const first = await closeMonth(system, thisMonth());
    const late = await settled();
    const again = await closeMonth(system, thisMonth());
    expect(again).toEqual(first);
    expect(await phaseOf(late)).toBe('settled');
    const next = await closeMonth(system, '2000-01' as Month);
    expect(next).toMatchObject({ ok: true, statements: [] }); // recorded long after that month's end
    expect(await phaseOf(late)).toBe('settled');
  });

  it('goes on after it was killed half way: the cut stays, and who was not told is told', async () => {
    await openAgain();
    const requests = [await settled(), await settled()];
    const cut = await statements.closeMonth(system.databases.centre, thisMonth());
    const [first] = await statements.nextUntold(system.databases.centre, thisMonth(), 1);
    await statements.markTold(system.databases.centre, first ? [first.entryId] : []);
    const afterCut = await settled();
    const closed = await closeMonth(system, thisMonth());
    expect(closed).toMatchObject({ ok: true, cutAt: cut.cutAt, statements: cut.statements });
    expect(await statements.nextUntold(system.databases.centre, thisMonth(), 10)).toEqual([]);
    for (const request of requests) {
      const handle = system.client.workflow.getHandle(workflowIdOf(request));
      expect(await handle.result()).toMatchObject({ phase: 'cleared' });
    }
    expect(await phaseOf(afterCut)).toBe('settled');
  });

  it('asked for twice at once is one run with one result', async () => {
    await openAgain();
    await settled();
    const [one, two] = await Promise.all([
      closeMonth(system, thisMonth()),
      closeMonth(system, thisMonth()),
    ]);
    expect(one).toEqual(two);
  });

  it('counts a workflow that is closed or gone as told, and clears the rest', async () => {
    await openAgain();
    const [terminated, lost, open] = [await settled(), await settled(), await settled()];
    const handle = system.client.workflow.getHandle(workflowIdOf(terminated));
    await handle.terminate('gone');
    await loseHistory(system, workflowIdOf(lost));
    const closed = await closeMonth(system, thisMonth());
    if (!closed.ok) throw new Error('refused');
    expect(closed.told).toBe(
      closed.statements.reduce((count, line) => count + line.settlements, 0),
    );
    const result = system.client.workflow.getHandle(workflowIdOf(open)).result();
    expect(await result).toMatchObject({ phase: 'cleared' });
  });

  it('shows how far it is, and refuses a month that has not begun', async () => {
    await openAgain();
    await settled();
    const closed = await closeMonth(system, thisMonth());
    if (!closed.ok) throw new Error('refused');
    const handle = system.client.workflow.getHandle(clearingWorkflowId(thisMonth()));
    const progress = await handle.query(clearingProgress);
    expect(progress).toMatchObject({ month: thisMonth(), cutAt: closed.cutAt, told: closed.told });
    expect(await closeMonth(system, '2999-12' as Month)).toEqual({
      ok: false,
      refusal: { reason: 'month-not-begun', month: '2999-12' },
    });
  });
});
