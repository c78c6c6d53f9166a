import type { Day } from '../domain/calendar.ts';
import type { InsuranceType, PersonId, RegionCode } from '../domain/identifiers.ts';
import type { Transaction } from './database.ts';

/** A person insured here, as a calculation needs them; their row stays locked for the transaction. */
export interface LockedPerson {
  region: RegionCode;
  accountBalance: string;
  insurances: Insurance[]; // of the type asked about
}
export interface Insurance {
  from: Day;
  to: Day | null;
  suspendedFrom: Day | null;
  suspendedTo: Day | null;
  retired: boolean;
}

/** Locks the person, so that two settlements of one person give one order or the other. */
export async function lockPerson(
  transaction: Transaction,
  person: PersonId,
  insuranceType: InsuranceType,
): Promise<LockedPerson | null> {
  const locked = await transaction.query<{ region: RegionCode }>(
    'select region from person where id = $1 for update',
    [person],
  );
  const [row] = locked.rows;
  if (!row) return null;
  // Read after the lock was granted: whoever held it before may have used the account.
  const { rows } = await transaction.query<Omit<LockedPerson, 'region'>>(
    `select coalesce((select balance from personal_account where person = $1), 0.00)::text
         as "accountBalance",
       coalesce((select jsonb_agg(jsonb_build_object('from', insured_from, 'to', insured_to,
           'suspendedFrom', suspended_from, 'suspendedTo', suspended_to, 'retired', retired))
         from insurance where person = $1 and insurance_type = $2), '[]') as insurances`,
    [person, insuranceType],
  );
  const [facts] = rows;
  if (!facts) throw new Error('the database did not answer');
  return { ...row, ...facts };
}
