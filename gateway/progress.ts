import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import {
  SearchAttributeType,
  defineSearchAttributeKey,
  type TypedSearchAttributes,
} from '@temporalio/common';

import { isPlaceCode } from '../domain/identifiers.ts';
import {
  closedUntil,
  instant,
  windowsOf,
  type Instant,
  type MaintenanceWindow,
} from '../domain/maintenance.ts';
import type { Silence } from '../domain/refusal.ts';
import {
  searchAttributes,
  status,
  type Phase,
  type SettlementStatus,
} from '../workflows/contracts.ts';
import { remoteStepOf, serviceIn } from '../workflows/contracts-words.ts';
import { waitingOf, type Waiting } from './waiting.ts';

/** How far a settlement is that has no answer yet, whom it waits for, and until when. */
export interface Progress extends Silence {
  phase: Phase | null; // null: no worker says
}

export const keywords = {
  treatingPlace: defineSearchAttributeKey(
    searchAttributes.treatingPlace,
    SearchAttributeType.KEYWORD,
  ),
  insuredPlace: defineSearchAttributeKey(
    searchAttributes.insuredPlace,
    SearchAttributeType.KEYWORD,
  ),
  institution: defineSearchAttributeKey(searchAttributes.institution, SearchAttributeType.KEYWORD),
};

/** What an execution waits for, as its pending step says it. */
function ofStep({ activity, maintenance }: Waiting, places: TypedSearchAttributes): Progress {
  const step = remoteStepOf(activity);
  const place = step && places.get(keywords[step.at]);
  return {
    phase: step ? step.phase : null,
    party: place !== undefined && isPlaceCode(place) ? place : 'centre',
    ...(maintenance ?? { until: null, message: null }),
  };
}

/** What an execution says itself; null where no worker answers. */
const ofStatus = (now: SettlementStatus | null): Progress => ({
  phase: now ? now.phase : null,
  party: 'centre',
  until: now?.waitsFor?.until ?? null,
  message: now?.waitsFor ? '' : null, // its words are in the window
});

const queryMs = 1000;
/**
 * How far an execution is; null when none works on it. A wait inside a step's retry is not seen by the
 * workflow: the pending step tells it.
 */
export async function readProgress(client: Client, workflowId: string): Promise<Progress | null> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status: state, raw, typedSearchAttributes } = await handle.describe();
    if (state.name !== 'RUNNING') return null;
    const [pending] = raw.pendingActivities ?? [];
    if (pending) return ofStep(waitingOf(pending), typedSearchAttributes);
    // Where no worker answers, that it is accepted is true all the same.
    const now = await client
      .withDeadline(Date.now() + queryMs, () => handle.query(status))
      .catch(() => null);
    return ofStatus(now);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

const nowInstant = (): Instant => instant(new Date().toISOString());

/**
 * Joins what a step said of its party's maintenance with the windows that are known: these are newer
 * when a window was prolonged. A window that is over is told no more; the step has its turn soon.
 */
export function withWindows(progress: Progress, windows: readonly MaintenanceWindow[]): Progress {
  const now = nowInstant();
  const { phase, party } = progress;
  const closed = closedUntil(windowsOf(windows, party), serviceIn(phase, party), now);
  if (closed) return { ...progress, ...closed };
  const isOver = progress.until !== null && progress.until <= now;
  return isOver ? { ...progress, until: null, message: null } : progress;
}
