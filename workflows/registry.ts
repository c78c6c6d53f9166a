import {
  ActivityCancellationType,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { CentreActivities, InsuredPlaceActivities } from '../activities/index.ts';
import type { PlaceCode } from '../domain/identifiers.ts';
import { bugTypes, placeQueue } from './contracts.ts';

const options = {
  startToCloseTimeout: '1 minute',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumInterval: '1 minute', nonRetryableErrorTypes: bugTypes },
} as const;
const centre = proxyActivities<Pick<CentreActivities, 'acceptRegistryChanges'>>(options);
const places = proxyActivities<Pick<InsuredPlaceActivities, 'nextRegistryChanges'>>(options);

const pageOf = 500;

/**
 * Uploads what a place decided (institutions and the diseases they opened, qualifications, filings)
 * to the centre's registry, page by page, until the centre has all of it.
 *
 * @returns how many messages were uploaded
 * @law 医保办函〔2021〕4号 二(一); 医保办函〔2021〕4号 二(三)
 */
export async function registry(place: PlaceCode, uploaded = 0): Promise<number> {
  let accepted: number[] = [];
  for (;;) {
    setCurrentDetails(`登记信息上传：已上传 ${uploaded} 条，等待 ${place}`);
    const changes = await places.nextRegistryChanges.executeWithOptions(
      { taskQueue: placeQueue(place) },
      [{ accepted, atMost: pageOf }],
    );
    if (changes.length === 0) return uploaded;
    await centre.acceptRegistryChanges({ place, changes });
    accepted = changes.map((change) => change.no);
    uploaded += changes.length;
    // The next run asks again for what was accepted here, and the centre takes each message once.
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof registry>(place, uploaded);
  }
}
