import type { PersonId, SettlementId } from '../domain/identifiers.ts';
import type { EarlierVisit } from '../domain/insured-place/visit-facts.ts';
import { isZero, yuan } from '../domain/money.ts';
import type { Calculation, SplitTotalsText } from '../domain/settlement.ts';
import type { Transaction } from './database.ts';

export interface NewCalculation {
  settlement: SettlementId;
  person: PersonId;
  visit: EarlierVisit; // as later visits will see it
  totals: SplitTotalsText;
  calculation: Calculation;
}

/** Keeps a calculation with its rule and its steps, and takes what it used from the account. */
export async function insertCalculation(
  transaction: Transaction,
  { settlement, person, visit, totals, calculation }: NewCalculation,
): Promise<void> {
  const { policy, benefit, steps } = calculation;
  await transaction.query(
    `insert into calculation (settlement_id, person, policy_hash, policy_in_force_from, totals,
       benefit, steps, account_used, visited_on, institution, level)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      settlement,
      person,
      policy.hash,
      policy.inForceFrom,
      JSON.stringify(totals),
      JSON.stringify(benefit),
      JSON.stringify(steps),
      benefit.personalAccount,
      visit.on,
      visit.institution,
      visit.level,
    ],
  );
  if (isZero(yuan(benefit.personalAccount))) return;
  await transaction.query('update personal_account set balance = balance - $2 where person = $1', [
    person,
    benefit.personalAccount,
  ]);
}
