import type { Day } from '../domain/calendar.ts';
import type { FeeLine, SplitLine } from '../domain/bill.ts';
import type {
  Disease,
  InstitutionCode,
  InstitutionKind,
  InstitutionLevel,
  InsuranceType,
  PersonId,
  RegionCode,
  SettlementId,
} from '../domain/identifiers.ts';
import { price, quantity, toWire, yuan } from '../domain/money.ts';
import type { ScopeRules } from '../domain/treating-place/payment-scope.ts';
import type { UploadedLine } from '../domain/visit.ts';
import { scopeRulesOf, type ScopeRulesRow } from './catalogue.ts';
import type { Database, Transaction } from './database.ts';

/** A batch as the split finds it, with its visit; its row stays locked for the transaction. */
export interface LockedBatch {
  institution: InstitutionCode;
  person: PersonId;
  insuredRegion: RegionCode;
  insuranceType: InsuranceType;
  visitedOn: Day;
  digest: string;
  settlementId: SettlementId | null; // of the settlement that froze it
  level: InstitutionLevel;
  region: RegionCode; // of the institution
  kind: InstitutionKind; // of the institution
  rules: ScopeRules; // of the visit day
}
type LockedRow = Omit<LockedBatch, 'rules'> & { rules: ScopeRulesRow | null };
export async function lockBatch(
  transaction: Transaction,
  visit: string,
  batch: string,
): Promise<LockedBatch | null> {
  const { rows } = await transaction.query<LockedRow>(
    `select b.digest, b.settlement_id as "settlementId", i.level, i.region, i.kind, v.institution,
       v.person, v.insured_region as "insuredRegion", v.insurance_type as "insuranceType",
       v.visited_on as "visitedOn",
       (select jsonb_build_object('firstShareBase', first_share_base, 'tolerance', tolerance::text)
        from scope_rule where in_force_from <= v.visited_on
        order by in_force_from desc limit 1) as rules
     from fee_batch b join visit v on v.id = b.visit_id join institution i on i.code = v.institution
     where b.visit_id = $1 and b.batch_no = $2 for update of b`,
    [visit, batch],
  );
  const [row] = rows;
  return row ? { ...row, rules: scopeRulesOf(row.rules) } : null;
}

interface LineRow {
  no: string;
  disease: Disease;
  item: string;
  occurredOn: Day;
  price: string;
  quantity: string;
  amount: string;
  approval: FeeLine['approval'];
  doctor: string | null;
}

export async function readLines(
  transaction: Transaction,
  visit: string,
  batch: string,
): Promise<UploadedLine[]> {
  const { rows } = await transaction.query<LineRow>(
    `select line_no as no, disease, item, occurred_on as "occurredOn", price, quantity, amount, approval,
       doctor
     from fee_line where visit_id = $1 and batch_no = $2 order by length(line_no), line_no`,
    [visit, batch],
  );
  return rows.map((row) => ({
    ...row,
    price: price(row.price),
    quantity: quantity(row.quantity),
    amount: yuan(row.amount),
  }));
}

/** The settlement that takes a batch. */
export interface Taker {
  settlement: SettlementId;
  workflowId: string;
  visit: string;
  batch: string;
}

/** Freezes the batch, so that no second settlement can take it, and keeps how its lines were split. */
export async function freezeBatch(
  transaction: Transaction,
  taker: Taker,
  lines: readonly SplitLine[],
): Promise<void> {
  await transaction.query(
    `update fee_batch set settlement_id = $3, workflow_id = $4, frozen_at = clock_timestamp()
     where visit_id = $1 and batch_no = $2 and settlement_id is null`,
    [taker.visit, taker.batch, taker.settlement, taker.workflowId],
  );
  const column = (part: (line: SplitLine) => string): string[] => lines.map(part);
  await transaction.query(
    `insert into line_split (settlement_id, visit_id, line_no, amount, excluded, over_price_limit,
       first_share, in_scope, hospital_share, kind)
     select $1, $2, * from unnest($3::text[], $4::numeric[], $5::numeric[], $6::numeric[],
       $7::numeric[], $8::numeric[], $9::numeric[], $10::text[])`,
    [
      taker.settlement,
      taker.visit,
      column((line) => line.no),
      column((line) => toWire(line.amount)),
      column((line) => toWire(line.excluded)),
      column((line) => toWire(line.overPriceLimit)),
      column((line) => toWire(line.firstShare)),
      column((line) => toWire(line.inScope)),
      column((line) => toWire(line.hospitalShare)),
      column((line) => line.kind),
    ],
  );
}

/** Frees the batch that the settlement froze; another settlement's freeze stays. */
export async function freeBatch(transaction: Transaction, settlement: SettlementId): Promise<void> {
  await transaction.query('delete from line_split where settlement_id = $1', [settlement]);
  await transaction.query(
    `update fee_batch set settlement_id = null, workflow_id = null, frozen_at = null
     where settlement_id = $1`,
    [settlement],
  );
}

/** Whether a settlement has taken the batch. */
export async function isFrozen(database: Database, visit: string, batch: string): Promise<boolean> {
  const { rowCount } = await database.query(
    'select from fee_batch where visit_id = $1 and batch_no = $2 and settlement_id is not null',
    [visit, batch],
  );
  return rowCount === 1;
}
