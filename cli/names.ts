import { seedPublisher } from '../db/policies.ts';

/** 险种, as a column of a table shows it. */
export const insuranceNames = { '310': '职工', '390': '城乡居民' } as const;

/** Who published a version of a policy. */
export const publisherName = (by: string): string => (by === seedPublisher ? '随系统带来' : by);
