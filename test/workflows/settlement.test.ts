import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSettlementClient } from '../../gateway/client.ts';
import { settlementWorkflowId } from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('settlement');
  await system.startWorkers();
});
afterAll(() => system.stop());

describe('4号 三(二) one settlement', () => {
  it('is split, calculated, recorded and answered', async () => {
    const request = await prepare(system.databases, aCase());
    const settlements = createSettlementClient(system.client);
    const outcome = await settlements.settle(request, 8000);
    console.dir(outcome, { depth: 9 });
    const handle = system.client.workflow.getHandle(
      settlementWorkflowId(request.institution, request.messageId),
    );
    const d = await handle.describe();
    console.log(d.historyLength, d.raw.workflowExecutionInfo?.stateTransitionCount?.toString());
    expect(outcome.kind).toBe('answered');
  });
});
