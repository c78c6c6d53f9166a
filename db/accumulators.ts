import type { PersonId, SettlementId } from '../domain/identifiers.ts';
import { invariant } from '../domain/invariant.ts';
import { toWire, yuan, zero, type Yuan } from '../domain/money.ts';
import type { Transaction } from './database.ts';

/** What a settlement adds to one accumulator. */
export interface Addition {
  name: string;
  period: string;
  key: string;
  added: Yuan;
}
export type Used = (name: string, period: string, key: string) => Yuan;

const keyOf = (name: string, period: string, key: string): string => `${name}|${period}|${key}`;

/** What the person has used so far in the given periods. The person's row must be locked. */
export async function readUsed(
  transaction: Transaction,
  person: PersonId,
  periods: readonly string[],
): Promise<Used> {
  const { rows } = await transaction.query<{
    name: string;
    period: string;
    key: string;
    value: string;
  }>(
    'select name, period, key, value from accumulator where person = $1 and period = any($2::text[])',
    [person, periods],
  );
  const values = new Map(
    rows.map((row) => [keyOf(row.name, row.period, row.key), yuan(row.value)]),
  );
  return (name, period, key) => values.get(keyOf(name, period, key)) ?? zero;
}

/** Posts what a settlement used, with the change that a reversal would subtract again. */
export async function postUsed(
  transaction: Transaction,
  { person, settlement }: { person: PersonId; settlement: SettlementId },
  additions: readonly Addition[],
): Promise<void> {
  await transaction.query(
    `with change as (
       insert into accumulator_change (settlement_id, person, name, period, key, added)
       select $1, $2, * from unnest($3::text[], $4::text[], $5::text[], $6::numeric[])
       returning person, name, period, key, added
     )
     insert into accumulator (person, name, period, key, value)
     select person, name, period, key, added from change
     on conflict (person, name, period, key) do update
       set value = accumulator.value + excluded.value`,
    [
      settlement,
      person,
      additions.map((addition) => addition.name),
      additions.map((addition) => addition.period),
      additions.map((addition) => addition.key),
      additions.map((addition) => toWire(addition.added)),
    ],
  );
}

/** Locks the person of a calculation as a calculation does, so that each sees the other's work whole. */
async function lockPersonOf(transaction: Transaction, settlement: SettlementId): Promise<void> {
  await transaction.query(
    `select from person
     where id = (select person from calculation where settlement_id = $1) for update`,
    [settlement],
  );
}

/**
 * Undoes what a settlement posted: subtracts from each accumulator exactly what it added, gives back
 * to the personal account what it took, marks the calculation reversed. Later settlements are not
 * computed again. A second call, or one for a settlement that was never calculated, does nothing.
 *
 * @throws InvariantViolation when the account it took from is gone
 */
export async function restore(transaction: Transaction, settlement: SettlementId): Promise<void> {
  await lockPersonOf(transaction, settlement);
  const { rows } = await transaction.query<{ person: PersonId; used: string; isUsed: boolean }>(
    `update calculation set reversed_at = clock_timestamp()
     where settlement_id = $1 and reversed_at is null
     returning person, account_used as used, account_used <> 0 as "isUsed"`,
    [settlement],
  );
  const [calculation] = rows;
  if (!calculation) return;
  await transaction.query(
    `update accumulator a set value = a.value - c.added
     from accumulator_change c
     where c.settlement_id = $1
       and (a.person, a.name, a.period, a.key) = (c.person, c.name, c.period, c.key)`,
    [settlement],
  );
  if (!calculation.isUsed) return;
  const { rowCount } = await transaction.query(
    'update personal_account set balance = balance + $2 where person = $1',
    [calculation.person, calculation.used],
  );
  invariant(rowCount === 1, `settlement ${settlement} used an account that is gone`);
}
