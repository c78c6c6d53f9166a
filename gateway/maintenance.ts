import type { Client } from '@temporalio/client';
import type { MaintenanceParty } from '../domain/maintenance.ts';
import {
  announced,
  centreQueue,
  windowsWorkflowId,
  type Announcement,
} from '../workflows/contracts.ts';

/** Lets everybody be told what a party announced; joins a telling that is under way. */
export async function tellWindows(
  client: Client,
  party: MaintenanceParty,
  announcement: Announcement,
): Promise<void> {
  await client.workflow.signalWithStart('windows', {
    workflowId: windowsWorkflowId(party),
    taskQueue: centreQueue,
    args: [party],
    signal: announced,
    signalArgs: [announcement],
    staticSummary: `停机公告：${party}`,
  });
}
