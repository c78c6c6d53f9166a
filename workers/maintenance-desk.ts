import type { Client } from '@temporalio/client';
import type { Listener } from '../activities/maintenance-answer.ts';
import { isFrozen } from '../db/freezing.ts';
import type { Database } from '../db/database.ts';
import {
  announceWindow,
  closeWindow,
  moveWindowEnd,
  readWindows,
  type WindowChange,
} from '../db/maintenance.ts';
import { endLearnt, learnWindow } from '../db/maintenance-learnt.ts';
import { remembered } from '../db/remembered.ts';
import type { MaintenanceParty } from '../domain/maintenance.ts';
import type { DoorKeeper } from '../gateway/door.ts';
import { tellWindows, type MaintenanceDesk } from '../gateway/maintenance.ts';

const tellerOf =
  (client: Client, party: MaintenanceParty) =>
  async <C extends WindowChange | null>(change: C): Promise<C> => {
    if (change) await tellWindows(client, party, { windows: change.recent, wakes: change.wakes });
    return change;
  };

/** A party's desk: first its own database knows, then everybody is told. */
export function maintenanceDesk(
  client: Client,
  party: MaintenanceParty,
  database: Database,
): MaintenanceDesk {
  const told = tellerOf(client, party);
  return {
    windows: () => readWindows(database),
    announce: async (of) => told(await announceWindow(database, party, of)),
    prolong: async (of) => told(await moveWindowEnd(database, party, of)),
    close: async (of) => told(await closeWindow(database, party, of)),
  };
}

/** What a place's own system says of its maintenance is told like what was announced. */
export function listenerOf(client: Client, party: MaintenanceParty, database: Database): Listener {
  const tell = tellerOf(client, party);
  return {
    closed: async (told) => tell(await learnWindow(database, party, told)),
    open: async () => tell(await endLearnt(database, party)),
  };
}

const oldestMilliseconds = 1000;

/** What the gateway's door asks of a treating place. */
export const doorKeeper = (database: Database): DoorKeeper => ({
  windows: remembered(() => readWindows(database), oldestMilliseconds).latest,
  isFrozen: (visit, batch) => isFrozen(database, visit, batch),
});
