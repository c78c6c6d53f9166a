import type { SplitTotals } from '../bill.ts';
import type { Day } from '../calendar.ts';
import type { Disease, DiseaseCode, InstitutionCode, InstitutionLevel } from '../identifiers.ts';
import type { Yuan } from '../money.ts';
import type { BenefitRule, Channel, FilingStatus, Prescriber } from './policy.ts';

/** What is known of the person on the visit day; null where it is not known or does not apply. */
export interface Insured {
  bornOn: Day | null;
  retired: boolean;
  personType: string | null; // 人员类别
  insuredMonths: number | null; // without a break (连续参保)
  tier: string | null; // 缴费档次
  hardship: string | null; // 困难人员类别
  civilServant: string | null; // 公务员级别
  qualifiedFor: readonly DiseaseCode[]; // 待遇资格, in force on the visit day
}
/** A settlement before this one, not reversed, with in-scope money. */
export interface EarlierVisit {
  on: Day;
  institution: InstitutionCode;
  level: InstitutionLevel;
}

/** One bill of one person, the rule in force, and what was used before. */
export interface BenefitInput {
  totals: SplitTotals;
  visitedOn: Day; // decides rule and period
  disease: Disease;
  institution: { code: InstitutionCode; level: InstitutionLevel; selected: boolean };
  channel: Channel;
  prescriber: Prescriber;
  filing: FilingStatus;
  person: Insured;
  visits: readonly EarlierVisit[];
  rule: BenefitRule;
  used: (name: string, period: string, key: string) => Yuan;
  account: {
    use: 'none' | 'own' | 'family'; // `family`: the own balance, then the family's (共济)
    balance: Yuan;
    family: Yuan;
  };
}
