import type { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  guarded,
  knownMaintenance,
  maintenanceFailure,
  type GuardOptions,
} from '../../activities/maintenance-guard.ts';
import { placeCode } from '../../domain/identifiers.ts';
import { instant, type MaintenanceService } from '../../domain/maintenance.ts';
import type { Database } from '../../db/database.ts';
import { announceWindow, closeWindow, moveWindowEnd, readWindows } from '../../db/maintenance.ts';
import { askAgain, learnWindow } from '../../db/maintenance-learnt.ts';
import { arrive, markWoken, nextWaiting } from '../../db/maintenance-arrivals.ts';
import { cloneDatabases, type Databases } from '../system.ts';

const party = placeCode('510000');
let databases: Databases;
let database: Database;
let options: GuardOptions;
beforeAll(async () => {
  databases = await cloneDatabases('maintenance');
  database = databases.place(party);
});
afterAll(() => databases.drop());
beforeEach(async () => {
  await database.query('truncate maintenance_window, maintenance_arrival');
  options = { database, known: knownMaintenance(database, party, 1000), releasePerSecond: 20 };
});

const at = (milliseconds: number) => instant(new Date(Date.now() + milliseconds).toISOString());
const hour = 3_600_000;
const announce = (
  services: readonly MaintenanceService[],
  from = -hour,
  to: number | null = hour,
) =>
  announceWindow(database, party, {
    services,
    from: at(from),
    to: to === null ? null : at(to),
    message: '系统升级',
    by: 'test',
  });
/** Runs a step under the guard: what it gave, or the failure it threw. */
const run = (activityType: string, workflowId: string): Promise<unknown> =>
  guarded(options, { activityType, workflowId, activityId: activityType }, () =>
    Promise.resolve('done'),
  ).catch((error: unknown) => error);
/** How long after the end its turn is, in twentieths of a second. */
async function turnAfter(end: string | null, step: Promise<unknown>): Promise<number> {
  const failure = (await step) as ApplicationFailure;
  expect(failure.type).toBe('MaintenanceWindow');
  const left = end === null ? hour : Date.parse(end) - Date.now();
  return Math.floor((Number(failure.nextRetryDelay) - left) / 50) * 50;
}
const numbersOf = async () =>
  (await nextWaiting(database, null, 10)).map(({ workflowId }) => workflowId);

describe('4号 三(三) the guard of a place', () => {
  it('lets everything by while nothing is closed, and keeps no line', async () => {
    expect(await run('calculate', 'A')).toBe('done');
    await announce(['settlement'], -hour, -1);
    await announce(['settlement'], hour, 2 * hour);
    options.known.forget();
    expect(await run('calculate', 'A')).toBe('done');
    expect(await numbersOf()).toEqual([]);
  });

  it('says who, until when and in whose words, benign and to be tried again', async () => {
    const { window } = await announce(['settlement']);
    expect(await run('calculate', 'A')).toMatchObject({
      type: 'MaintenanceWindow',
      nonRetryable: false,
      category: 'BENIGN',
      details: [{ party: '510000', until: window.to, message: '系统升级' }],
    });
  });

  it('gives turns in the order of arrival, undos before settlements, the same to who comes twice', async () => {
    const { window } = await announce(['settlement', 'reversal']);
    expect(await turnAfter(window.to, run('calculate', 'A'))).toBe(550);
    expect(await turnAfter(window.to, run('split', 'B'))).toBe(600);
    expect(await turnAfter(window.to, run('undoCalculation', 'C'))).toBe(50);
    expect(await turnAfter(window.to, run('release', 'D'))).toBe(100);
    expect(await turnAfter(window.to, run('calculate', 'E'))).toBe(750);
    // The undos came since: A is behind them now, and still before B.
    expect(await turnAfter(window.to, run('calculate', 'A'))).toBe(650);
    expect(await turnAfter(window.to, run('split', 'B'))).toBe(700);
    expect(await numbersOf()).toEqual(['C', 'D', 'A', 'B', 'E']);
  });

  it('keeps the number of who wakes while the window was prolonged', async () => {
    const { window } = await announce(['settlement'], -hour, 5000);
    await run('calculate', 'A');
    await run('calculate', 'B');
    const to = at(hour);
    await moveWindowEnd(database, party, { id: window.id, to, by: 'test' });
    options.known.forget();
    expect(await turnAfter(to, run('calculate', 'B'))).toBe(600);
    expect(await turnAfter(to, run('calculate', 'C'))).toBe(650);
    expect(await turnAfter(to, run('calculate', 'A'))).toBe(550);
  });

  it('closes only the services that the window names', async () => {
    await announce(['settlement']);
    expect(await run('undoCalculation', 'A')).toBe('done');
    expect(await run('nextRegistryChanges', 'A')).toBe('done');
    expect(await run('keepWindows', 'A')).toBe('done');
    await announce(['registry'], -hour, null);
    options.known.forget();
    expect(await turnAfter(null, run('nextRegistryChanges', 'A'))).toBe(550);
  });

  it('of who passes the line forgets the number', async () => {
    const { window } = await announce(['settlement']);
    await run('calculate', 'A');
    await run('calculate', 'B');
    await closeWindow(database, party, { id: window.id, by: 'test' });
    expect(await run('calculate', 'A')).toBe('done'); // though what the worker knows is older
    options.known.forget();
    expect(await run('calculate', 'A')).toBe('done');
    expect(await numbersOf()).toEqual(['B']);
  });

  it('forgets a step that was given up once its workflow undoes it, and one that never came', async () => {
    await announce(['settlement']);
    for (const workflowId of ['A', 'B', 'C']) await run('calculate', workflowId);
    expect(await run('undoCalculation', 'A')).toBe('done');
    expect(await numbersOf()).toEqual(['B', 'C']);
    await database.query('truncate maintenance_window');
    await database.query(
      `update maintenance_arrival set due_at = clock_timestamp() -
         case workflow_id when 'B' then interval '11 minutes' else interval '9 minutes' end`,
    );
    options.known.forget();
    expect(await run('split', 'D')).toBe('done');
    const { rows } = await database.query('select workflow_id as who from maintenance_arrival');
    expect(rows).toEqual([{ who: 'C' }]);
  });

  it('forgets an undo that was given up once another undo of its workflow is done', async () => {
    const { window } = await announce(['reversal']);
    await run('release', 'A');
    await closeWindow(database, party, { id: window.id, by: 'test' });
    expect(await run('undoCalculation', 'A')).toBe('done');
    expect(await numbersOf()).toEqual([]);
  });

  it('who was woken and waits anew is in the line before it says when: whoever opens now sees it', async () => {
    const step = { workflowId: 'A', activityId: 'calculate' };
    await arrive(database, step, 'settlement');
    const [{ number } = { number: 0 }] = await nextWaiting(database, null, 1);
    await markWoken(database, [number]);
    expect(await numbersOf()).toEqual([]);
    await arrive(database, step, 'settlement');
    expect(await nextWaiting(database, null, 1)).toMatchObject([{ number, ...step }]);
  });

  it('passes on what a party says of itself, as it is, where nobody listens', async () => {
    const said = { party, until: at(hour), message: '对方说的' };
    const own = maintenanceFailure(said, { milliseconds: 1234, isLocal: false });
    const step = { activityType: 'calculate', workflowId: 'A', activityId: 'calculate' };
    await expect(guarded(options, step, () => Promise.reject(own))).rejects.toBe(own);
  });

  it('knows only its own party’s windows', async () => {
    await announceWindow(database, 'centre', {
      services: ['settlement'],
      from: at(-hour),
      to: null,
      message: '国家平台',
      by: 'test',
    });
    expect(await run('calculate', 'A')).toBe('done');
  });
});

describe('a window that is learnt from an answer', () => {
  const told = (until: number | null) => ({
    service: 'settlement' as const,
    until: until === null ? null : at(until),
    message: '切换',
  });
  const learn = (until: number | null) => learnWindow(database, party, told(until));

  it('is one window, whose end follows what is said; sooner wakes who waits', async () => {
    const heard = told(hour);
    const [first, second] = await Promise.all([
      learnWindow(database, party, heard),
      learnWindow(database, party, heard),
    ]);
    expect([first, second].filter((change) => change === null)).toHaveLength(1);
    expect(await learn(2 * hour)).toMatchObject({ wakes: false, window: { revision: 2 } });
    expect(await learn(null)).toMatchObject({ wakes: false, window: { to: null, revision: 3 } });
    expect(await learn(null)).toBeNull();
    expect(await learn(hour)).toMatchObject({ wakes: true, window: { revision: 4 } });
    expect(await readWindows(database)).toHaveLength(1);
  });

  it('is not stored where an announced one lasts as long', async () => {
    await announce(['settlement'], -hour, 2 * hour);
    expect(await learn(hour)).toBeNull();
    expect(await learn(3 * hour)).toMatchObject({ window: { services: ['settlement'] } });
  });

  it('without an end is asked about once in an hour, and not while an announced one lasts', async () => {
    await learn(null);
    expect(await askAgain(database, party, 'settlement')).toBe(false);
    await database.query('update maintenance_window set ask_again_at = clock_timestamp()');
    const announced = await announce(['settlement']);
    expect(await askAgain(database, party, 'settlement')).toBe(false);
    await closeWindow(database, party, { id: announced.window.id, by: 'test' });
    expect(await askAgain(database, party, 'reversal')).toBe(false);
    expect(await askAgain(database, party, 'settlement')).toBe(true);
    expect(await askAgain(database, party, 'settlement')).toBe(false);
  });
});

describe('a window’s end', () => {
  it('is not moved before now, before its beginning, or once it is over', async () => {
    const move = (id: string, to: number) =>
      moveWindowEnd(database, party, { id, to: at(to), by: 'test' });
    const ahead = await announce(['settlement'], hour, 2 * hour);
    expect(await move(ahead.window.id, hour - 1000)).toBeNull();
    expect(await move(ahead.window.id, hour + 1000)).toMatchObject({ wakes: true });
    const begun = await announce(['settlement']);
    expect(await move(begun.window.id, -1000)).toBeNull();
    expect(await move(begun.window.id, 2 * hour)).toMatchObject({ wakes: false });
    const over = await announce(['settlement'], -hour, -1);
    expect(await move(over.window.id, hour)).toBeNull();
    expect(await closeWindow(database, party, { id: over.window.id, by: 'test' })).toBeNull();
    const open = await announce(['settlement'], -hour, null);
    expect(await move(open.window.id, hour)).toMatchObject({ wakes: true });
    expect((await readWindows(database)).length).toBe(3);
  });
});
