import { setTimeout as sleep } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import { findDifferences } from '../db/verification.ts';
import { instant } from '../domain/maintenance.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import { createSettlementClient, type SettleOutcome } from '../gateway/client.ts';
import { aCase, prepare } from '../test/requests.ts';
import { maintenanceDesk } from '../workers/maintenance-desk.ts';
import { settlementWorkflowId } from '../workflows/contracts.ts';
import { costsOf, waitUntilAtRest } from './costs.ts';
import { readDrillOptions, type DrillOptions } from './drill-options.ts';
import { printDrill, type Released } from './drill-report.ts';
import { checkLedger, endSettlements, thisMonth } from './ending.ts';
import { runToEnd, say, type Run } from './run.ts';
import { insuredPlace, openParts } from './system.ts';

/** npm run drill:maintenance: a night in which the insured place is closed, and the morning after. */

interface Drill extends Awaited<ReturnType<typeof openParts>> {
  options: DrillOptions;
  /** Milliseconds in which everybody must have an answer. */
  patience: number;
}

const workflowIdOf = ({ institution, messageId }: SettlementRequest): string =>
  settlementWorkflowId(institution, messageId);

/** Shows how many there are, until it is enough or too late. */
async function watch(
  title: string,
  { until, deadline, count }: { until: number; deadline: number; count: () => Promise<number> },
): Promise<void> {
  const bar = new SingleBar(
    { format: `  {bar} {value}/{total}  ${title}`, noTTYOutput: true, notTTYSchedule: 10_000 },
    Presets.shades_classic,
  );
  bar.start(until, 0);
  try {
    for (let now = 0; now < until && Date.now() < deadline;) {
      await sleep(100);
      now = await count();
      bar.update(now);
    }
  } finally {
    bar.stop();
  }
}

/** Visits and their fees, one for each settlement, of persons in turn. */
async function upload({ databases, persons }: Drill, count: number): Promise<SettlementRequest[]> {
  const requests: SettlementRequest[] = [];
  const place = { place: () => databases.treating };
  for (let no = 0; no < count; no += 1) {
    const person = persons[no % persons.length];
    requests.push(await prepare(place, aCase(person === undefined ? {} : { person })));
  }
  return requests;
}

const settle = ({ client, patience }: Drill, request: SettlementRequest): Promise<SettleOutcome> =>
  createSettlementClient(client).settle(request, patience);

async function lineOf({ databases }: Drill): Promise<string[]> {
  const { rows } = await databases.insured.query<{ workflowId: string }>(
    'select workflow_id as "workflowId" from maintenance_arrival order by number',
  );
  return rows.map(({ workflowId }) => workflowId);
}

async function settledAt({ databases }: Drill): Promise<Map<string, number>> {
  const { rows } = await databases.centre.query<{ workflowId: string; at: Date }>(
    'select workflow_id as "workflowId", recorded_at as at from settlement',
  );
  return new Map(rows.map(({ workflowId, at }) => [workflowId, at.getTime()]));
}

/** Everybody comes while the place is closed; it opens at the end that was told, or before. */
async function liveThroughTheNight(drill: Drill, requests: readonly SettlementRequest[]) {
  const { client, databases, options, patience } = drill;
  const desk = maintenanceDesk(client, insuredPlace, databases.insured);
  const began = Date.now();
  const end = began + options.seconds * 1000;
  const { window } = await desk.announce({
    services: ['settlement'],
    from: instant(new Date(began - 1000).toISOString()),
    to: instant(new Date(end).toISOString()),
    message: '夜间维护',
    by: 'drill',
  });
  await sleep(1500); // until every worker has read its windows again
  const answers = Promise.all(requests.map((request) => settle(drill, request)));
  const waiting = async () => (await lineOf(drill)).length;
  const until = requests.length;
  await watch('wait for the place', { until, deadline: end - 500, count: waiting });
  const line = await lineOf(drill);
  if (options.closeEarly) await desk.close({ id: window.id, by: 'drill' });
  else await sleep(Math.max(0, end - Date.now()));
  const openedAt = options.closeEarly ? Date.now() : end;
  const already = (await settledAt(drill)).size;
  const settled = async () => (await settledAt(drill)).size - already;
  await watch('settled', { until, deadline: began + patience, count: settled });
  return { line, openedAt, answers: await answers };
}

/** The attempt by which the calculation was done, and when the place took it. */
async function calculationOf({ client }: Drill, workflowId: string) {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const scheduled = events?.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityId === 'calculate',
  );
  const started = events?.find(({ activityTaskStartedEventAttributes: of }) =>
    of?.scheduledEventId?.eq(scheduled?.eventId ?? 0),
  );
  const { seconds, nanos } = started?.eventTime ?? {};
  return {
    attempts: started?.activityTaskStartedEventAttributes?.attempt ?? 0,
    takenAt: Number(seconds) * 1000 + Number(nanos) / 1_000_000,
  };
}

async function releasedOf(drill: Drill, line: readonly string[]): Promise<Released[]> {
  await waitUntilAtRest(drill.client, line);
  const times = await settledAt(drill);
  return Promise.all(
    line.map(async (workflowId) => ({
      ...(await calculationOf(drill, workflowId)),
      events: (await costsOf(drill.client, workflowId)).events,
      settledAt: times.get(workflowId) ?? null,
    })),
  );
}

/** What must hold whatever happened in the night; a sentence for each that does not. */
async function faultsOf(
  drill: Drill,
  outcomes: readonly SettleOutcome[],
  line: readonly string[],
): Promise<string[]> {
  const { client, databases } = drill;
  const faults: string[] = [];
  const unsettled = outcomes.filter(
    (outcome) => outcome.kind !== 'answered' || outcome.answer.kind !== 'settled',
  );
  if (unsettled.length > 0) faults.push(`${unsettled.length} were not answered as settled`);
  if (line.length < outcomes.length) {
    faults.push(`only ${line.length} came in time: give the window more --seconds`);
  }
  const noted = (error: unknown): void => {
    faults.push(error instanceof Error ? error.message : String(error));
  };
  await checkLedger(databases.centre, outcomes.length + 1).catch(noted);
  const differences = await findDifferences(databases.insured, { after: null, to: null });
  if (differences.length > 0) faults.push(`${differences.length} accumulators differ`);
  if ((await lineOf(drill)).length > 0) faults.push('somebody is left in the line');
  await endSettlements(client, new Set([thisMonth()]), outcomes.length + 1).catch(noted);
  return faults;
}

async function drill(run: Run): Promise<number> {
  const { name, undo, signal, onEnd } = run;
  const options = readDrillOptions(process.argv.slice(2));
  const { settlements, seconds, rate } = options;
  const opening = {
    ...{ run: name, persons: settlements, profileDirectory: null },
    ...{ progress: say, signal, onEnd, undo },
  };
  const parts = await run.opening(
    openParts(opening, { KUASHENG_RELEASE_PER_SECOND: String(rate) }),
  );
  const patience = (seconds + settlements / rate + 120) * 1000;
  const parties: Drill = { ...parts, options, patience };
  say('visits and fees are uploaded');
  const [first, ...others] = await upload(parties, settlements + 1);
  if (!first) return 1;
  await settle(parties, first);
  await waitUntilAtRest(parties.client, [workflowIdOf(first)]);
  const { events: eventsWithout } = await costsOf(parties.client, workflowIdOf(first));
  const { line, openedAt, answers } = await liveThroughTheNight(parties, others);
  const released = await releasedOf(parties, line);
  const faults = await faultsOf(parties, answers, line);
  printDrill({ options, openedAt, eventsWithout, released, faults });
  return faults.length === 0 ? 0 : 1;
}

await runToEnd(drill);
