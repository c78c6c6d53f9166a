import type { Disease, InsuranceType, RegionCode } from '../domain/identifiers.ts';
import type { Policy } from '../domain/insured-place/policy.ts';
import type { Queryable } from './database.ts';

export interface StoredPolicy {
  hash: string; // of the policy file
  policy: Policy; // only the entries asked for
}

/** The newest policy of a region, cut down to one insurance type and disease; null if there is none. */
export async function readPolicy(
  queryable: Queryable,
  region: RegionCode,
  { insuranceType, disease }: { insuranceType: InsuranceType; disease: Disease },
): Promise<StoredPolicy | null> {
  const { rows } = await queryable.query<StoredPolicy>(
    `select hash, body || jsonb_build_object('policies', jsonb_build_object($2::text, jsonb_build_object($3::text,
           coalesce(body -> 'policies' -> $2 -> $3, '[]')))) as policy
     from policy where region = $1 order by version desc limit 1`,
    [region, insuranceType, disease],
  );
  return rows[0] ?? null;
}
