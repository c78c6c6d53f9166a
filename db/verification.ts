import type { PersonId } from '../domain/identifiers.ts';
import type { Queryable } from './database.ts';

/** Where a stored value is not what openings and unreversed settlements add up to. */
export interface Difference {
  person: PersonId;
  name: string; // of the accumulator; `personal account` for an account
  period: string; // empty for an account
  key: string; // empty for an account
  stored: string;
  computed: string;
}
/** Persons after `after`, up to and including `to`; null is open. */
export interface Slice {
  after: string | null;
  to: string | null;
}

/** Cuts the persons of a place into slices of some thousands, which are verified one by one. */
export async function personSlices(queryable: Queryable, persons: number): Promise<Slice[]> {
  const { rows } = await queryable.query<{ id: string }>(
    `select id from (select id, row_number() over (order by id) as no from person) numbered
     where no % $1 = 0 order by id`,
    [persons],
  );
  const ends = rows.map(({ id }) => id);
  return [...ends, null].map((to, index) => ({ after: ends[index - 1] ?? null, to }));
}

const inSlice = (person: string): string =>
  `($1::text is null or ${person} > $1) and ($2::text is null or ${person} <= $2)`;

const differences = `
  with change as (
    select c.person, c.name, c.period, c.key, c.added
    from accumulator_change c
    join calculation k on k.settlement_id = c.settlement_id and k.reversed_at is null
    where ${inSlice('c.person')}
  ), computed as (
    select person, name, period, key, sum(value) as value from (
      select person, name, period, key, value from accumulator_opening where ${inSlice('person')}
      union all
      select person, name, period, key, added from change
    ) posted group by person, name, period, key
  ), stored as (
    select person, name, period, key, value from accumulator where ${inSlice('person')}
  ), account_used as (
    select person, sum(account_used) as amount from calculation
    where reversed_at is null and ${inSlice('person')} group by person
  ), both_sides as (
    select person, name, period, key, coalesce(s.value, 0) as stored, coalesce(c.value, 0) as computed
    from stored s full join computed c using (person, name, period, key)
    union all
    select o.person, 'personal account', '', '', coalesce(a.balance, 0),
      o.balance - coalesce(u.amount, 0)
    from personal_account_opening o
    left join personal_account a on a.person = o.person
    left join account_used u on u.person = o.person
    where ${inSlice('o.person')}
  )
  select person, name, period, key, stored::numeric(16, 2)::text, computed::numeric(16, 2)::text
  from both_sides where stored <> computed order by name, period, key, person`;

/**
 * Adds up openings and what unreversed settlements posted, and compares with what is stored. One
 * statement sees one moment, so settlements may go on meanwhile.
 *
 * @returns one row for each accumulator or personal account that differs
 */
export async function findDifferences(
  queryable: Queryable,
  { after, to }: Slice,
): Promise<Difference[]> {
  const { rows } = await queryable.query<Difference>(differences, [after, to]);
  return rows;
}

/** How much there is to compare, and the accounts of which nobody knows what they were opened with. */
export interface Extent {
  persons: number;
  accumulators: number;
  accountsWithoutOpening: number;
}
export async function readExtent(queryable: Queryable): Promise<Extent> {
  const { rows } = await queryable.query<Extent>(
    `select (select count(*)::int from person) as persons,
       (select count(*)::int from accumulator) as accumulators,
       (select count(*)::int from personal_account a
        where not exists (select from personal_account_opening o where o.person = a.person))
         as "accountsWithoutOpening"`,
  );
  const [row] = rows;
  if (!row) throw new Error('the database did not answer');
  return row;
}
