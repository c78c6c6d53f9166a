import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { PlaceCode } from '../domain/identifiers.ts';
import type { VisitAnswer, VisitOrder } from '../domain/visit-parts.ts';
import { sum, toWire, yuan } from '../domain/money.ts';
import {
  centreQueue,
  settleAll,
  settleAllUpdateId,
  visitStatus,
  visitWorkflowId,
  type RequestKey,
} from '../workflows/contracts.ts';
import { askAgainOnce, priorityOf, settlementAttributes } from './asking.ts';
import { inTime } from './deadline.ts';

export type VisitOutcome =
  | { kind: 'answered'; answer: VisitAnswer } // parts may be pending
  | { kind: 'conflict' } // the message id was used for another bill
  | { kind: 'undetermined'; error: unknown };

/** The typed client of whole bills over Temporal. */
export interface VisitClient {
  /**
   * Starts or joins the bill's settlements, and says how each part stands when all are final or time
   * is up. Never throws; the same call again finds out what is pending or undetermined.
   *
   * @param enough ends the waiting before that
   */
  settle(order: VisitOrder, deadlineMs: number, enough?: AbortSignal): Promise<VisitOutcome>;
  /** How the bill stands, while Temporal keeps its history; null when it knows nothing of it. */
  status(visit: RequestKey): Promise<VisitAnswer | null>;
}

/** What an operator reads in the list of executions; nothing of the person. */
function summaryOf({ parts }: VisitOrder, placeName: (code: PlaceCode) => string): string {
  const total = toWire(sum(parts.map(({ declared }) => yuan(declared.total))));
  const where = parts.slice(0, 1).map(({ treatingPlace, insuredPlace, institution }) => {
    return `${placeName(insuredPlace)}参保人在${placeName(treatingPlace)}${institution}就医`;
  });
  return [...where, `共 ${parts.length} 个部分`, `${total} 元`].join('，');
}

async function readStatus(client: Client, visit: RequestKey): Promise<VisitAnswer | null> {
  try {
    return await client.workflow.getHandle(visitWorkflowId(visit)).query(visitStatus);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Starts or joins the bill's execution, whatever happens meanwhile; the answer may be no more waited for. */
async function ask(
  client: Client,
  order: VisitOrder,
  { staticSummary, enough }: { staticSummary: string; enough: AbortSignal | undefined },
): Promise<VisitAnswer> {
  const [first] = order.parts;
  const startWorkflowOperation = new WithStartWorkflowOperation('visit', {
    workflowId: visitWorkflowId(order),
    taskQueue: centreQueue,
    args: [order],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    ...(first && {
      typedSearchAttributes: settlementAttributes(first),
      priority: priorityOf(first),
    }),
    staticSummary,
  });
  const asked = await client.workflow.startUpdateWithStart(settleAll, {
    updateId: settleAllUpdateId,
    waitForStage: 'ACCEPTED',
    startWorkflowOperation,
  });
  enough?.throwIfAborted(); // the SDK hears only what comes later
  const answer = () => asked.result();
  return enough ? client.withAbortSignal(enough, answer) : answer();
}

const statusMs = 1_000; // kept back for asking how it stands

export function createVisitClient(
  client: Client,
  placeName: (code: PlaceCode) => string = (code) => code,
): VisitClient {
  const within = <T>(milliseconds: number, work: () => Promise<T>): Promise<T> =>
    inTime(milliseconds, client.withDeadline(Date.now() + milliseconds, work));
  return {
    async settle(order, deadlineMs, enough) {
      try {
        const staticSummary = summaryOf(order, placeName);
        const waitMs = Math.max(0, deadlineMs - statusMs);
        const answer = await within(waitMs, () =>
          askAgainOnce(() => ask(client, order, { staticSummary, enough })),
        ).catch(async (error: unknown) => {
          const standing = await within(statusMs, () => readStatus(client, order));
          if (standing) return standing;
          throw error;
        });
        if (answer.digest !== order.digest) return { kind: 'conflict' };
        return { kind: 'answered', answer };
      } catch (error) {
        return { kind: 'undetermined', error };
      }
    },
    status: (visit) => readStatus(client, visit),
  };
}
