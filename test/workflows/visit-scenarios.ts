import { expect } from 'vitest';
import { eventually } from '../patience.ts';
import type { PartAnswer } from '../../domain/visit-parts.ts';
import { visitWorkflowId } from '../../workflows/contracts.ts';
import type { TestSystem } from '../system.ts';
import { aBill, keepOnly, keyOf, openVisits, valsartan, type TestBill } from '../visits.ts';
import { holding, untilBlocked } from './holding.ts';
import { resultOf, untilPhase, workflowIdOf, type Lived, type Scenario } from './scenarios.ts';

/** Whole bills: what their parts come to. */

async function lived(system: TestSystem, bill: TestBill): Promise<Lived> {
  const workflowId = visitWorkflowId(keyOf(bill));
  return { workflowId, result: await resultOf(system, workflowId) };
}
async function settled(system: TestSystem, bill: TestBill): Promise<Lived> {
  const gateway = openVisits(system);
  const { statusCode } = await gateway.post(bill);
  await gateway.close();
  expect(statusCode).toBe(200);
  return lived(system, bill);
}

/** The batch of one part is held until the part is waited for by itself. */
async function withAPartThatWaits(system: TestSystem): Promise<Lived> {
  const bill = aBill();
  const [waits, other] = (await keepOnly(system, bill)).parts;
  const gateway = openVisits(system);
  let answer: Promise<unknown> | undefined;
  const batch = { sql: 'select from fee_batch where batch_no = $1 for update' };
  await holding(system, { ...batch, party: '500000', values: [waits!.batch] }, async () => {
    answer = gateway.post(bill);
    await untilBlocked(system, '500000');
    await untilPhase(system, workflowIdOf(other!), 'settled');
    const handle = system.client.workflow.getHandle(visitWorkflowId(keyOf(bill)));
    await eventually(async () => {
      const { raw } = await handle.describe();
      expect(raw.pendingActivities?.map(({ activityId }) => activityId)).toEqual(['await-1']);
    });
  });
  await answer;
  await gateway.close();
  return lived(system, bill);
}

const refusedTumour = (changes: Partial<TestBill> = {}): TestBill =>
  aBill(changes, [valsartan('300.00', 'M03900'), valsartan('50.00', 'M00500')]);
const comesTo = (...kinds: PartAnswer['kind'][]) => ({
  parts: kinds.map((kind) => ({ answer: { kind } })),
});

export const visitScenarios: Scenario[] = [
  {
    name: 'visit/several-diseases',
    run: (system) =>
      settled(
        system,
        aBill({ person: '51010000000000000002' }, [
          valsartan('200.00', 'M03900'),
          ['XA10BAM006A001010199006', '0.40', '100', '40.00', 'M01600'],
          valsartan('20.00'),
        ]),
      ),
    result: comesTo('settled', 'settled', 'settled'),
  },
  {
    name: 'visit/one-part-refused',
    run: (system) => settled(system, refusedTumour()),
    result: comesTo('refused', 'settled'),
  },
  {
    name: 'visit/a-part-that-waited',
    run: withAPartThatWaits,
    result: comesTo('settled', 'settled'),
  },
  {
    name: 'visit/all-or-none',
    run: (system) => settled(system, refusedTumour({ allOrNone: true })),
    result: comesTo('refused', 'reversed'),
  },
];
