import { endOfMonth, type Month } from '../domain/calendar.ts';
import { assertStatements, type StatementLine } from '../domain/clearing/statement.ts';
import type { Database, Queryable, Transaction } from './database.ts';
import { inTransaction } from './database.ts';

/** Opens the month's cut: the earlier of now and the month's end. False if it was cut before. */
async function cutMonth(transaction: Transaction, of: Month): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `insert into clearing_month (month, cut_at)
     values ($1, least(clock_timestamp(), $2::timestamptz)) on conflict (month) do nothing`,
    [of, endOfMonth(of)],
  );
  return rowCount === 1;
}

/** Puts every entry before the cut that is on no statement yet on its statement. */
async function makeStatements(transaction: Transaction, of: Month): Promise<void> {
  await transaction.query(
    `with member as (
       select e.*, case kind when 'reversal' then -1 else 1 end as sign from ledger_entry e
       where e.recorded_at < (select cut_at from clearing_month where month = $1)
         and not exists (select from statement_item i where i.entry_id = e.id)
     ), made as (
       insert into statement (month, treating_place, insured_place, insurance_type, settlements,
         total, fund_total, personal_account, owed)
       select $1, m.treating_place, m.insured_place, m.insurance_type, count(*), sum(m.sign * s.total),
         sum(fund.amount), sum(own.amount), sum(fund.amount + own.amount)
       from member m
       join settlement s on s.id = m.settlement_id
       join ledger_posting fund on fund.entry_id = m.id and fund.account = 'fund-receivable'
       join ledger_posting own on own.entry_id = m.id and own.account = 'account-receivable'
       group by 2, 3, 4
       returning id, treating_place, insured_place, insurance_type
     )
     insert into statement_item (entry_id, statement_id, workflow_id)
     select m.id, made.id, case m.kind when 'reversal' then r.workflow_id else s.workflow_id end
     from member m
     join made using (treating_place, insured_place, insurance_type)
     join settlement s on s.id = m.settlement_id
     left join reversal r on r.settlement_id = m.settlement_id`,
    [of],
  );
}

export interface ClosedMonth {
  cutAt: string;
  statements: StatementLine[];
  /** The same totals from the ledger and from the settlements, to be compared. */
  ledgerOwed: string;
  settlementsOwed: string;
  told: number;
}

async function readMonth(queryable: Queryable, of: Month): Promise<ClosedMonth> {
  const month = await queryable.query<{
    cutAt: Date;
    ledger: string;
    settled: string;
    told: number;
  }>(
    `select cut_at as "cutAt",
       coalesce(sum(fund.amount + own.amount), 0.00)::text as ledger,
       coalesce(sum(case e.kind when 'reversal' then r.fund_total + r.personal_account
         else x.fund_total + x.personal_account end), 0.00)::text as settled,
       count(i.told_at)::int as told
     from clearing_month m
     left join statement s using (month)
     left join statement_item i on i.statement_id = s.id
     left join ledger_entry e on e.id = i.entry_id
     left join ledger_posting fund on fund.entry_id = e.id and fund.account = 'fund-receivable'
     left join ledger_posting own on own.entry_id = e.id and own.account = 'account-receivable'
     left join settlement x on x.id = e.settlement_id
     left join reversal r on r.settlement_id = e.settlement_id
     where month = $1 group by 1`,
    [of],
  );
  const { rows: statements } = await queryable.query<StatementLine>(
    `select treating_place as "treatingPlace", insured_place as "insuredPlace",
       insurance_type as "insuranceType", settlements, total, fund_total as "fundTotal",
       personal_account as "personalAccount", owed
     from statement where month = $1 order by 1, 2, 3`,
    [of],
  );
  const [row] = month.rows;
  if (!row) throw new Error(`month ${of} is not cut`);
  return {
    cutAt: row.cutAt.toISOString(),
    statements,
    ledgerOwed: row.ledger,
    settlementsOwed: row.settled,
    told: row.told,
  };
}

/**
 * Cuts the month and makes its statements in one transaction; a month already cut stays as it is.
 *
 * @throws InvariantViolation when statements, ledger and settlements differ; then nothing is cut
 */
export async function closeMonth(database: Database, of: Month): Promise<ClosedMonth> {
  return inTransaction(
    database,
    async (transaction) => {
      // Before the snapshot is taken: a reversal is decided before the cut, and seen by it, or after.
      await transaction.query('lock table reversal in share mode');
      if (await cutMonth(transaction, of)) await makeStatements(transaction, of);
      const closed = await readMonth(transaction, of);
      assertStatements(closed.statements, closed.ledgerOwed, closed.settlementsOwed);
      return closed;
    },
    'snapshot',
  );
}

export interface Untold {
  entryId: string;
  workflowId: string;
}
/** The next settlements of the month whose workflows have not been told. */
export async function nextUntold(
  queryable: Queryable,
  of: Month,
  atMost: number,
): Promise<Untold[]> {
  const { rows } = await queryable.query<Untold>(
    `select i.entry_id as "entryId", i.workflow_id as "workflowId"
     from statement_item i join statement s on s.id = i.statement_id
     where s.month = $1 and i.told_at is null order by i.entry_id limit $2`,
    [of, atMost],
  );
  return rows;
}

export async function markTold(queryable: Queryable, entryIds: readonly string[]): Promise<void> {
  await queryable.query(
    'update statement_item set told_at = clock_timestamp() where entry_id = any($1::bigint[])',
    [entryIds],
  );
}
