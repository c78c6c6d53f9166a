import { eventually } from '../patience.ts';
import { placeCode } from '../../domain/identifiers.ts';
import { instant } from '../../domain/maintenance.ts';
import { maintenanceDesk } from '../../workers/maintenance-desk.ts';
import { maintenanceType, status, windowsWorkflowId } from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import type { TestSystem } from '../system.ts';
import {
  closeMonth,
  markUncleared,
  resultOf,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
  type Scenario,
} from './scenarios.ts';

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

async function untilCleared(system: TestSystem, workflowId: string) {
  await untilPhase(system, workflowId, 'settled');
  await closeMonth(system, thisMonth());
  await markUncleared(system);
  return { workflowId, result: await resultOf(system, workflowId) };
}
const clearedThisMonth = { phase: 'cleared', stopped: null, month: thisMonth() };

export const windowScenarios: Scenario[] = [
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
