import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { placeCode } from '../../domain/identifiers.ts';
import { instant, maintenanceServices, type MaintenanceService } from '../../domain/maintenance.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import {
  announceWindow,
  closeWindow,
  moveWindowEnd,
  readWindows,
  type WindowChange,
} from '../../db/maintenance.ts';
import { tellWindows } from '../../gateway/maintenance.ts';
import { maintenanceType, windowsWorkflowId } from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { inSichuan, settleNow, untilPhase, workflowIdOf } from './scenarios.ts';

const sichuan = placeCode('510000');
const chongqing = placeCode('500000');
let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('maintenance');
  await system.startWorkers();
});
afterAll(() => system.stop());
afterEach(async () => {
  for (const database of [system.databases.centre, ...system.databases.places.values()]) {
    await database.query('truncate maintenance_window');
  }
});

const inMilliseconds = (milliseconds: number) =>
  instant(new Date(Date.now() + milliseconds).toISOString());
interface Close {
  services?: readonly MaintenanceService[];
  for?: number | null; // milliseconds
  from?: number;
}
/** Writes down a window of Sichuan, the insured place of these tests. */
const close = (of: Close = {}): Promise<WindowChange> =>
  announceWindow(system.databases.place(sichuan), sichuan, {
    services: of.services ?? ['settlement'],
    from: inMilliseconds(of.from ?? -1000),
    to: of.for === null ? null : inMilliseconds(of.for ?? 3_600_000),
    message: '系统升级',
    by: 'test',
  });
const tell = ({ recent, wakes }: WindowChange): Promise<void> =>
  tellWindows(system.client, sichuan, { windows: recent, wakes });
const open = async ({ window: { id } }: WindowChange): Promise<void> => {
  const change = await closeWindow(system.databases.place(sichuan), sichuan, { id, by: 'test' });
  if (!change) throw new Error('nothing to close');
  await tell(change);
};
/** A second, the age at which a worker reads its windows again. */
const untilKnown = () => new Promise((resolve) => setTimeout(resolve, 1100));

const waitingStep = async (request: SettlementRequest) => {
  const { raw } = await system.client.workflow.getHandle(workflowIdOf(request)).describe();
  return raw.pendingActivities?.[0];
};
/** Until the settlement waits before its calculation, tried so often. */
async function untilWaiting(request: SettlementRequest, attempts = 1): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const step = await waitingStep(request).catch(() => undefined);
    const type = step?.lastFailure?.applicationFailureInfo?.type;
    if (type === maintenanceType && (step?.attempt ?? 0) > attempts) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it does not wait');
}
const untilTold = () =>
  system.client.workflow.getHandle(windowsWorkflowId(sichuan)).result() as Promise<void>;
const eventsOf = async (request: SettlementRequest): Promise<number> =>
  (await system.client.workflow.getHandle(workflowIdOf(request)).describe()).historyLength;
/** How often a step was begun before it was done. */
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
const lineOf = async (): Promise<number> => {
  const { rows } = await system.databases
    .place(sichuan)
    .query<{ count: number }>('select count(*)::int as count from maintenance_arrival');
  return rows[0]?.count ?? -1;
};

describe('4号 三(三) a settlement in its insured place’s window', () => {
  it('rides through it: two attempts, no event more than without it, and the line is empty', async () => {
    const before = await prepare(system.databases, aCase());
    await settleNow(system, before);
    await untilPhase(system, workflowIdOf(before), 'settled');
    await close({ for: 1500 });
    await untilKnown();
    const request = await prepare(system.databases, aCase());
    expect(await settleNow(system, request)).toMatchObject({ kind: 'settled' });
    await untilPhase(system, workflowIdOf(request), 'settled');
    expect(await attemptsOf(request, 'calculate')).toBe(2);
    expect(await eventsOf(request)).toBe(await eventsOf(before));
    expect(await lineOf()).toBe(0);
  });

  it('waits on when it is prolonged, keeps its number, and goes on when it is closed early', async () => {
    const window = await close({ for: 1500 });
    await untilKnown();
    const request = await prepare(system.databases, aCase());
    const answer = settleNow(system, request);
    await untilWaiting(request);
    const { id } = window.window;
    const to = inMilliseconds(3_600_000);
    const moved = await moveWindowEnd(system.databases.place(sichuan), sichuan, {
      id,
      to,
      by: 'a',
    });
    expect(moved).toMatchObject({ wakes: false, window: { to, revision: 2 } });
    await untilWaiting(request, 2);
    expect((await waitingStep(request))?.lastFailure?.message).toContain(to);
    expect(await lineOf()).toBe(1);
    const closedAt = Date.now();
    await open(window);
    expect(await answer).toMatchObject({ kind: 'settled' });
    expect(Date.now() - closedAt).toBeLessThan(5000);
    await untilTold();
  });
});
