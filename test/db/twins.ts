import type { CalculationOrder } from '../../activities/insured-place.ts';
import { inTransaction, type Database } from '../../db/database.ts';
import { publishPolicy } from '../../db/policies.ts';
import type { PlaceRows } from '../../db/seeding.ts';
import {
  diseaseCode,
  personId,
  placeCode,
  regionCode,
  settlementId,
  type PersonId,
} from '../../domain/identifiers.ts';
import type { Policy, RuleText } from '../../domain/insured-place/policy.ts';
import { asText } from '../../domain/money.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { parsePolicyFile, type PolicyFile } from '../../seeds/policy-file.ts';
import { aRuleText, aSplit } from '../builders.ts';
import { aRequest } from './steps.ts';

/** A region of Sichuan that the seeds have a person of, and no policy. */
export const bareRegion = regionCode('510300');

/** The file of the region's policy: one entry list for employees with hypertension. */
export function aPolicyFile(
  entries: readonly unknown[],
  changes: Partial<Policy> = {},
): PolicyFile {
  const policies = { '310': { [diseaseCode('M03900')]: entries } };
  const place = placeCode('510000');
  const policy = { place, region: bareRegion, name: '自贡市', policies, ...changes };
  return parsePolicyFile(JSON.stringify(policy), 'f.yaml');
}
/** 300 a year; 80 % up to 1,000 a year, then 90 %; the account pays what the pool does not. */
export const aRuleWithAccount = (changes: Partial<RuleText> = {}): RuleText =>
  aRuleText({ account: { pays: ['deductible', 'poolSelf', 'firstShare'] }, ...changes });

export async function givePolicy(database: Database): Promise<void> {
  const file = aPolicyFile([aRuleWithAccount()]);
  await publishPolicy(database, { ...file, by: '自贡市医保局' });
}

/** Seed files that say nothing. */
export const noRows: PlaceRows = {
  ...{ openings: [], institutions: [], institutionDiseases: [], profiles: [], policies: [] },
  ...{ catalogue: [], scopeRules: [], diseaseCodes: [] },
  ...{ persons: [], insurances: [], accounts: [], accumulatorOpenings: [] },
  ...{ qualifications: [], unmigratedQualifications: [], filings: [], suspensions: [] },
  ...{ facts: [], selections: [], familyDoctors: [], visitOpenings: [] },
};

let made = 0;
/** A new person of the bare region: insured, qualified, filed, with an account of 500.00. */
export async function aPersonWithAccount(database: Database): Promise<PersonId> {
  const like = '51030000000000000001';
  const twin = personId(`PERSON-${process.pid}-${(made += 1)}`);
  await inTransaction(database, async (transaction) => {
    const copy = (table: string, columns: string) =>
      transaction.query(
        `insert into ${table} (person, ${columns}) select $1, ${columns} from ${table} where person = $2`,
        [twin, like],
      );
    await transaction.query(
      `insert into person (id, region, born_on, source)
       select $1, region, born_on, source from person where id = $2`,
      [twin, like],
    );
    await copy('insurance', 'insurance_type, insured_from, insured_to, retired');
    await copy('qualification', 'disease, valid_from, valid_to, source');
    await copy('filing', 'filed_for, category, valid_from, valid_to, source');
    await transaction.query('insert into personal_account values ($1, 500.00)', [twin]);
    await transaction.query('insert into personal_account_opening values ($1, 500.00)', [twin]);
  });
  return twin;
}

/** An order of the person, who pays from the account: 320.00, of which 300.00 in scope. */
export const anOrderOf = (
  person: PersonId,
  split: Parameters<typeof aSplit>[0] = { inScope: '300.00', firstShare: '15.00', drug: '5.00' },
  changes: Partial<SettlementRequest> = {},
): CalculationOrder => ({
  settlementId: settlementId(`UNDO-${process.pid}-${(made += 1)}`),
  request: aRequest({ person, insuredRegion: bareRegion, account: 'own', ...changes }),
  totals: asText(aSplit(split)),
  level: 'tertiary',
  region: regionCode('500000'),
});
