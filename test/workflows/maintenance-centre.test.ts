import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../patience.ts';
import { announceWindow } from '../../db/maintenance.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { maintenanceServices } from '../../domain/maintenance.ts';
import { createSettlementClient } from '../../gateway/client.ts';
import {
  clearingWorkflowId,
  maintenanceType,
  status,
  type SettlementStatus,
} from '../../workflows/contracts.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import { holding, untilBlocked } from './holding.ts';
import { untilHeard } from './reversal-scenarios.ts';
import {
  aWish,
  closeMonth,
  markUncleared,
  reverseNow,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
  paceOf,
} from './scenarios.ts';
import { repeatedWhenForgotten, reversedWhileLate } from './window-scenarios.ts';
import { handsOn, inMilliseconds, known, type Hands } from './windows.ts';

/** The centre's steps are local activities: in its window the workflow itself waits. */

let system: TestSystem;
let hands: Hands;
beforeAll(async () => {
  system = await createSystem('maintenance-centre');
  hands = handsOn(system);
  await system.startWorkers();
});
afterAll(() => system.stop());
afterEach(async () => {
  await hands.clear();
  expect(await hands.lineOf('centre')).toBe(0);
});

const party = 'centre';
const aRequest = () => prepare(system.databases, aCase());
const statusOf = (request: SettlementRequest): Promise<SettlementStatus> =>
  system.client.workflow.getHandle(workflowIdOf(request)).query(status);
/** Until the settlement itself waits for the centre. */
const untilWaiting = (
  request: SettlementRequest,
  as: Partial<SettlementStatus> = {},
): Promise<void> =>
  eventually(async () => {
    const waitsFor = expect.objectContaining({ party }) as SettlementStatus['waitsFor'];
    expect(await statusOf(request)).toMatchObject({ waitsFor, ...as });
  });
const comeAndWait = async (count: number) => {
  const requests: SettlementRequest[] = [];
  const answers: Promise<unknown>[] = [];
  for (let no = 0; no < count; no += 1) {
    const request = await aRequest();
    requests.push(request);
    answers.push(settleNow(system, request));
    await untilWaiting(request);
  }
  return { requests, answers: Promise.all(answers) };
};
const rowOf = async ({ messageId }: SettlementRequest) => {
  const { rows } = await system.databases.centre.query<Record<string, unknown>>(
    `select state, answer #>> '{refusal,reason}' as reason from request where message_id = $1`,
    [messageId],
  );
  return rows[0] ?? null;
};
/**
 * How many events of each type there are, but for workflow tasks: their number is a matter of when
 * somebody asked or heard what.
 */
async function eventsOf(request: SettlementRequest): Promise<Record<string, number>> {
  const history = await system.client.workflow.getHandle(workflowIdOf(request)).fetchHistory();
  const { events } = JSON.parse(historyToJSON(history)) as { events: { eventType: string }[] };
  const counts: Record<string, number> = {};
  for (const { eventType } of events) {
    const type = eventType.replace('EVENT_TYPE_', '');
    if (!type.startsWith('WORKFLOW_TASK_')) counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}
const ended = (request: SettlementRequest): Promise<unknown> =>
  system.client.workflow.getHandle(workflowIdOf(request)).result();

describe('4号 三(三) a settlement in the centre’s window', () => {
  it('taken back while it is decided that the counter’s time was up: reversed, though it was settled in time', async () => {
    const { result } = await reversedWhileLate(system);
    expect(result).toMatchObject({ phase: 'reversed' });
  });

  it('taken back by several at once: each who names another person is refused, who names the right one is not', async () => {
    const request = await aRequest();
    await settleNow(system, request);
    await untilPhase(system, workflowIdOf(request), 'settled');
    const window = await hands.close({ party, services: ['reversal'] });
    await known();
    const naming = (person: string) =>
      reverseNow(system, request, { ...aWish(), person: person as SettlementRequest['person'] });
    const taken: Promise<unknown>[] = [];
    for (const person of ['another', 'a third', request.person]) {
      taken.push(naming(person));
      await untilHeard(system, workflowIdOf(request), taken.length);
    }
    await hands.open(window);
    const refused = { kind: 'refused', refusal: { reason: 'reversal-person-differs' } };
    expect(await Promise.all(taken)).toMatchObject([refused, refused, { kind: 'reversed' }]);
    await ended(request);
    await hands.untilTold(party);
  });

  it('repeated at the counter after its history was lost: told its result, since that stands', async () => {
    await untilPhase(system, await repeatedWhenForgotten(system), 'settled');
  });

  it('waits, says for whom until when, and claims nothing; closed early it goes on at once', async () => {
    const before = await aRequest();
    await settleNow(system, before);
    await untilPhase(system, workflowIdOf(before), 'settled');
    const pace = await paceOf(system);
    const window = await hands.close({ party });
    await known();
    const {
      requests: [request],
      answers,
    } = await comeAndWait(1);
    if (!request) throw new Error('nobody came');
    expect(await statusOf(request)).toMatchObject({
      phase: 'eligibility',
      waitsFor: { party, until: window.window.to },
    });
    expect(await rowOf(request)).toBeNull();
    const opened = Date.now();
    await hands.open(window);
    expect(await answers).toMatchObject([{ kind: 'settled' }]);
    expect(Date.now() - opened).toBeLessThan(5000 + 5 * pace);
    await untilPhase(system, workflowIdOf(request), 'settled');
    expect(await statusOf(request)).toMatchObject({ waitsFor: null });
    // A failed attempt, and a timer that the signal cancels; nothing else, however long the night was.
    const { MARKER_RECORDED: attempts = NaN, ...others } = await eventsOf(before);
    expect(await eventsOf(request)).toEqual({
      ...others,
      MARKER_RECORDED: attempts + 1,
      TIMER_STARTED: 1,
      TIMER_CANCELED: 1,
      WORKFLOW_EXECUTION_SIGNALED: 1,
    });
    await hands.untilTold(party);
  });

  it('that is over, or has not begun, is held back by nothing', async () => {
    await hands.close({ party, for: -1 });
    await announceWindow(system.databases.centre, party, {
      services: maintenanceServices,
      from: inMilliseconds(3_600_000),
      to: null,
      message: '年度切换',
      by: 'test',
    });
    await known();
    const request = await aRequest();
    expect(await settleNow(system, request)).toMatchObject({ kind: 'settled' });
    expect(await eventsOf(request)).not.toHaveProperty('TIMER_STARTED');
  });

  it('prolonged, it wakes at the end that was told, waits on and keeps its number', async () => {
    const numbers = async () =>
      (
        await system.databases.centre.query<{ number: string; workflow: string }>(
          'select number, workflow_id as workflow from maintenance_arrival order by number',
        )
      ).rows;
    const window = await hands.close({ party, for: 2000 + 4 * (await paceOf(system)) }); // longer than it takes two to come
    await known();
    const { requests, answers } = await comeAndWait(2);
    const line = await numbers();
    const { window: moved } = await hands.prolong(window, 3_600_000);
    for (const request of requests) {
      await untilWaiting(request, { waitsFor: { party, until: moved.to } });
    }
    expect(await numbers()).toEqual(line);
    expect(line.map(({ workflow }) => workflow)).toEqual(requests.map(workflowIdOf));
    await hands.open(window);
    expect(await answers).toMatchObject([{ kind: 'settled' }, { kind: 'settled' }]);
    await hands.untilTold(party);
    expect((await hands.wokenBy(party))[0]).toEqual(requests.map(workflowIdOf));
  });

  it('one window closed while another without an end goes on: it waits for that one', async () => {
    const short = await hands.close({ party });
    await known();
    const { requests, answers } = await comeAndWait(1);
    const openEnded = await hands.close({ party, for: null });
    await known();
    await hands.open(short);
    await hands.untilTold(party);
    for (const request of requests) {
      await untilWaiting(request, { waitsFor: { party, until: null } });
    }
    await hands.open(openEnded);
    expect(await answers).toMatchObject([{ kind: 'settled' }]);
    await hands.untilTold(party);
  });

  it('that begins after the calculation holds back the record', async () => {
    const request = await aRequest();
    let answer: Promise<unknown> = Promise.resolve();
    let window: Awaited<ReturnType<Hands['close']>> | undefined;
    const held = {
      party: '510000',
      sql: 'select from person where id = $1 for update',
      values: [request.person],
    };
    await holding(system, held, async () => {
      answer = settleNow(system, request);
      await untilBlocked(system, '510000');
      window = await hands.close({ party });
      await known();
    });
    await untilWaiting(request, { phase: 'recording' });
    expect(await rowOf(request)).toEqual({ state: 'claimed', reason: null });
    if (window) await hands.open(window);
    expect(await answer).toMatchObject({ kind: 'settled' });
    await hands.untilTold(party);
  });

  it('terminated meanwhile, it is passed over and forgotten', async () => {
    const window = await hands.close({ party });
    await known();
    const gone = await aRequest();
    const lost = settleNow(system, gone).catch(() => 'lost');
    await untilWaiting(gone);
    const { answers } = await comeAndWait(1);
    await system.client.workflow.getHandle(workflowIdOf(gone)).terminate('gone');
    await lost;
    await hands.open(window);
    expect(await answers).toMatchObject([{ kind: 'settled' }]);
    await hands.untilTold(party);
  });

  it('hears that the centre is open also while its step is being tried', async () => {
    const window = await hands.close({ party, for: null });
    await known();
    const request = await aRequest();
    let answer: Promise<unknown> = Promise.resolve();
    const line = { party, sql: 'lock table maintenance_arrival in exclusive mode' };
    await holding(system, line, async () => {
      answer = settleNow(system, request);
      await untilBlocked(system, party);
      await system.client.workflow.getHandle(workflowIdOf(request)).signal('resume');
    });
    // The wait that the signal came before is over at once, and the step is tried once more.
    await eventually(async () => {
      expect(await eventsOf(request)).toMatchObject({ MARKER_RECORDED: 2 });
    });
    await hands.open(window);
    expect(await answer).toMatchObject({ kind: 'settled' });
    await hands.untilTold(party);
  });
});

describe('the counter, while the centre is closed', () => {
  const atCounter = async () => ({ ...(await aRequest()), counter: { withinMs: 600 } });
  const never = (until: string | null) => ({
    kind: 'refused',
    refusal: { reason: 'not-in-time', party, until, message: '系统升级' },
  });

  it('for settlements: in time it is decided that the request is never settled', async () => {
    const { window } = await hands.close({ party });
    await known();
    const request = await atCounter();
    expect(await settleNow(system, request)).toMatchObject(never(window.to));
    expect(await ended(request)).toMatchObject({ phase: 'refused', waitsFor: null });
    expect(await rowOf(request)).toEqual({ state: 'answered', reason: 'not-in-time' });
    expect(await settleNow(system, request)).toMatchObject(never(window.to));
  });

  it('for everything: the wish waits, the result is undetermined, and it is decided afterwards', async () => {
    const window = await hands.close({ party, services: maintenanceServices });
    await known();
    const request = await atCounter();
    const asked = await createSettlementClient(system.client).settle(request, 1500);
    expect(asked).toMatchObject({ kind: 'undetermined', why: 'deadline' });
    await untilWaiting(request, { phase: 'reversing' });
    await hands.open(window);
    expect(await settleNow(system, request)).toMatchObject(never(window.window.to));
    expect(await ended(request)).toMatchObject({ phase: 'refused' });
    await hands.untilTold(party);
  });
});

describe('what is taken back while the centre is closed', () => {
  it('before it was claimed: never settled, and the hospital that still waits is told so', async () => {
    const window = await hands.close({ party });
    await known();
    const { requests, answers } = await comeAndWait(1);
    for (const request of requests) {
      expect(await reverseNow(system, request)).toEqual({ kind: 'not-settled' });
    }
    expect(await answers).toMatchObject([
      { kind: 'refused', refusal: { reason: 'request-reversed' } },
    ]);
    await hands.open(window);
    await hands.untilTold(party);
  });

  it('before it arrives: its late arrival waits for the decision, and is not settled', async () => {
    const window = await hands.close({ party, services: maintenanceServices });
    await known();
    const request = await aRequest();
    const reversed = reverseNow(system, request);
    await untilWaiting(request, { phase: 'reversing' });
    expect(await createSettlementClient(system.client).settle(request, 2000)).toMatchObject({
      kind: 'pending',
      progress: { phase: 'reversing' },
    });
    await hands.open(window);
    expect(await reversed).toEqual({ kind: 'not-settled' });
    expect(await settleNow(system, request)).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'request-reversed' },
    });
    expect(await ended(request)).toMatchObject({ phase: 'reversed' });
    await hands.untilTold(party);
  });

  it('after it was settled: decided when the centre is open, before the settlements that wait', async () => {
    const settled = await aRequest();
    await settleNow(system, settled);
    const window = await hands.close({ party, services: ['settlement', 'reversal'] });
    await known();
    const { requests, answers } = await comeAndWait(1);
    const reversed = reverseNow(system, settled);
    await untilWaiting(settled, { phase: 'reversing' });
    await hands.open(window);
    expect(await reversed).toMatchObject({ kind: 'reversed' });
    await answers;
    await hands.untilTold(party);
    expect((await hands.wokenBy(party))[0]).toEqual([settled, ...requests].map(workflowIdOf));
  });
});

describe('a window of the centre’s clearing', () => {
  it('is ridden through by the month, at no event', async () => {
    const window = await hands.close({ party, services: ['clearing'] });
    await known();
    const request = await aRequest();
    expect(await settleNow(system, request)).toMatchObject({ kind: 'settled' });
    const month = closeMonth(system, thisMonth());
    const handle = system.client.workflow.getHandle(clearingWorkflowId(thisMonth()));
    await eventually(async () => {
      const { raw, historyLength } = await handle.describe();
      const failure = raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo;
      expect(failure?.type).toBe(maintenanceType);
      expect(historyLength).toBe(5);
    });
    await hands.open(window);
    expect(await month).toMatchObject({ ok: true });
    await markUncleared(system);
    await hands.untilTold(party);
  });
});
