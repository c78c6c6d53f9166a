import type { Accumulator, Policy } from '../domain/insured-place/policy.ts';

/** An accumulator that lives longer than a visit. */
export type Kept = Exclude<Accumulator, { per: 'visit' }>;

const isKept = (value: object): value is Kept =>
  'per' in value && value.per !== 'visit' && 'name' in value && 'key' in value;

function* within(value: unknown): Generator<Kept> {
  if (typeof value !== 'object' || value === null) return;
  if (isKept(value)) yield value;
  else for (const inner of Object.values(value)) yield* within(inner);
}

/** Every accumulator that a policy names: its pools, limits and layers keep money under these. */
export const accumulatorsOf = (policy: Policy): Kept[] => [...within(policy.policies)];

const keyName = (key: Exclude<Kept['key'], 'disease'>): string =>
  key === 'all' ? 'all' : key.group;
const periods: Record<Kept['per'], RegExp> = {
  year: /^\d{4}$/,
  quarter: /^\d{4}-Q[1-4]$/,
  month: /^\d{4}-(0[1-9]|1[0-2])$/,
};

/** Whether what was used is kept where the accumulator will look for it. */
export const isKeptBy =
  (used: { name: string; period: string; key: string }) =>
  ({ name, per, key }: Kept): boolean =>
    used.name === name &&
    periods[per].test(used.period) &&
    (key === 'disease' ? /^(M\d{5}|none)$/.test(used.key) : used.key === keyName(key));
