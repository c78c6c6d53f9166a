import {
  ActivityCancellationType,
  condition,
  continueAsNew,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  CentreMaintenanceActivities,
  LineActivities,
  PlaceMaintenanceActivities,
} from '../activities/index.ts';
import type { PlaceCode } from '../domain/identifiers.ts';
import type { Arrival, MaintenanceParty } from '../domain/maintenance.ts';
import { announced, bugTypes, centreQueue, placeQueue, type Announcement } from './contracts.ts';

const options = {
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: bugTypes },
} as const;
const centre = proxyActivities<CentreMaintenanceActivities>(options);
const places = proxyActivities<PlaceMaintenanceActivities>(options);
const line = proxyActivities<LineActivities>(options);

const pageOf = 200;
/** Twice: what came into the line while the first round read it is woken by the second. */
const rounds = 2;

/** Wakes what waits in a party's line, undos first, at the party's rate. */
async function wakeLine(party: MaintenanceParty): Promise<void> {
  const queue = { taskQueue: party === 'centre' ? centreQueue : placeQueue(party) };
  let gone: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let woken: Arrival[] = [];
    do {
      // They are marked before they are woken: a step that sleeps again meanwhile is seen to.
      const page = { after: woken.at(-1) ?? null, atMost: pageOf, gone };
      const next = await line.nextWaiting.executeWithOptions(queue, [page]);
      woken = next.arrivals;
      gone = [];
      if (woken.length === 0) break;
      await line.markWoken.executeWithOptions(queue, [woken.map(({ number }) => number)]);
      gone = await centre.wake(next);
    } while (woken.length === pageOf);
  }
  if (gone.length > 0) {
    await line.nextWaiting.executeWithOptions(queue, [{ after: null, atMost: 0, gone }]);
  }
}

/** What was announced, and who does not know it yet; each is told at its own pace. */
interface Telling {
  latest: Announcement;
  no: number; // of the latest announcement
  wakes: number; // how often somebody asked to wake the line
  hasLine: boolean;
  behind: Set<string>;
  failure: { error: unknown } | null;
}

/** Does the work again whenever the number has grown; a party that is down delays only itself. */
function follow(
  telling: Telling,
  name: string,
  { number, work }: { number: () => number; work: () => Promise<void> },
): void {
  let done = 0;
  const forever = async (): Promise<never> => {
    for (;;) {
      await condition(() => done < number());
      const reached = number();
      telling.behind.add(name);
      setCurrentDetails(`尚未告知：${[...telling.behind].join('、')}`);
      await work();
      done = reached;
      if (done === number()) telling.behind.delete(name);
    }
  };
  telling.behind.add(name);
  forever().catch((error: unknown) => {
    telling.failure ??= { error };
  });
}

function followAll(telling: Telling, party: MaintenanceParty): void {
  const number = () => telling.no;
  const known = new Set<PlaceCode>();
  const tellPlace = (place: PlaceCode): void => {
    if (known.has(place)) return;
    known.add(place);
    const queue = { taskQueue: placeQueue(place) };
    const work = () => places.keepWindows.executeWithOptions(queue, [telling.latest.windows]);
    follow(telling, place, { number, work });
  };
  const work = async () => {
    const { windows: of } = telling.latest;
    (await centre.keepWindowsAtCentre({ party, windows: of })).forEach(tellPlace);
  };
  follow(telling, 'centre', { number, work });
  if (!telling.hasLine) return;
  follow(telling, 'line', { number: () => telling.wakes, work: () => wakeLine(party) });
  if (telling.wakes === 0) telling.behind.delete('line');
}

/**
 * Tells the centre, and from there every connected place, what a party announced; and wakes what
 * waits for it when a window ends sooner than was said.
 *
 * @returns how many announcements it told; each run counts its own
 * @law 医保办函〔2021〕4号 三(三)
 */
export async function windows(party: MaintenanceParty, before?: Announcement): Promise<number> {
  const telling: Telling = {
    latest: before ?? { windows: [], wakes: false },
    no: before ? 1 : 0,
    wakes: before?.wakes ? 1 : 0,
    hasLine: party !== 'centre' || patched('the centre has a line'),
    behind: new Set(),
    failure: null,
  };
  setHandler(announced, (announcement) => {
    telling.latest = announcement;
    telling.no += 1;
    telling.behind.add('centre');
    if (!announcement.wakes) return;
    telling.wakes += 1;
    if (telling.hasLine) telling.behind.add('line');
  });
  await condition(() => telling.no > 0);
  followAll(telling, party);
  const isLong = () => workflowInfo().continueAsNewSuggested;
  await condition(() => telling.failure !== null || telling.behind.size === 0 || isLong());
  if (telling.failure) throw telling.failure.error;
  if (telling.behind.size === 0) return telling.no;
  const wakes = telling.behind.has('line');
  return continueAsNew<typeof windows>(party, { ...telling.latest, wakes });
}
