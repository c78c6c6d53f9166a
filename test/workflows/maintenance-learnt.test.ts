import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../patience.ts';
import { insuredPlaceActivities } from '../../activities/insured-place.ts';
import { maintenanceFailure } from '../../activities/maintenance-guard.ts';
import type { Instant } from '../../domain/maintenance.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { readWindows } from '../../db/maintenance.ts';
import { windowsWorkflowId } from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { settleNow, untilPhase, workflowIdOf } from './scenarios.ts';
import { chongqing, handsOn, inMilliseconds, sichuan, type Hands } from './windows.ts';

/** A place whose calculations are done by a system of its own, which says that it is in maintenance. */

let system: TestSystem;
let hands: Hands;
let says: { until: Instant | null } | null = null;
let calls = 0;
beforeAll(async () => {
  system = await createSystem('learnt');
  hands = handsOn(system);
  await system.startWorkers([chongqing]);
  const { calculate } = insuredPlaceActivities({ database: system.databases.place(sichuan) });
  await system.startPlaces([sichuan], {
    ownSteps: {
      calculate: (order) => {
        calls += 1;
        if (!says) return calculate(order);
        const details = { party: sichuan, message: '省平台切换', ...says };
        throw maintenanceFailure(details, { milliseconds: 60_000, isLocal: false });
      },
    },
  });
});
afterAll(() => system.stop());
beforeEach(() => {
  calls = 0;
});

const come = async () => {
  const request = await prepare(system.databases, aCase());
  return { request, answer: settleNow(system, request) };
};
const untilInLine = (count: number): Promise<void> =>
  eventually(async () => {
    expect(await hands.lineOf()).toBe(count);
  });
const knownAt = (place: string) => readWindows(system.databases.place(place));
const untilTold = () => system.client.workflow.getHandle(windowsWorkflowId(sichuan)).result();
const eventsOf = async (request: SettlementRequest): Promise<number> => {
  await untilPhase(system, workflowIdOf(request), 'settled');
  return (await system.client.workflow.getHandle(workflowIdOf(request)).describe()).historyLength;
};

describe('4号 三(三) a maintenance window that is learnt from the place’s own answer', () => {
  it('is stored once, told to everybody, and keeps others from asking until it is over', async () => {
    const until = inMilliseconds(3_600_000);
    says = { until };
    const first = await come();
    await untilInLine(1);
    await untilTold();
    const second = await come();
    await untilInLine(2);
    expect(calls).toBe(1);
    const window = { party: sichuan, services: ['settlement'], to: until, message: '省平台切换' };
    for (const place of [sichuan, chongqing]) expect(await knownAt(place)).toMatchObject([window]);
    expect(await readWindows(system.databases.centre)).toMatchObject([window]);
    says = null;
    const [stored] = await knownAt(sichuan);
    if (stored) await hands.open({ window: stored });
    expect(await first.answer).toMatchObject({ kind: 'settled' });
    expect(await second.answer).toMatchObject({ kind: 'settled' });
    await untilTold();
    expect(await eventsOf(first.request)).toBe(await eventsOf(second.request));
    expect(await hands.lineOf()).toBe(0);
  });

  it('without an end is asked about again by one in an hour, and closed when the place answers', async () => {
    const anHourLater = () =>
      system.databases
        .place(sichuan)
        .query('update maintenance_window set ask_again_at = clock_timestamp()');
    says = { until: null };
    const waiting = [await come()];
    await untilInLine(1);
    await untilTold();
    waiting.push(await come());
    await untilInLine(2);
    expect(calls).toBe(1);
    await anHourLater();
    waiting.push(await come());
    await untilInLine(3);
    waiting.push(await come());
    await untilInLine(4);
    expect(calls).toBe(2);
    expect(await knownAt(chongqing)).toMatchObject([{ to: null, revision: 1 }]);
    says = null;
    await anHourLater();
    waiting.push(await come());
    for (const { answer } of waiting) expect(await answer).toMatchObject({ kind: 'settled' });
    await untilTold();
    expect(calls).toBe(2 + waiting.length);
    expect(await knownAt(chongqing)).toEqual([]);
    expect(await hands.lineOf()).toBe(0);
  });
});
