import { add, equals, sum, yuan } from '../money.ts';
import { invariant } from '../invariant.ts';
import type { InsuranceType, PlaceCode } from '../identifiers.ts';

/** What one insured place owes one treating place for a month and insurance type. Amounts as text. */
export interface StatementLine {
  treatingPlace: PlaceCode;
  insuredPlace: PlaceCode;
  insuranceType: InsuranceType;
  settlements: number;
  total: string;
  fundTotal: string;
  personalAccount: string;
  owed: string;
}

/**
 * A month's statements say what its ledger entries and its settlements say, to the fen.
 *
 * @law 医保办函〔2021〕4号 三(五)
 * @throws InvariantViolation when a statement or the month does not add up
 */
export function assertStatements(
  statements: readonly StatementLine[],
  ledgerOwed: string,
  settlementsOwed: string,
): void {
  for (const { owed, fundTotal, personalAccount } of statements) {
    const parts = add(yuan(fundTotal), yuan(personalAccount));
    invariant(equals(yuan(owed), parts), 'a statement does not add up');
  }
  const stated = sum(statements.map((statement) => yuan(statement.owed)));
  invariant(equals(stated, yuan(ledgerOwed)), 'the statements differ from the ledger');
  invariant(equals(stated, yuan(settlementsOwed)), 'the statements differ from the settlements');
}
