import { vi } from 'vitest';
import { placeCode } from '../../domain/identifiers.ts';
import { instant } from '../../domain/maintenance.ts';
import { maintenanceDesk } from '../../workers/maintenance-desk.ts';
import { maintenanceType, windowsWorkflowId } from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import type { TestSystem } from '../system.ts';
import {
  closeMonth,
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
  await vi.waitFor(async () => {
    const { raw } = await system.client.workflow.getHandle(settlement).describe();
    const failure = raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo;
    if (failure?.type !== maintenanceType) throw new Error('it does not wait');
  }, 15_000);
  await desk.close({ id: window.id, by: 'recorder' });
  await answer;
  const count: unknown = await told();
  return { settlement, count };
}

export const windowScenarios: Scenario[] = [
  {
    name: 'settlement/through-a-window',
    run: async (system) => {
      const { settlement: workflowId } = await throughAWindow(system);
      await untilPhase(system, workflowId, 'settled');
      await closeMonth(system, thisMonth());
      const { centre } = system.databases;
      await centre.query('truncate statement_item, statement, clearing_month');
      return { workflowId, result: await system.client.workflow.getHandle(workflowId).result() };
    },
    result: { phase: 'cleared', stopped: null, month: thisMonth() },
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
