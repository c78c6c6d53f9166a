import type { Day } from '../domain/calendar.ts';
import type { Disease, InsuranceType, RegionCode } from '../domain/identifiers.ts';
import type { Policy } from '../domain/insured-place/policy.ts';
import { firstDaysOf, pastChanges, type PastChange } from '../domain/insured-place/publication.ts';
import { inTransaction, type Database, type Queryable, type Transaction } from './database.ts';

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

/** What the versions that came with the seed files say of who published them. */
export const seedPublisher = 'seed';

/** Versions are written one after the other, so that each knows the one before it. */
export async function lockPolicies(transaction: Transaction): Promise<void> {
  await transaction.query(`select pg_advisory_xact_lock(hashtext('policy versions'))`);
}

/** A policy file, and who publishes it. */
export interface Publication {
  policy: Policy;
  hash: string;
  text: string; // of the file
  by: string;
}
/** `unchanged`: the newest version is this very file. `refused`: it would decide a past day otherwise. */
export type Published =
  | { kind: 'published'; version: number }
  | { kind: 'unchanged'; version: number }
  | { kind: 'refused'; changes: PastChange[] };

interface Newest {
  version: number;
  hash: string;
  body: Policy;
}

async function newestOf(transaction: Transaction, region: RegionCode): Promise<Newest | null> {
  const { rows } = await transaction.query<Newest>(
    'select version, hash, body from policy where region = $1 order by version desc limit 1',
    [region],
  );
  return rows[0] ?? null;
}

/** The day in China by the database's clock; asked for after the lock was granted. */
async function todayOf(transaction: Transaction): Promise<Day> {
  const { rows } = await transaction.query<{ today: Day }>(
    `select (clock_timestamp() at time zone 'Asia/Shanghai')::date::text as today`,
  );
  const [row] = rows;
  if (!row) throw new Error('the database did not answer');
  return row.today;
}

async function publishNext(
  transaction: Transaction,
  { policy, hash, text, by }: Publication,
  mode: 'store' | 'try',
): Promise<Published> {
  await lockPolicies(transaction);
  const newest = await newestOf(transaction, policy.region);
  if (newest?.hash === hash) return { kind: 'unchanged', version: newest.version };
  // The first version of a region changes nothing: until now nothing was in force.
  const changes = newest ? pastChanges(newest.body, policy, await todayOf(transaction)) : [];
  if (changes.length > 0) return { kind: 'refused', changes };
  const version = (newest?.version ?? 0) + 1;
  if (mode === 'store') {
    await transaction.query(
      `insert into policy (region, version, hash, body, published_by, source_text)
       values ($1, $2, $3, $4, $5, $6)`,
      [policy.region, version, hash, JSON.stringify(policy), by, text],
    );
  }
  return { kind: 'published', version };
}

/**
 * Stores a policy file as the next version of its region; its entries are in force from their own
 * days. A version that would decide a past day otherwise than the newest is refused. `try` stores
 * nothing and tells what would come of it.
 */
export const publishPolicy = (
  database: Database,
  publication: Publication,
  mode: 'store' | 'try' = 'store',
): Promise<Published> =>
  inTransaction(database, (transaction) => publishNext(transaction, publication, mode));

/** One version of a region's policy. */
export interface PolicyVersion {
  region: RegionCode;
  version: number;
  name: string; // of the region
  hash: string;
  publishedBy: string;
  publishedAt: string; // clock time in China
  firstDays: Day[]; // of its entries
}

/** The versions of one region, or of all, oldest first. */
export async function readHistory(
  queryable: Queryable,
  region: RegionCode | null,
): Promise<PolicyVersion[]> {
  const { rows } = await queryable.query<Omit<PolicyVersion, 'firstDays'> & { body: Policy }>(
    `select region, version, body ->> 'name' as name, hash, published_by as "publishedBy",
       to_char(published_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') as "publishedAt",
       jsonb_build_object('policies', body -> 'policies') as body
     from policy where $1::text is null or region = $1 order by region, version`,
    [region],
  );
  return rows.map(({ body, ...version }) => ({ ...version, firstDays: firstDaysOf(body) }));
}

/** The files whose hash begins so, word for word; null where only what a file said was kept. */
export async function readPolicyTexts(
  queryable: Queryable,
  hashPrefix: string,
): Promise<{ hash: string; text: string | null }[]> {
  const { rows } = await queryable.query<{ hash: string; text: string | null }>(
    `select hash, max(source_text) as text from policy where starts_with(hash, $1) group by hash`,
    [hashPrefix],
  );
  return rows;
}
