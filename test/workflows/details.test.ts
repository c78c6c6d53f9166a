import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patientMs } from '../patience.ts';
import { createSettlementClient } from '../../gateway/client.ts';
import { placeCode } from '../../domain/identifiers.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { readNames } from '../../seeds/names.ts';
import { reversalWorkflowId } from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import {
  closeMonth,
  markUncleared,
  resultOf,
  reverseNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
} from './scenarios.ts';

/** What an operator reads of an execution in the Temporal UI. */

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('details');
});
afterAll(() => system.stop());

const which = '四川省参保人在重庆市陆军军医大学第一附属医院就医，高血压（M03900），320.00 元';
const settle = (request: SettlementRequest) =>
  createSettlementClient(system.client, readNames()).settle(request, patientMs);
/** The UI asks the execution in this way, and shows it as Markdown. */
async function detailsOf(workflowId: string): Promise<string[]> {
  const { currentDetails } = await system.client.workflow
    .getHandle(workflowId)
    .query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return currentDetails.split('\n\n');
}

describe('an execution shows which settlement it is, where it stands, and whom it waits for', () => {
  it('while a step waits, when it is settled, and as a reversal after the month', async () => {
    const workers = await system.startWorkers([placeCode('500000')]);
    const request = await prepare(system.databases, aCase());
    const id = workflowIdOf(request);
    const answer = settle(request);
    await untilPhase(system, id, 'calculation');
    expect(await detailsOf(id)).toEqual([which, '阶段：待遇计算', '等待：参保地四川省（510000）']);
    const { staticSummary } = await system.client.workflow.getHandle(id).describe();
    expect(await staticSummary()).toBe(
      '四川省参保人在重庆市5000001000003就医，高血压（M03900），320.00 元',
    );
    const places = await system.startPlaces([placeCode('510000')]);
    await answer;
    await untilPhase(system, id, 'settled');
    const waitsForMonth = '等待：国家级经办机构月度清算';
    expect(await detailsOf(id)).toEqual([which, '阶段：已结算', waitsForMonth]);

    await closeMonth(system, thisMonth());
    await resultOf(system, id);
    await reverseNow(system, request);
    await markUncleared(system);
    const reversal = reversalWorkflowId(request);
    await untilPhase(system, reversal, 'reversed');
    const standing = `阶段：已撤销（冲减金额在 ${thisMonth()} 之后的月份清算）`;
    expect(await detailsOf(reversal)).toEqual([which, standing, waitsForMonth]);
    for (const text of [await detailsOf(id), await detailsOf(reversal)].flat()) {
      expect(text).not.toContain(request.person);
    }
    await places.stop();
    await workers.stop();
  });
});
