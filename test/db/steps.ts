import { eventually } from '../patience.ts';
import { centreActivities, type Recording } from '../../activities/centre.ts';
import { insuredPlaceActivities } from '../../activities/insured-place.ts';
import { treatingPlaceActivities } from '../../activities/treating-place.ts';
import type { Database, Queryable } from '../../db/database.ts';
import type { Voided } from '../../db/inbox.ts';
import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  messageId,
  personId,
  placeCode,
  regionCode,
  type SettlementId,
} from '../../domain/identifiers.ts';
import { asText, subtract, toWire, yuan, zero } from '../../domain/money.ts';
import type { Outcome, Refusal } from '../../domain/refusal.ts';
import { components, type BenefitText, type SettlementRequest } from '../../domain/settlement.ts';
import { aSplit } from '../builders.ts';
import { aCase, nextMessage, prepare, type TestCase } from '../requests.ts';
import type { Databases } from '../system.ts';

/** The steps of a settlement, called directly at their parties, without Temporal. */

/** Each party's activities on its own database. */
export const partiesOf = (databases: Databases) => ({
  centre: centreActivities({ database: databases.centre }),
  treating: (place = '500000') => treatingPlaceActivities({ database: databases.place(place) }),
  insured: (place = '510000') => insuredPlaceActivities({ database: databases.place(place) }),
});

/** The request of a 2207 whose batch was never uploaded: enough for the centre and the insured place. */
export const aRequest = (changes: Partial<SettlementRequest> = {}): SettlementRequest => {
  const message = messageId(nextMessage());
  return {
    institution: institutionCode('5000001000003'),
    messageId: message,
    digest: `digest of ${message}`,
    treatingPlace: placeCode('500000'),
    insuredPlace: placeCode('510000'),
    insuredRegion: regionCode('510100'),
    person: personId('51010000000000000001'),
    insuranceType: '310',
    disease: diseaseCode('M03900'),
    visitedOn: day('2025-03-05'),
    visit: 'V1',
    batch: 'B1',
    batchDigest: 'digest of the batch',
    declared: {
      total: '300.00',
      excluded: '0.00',
      overPriceLimit: '0.00',
      firstShare: '0.00',
      inScope: '300.00',
    },
    account: 'none',
    ...changes,
  };
};

export interface Claimed {
  request: SettlementRequest;
  settlementId: SettlementId;
}

/** Claims a request that the registry accepts. */
export async function claimOf(databases: Databases, request: SettlementRequest): Promise<Claimed> {
  const claim = await partiesOf(databases).centre.claim(request);
  if (claim.kind !== 'claimed') throw new Error(JSON.stringify(claim));
  return { request, settlementId: claim.settlementId };
}
/** Uploads the case and claims its request. */
export const claimCase = async (
  databases: Databases,
  changes: Partial<TestCase> = {},
): Promise<Claimed> =>
  claimOf(databases, await prepare(databases, aCase({ visitedOn: '2025-03-05', ...changes })));

/** What an accepted step gave. */
export function valueOf<T>(outcome: Outcome<T> | Voided): T {
  if ('voided' in outcome || !outcome.ok) throw new Error(JSON.stringify(outcome));
  return outcome.value;
}
/** Why a step refused; null when it did not. */
export function refusalOf(outcome: Outcome<unknown> | Voided): Refusal | null {
  if ('voided' in outcome) throw new Error('voided');
  return outcome.ok ? null : outcome.refusal;
}

export interface Paid {
  inScope?: string;
  fund?: string;
  account?: string;
}
/** A recording whose parts add up: the pool pays `fund`, the account and cash the rest. */
export function aRecording(
  { request, settlementId }: Claimed,
  { inScope = '300.00', fund = '240.00', account = '0.00' }: Paid = {},
): Recording {
  const personShare = subtract(yuan(inScope), yuan(fund));
  const none = Object.fromEntries(components.map((name) => [name, '0.00']));
  const benefit: BenefitText = {
    areaFirstShare: '0.00',
    deductible: '0.00',
    layers: [{ name: 'pool', base: inScope, amount: fund }],
    components: { ...(none as BenefitText['components']), poolSelf: toWire(personShare) },
    fundTotal: fund,
    personalAccount: account,
    cash: toWire(subtract(personShare, yuan(account))),
    personShare: toWire(personShare),
    hospitalShare: toWire(zero),
  };
  return {
    request,
    settlementId,
    totals: asText(aSplit({ inScope })),
    calculation: {
      policy: { inForceFrom: day('2024-01-01'), hash: 'hash of the policy' },
      benefit,
      accumulators: [],
      steps: [],
      accountBalance: '0.00',
    },
  };
}

/** All rows of a query, as objects. */
export async function rowsOf(
  database: Queryable,
  query: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const { rows } = await database.query<Record<string, unknown>>(query, [...values]);
  return rows;
}
export async function countOf(
  database: Queryable,
  from: string,
  values: readonly unknown[] = [],
): Promise<number> {
  const [row] = await rowsOf(database, `select count(*)::int as count from ${from}`, values);
  return Number(row?.['count']);
}

/** Resolves when as many connections of this database wait for a lock. */
export async function untilWaiting(database: Database, connections: number): Promise<void> {
  await eventually(async () => {
    const waiting = await countOf(
      database,
      `pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting < connections) throw new Error(`no ${connections} connections wait for a lock`);
  });
}

/** A promise that is resolved from outside: holds an effect open until the test lets go. */
export function aGate(): { passed: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    passed,
    open: () => {
      open();
    },
  };
}

/** The SQLSTATE that the database refuses with; `null` when it does not refuse. */
export const sqlState = (query: Promise<unknown>): Promise<string | null> =>
  query.then(
    () => null,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error) return String(error.code);
      throw error;
    },
  );
