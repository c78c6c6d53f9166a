import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ActivityInterceptorsFactory,
  ActivitySlotInfo,
  CustomSlotSupplier,
  WorkerTuner,
} from '@temporalio/worker';
import {
  guarded,
  type GuardOptions,
  type KnownMaintenance,
} from '../activities/maintenance-guard.ts';

/** How a party's worker keeps its maintenance windows; the activities know nothing of it. */

/** Steps whose service is closed wait outside. */
export const maintenanceGuard =
  (options: GuardOptions): ActivityInterceptorsFactory =>
  ({ info }) => ({
    inbound: {
      execute: (input, next) => {
        const { activityType, workflowExecution } = info;
        if (!workflowExecution) return next(input);
        const activityId = info.isLocal ? null : info.activityId;
        const step = { activityType, activityId, workflowId: workflowExecution.workflowId };
        return guarded(options, step, () => next(input));
      },
    },
  });

const lookAgainMilliseconds = 200;

/** While everything is closed the worker takes no task: what comes waits in its queue, untried. */
function slots(known: KnownMaintenance, most: number): CustomSlotSupplier<ActivitySlotInfo> {
  let held = 0;
  const waiting: (() => void)[] = [];
  const released = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
  // A worker that cannot read its windows goes on: each step reads them for itself.
  const isClosed = (): Promise<boolean> => known.isAllClosed().catch(() => false);
  return {
    type: 'custom',
    reserveSlot: async (_, signal) => {
      for (;;) {
        signal.throwIfAborted();
        if (held >= most) await released(signal);
        else if (await isClosed()) await sleep(lookAgainMilliseconds);
        else if (held < most) {
          held += 1;
          return {};
        }
      }
    },
    tryReserveSlot: () => null, // only who runs workflows is offered tasks unasked
    markSlotUsed: () => undefined,
    releaseSlot: () => {
      held -= 1;
      for (const look of waiting.splice(0)) look();
    },
  };
}

/** The slots of a worker that only runs activities. */
export const closingTuner = (known: KnownMaintenance, activities: number): WorkerTuner => ({
  activityTaskSlotSupplier: slots(known, activities),
  workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 40 },
  localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
  nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
});
