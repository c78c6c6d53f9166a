import type { SettlementRequest, SettlementResult } from '../domain/settlement.ts';
import type { Transaction } from './database.ts';

/** What the settlement table keeps beside the request's body. */
export interface NewSettlement {
  workflowId: string;
  request: SettlementRequest;
  result: SettlementResult;
}

const columns = [
  'id', 'workflow_id', 'institution', 'message_id', 'treating_place', 'insured_place',
  'insured_region', 'person', 'insurance_type', 'disease', 'visited_on', 'total', 'excluded',
  'over_price_limit', 'first_share', 'in_scope', 'area_first_share', 'deductible', 'fund_total',
  'personal_account', 'cash', 'person_share', 'hospital_share', 'policy_hash',
  'policy_in_force_from', 'recorded_at',
] as const; // prettier-ignore

function valuesOf({ workflowId, request, result }: NewSettlement): string[] {
  const { totals, calculation } = result;
  const { benefit, policy } = calculation;
  return [
    result.settlementId, workflowId, request.institution, request.messageId, request.treatingPlace,
    request.insuredPlace, request.insuredRegion, request.person, request.insuranceType,
    request.disease, request.visitedOn, totals.total, totals.excluded, totals.overPriceLimit,
    totals.firstShare, totals.inScope, benefit.areaFirstShare, benefit.deductible,
    benefit.fundTotal, benefit.personalAccount, benefit.cash, benefit.personShare,
    benefit.hospitalShare, policy.hash, policy.inForceFrom, result.recordedAt,
  ]; // prettier-ignore
}

/** Writes the settlement and its layers. The constraints check the sums a second time. */
export async function insertSettlement(
  transaction: Transaction,
  settlement: NewSettlement,
): Promise<void> {
  const places = columns.map((_, index) => `$${index + 1}`).join(', ');
  await transaction.query(
    `insert into settlement (${columns.join(', ')}) values (${places})`,
    valuesOf(settlement),
  );
  const { layers } = settlement.result.calculation.benefit;
  await transaction.query(
    `insert into settlement_layer (settlement_id, position, name, base, amount)
     select $1, position, name, base, amount
     from unnest($2::text[], $3::numeric[], $4::numeric[])
       with ordinality as layer (name, base, amount, position)`,
    [
      settlement.result.settlementId,
      layers.map((layer) => layer.name),
      layers.map((layer) => layer.base),
      layers.map((layer) => layer.amount),
    ],
  );
}
