import { defaultPayloadConverter } from '@temporalio/common';
import { placeCode } from '../../domain/identifiers.ts';
import {
  instant,
  type Arrival,
  type Instant,
  type MaintenanceParty,
  type MaintenanceService,
} from '../../domain/maintenance.ts';
import {
  announceWindow,
  closeWindow,
  moveWindowEnd,
  type WindowChange,
} from '../../db/maintenance.ts';
import { tellWindows } from '../../gateway/maintenance.ts';
import { windowsWorkflowId } from '../../workflows/contracts.ts';
import type { TestSystem } from '../system.ts';

/** Opens and closes the windows of a test's parties. */

export const sichuan = placeCode('510000');
export const chongqing = placeCode('500000');

export const inMilliseconds = (milliseconds: number): Instant =>
  instant(new Date(Date.now() + milliseconds).toISOString());
/** Until what every worker knows of its windows is too old, so that it reads them again. */
export const known = () => new Promise((resolve) => setTimeout(resolve, 100));

export interface Close {
  party?: MaintenanceParty;
  services?: readonly MaintenanceService[];
  for?: number | null; // milliseconds
}
export type Hands = ReturnType<typeof handsOn>;

export function handsOn({ client, databases }: TestSystem) {
  const databaseOf = (party: MaintenanceParty) =>
    party === 'centre' ? databases.centre : databases.place(party);
  const tell = ({ window: { party }, recent, wakes }: WindowChange): Promise<void> =>
    tellWindows(client, party, { windows: recent, wakes });
  return {
    tell,
    /** Writes down a window that has begun, of Sichuan if nobody else is named; nobody is told. */
    close: ({ party = sichuan, services = ['settlement'], ...of }: Close = {}) =>
      announceWindow(databaseOf(party), party, {
        services,
        from: inMilliseconds(-1000),
        to: of.for === null ? null : inMilliseconds(of.for ?? 3_600_000),
        message: '系统升级',
        by: 'test',
      }),
    /** Gives it another end; nobody is told. */
    prolong: async ({ window: { id, party } }: WindowChange, milliseconds: number) => {
      const to = inMilliseconds(milliseconds);
      const moved = await moveWindowEnd(databaseOf(party), party, { id, to, by: 'test' });
      if (!moved) throw new Error('nothing to prolong');
      return moved;
    },
    /** Closes the window early, and tells everybody. */
    open: async ({ window: { id, party } }: WindowChange): Promise<void> => {
      const change = await closeWindow(databaseOf(party), party, { id, by: 'test' });
      if (!change) throw new Error('nothing to close');
      await tell(change);
    },
    untilTold: async (party: MaintenanceParty = sichuan): Promise<void> => {
      await client.workflow.getHandle(windowsWorkflowId(party)).result();
    },
    /** How many wait in the party's line. */
    lineOf: async (party: MaintenanceParty = sichuan): Promise<number> => {
      const { rows } = await databaseOf(party).query<{ count: number }>(
        'select count(*)::int as count from maintenance_arrival',
      );
      return rows[0]?.count ?? -1;
    },
    /** Whom the party's last telling woke, page by page, in that order. */
    wokenBy: async (party: MaintenanceParty = sichuan): Promise<string[][]> => {
      const { events } = await client.workflow.getHandle(windowsWorkflowId(party)).fetchHistory();
      return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: of }) => {
        const [payload] = of?.input?.payloads ?? [];
        if (of?.activityType?.name !== 'wake' || !payload) return [];
        const line = defaultPayloadConverter.fromPayload<{ arrivals: Arrival[] }>(payload);
        return [line.arrivals.map(({ workflowId }) => workflowId)];
      });
    },
    /** Nobody is in maintenance, and every worker knows it. */
    clear: async (): Promise<void> => {
      for (const database of [databases.centre, ...databases.places.values()]) {
        await database.query('truncate maintenance_window');
      }
      await known();
    },
  };
}
