import { eventually } from '../patience.ts';
import { placeCode } from '../../domain/identifiers.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { holding, untilBlocked } from './holding.ts';
import {
  closeMonth,
  closed,
  markUncleared,
  resultOf,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
  type Lived,
  type Scenario,
} from './scenarios.ts';

/** Lives in which a place is late: it fails, it is down, somebody waits for it at the counter or not. */

const [treating, insured] = [placeCode('500000'), placeCode('510000')];

async function untilCleared(system: TestSystem, request: SettlementRequest): Promise<Lived> {
  const workflowId = workflowIdOf(request);
  await untilPhase(system, workflowId, 'settled');
  await closeMonth(system, thisMonth());
  await markUncleared(system);
  return { workflowId, result: await resultOf(system, workflowId) };
}

/** Until the step that the execution waits for has failed so often. */
const untilFailed = (system: TestSystem, workflowId: string, times: number): Promise<void> =>
  eventually(async () => {
    const { raw } = await system.client.workflow.getHandle(workflowId).describe();
    const [step] = raw.pendingActivities ?? [];
    if ((step?.attempt ?? 0) <= times) throw new Error('it has not failed so often');
  });

/** Its insured place answers wrongly, twice, and then rightly. */
async function retried(system: TestSystem): Promise<Lived> {
  const request = await prepare(system.databases, aCase());
  const database = system.databases.place(insured);
  await database.query('alter table person rename to person_gone');
  const answer = settleNow(system, request);
  try {
    await untilFailed(system, workflowIdOf(request), 2);
  } finally {
    await database.query('alter table person_gone rename to person');
  }
  await answer;
  return untilCleared(system, request);
}

/** Nobody is told no: it waits until its insured place is there, as long as that takes. */
async function waited({ databases }: TestSystem): Promise<Lived> {
  const system = await createSystem('waited', databases);
  try {
    await system.startWorkers([treating]);
    const request = await prepare(databases, aCase());
    const answer = settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'calculation');
    await system.startPlaces([insured]);
    await answer;
    const life = await untilCleared(system, request);
    const history = await system.client.workflow.getHandle(life.workflowId).fetchHistory();
    return { ...life, history };
  } finally {
    await system.stop();
  }
}

async function inTime(system: TestSystem): Promise<Lived> {
  const request = await prepare(system.databases, aCase());
  await settleNow(system, { ...request, counter: { withinMs: 20_000 } });
  return untilCleared(system, request);
}

/** Time is up while the calculation runs: never settled, and what that attempt then posts is undone. */
async function lateAttempt(system: TestSystem): Promise<Lived> {
  const request = await prepare(system.databases, aCase());
  const workflowId = workflowIdOf(request);
  const person = { party: insured, sql: 'select from person where id = $1 for update' };
  await holding(system, { ...person, values: [request.person] }, async () => {
    const answer = settleNow(system, { ...request, counter: { withinMs: 1000 } });
    await untilBlocked(system, insured);
    await answer;
  });
  return { workflowId, result: await resultOf(system, workflowId) };
}

export const waitingScenarios: Scenario[] = [
  { name: 'settlement/retried', run: retried, result: closed('cleared', thisMonth()) },
  { name: 'settlement/waited-for-a-place', run: waited, result: closed('cleared', thisMonth()) },
  {
    name: 'settlement/in-time-at-the-counter',
    run: inTime,
    result: closed('cleared', thisMonth()),
  },
  { name: 'settlement/refused-late-attempt', run: lateAttempt, result: closed('refused') },
];
