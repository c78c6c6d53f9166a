import { expect } from 'vitest';
import { eventually, patientMs } from '../patience.ts';
import { placeCode } from '../../domain/identifiers.ts';
import { instant } from '../../domain/maintenance.ts';
import { createSettlementClient } from '../../gateway/client.ts';
import { maintenanceDesk } from '../../workers/maintenance-desk.ts';
import {
  centreQueue,
  maintenanceType,
  status,
  windowsWorkflowId,
} from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import type { TestSystem } from '../system.ts';
import { holding, untilBlocked } from './holding.ts';
import { shortTask, untilHeard } from './reversal-scenarios.ts';
import {
  closed,
  closeMonth,
  loseHistory,
  markUncleared,
  resultOf,
  reverseNow,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
  type Lived,
  type Scenario,
} from './scenarios.ts';
import { handsOn, known } from './windows.ts';

/** A settlement waits in its insured place's open window, until somebody closes it and wakes the line. */
async function throughAWindow(system: TestSystem) {
  const sichuan = placeCode('510000');
  const desk = maintenanceDesk(system.client, sichuan, system.databases.place('510000'));
  const { window } = await desk.announce({
    services: ['settlement'],
    from: instant(new Date(Date.now() - 1000).toISOString()),
    to: null,
    message: '系统升级',
    by: 'recorder',
  });
  const told = () => system.client.workflow.getHandle(windowsWorkflowId(sichuan)).result();
  await told();
  const request = await prepare(system.databases, aCase());
  const settlement = workflowIdOf(request);
  const answer = settleNow(system, request);
  await eventually(async () => {
    const { raw } = await system.client.workflow.getHandle(settlement).describe();
    const failure = raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo;
    if (failure?.type !== maintenanceType) throw new Error('it does not wait');
  });
  await desk.close({ id: window.id, by: 'recorder' });
  await answer;
  const count: unknown = await told();
  return { settlement, count };
}

/** Waits in the centre's window until somebody closes it; prolonged, it wakes at the end that was told, and waits on. */
async function throughTheCentresWindow(system: TestSystem, isProlonged: boolean) {
  const desk = maintenanceDesk(system.client, 'centre', system.databases.centre);
  const soon = instant(new Date(Date.now() + 1500).toISOString());
  const { window } = await desk.announce({
    services: ['settlement'],
    from: instant(new Date(Date.now() - 1000).toISOString()),
    to: isProlonged ? soon : null,
    message: '系统升级',
    by: 'recorder',
  });
  const told = () => system.client.workflow.getHandle(windowsWorkflowId('centre')).result();
  await told();
  const request = await prepare(system.databases, aCase());
  const workflowId = workflowIdOf(request);
  const answer = settleNow(system, request);
  const untilWaiting = (to: string | null) =>
    eventually(async () => {
      const { waitsFor } = await system.client.workflow.getHandle(workflowId).query(status);
      if (waitsFor?.until !== to) throw new Error('it does not wait');
    });
  await untilWaiting(isProlonged ? soon : null);
  if (isProlonged) {
    const to = instant(new Date(Date.now() + 3_600_000).toISOString());
    await desk.prolong({ id: window.id, to, by: 'recorder' });
    await untilWaiting(to);
  }
  await desk.close({ id: window.id, by: 'recorder' });
  await answer;
  const result: unknown = await told();
  return { settlement: workflowId, telling: { workflowId: windowsWorkflowId('centre'), result } };
}

/** The centre closes what can be closed while its settlements may still be taken back. */
async function inTheCentresWindow(system: TestSystem, live: () => Promise<void>): Promise<void> {
  const hands = handsOn(system);
  const window = await hands.close({ party: 'centre' });
  await known();
  await live();
  await hands.open(window);
  await hands.untilTold('centre');
}

/** Settled in time; its history is gone, and it is sent again at the counter while the centre is closed. */
export async function repeatedWhenForgotten(system: TestSystem): Promise<string> {
  const request = await prepare(system.databases, aCase());
  const workflowId = workflowIdOf(request);
  const first = await settleNow(system, request);
  await untilPhase(system, workflowId, 'settled');
  await loseHistory(system, workflowId);
  await inTheCentresWindow(system, async () => {
    const client = createSettlementClient(system.client);
    await client.settle(request, 2000, 'refuse'); // in vain where time is up first
    const later = await client.result(request, patientMs);
    expect(later).toEqual({ kind: 'answered', answer: first });
    await eventually(async () => {
      const { waitsFor } = await system.client.workflow.getHandle(workflowId).query(status);
      expect(waitsFor).toMatchObject({ party: 'centre' });
    });
  });
  return workflowId;
}

/** Taken back while it is decided that time was up at the counter, of what was settled in time. */
export async function reversedWhileLate(system: TestSystem): Promise<Lived> {
  const request = await prepare(system.databases, aCase());
  const workflowId = workflowIdOf(request);
  await settleNow(system, request);
  await untilPhase(system, workflowId, 'settled');
  await system.client.workflow.getHandle(workflowId).terminate('lost');
  await inTheCentresWindow(system, async () => {
    let taken: Promise<unknown> = Promise.resolve();
    const sql = 'select from request where message_id = $1 for update';
    await holding(system, { party: 'centre', sql, values: [request.messageId] }, async () => {
      await system.client.workflow.start('settlement', {
        workflowId,
        taskQueue: centreQueue,
        args: [{ ...request, counter: { withinMs: 1 } }],
        workflowTaskTimeout: shortTask(),
      });
      await untilBlocked(system, 'centre');
      taken = reverseNow(system, request);
      await untilHeard(system, workflowId);
    });
    expect(await taken).toMatchObject({ kind: 'reversed' });
  });
  return { workflowId, result: await resultOf(system, workflowId) };
}

async function untilCleared(system: TestSystem, workflowId: string) {
  await untilPhase(system, workflowId, 'settled');
  await closeMonth(system, thisMonth());
  await markUncleared(system);
  return { workflowId, result: await resultOf(system, workflowId) };
}
const clearedThisMonth = { phase: 'cleared', stopped: null, month: thisMonth() };

export const windowScenarios: Scenario[] = [
  {
    name: 'settlement/repeated-late-after-history-was-lost',
    run: async (system) => untilCleared(system, await repeatedWhenForgotten(system)),
    result: clearedThisMonth,
  },
  {
    name: 'settlement/reversed-while-late',
    run: reversedWhileLate,
    result: closed('reversed', null),
  },
  ...[false, true].map((isProlonged) => ({
    name: `settlement/through-the-centres-window${isProlonged ? '-prolonged' : ''}`,
    run: async (system: TestSystem) => {
      const { settlement } = await throughTheCentresWindow(system, isProlonged);
      return untilCleared(system, settlement);
    },
    result: clearedThisMonth,
  })),
  {
    name: 'windows/centre-told-and-woken',
    run: async (system) => (await throughTheCentresWindow(system, false)).telling,
    result: 1,
  },
  {
    name: 'settlement/through-a-window',
    run: async (system) => {
      const { settlement } = await throughAWindow(system);
      return untilCleared(system, settlement);
    },
    result: clearedThisMonth,
  },
  {
    name: 'windows/told-and-woken',
    run: async (system) => {
      const { count } = await throughAWindow(system);
      return { workflowId: windowsWorkflowId(placeCode('510000')), result: count };
    },
    result: 1,
  },
];
