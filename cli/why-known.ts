import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Database } from '../db/database.ts';
import { findRequests, type ExplainedRequest } from '../db/explanations.ts';
import type { MaintenanceWindow } from '../domain/maintenance.ts';
import { waitingOf } from '../gateway/waiting.ts';
import type { ReadableNames } from '../seeds/names.ts';
import {
  reversalWorkflowId,
  settlementWorkflowId,
  status,
  type RequestKey,
} from '../workflows/contracts.ts';
import type { Known, KnownRequest } from './why-text.ts';

/** What is known of a settlement: the centre's row, what its execution says, the windows. */

export interface Sources {
  client: Client;
  centre: Database;
  windows: readonly MaintenanceWindow[];
  names: ReadableNames;
}

export const queryDeadlineMs = 3_000;

/** Asks Temporal; an execution that no worker answers for still tells what it waits for. */
export async function askTemporal(
  client: Client,
  workflowId: string,
): Promise<Pick<Known, 'state' | 'status' | 'waiting' | 'summary'>> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const described = await handle.describe();
    const answered = await client
      .withDeadline(Date.now() + queryDeadlineMs, () => handle.query(status))
      .catch(() => null);
    return {
      state: described.status.name,
      status: answered,
      waiting: (described.raw.pendingActivities ?? []).map(waitingOf),
      summary: (await described.staticSummary()) ?? null,
    };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { state: null, status: null, waiting: [], summary: null };
  }
}

/** A request that the centre has not claimed yet: it has no number, and nothing of it is in the books. */
export const unclaimed = ({ institution, messageId }: RequestKey): KnownRequest => ({
  settlementId: null,
  institution,
  messageId,
  body: null,
  state: null,
  answer: null,
  institutionName: null,
  recordedAt: null,
  reversal: null,
  reversedAt: null,
});

/** A request by its key, claimed or not. */
export async function requestOf({ centre }: Sources, key: RequestKey): Promise<KnownRequest> {
  const isIts = ({ institution }: ExplainedRequest) => institution === key.institution;
  return (await findRequests(centre, key.messageId)).find(isIts) ?? unclaimed(key);
}

/** The execution that works on it: its own, or the one that takes it back after its own is over. */
export async function knownOf({ client, windows }: Sources, request: KnownRequest): Promise<Known> {
  const { institution, messageId } = request;
  const reversalId = reversalWorkflowId({ institution, messageId });
  const reversal = await askTemporal(client, reversalId);
  if (reversal.state === 'RUNNING') {
    return { request, workflowId: reversalId, windows, ...reversal };
  }
  const workflowId = settlementWorkflowId(institution, messageId);
  return { request, workflowId, windows, ...(await askTemporal(client, workflowId)) };
}
