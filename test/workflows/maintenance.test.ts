import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../patience.ts';
import { treatingPlaceActivities } from '../../activities/treating-place.ts';
import { maintenanceServices } from '../../domain/maintenance.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import type { Database } from '../../db/database.ts';
import { keepWindows, readWindows } from '../../db/maintenance.ts';
import { arrive } from '../../db/maintenance-arrivals.ts';
import { tellWindows } from '../../gateway/maintenance.ts';
import {
  centreQueue,
  maintenanceType,
  registryWorkflowId,
  windowsWorkflowId,
} from '../../workflows/contracts.ts';
import { aGate } from '../db/steps.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { paceOf, settleNow, untilPhase, workflowIdOf } from './scenarios.ts';
import { chongqing, handsOn, known, sichuan, type Hands } from './windows.ts';

let system: TestSystem;
let workers: { stop(): Promise<void> };
let hands: Hands;
beforeAll(async () => {
  system = await createSystem('maintenance');
  hands = handsOn(system);
  workers = await system.startWorkers();
});
afterAll(() => system.stop());
afterEach(() => hands.clear());

const waitingStep = async (request: SettlementRequest) => {
  const { raw } = await system.client.workflow.getHandle(workflowIdOf(request)).describe();
  return raw.pendingActivities?.[0];
};
/** Until a step of the settlement waits for a window, tried more often than that. */
const untilWaiting = (request: SettlementRequest, attempts = 1): Promise<void> =>
  eventually(async () => {
    const step = await waitingStep(request);
    expect(step?.lastFailure?.applicationFailureInfo?.type).toBe(maintenanceType);
    expect(step?.attempt).toBeGreaterThan(attempts);
  });
const eventsOf = async (request: SettlementRequest): Promise<number> =>
  (await system.client.workflow.getHandle(workflowIdOf(request)).describe()).historyLength;
/** The attempt by which a step was done. */
async function attemptsOf(request: SettlementRequest, activityId: string): Promise<number> {
  const { events } = await system.client.workflow.getHandle(workflowIdOf(request)).fetchHistory();
  const scheduled = events?.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityId === activityId,
  );
  const started = events?.find(({ activityTaskStartedEventAttributes: of }) =>
    of?.scheduledEventId?.eq(scheduled?.eventId ?? 0),
  );
  return started?.activityTaskStartedEventAttributes?.attempt ?? 0;
}
describe('4号 三(三) a settlement in its insured place’s window', () => {
  it('rides through it: two attempts, no event more than without it, and the line is empty', async () => {
    const before = await prepare(system.databases, aCase());
    await settleNow(system, before);
    await untilPhase(system, workflowIdOf(before), 'settled');
    const request = await prepare(system.databases, aCase());
    await hands.close({ for: 500 + 2 * (await paceOf(system)) });
    await known();
    expect(await settleNow(system, request)).toMatchObject({ kind: 'settled' });
    await untilPhase(system, workflowIdOf(request), 'settled');
    expect(await attemptsOf(request, 'calculate')).toBe(2);
    expect(await eventsOf(request)).toBe(await eventsOf(before));
    expect(await hands.lineOf()).toBe(0);
  });

  it('waits on when it is prolonged, keeps its number, and goes on when it is closed early', async () => {
    const request = await prepare(system.databases, aCase());
    const pace = await paceOf(system);
    const window = await hands.close({ for: 500 + 4 * pace });
    await known();
    const answer = settleNow(system, request);
    await untilWaiting(request);
    const moved = await hands.prolong(window, 3_600_000);
    expect(moved).toMatchObject({ wakes: false, window: { revision: 2 } });
    await untilWaiting(request, 2);
    expect((await waitingStep(request))?.lastFailure?.message).toContain(moved.window.to);
    expect(await hands.lineOf()).toBe(1);
    const closedAt = Date.now();
    await hands.open(window);
    expect(await answer).toMatchObject({ kind: 'settled' });
    expect(Date.now() - closedAt).toBeLessThan(5000 + 5 * pace);
    await hands.untilTold();
  });

  it('with no known end waits until somebody closes it, and other steps of the place are done', async () => {
    const window = await hands.close({ for: null });
    await known();
    const request = await prepare(system.databases, aCase());
    const answer = settleNow(system, request);
    await untilWaiting(request);
    expect((await waitingStep(request))?.lastFailure?.message).toContain('further notice');
    // The registry of the place is open, and its own settlements' splits at the other place were done.
    const handle = await system.client.workflow.start('registry', {
      workflowId: registryWorkflowId(sichuan),
      taskQueue: centreQueue,
      args: [sichuan],
    });
    expect(await handle.result()).toBe(0);
    await hands.open(window);
    expect(await answer).toMatchObject({ kind: 'settled' });
    await hands.untilTold();
  });

  it('closed while another window goes on, it waits for that one', async () => {
    const short = await hands.close({ for: 1_800_000 });
    const long = await hands.close({ for: 3_600_000 });
    await known();
    const request = await prepare(system.databases, aCase());
    const answer = settleNow(system, request);
    await untilWaiting(request);
    expect((await waitingStep(request))?.lastFailure?.message).toContain(long.window.to);
    await hands.open(long);
    await hands.untilTold();
    await eventually(async () => {
      const { lastFailure } = (await waitingStep(request)) ?? {};
      expect(lastFailure?.message).toContain(short.window.to);
    });
    await hands.open(short);
    expect(await answer).toMatchObject({ kind: 'settled' });
    await hands.untilTold();
  });
});

describe('the order of release', () => {
  const three = async (): Promise<SettlementRequest[]> => {
    const requests: SettlementRequest[] = [];
    for (let count = 0; count < 3; count += 1) {
      requests.push(await prepare(system.databases, aCase()));
    }
    return requests;
  };
  const comeAndWait = async (requests: readonly SettlementRequest[]) => {
    const answers: Promise<unknown>[] = [];
    for (const request of requests) {
      answers.push(settleNow(system, request));
      await untilWaiting(request);
    }
    return { answers: Promise.all(answers) };
  };

  it('after the end: each has its turn, a twentieth of a second after the one before it', async () => {
    const requests = await three();
    const pace = await paceOf(system);
    const { window } = await hands.close({ for: 500 + 8 * pace });
    await known();
    const { answers } = await comeAndWait(requests);
    const turns: number[] = [];
    for (const request of requests) {
      const { seconds, nanos } = (await waitingStep(request))?.nextAttemptScheduleTime ?? {};
      turns.push(Number(seconds) * 1000 + Number(nanos) / 1_000_000 - Date.parse(window.to ?? ''));
    }
    // Half a second is left to undos; the server counts from when it hears of the delay.
    for (const [index, turn] of turns.entries()) {
      expect(turn).toBeGreaterThanOrEqual(550 + index * 50);
      expect(turn).toBeLessThan(550 + index * 50 + Math.max(300, pace));
    }
    await answers;
    for (const request of requests) expect(await attemptsOf(request, 'calculate')).toBe(2);
    expect(await hands.lineOf()).toBe(0);
  });

  it('closed early: the order of arrival', async () => {
    const requests = await three();
    const window = await hands.close();
    await known();
    const { answers } = await comeAndWait(requests);
    await hands.open(window);
    await answers;
    await hands.untilTold();
    expect((await hands.wokenBy(sichuan))[0]).toEqual(requests.map(workflowIdOf));
    // A reset begins the count of attempts anew.
    for (const request of requests) expect(await attemptsOf(request, 'calculate')).toBe(1);
    expect(await hands.lineOf()).toBe(0);
  });

  it('lets an undo go before a settlement that came earlier', async () => {
    const insured = await hands.close();
    await known();
    // Refused by its calculation, so that its batch has to be freed; that is an undo.
    const undone = await prepare(system.databases, aCase({ person: '51010000000000000020' }));
    const refused = settleNow(system, undone);
    await untilWaiting(undone);
    const treating = await hands.close({ party: chongqing, services: ['settlement', 'reversal'] });
    await known();
    const later = await prepare(system.databases, aCase());
    const settled = settleNow(system, later);
    await untilWaiting(later);
    await hands.open(insured);
    await hands.untilTold();
    await untilPhase(system, workflowIdOf(undone), 'refusing');
    await untilWaiting(undone);
    expect(await hands.lineOf(chongqing)).toBe(2);
    await hands.open(treating);
    expect(await refused).toMatchObject({ kind: 'refused' });
    expect(await settled).toMatchObject({ kind: 'settled' });
    await hands.untilTold(chongqing);
    expect((await hands.wokenBy(chongqing))[0]).toEqual([undone, later].map(workflowIdOf));
  });

  it('passes over a workflow that is gone, and forgets it', async () => {
    const window = await hands.close();
    await known();
    const [gone, there] = [
      await prepare(system.databases, aCase()),
      await prepare(system.databases, aCase()),
    ];
    const lost = settleNow(system, gone).catch(() => 'lost');
    await untilWaiting(gone);
    const answer = settleNow(system, there);
    await untilWaiting(there);
    await system.client.workflow.getHandle(workflowIdOf(gone)).terminate('gone');
    await lost;
    await hands.open(window);
    expect(await answer).toMatchObject({ kind: 'settled' });
    await hands.untilTold();
    expect(await hands.lineOf()).toBe(0);
  });
});

it('a step that is woken while it tries, and then says that it waits, is woken again', async () => {
  const own = await createSystem('maintenance-trying');
  try {
    const database = own.databases.place(chongqing);
    const { split } = treatingPlaceActivities({ database });
    let isLate = false;
    const [tries, goesOn] = [aGate(), aGate()];
    // As where it has read that its place is closed, which opens before it could say until when it waits.
    const late: typeof split = async (order) => {
      const { workflowExecution, activityId } = activityInfo();
      if (isLate) return split(order);
      isLate = true;
      const { workflowId = '' } = workflowExecution ?? {};
      await arrive(database, { workflowId, activityId }, 'settlement');
      tries.open();
      await goesOn.passed;
      throw ApplicationFailure.create({ message: 'closed', nextRetryDelay: '1 hour' });
    };
    await own.startWorkers([sichuan]);
    await own.startPlaces([chongqing], { ownSteps: { split: late } });
    const answer = settleNow(own, await prepare(own.databases, aCase()));
    await tries.passed;
    await tellWindows(own.client, chongqing, { windows: [], wakes: true });
    const waking = async (): Promise<void> => {
      const { raw } = await own.client.workflow.getHandle(windowsWorkflowId(chongqing)).describe();
      if (
        !raw.pendingActivities?.some((step) => step.activityType?.name === 'wake' && step.attempt)
      )
        throw new Error('nobody is woken');
    };
    await Promise.race([
      handsOn(own).untilTold(chongqing),
      eventually(waking).then(() => sleep(500)), // as long as who looks only once would take
    ]);
    goesOn.open();
    expect(await answer).toMatchObject({ kind: 'settled' });
  } finally {
    await own.stop();
  }
});

describe('a window of all services', () => {
  it('keeps the worker from taking tasks: no attempt is made, and all go on when it opens', async () => {
    await workers.stop();
    const window = await hands.close({ services: maintenanceServices });
    workers = await system.startWorkers();
    const requests = [
      await prepare(system.databases, aCase()),
      await prepare(system.databases, aCase()),
    ];
    const answers = requests.map((request) => settleNow(system, request));
    for (const request of requests) {
      await untilPhase(system, workflowIdOf(request), 'calculation');
    }
    await new Promise((resolve) => setTimeout(resolve, 500)); // time to take them, for who takes any
    for (const request of requests) {
      expect(await waitingStep(request)).toMatchObject({ attempt: 1, lastStartedTime: null });
    }
    await hands.open(window);
    await Promise.all(answers);
    for (const request of requests) expect(await attemptsOf(request, 'calculate')).toBe(1);
    await hands.untilTold();
  });
});

describe('who is told', () => {
  const idsAt = async (database: Database) =>
    (await readWindows(database)).map(({ id, revision }) => [id, revision]);

  it('the centre and every place; one that is down delays only itself, and gets the newest', async () => {
    await workers.stop();
    workers = await system.startWorkers([sichuan]);
    const window = await hands.close();
    const { id } = window.window;
    await hands.tell(window);
    const centre = system.databases.centre;
    await eventually(async () => {
      expect(await idsAt(centre)).toEqual([[id, 1]]);
    });
    const moved = await hands.prolong(window, 7_200_000);
    await hands.tell(moved);
    await eventually(async () => {
      expect(await idsAt(centre)).toEqual([[id, 2]]);
    });
    expect(await idsAt(system.databases.place(chongqing))).toEqual([]);
    const late = await system.startPlaces([chongqing]);
    await hands.untilTold();
    await late.stop();
    const [copy] = await readWindows(system.databases.place(chongqing));
    expect(copy).toEqual(moved.window);
  });

  it('a copy is never older than it was', async () => {
    const { window } = await hands.close();
    const copies = system.databases.place(chongqing);
    const newer = { ...window, revision: 3, message: '延长' };
    await keepWindows(copies, [newer]);
    await keepWindows(copies, [{ ...window, revision: 2 }]);
    expect(await readWindows(copies)).toEqual([newer]);
  });
});
