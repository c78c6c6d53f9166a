import { expect } from 'vitest';
import { busyness, eventually } from '../patience.ts';
import * as statements from '../../db/statements.ts';
import type { Month } from '../../domain/calendar.ts';
import { messageId, placeCode, type PlaceCode } from '../../domain/identifiers.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import {
  centreQueue,
  cleared,
  reversalWorkflowId,
  reverseSignal,
} from '../../workflows/contracts.ts';
import { aCase, nextMessage, prepare, today } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { holding, untilBlocked } from './holding.ts';
import {
  aWish,
  closeMonth,
  closed,
  loseHistory,
  markUncleared,
  repeatNow,
  resultOf,
  reverseNow,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
  type Lived,
  type Scenario,
} from './scenarios.ts';

/** Lives that are taken back: one for each state in which that may happen. */

const [treating, insured] = [placeCode('500000'), placeCode('510000')];
const notSettled = { kind: 'not-settled' };
const toldReversed = { kind: 'refused', refusal: { reason: 'request-reversed' } };
const nextYear = `${Number(thisMonth().slice(0, 4)) + 1}-01` as Month;
const lastYear = `${Number(today().slice(0, 4)) - 1}-12-30`;

const lived = async (system: TestSystem, request: SettlementRequest): Promise<Lived> => ({
  workflowId: workflowIdOf(request),
  result: await resultOf(system, workflowIdOf(request)),
});
async function aSettled(system: TestSystem, changes = {}): Promise<SettlementRequest> {
  const request = await prepare(system.databases, aCase(changes));
  await settleNow(system, request);
  await untilPhase(system, workflowIdOf(request), 'settled');
  return request;
}

async function beforeArrival(system: TestSystem): Promise<Lived> {
  const request = await prepare(system.databases, aCase());
  expect(await reverseNow(system, request)).toEqual(notSettled);
  const life = await lived(system, request);
  const history = await system.client.workflow.getHandle(life.workflowId).fetchHistory();
  expect(await settleNow(system, request)).toMatchObject(toldReversed); // by a second execution
  return { ...life, history };
}

interface Held {
  party: string;
  lockOf: (request: SettlementRequest) => { sql: string; values?: unknown[] };
  heldMs: number; // after the wish was sent
  answer: 'not-settled' | 'reversed';
}
/** Where the step runs: its row is held, the wish comes, the row is let go. */
async function whileRunning(
  system: TestSystem,
  { party, lockOf, heldMs, answer }: Held,
): Promise<Lived> {
  const request = await prepare(system.databases, aCase());
  let taken: Promise<unknown> = Promise.resolve();
  let told: Promise<unknown> = Promise.resolve();
  await holding(system, { party, ...lockOf(request) }, async () => {
    told = settleNow(system, request);
    await untilBlocked(system, party);
    taken = reverseNow(system, request);
    await new Promise((resolve) => setTimeout(resolve, heldMs));
  });
  expect(await taken).toMatchObject({ kind: answer });
  expect(await told).toMatchObject(toldReversed);
  return lived(system, request);
}

/** Until so many wishes are in the history of the execution: whoever sent them has been heard. */
export const untilHeard = (system: TestSystem, workflowId: string, count = 1): Promise<void> =>
  eventually(async () => {
    const { events } = await system.client.workflow.getHandle(workflowId).fetchHistory();
    const names = (events ?? []).map(
      ({ workflowExecutionUpdateAcceptedEventAttributes: of }) => of?.acceptedRequest?.input?.name,
    );
    expect(names.filter((name) => name === 'reverse')).toHaveLength(count);
  });

/**
 * A local activity's workflow hears nothing until its task is prolonged: soon, where it is short; but a
 * task that a slow machine cannot end in time is begun again and again.
 */
export const shortTask = (): `${number} seconds` => `${Math.ceil(2 * busyness())} seconds`;

/** The record is being written when the wish comes: it is in the ledger, and nobody was told of it. */
export async function whileRecording(system: TestSystem) {
  const request = await prepare(system.databases, aCase());
  const handle = await system.client.workflow.start('settlement', {
    workflowId: workflowIdOf(request),
    taskQueue: centreQueue,
    args: [request],
    workflowTaskTimeout: shortTask(),
  });
  const answer = settleNow(system, request);
  let taken: Promise<unknown> = Promise.resolve();
  const chain = { party: 'centre', sql: 'select from ledger_chain for update' };
  await holding(system, chain, async () => {
    await untilBlocked(system, 'centre');
    taken = reverseNow(system, request);
    await untilHeard(system, handle.workflowId);
  });
  return { request, taken: await taken, answer: await answer };
}

/** The server has heard that the step is to be cancelled. */
const untilCancelled = (system: TestSystem, workflowId: string): Promise<void> =>
  eventually(async () => {
    const { raw } = await system.client.workflow.getHandle(workflowId).describe();
    expect(raw.pendingActivities?.[0]?.state).toBe(3); // PENDING_ACTIVITY_STATE_CANCEL_REQUESTED
  });
/**
 * The step that runs fails while it is being taken back. The server tries one that is to be cancelled
 * no more: its last failure is its end.
 */
export async function whileFailing(system: TestSystem): Promise<Lived> {
  const request = await prepare(system.databases, aCase());
  const person = 'select from person where id = $1 for update';
  let told: Promise<unknown> = Promise.resolve();
  await holding(system, { party: insured, sql: person, values: [request.person] }, async () => {
    told = settleNow(system, request);
    await untilBlocked(system, insured);
    const taken = reverseNow(system, request);
    await untilCancelled(system, workflowIdOf(request));
    await system.databases.place(insured).query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(await taken).toEqual(notSettled);
  });
  expect(await told).toMatchObject(toldReversed);
  return lived(system, request);
}

/** Where the step waits for a place that is down; the place comes back afterwards. */
async function whileWaiting(
  { databases }: TestSystem,
  phase: 'split' | 'calculation',
  { up, down }: { up: PlaceCode; down: PlaceCode },
): Promise<Lived> {
  const system = await createSystem(`waiting-${phase}`, databases);
  try {
    await system.startWorkers([up]);
    const request = await prepare(databases, aCase());
    const told = settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), phase);
    expect(await reverseNow(system, request)).toEqual(notSettled);
    expect(await told).toMatchObject(toldReversed);
    await system.startPlaces([down]);
    const life = await lived(system, request);
    const history = await system.client.workflow.getHandle(life.workflowId).fetchHistory();
    return { ...life, history };
  } finally {
    await system.stop();
  }
}

async function afterResult(system: TestSystem): Promise<Lived> {
  const request = await aSettled(system);
  expect(await reverseNow(system, request)).toMatchObject({ kind: 'reversed' });
  return lived(system, request);
}

async function twice(system: TestSystem): Promise<Lived> {
  const request = await aSettled(system);
  const [one, two] = await Promise.all([reverseNow(system, request), reverseNow(system, request)]);
  expect(two).toEqual(one);
  return lived(system, request);
}

/** The month is cut, and nobody has told the settlement: the negative one is for the next month. */
async function afterMonthWasCut(system: TestSystem): Promise<Lived> {
  const request = await aSettled(system);
  await statements.closeMonth(system.databases.centre, thisMonth());
  expect(await reverseNow(system, request)).toMatchObject({ kind: 'reversed' });
  await untilPhase(system, workflowIdOf(request), 'reversed');
  const handle = system.client.workflow.getHandle(workflowIdOf(request));
  await handle.signal(cleared, { month: thisMonth() });
  await handle.signal(cleared, { month: nextYear });
  await markUncleared(system);
  return lived(system, request);
}

/** Its own execution is over: another takes it back, and waits for the next month. */
async function afterClearing(system: TestSystem): Promise<Lived> {
  const request = await aSettled(system);
  await closeMonth(system, thisMonth());
  await resultOf(system, workflowIdOf(request));
  expect(await reverseNow(system, request)).toMatchObject({ kind: 'reversed' });
  await markUncleared(system);
  const workflowId = reversalWorkflowId(request);
  await system.client.workflow.getHandle(workflowId).signal(cleared, { month: nextYear });
  return { workflowId, result: await resultOf(system, workflowId) };
}

/** A bug in the world: it stops, and is taken back instead of repaired. */
async function whenStopped(system: TestSystem): Promise<Lived> {
  const request = await prepare(system.databases, aCase());
  const database = system.databases.place('500000');
  await database.query('create table lost as select * from catalogue_item');
  await database.query(`delete from catalogue_item where code = 'XC09CAX002A001010199002'`);
  const told = settleNow(system, request);
  await untilPhase(system, workflowIdOf(request), 'stopped');
  expect(await reverseNow(system, request)).toEqual(notSettled);
  expect(await told).toMatchObject(toldReversed);
  await database.query('insert into catalogue_item select * from lost on conflict do nothing');
  await database.query('drop table lost');
  return lived(system, request);
}

/** A reversal that may not be: the settlement goes on to its clearing. */
async function refused(
  system: TestSystem,
  reason: string,
  { changes = {}, wish = aWish() }: { changes?: object; wish?: ReturnType<typeof aWish> },
): Promise<Lived> {
  const request = await aSettled(system, changes);
  const answer = await reverseNow(system, request, wish);
  expect(answer).toMatchObject({ kind: 'refused', refusal: { reason } });
  await untilPhase(system, workflowIdOf(request), 'settled');
  await closeMonth(system, thisMonth());
  await markUncleared(system);
  return lived(system, request);
}
const namingAnother = () => ({
  ...aWish(),
  messageId: messageId(nextMessage()),
  person: 'another' as SettlementRequest['person'],
});

/** The history is gone, and who wants it taken back names another person: it stands, and goes on. */
export async function refusedWhenForgotten(system: TestSystem): Promise<Lived> {
  const request = await aSettled(system);
  const settled = await settleNow(system, request);
  await loseHistory(system, workflowIdOf(request));
  const refusal = { reason: 'reversal-person-differs' };
  expect(await reverseNow(system, request, namingAnother())).toEqual({ kind: 'refused', refusal });
  await untilPhase(system, workflowIdOf(request), 'settled');
  expect(await settleNow(system, request)).toEqual(settled);
  await closeMonth(system, thisMonth());
  await markUncleared(system);
  return lived(system, request);
}

/** Ended by hand while its undo waits for a place that is down; the request is repeated. */
async function undoneOnceMore({ databases }: TestSystem): Promise<Lived> {
  const system = await createSystem('undone-once-more', databases);
  try {
    await system.startWorkers([treating]);
    const request = await prepare(databases, aCase());
    const told = settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'calculation');
    await reverseNow(system, request);
    await told;
    await untilPhase(system, workflowIdOf(request), 'reversing');
    await system.client.workflow.getHandle(workflowIdOf(request)).terminate('a mistake');
    expect(await repeatNow(system, request)).toMatchObject(toldReversed);
    await system.startPlaces([insured]);
    const life = await lived(system, request);
    const history = await system.client.workflow.getHandle(life.workflowId).fetchHistory();
    return { ...life, history };
  } finally {
    await system.stop();
  }
}

/** Two wishes are heard at once: the first names another person, and the second is decided all the same. */
async function byTheSecondOfTwo({ databases }: TestSystem): Promise<Lived> {
  const system = await createSystem('second-of-two', databases);
  try {
    const workers = await system.startWorkers();
    const request = await aSettled(system);
    await workers.stop();
    const handle = system.client.workflow.getHandle(workflowIdOf(request));
    await handle.signal(reverseSignal, namingAnother());
    await handle.signal(reverseSignal, aWish());
    await system.startWorkers();
    const life = await lived(system, request);
    return { ...life, history: await handle.fetchHistory() };
  } finally {
    await system.stop();
  }
}

/** Refused by the insured place: recorded, and its batch is free before it is told. */
async function refusedThenFreed(system: TestSystem): Promise<Lived> {
  const suspended = '51010000000000000020';
  const request = await prepare(system.databases, aCase({ person: suspended }));
  const answer = await settleNow(system, request);
  expect(answer).toMatchObject({ refusal: { reason: 'benefit-suspended' } });
  return lived(system, request);
}

const reversed = (name: string, run: Scenario['run'], month: Month | null = null): Scenario => ({
  name: `settlement/reversed-${name}`,
  run,
  result: closed('reversed', month),
});

export const reversalScenarios: Scenario[] = [
  reversed('before-arrival', beforeArrival),
  reversed('while-split-waits', (system) =>
    whileWaiting(system, 'split', { up: insured, down: treating }),
  ),
  reversed('while-splitting', (system) =>
    whileRunning(system, {
      party: '500000',
      lockOf: ({ visit }) => ({
        sql: 'select from fee_batch where visit_id = $1 for update',
        values: [visit],
      }),
      heldMs: 300,
      answer: 'not-settled',
    }),
  ),
  reversed('while-calculation-waits', (system) =>
    whileWaiting(system, 'calculation', { up: treating, down: insured }),
  ),
  reversed('while-calculating', (system) =>
    whileRunning(system, {
      party: '510000',
      lockOf: ({ person }) => ({
        sql: 'select from person where id = $1 for update',
        values: [person],
      }),
      heldMs: 300,
      answer: 'not-settled',
    }),
  ),
  reversed('while-failing', whileFailing),
  reversed('recorded-not-answered', async (system) => {
    await reverseNow(system, await aSettled(system)); // the pair's chain is there to be held
    const { request, taken, answer } = await whileRecording(system);
    expect(taken).toMatchObject({ kind: 'reversed' });
    expect(answer).toMatchObject(toldReversed);
    return lived(system, request);
  }),
  reversed('after-result', afterResult),
  reversed('twice', twice),
  reversed('when-stopped', whenStopped),
  reversed('after-month-was-cut', afterMonthWasCut, nextYear),
  reversed('undone-once-more', undoneOnceMore),
  reversed('by-the-second-of-two', byTheSecondOfTwo),
  { name: 'settlement/refused-then-freed', run: refusedThenFreed, result: closed('refused') },
  {
    name: 'reversal/reversed-after-clearing',
    run: afterClearing,
    result: closed('reversed', nextYear),
  },
  {
    name: 'settlement/reversal-crosses-year',
    run: (system) => refused(system, 'reversal-crosses-year', { changes: { visitedOn: lastYear } }),
    result: closed('cleared', thisMonth()),
  },
  {
    name: 'settlement/reversal-person-differs',
    run: (system) => refused(system, 'reversal-person-differs', { wish: namingAnother() }),
    result: closed('cleared', thisMonth()),
  },
  {
    name: 'settlement/reversal-refused-after-history-was-lost',
    run: refusedWhenForgotten,
    result: closed('cleared', thisMonth()),
  },
];
