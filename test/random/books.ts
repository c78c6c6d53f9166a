import type { ReversalResult, SettleAnswer } from '../../domain/settlement.ts';
import type { Database } from '../../db/database.ts';
import type { World } from './world.ts';

/** What all parties have written, read plainly and without the code that wrote it. */

/** A row of `request`: what the centre has decided of a message. */
export interface Decided {
  settlementId: string;
  digest: string | null; // of the body that counts; null where none arrived
  person: string | null; // in it
  state: 'claimed' | 'answered' | 'void';
  answer: SettleAnswer | null;
  reversal: ReversalResult | null;
}
export interface Books {
  decided: ReadonlyMap<string, Decided>; // by message id
  /** By settlement id: a line for everything that stands in any party's books. */
  lines: ReadonlyMap<string, readonly string[]>;
  /** Person, name, period, key and amount: what was used since the openings. */
  used: string[];
}

const atCentre = `
  select e.settlement_id as id, 'centre: ' || e.kind || ' ' ||
    max(amount) filter (where account = 'fund-receivable') || ' ' ||
    max(amount) filter (where account = 'account-receivable') as line
  from ledger_entry e join ledger_posting p on p.entry_id = e.id group by e.id
  union all select id, 'centre: settled' from settlement
  union all select settlement_id, 'centre: reversed' from reversal`;
const atPlace = `
  select settlement_id as id, 'treating: frozen' as line from fee_batch where settlement_id is not null
  union all select distinct settlement_id, 'treating: split' from line_split
  union all select settlement_id, 'treating: copy ' || fund_total || ' ' || personal_account
    from settlement_copy
  union all select settlement_id, 'treating: reversal ' || fund_total || ' ' || personal_account
    from reversal_copy
  union all select settlement_id, 'insured: used ' || (benefit ->> 'fundTotal') || ' ' || account_used
    from calculation where reversed_at is null`;
const usedAtPlace = `
  select concat_ws(' ', person, a.name, a.period, a.key, a.value - coalesce(o.value, 0)) as line
  from accumulator a left join accumulator_opening o using (person, name, period, key)
  where a.value <> coalesce(o.value, 0)
  union all
  select concat_ws(' ', person, 'account', o.balance - a.balance)
  from personal_account a join personal_account_opening o using (person)
  where o.balance <> a.balance`;

async function readDecided(centre: Database): Promise<Map<string, Decided>> {
  const { rows } = await centre.query<Decided & { messageId: string }>(
    `select r.message_id as "messageId", r.settlement_id as "settlementId", body ->> 'digest' as digest,
       body ->> 'person' as person,
       state, answer, v.result as reversal
     from request r left join reversal v using (settlement_id)`,
  );
  return new Map(rows.map((row) => [row.messageId, row]));
}

export async function readBooks({ databases }: World): Promise<Books> {
  const lines = new Map<string, string[]>();
  const used: string[] = [];
  const read = async (database: Database, sql: string): Promise<void> => {
    const { rows } = await database.query<{ id: string; line: string }>(sql);
    for (const { id, line } of rows) lines.set(id, [...(lines.get(id) ?? []), line].sort());
  };
  await read(databases.centre, atCentre);
  for (const place of databases.places.values()) {
    await read(place, atPlace);
    const { rows } = await place.query<{ line: string }>(usedAtPlace);
    used.push(...rows.map(({ line }) => line));
  }
  return { decided: await readDecided(databases.centre), lines, used: used.sort() };
}
