import type { InsuranceType, PlaceCode, SettlementId } from '../domain/identifiers.ts';
import type { Queryable, Transaction } from './database.ts';

export interface NewEntry {
  treatingPlace: PlaceCode;
  insuredPlace: PlaceCode;
  kind: 'settlement' | 'reversal';
  settlementId: SettlementId;
  insuranceType: InsuranceType;
  fundTotal: string;
  personalAccount: string;
}

/** Takes the next number of the pair's chain; holds the pair until the transaction ends. */
export async function nextEntry(
  transaction: Transaction,
  treatingPlace: PlaceCode,
  insuredPlace: PlaceCode,
): Promise<{ entryNo: string; recordedAt: string }> {
  const { rows } = await transaction.query<{ entryNo: string; recordedAt: string }>(
    `insert into ledger_chain (treating_place, insured_place, entry_no) values ($1, $2, 1)
     on conflict (treating_place, insured_place)
       do update set entry_no = ledger_chain.entry_no + 1
     returning entry_no as "entryNo",
       to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "recordedAt"`,
    [treatingPlace, insuredPlace],
  );
  const [row] = rows;
  if (!row) throw new Error('no next ledger entry');
  return row;
}

/**
 * Appends one entry: what the insured place owes the treating place, fund money and account money
 * apart, each zero-sum, chained to the pair's entry before it.
 */
export async function appendEntry(
  transaction: Transaction,
  entry: NewEntry,
  at: { entryNo: string; recordedAt: string },
): Promise<void> {
  await transaction.query(
    `with previous as (
       select coalesce((select hash from ledger_entry
         where treating_place = $1 and insured_place = $2 and entry_no = $3::bigint - 1), '') as hash
     ), entry as (
       insert into ledger_entry (treating_place, insured_place, entry_no, kind, settlement_id,
         insurance_type, recorded_at, previous_hash, hash)
       select $1, $2, $3, $4, $5, $6, $7::timestamptz, hash,
         ledger_entry_hash(hash, $1, $2, $3, $4, $5, $6, $7::timestamptz,
           $8::numeric(16, 2), $9::numeric(16, 2))
       from previous
       returning id
     )
     insert into ledger_posting (entry_id, account, place, amount)
     select id, account, place, amount from entry, (values
       ('fund-receivable', $1, $8::numeric(16, 2)),
       ('fund-payable', $2, -$8::numeric(16, 2)),
       ('account-receivable', $1, $9::numeric(16, 2)),
       ('account-payable', $2, -$9::numeric(16, 2))
     ) as posting (account, place, amount)`,
    [
      entry.treatingPlace,
      entry.insuredPlace,
      at.entryNo,
      entry.kind,
      entry.settlementId,
      entry.insuranceType,
      at.recordedAt,
      entry.fundTotal,
      entry.personalAccount,
    ],
  );
}

/**
 * The entries whose hash does not follow from what they say and from the entry before, whose postings
 * are not the four of the pair, and the last of a chain when it is missing.
 */
export async function brokenLinks(
  queryable: Queryable,
): Promise<{ treatingPlace: string; insuredPlace: string; entryNo: string }[]> {
  const { rows } = await queryable.query<{
    treatingPlace: string;
    insuredPlace: string;
    entryNo: string;
  }>(
    `select e.treating_place as "treatingPlace", e.insured_place as "insuredPlace",
       e.entry_no as "entryNo"
     from ledger_entry e
     left join lateral (
       select sum(amount) filter (where (account, place) = ('fund-receivable', e.treating_place)) as fund,
         sum(amount) filter (where (account, place) = ('account-receivable', e.treating_place)) as own,
         sum(amount) filter (where (account, place) = ('fund-payable', e.insured_place)) as fund_owed,
         sum(amount) filter (where (account, place) = ('account-payable', e.insured_place)) as own_owed
       from ledger_posting where entry_id = e.id
     ) posted on true
     left join ledger_entry before on before.treating_place = e.treating_place
       and before.insured_place = e.insured_place and before.entry_no = e.entry_no - 1
     where e.previous_hash <> coalesce(before.hash, '')
       or (before.id is null and e.entry_no <> 1)
       or (posted.fund = -posted.fund_owed and posted.own = -posted.own_owed) is not true
       or e.hash <> ledger_entry_hash(e.previous_hash, e.treating_place, e.insured_place,
            e.entry_no, e.kind, e.settlement_id, e.insurance_type, e.recorded_at,
            posted.fund, posted.own)
     union all
     select c.treating_place, c.insured_place, c.entry_no
     from ledger_chain c
     where not exists (select from ledger_entry e
       where (e.treating_place, e.insured_place, e.entry_no)
         = (c.treating_place, c.insured_place, c.entry_no))
     order by 1, 2, 3`,
  );
  return rows;
}
