import { filler, type Load } from './contracts.ts';

/** Steps that do nothing, and answer as much as the settlement's do. */
export const idleActivities = {
  idle: ({ answer }: Load): Promise<string> => Promise.resolve(filler(answer)),
};
export type IdleActivities = typeof idleActivities;
