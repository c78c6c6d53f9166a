import {
  ActivityCancellationType,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ClearingActivities } from '../activities/index.ts';
import type { Month } from '../domain/calendar.ts';
import {
  bugTypes,
  clearingProgress,
  type ClearingProgress,
  type ClearingResult,
} from './contracts.ts';

const centre = proxyActivities<ClearingActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '1 minute',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: bugTypes },
});

const pageOf = 200;

/**
 * Clears a month: statements from the ledger in one cut, then every settlement on them is told.
 * Running it again changes nothing that was done and tells those not yet told.
 *
 * @law 医保办函〔2021〕4号 三(五)
 */
export async function clearing(month: Month): Promise<ClearingResult> {
  const progress: ClearingProgress = { month, cutAt: null, settlements: 0, told: 0 };
  setHandler(clearingProgress, () => progress);
  setCurrentDetails(`${month} 清算：等待国家级经办机构出清算单`);
  const closed = await centre.closeMonth.executeWithOptions({ activityId: 'close' }, [month]);
  if (!closed.ok) return { ok: false, refusal: { reason: 'month-not-begun', month } };
  const { cutAt, statements } = closed;
  progress.cutAt = cutAt;
  progress.told = closed.told;
  progress.settlements = statements.reduce((count, statement) => count + statement.settlements, 0);
  for (;;) {
    setCurrentDetails(`${month} 清算：已通知 ${progress.told} 笔，共 ${progress.settlements} 笔`);
    const told = await centre.tellCleared({ month, atMost: pageOf });
    progress.told += told;
    if (told < pageOf) break;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof clearing>(month);
  }
  return { ok: true, month, cutAt, statements, told: progress.told };
}
