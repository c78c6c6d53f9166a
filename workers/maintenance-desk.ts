import type { Client } from '@temporalio/client';
import { isFrozen } from '../db/freezing.ts';
import type { Database } from '../db/database.ts';
import {
  announceWindow,
  closeWindow,
  moveWindowEnd,
  readWindows,
  type WindowChange,
} from '../db/maintenance.ts';
import { remembered } from '../db/remembered.ts';
import type { MaintenanceParty } from '../domain/maintenance.ts';
import type { DoorKeeper } from '../gateway/door.ts';
import { tellWindows, type MaintenanceDesk } from '../gateway/maintenance.ts';

/** A party's desk: first its own database knows, then everybody is told. */
export function maintenanceDesk(
  client: Client,
  party: MaintenanceParty,
  database: Database,
): MaintenanceDesk {
  const told = async <C extends WindowChange | null>(change: C): Promise<C> => {
    if (change) await tellWindows(client, party, { windows: change.recent, wakes: change.wakes });
    return change;
  };
  return {
    windows: () => readWindows(database),
    announce: async (of) => told(await announceWindow(database, party, of)),
    prolong: async (of) => told(await moveWindowEnd(database, party, of)),
    close: async (of) => told(await closeWindow(database, party, of)),
  };
}

const oldestMilliseconds = 1000;

/** What the gateway's door asks of a treating place. */
export const doorKeeper = (database: Database): DoorKeeper => ({
  windows: remembered(() => readWindows(database), oldestMilliseconds).latest,
  isFrozen: (visit, batch) => isFrozen(database, visit, batch),
});
