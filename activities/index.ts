import type { centreActivities } from './centre.ts';
import type { clearingActivities } from './clearing.ts';
import type { insuredPlaceActivities } from './insured-place.ts';
import type { reversalActivities } from './reversal.ts';
import type {
  centreMaintenanceActivities,
  lineActivities,
  placeMaintenanceActivities,
} from './maintenance.ts';
import type { treatingPlaceActivities } from './treating-place.ts';
import type { visitActivities } from './visit.ts';

/** What workflows may see of the activities: their types. */
export type CentreActivities = ReturnType<typeof centreActivities>;
export type ClearingActivities = ReturnType<typeof clearingActivities>;
export type TreatingPlaceActivities = ReturnType<typeof treatingPlaceActivities>;
export type InsuredPlaceActivities = ReturnType<typeof insuredPlaceActivities>;
export type ReversalActivities = ReturnType<typeof reversalActivities>;
export type CentreMaintenanceActivities = ReturnType<typeof centreMaintenanceActivities>;
export type LineActivities = ReturnType<typeof lineActivities>;
export type PlaceMaintenanceActivities = ReturnType<typeof placeMaintenanceActivities>;
export type VisitActivities = ReturnType<typeof visitActivities>;
