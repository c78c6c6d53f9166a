import {
  ActivityCancellationType,
  allHandlersFinished,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from '@temporalio/workflow';
import { bugTypes } from '../../workflows/contracts.ts';
import type { IdleActivities } from './activities.ts';
import {
  answered,
  ended,
  filler,
  insuredQueue,
  treatingQueue,
  type FloorRequest,
} from './contracts.ts';

// The settlement's own options.
const remote = {
  startToCloseTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: bugTypes },
} as const;
const local = proxyLocalActivities<IdleActivities>({ ...remote, startToCloseTimeout: '5 seconds' });
const place = proxyActivities<IdleActivities>(remote);

const onTreating = { taskQueue: treatingQueue };
const onInsured = { taskQueue: insuredQueue };

/** The shape of a settlement and nothing in it: what Temporal alone costs here. */
export async function floor({ sizes }: FloorRequest): Promise<void> {
  const life: { answer: string | undefined; ended: boolean } = { answer: undefined, ended: false };
  setHandler(answered, async () => {
    await condition(() => life.answer !== undefined);
    return life.answer ?? '';
  });
  setHandler(ended, () => {
    life.ended = true;
  });
  await local.idle({ carried: '', answer: sizes.claim });
  await place.idle.executeWithOptions({ activityId: 'split', ...onTreating }, [
    { carried: filler(sizes.splitOrder), answer: sizes.split },
  ]);
  await place.idle.executeWithOptions({ activityId: 'calculate', ...onInsured }, [
    { carried: filler(sizes.calculationOrder), answer: sizes.calculation },
  ]);
  life.answer = await local.idle({ carried: '', answer: sizes.answer });
  await place.idle.executeWithOptions({ activityId: 'return', ...onTreating }, [
    { carried: filler(sizes.copy), answer: 2 },
  ]);
  await condition(() => life.ended);
  await condition(allHandlersFinished);
}
