import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { PlaceCode } from '../domain/identifiers.ts';
import {
  closedUntil,
  instant,
  windowsOf,
  type Instant,
  type MaintenanceParty,
  type MaintenanceWindow,
} from '../domain/maintenance.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import { settlementWorkflowId } from '../workflows/contracts.ts';

/** What the gateway asks of a treating place before it lets a settlement in. */
export interface DoorKeeper {
  /** The windows of all parties that the place knows of. */
  windows(): Promise<readonly MaintenanceWindow[]>;
  /** Whether a settlement has taken the batch. */
  isFrozen(visit: string, batch: string): Promise<boolean>;
}

/** Who is in maintenance until when, and in whose words. */
export interface InMaintenance {
  reason: 'maintenance';
  party: MaintenanceParty;
  until: Instant | null; // null: nobody knows yet
  message: string;
}

/** Says why a settlement is not let in; null when it may try. */
export type Door = (request: SettlementRequest) => Promise<InMaintenance | null>;

const sooner = (one: InMaintenance, other: InMaintenance): InMaintenance =>
  one.until !== null && (other.until === null || other.until >= one.until) ? other : one;

/** Who keeps a settlement from being made now; of several, the one that is closed longest. */
export function whoIsClosed(
  windows: readonly MaintenanceWindow[],
  { treatingPlace, insuredPlace }: SettlementRequest,
): InMaintenance | null {
  const now = instant(new Date().toISOString());
  const closed = (['centre', treatingPlace, insuredPlace] as const).flatMap((party) => {
    const until = closedUntil(windowsOf(windows, party), 'settlement', now);
    return until ? [{ reason: 'maintenance' as const, party, ...until }] : [];
  });
  return closed.length === 0 ? null : closed.reduce(sooner);
}

/** Whether Temporal knows the request; when it does not say, the request is not turned away. */
async function isKnown(client: Client, request: SettlementRequest): Promise<boolean> {
  const { institution, messageId } = request;
  try {
    await client.workflow.getHandle(settlementWorkflowId(institution, messageId)).describe();
    return true;
  } catch (error) {
    return !(error instanceof WorkflowNotFoundError);
  }
}

/**
 * A known window answers at once and starts nothing. A request that was begun, or whose batch a
 * settlement has taken, is let in: it has an answer, or will have one.
 *
 * @law 医保办函〔2021〕4号 三(三)
 */
export const createDoor =
  (client: Client, keepers: ReadonlyMap<PlaceCode, DoorKeeper>): Door =>
  async (request) => {
    const keeper = keepers.get(request.treatingPlace);
    const closed = keeper && whoIsClosed(await keeper.windows(), request);
    if (!closed) return null;
    const isBegun =
      (await keeper.isFrozen(request.visit, request.batch)) || (await isKnown(client, request));
    return isBegun ? null : closed;
  };
