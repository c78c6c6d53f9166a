import type { Day } from '../domain/calendar.ts';
import type { RegionCode } from '../domain/identifiers.ts';
import type { PersonRecord } from '../domain/insured-place/person-record.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { Transaction } from './database.ts';

/** A person insured here, as a calculation needs them; their row stays locked for the transaction. */
export interface LockedPerson {
  region: RegionCode;
  accountBalance: string;
  insurances: Insurance[]; // of the type asked about
  record: PersonRecord; // of the visit day
}
export interface Insurance {
  from: Day;
  to: Day | null;
  suspendedFrom: Day | null;
  suspendedTo: Day | null;
  retired: boolean;
}
/** Whose visit, when and where. */
export type PersonVisit = Pick<
  SettlementRequest,
  'person' | 'insuranceType' | 'visitedOn' | 'institution'
>;

/** Whether the day `$3` lies on the days of a row; an open end is null. */
const onTheDay = (from: string, to: string): string =>
  `${from} <= $3::date and (${to} is null or ${to} >= $3::date)`;

// $1 person, $2 insurance type, $3 visit day, $4 institution.
const record = `jsonb_build_object(
  'bornOn', (select born_on from person where id = $1),
  'facts', coalesce((select jsonb_object_agg(kind, value) from (
      select distinct on (kind) kind, value from person_fact
      where person = $1 and ${onTheDay('valid_from', 'valid_to')}
      order by kind, valid_from desc) as fact), '{}'),
  'qualifiedFor', coalesce((select jsonb_agg(distinct disease) from qualification
      where person = $1 and ${onTheDay('valid_from', 'valid_to')}), '[]'),
  'isSelected', exists (select from selection
      where person = $1 and institution = $4 and ${onTheDay('selected_from', 'selected_to')}),
  'familyDoctors', coalesce((select jsonb_agg(distinct doctor) from family_doctor
      where person = $1 and ${onTheDay('contracted_from', 'contracted_to')}), '[]'),
  'visits', coalesce((select jsonb_agg(jsonb_build_object(
        'on', visited_on, 'institution', institution, 'level', level)) from (
      select visited_on, institution, level from calculation
      where person = $1 and reversed_at is null and (totals ->> 'inScope')::numeric > 0
      union all
      select visited_on, institution, level from visit_opening where person = $1) as visit
    where date_trunc('year', visited_on) = date_trunc('year', $3::date)), '[]'))`;

/**
 * Locks the person, so that two settlements of one person give one order or the other, and reads all
 * that the place has on record of them for the visit.
 */
export async function lockPerson(
  transaction: Transaction,
  { person, insuranceType, visitedOn, institution }: PersonVisit,
): Promise<LockedPerson | null> {
  const locked = await transaction.query<{ region: RegionCode }>(
    'select region from person where id = $1 for update',
    [person],
  );
  const [row] = locked.rows;
  if (!row) return null;
  // Read after the lock was granted: whoever held it before may have used the account, or made a visit.
  const { rows } = await transaction.query<Omit<LockedPerson, 'region'>>(
    `select coalesce((select balance from personal_account where person = $1), 0.00)::text
         as "accountBalance",
       coalesce((select jsonb_agg(jsonb_build_object('from', insured_from, 'to', insured_to,
           'suspendedFrom', suspended_from, 'suspendedTo', suspended_to, 'retired', retired))
         from insurance where person = $1 and insurance_type = $2), '[]') as insurances,
       ${record} as record`,
    [person, insuranceType, visitedOn, institution],
  );
  const [facts] = rows;
  if (!facts) throw new Error('the database did not answer');
  return { ...row, ...facts };
}
