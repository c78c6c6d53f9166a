import type { PersonId, SettlementId } from '../domain/identifiers.ts';
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
