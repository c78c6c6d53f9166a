import type { Day } from '../domain/calendar.ts';
import type {
  DiseaseCode,
  InstitutionCode,
  InstitutionKind,
  InsuranceType,
  PersonId,
  PlaceCode,
  RegionCode,
} from '../domain/identifiers.ts';
import type {
  DiseaseOpeningChange,
  InstitutionChange,
  InstitutionDiseaseChange,
} from '../domain/registry.ts';
import { inTransaction, type Database, type Transaction } from './database.ts';
import type { Profile } from '../domain/treating-place/profile.ts';
import { lockPolicies } from './policies.ts';
import { ofPersons, ofPersonsTold, type PersonFactRows } from './seeding-persons.ts';
import { store, type Sourced } from './seeding-rows.ts';
import { storeScope, type ScopeRows } from './seeding-scope.ts';

/** What the seed files say, row by row. Amounts, prices and ratios are text. */
export interface PlaceRow extends Sourced {
  code: PlaceCode;
  name: string;
  connectedFrom: Day | null; // null when not enabled
}
export interface DiseaseRow extends Sourced {
  code: DiseaseCode;
  name: string;
  group: string; // 病种类别
}
export type OpeningRow = DiseaseOpeningChange & Sourced;
export type InstitutionRow = InstitutionChange &
  Sourced & { district: string; kind: InstitutionKind };
export type InstitutionDiseaseRow = InstitutionDiseaseChange;
export type ProfileRow = Profile & Sourced & { institution: InstitutionCode };
export interface PersonRow extends Sourced {
  id: PersonId;
  region: RegionCode;
  bornOn: Day;
}
export interface InsuranceRow {
  person: PersonId;
  insuranceType: InsuranceType;
  insuredFrom: Day;
  insuredTo: Day | null;
  suspendedFrom: Day | null;
  suspendedTo: Day | null;
  retired: boolean;
}
export interface AccountRow {
  person: PersonId;
  balance: string;
}
export interface AccumulatorOpeningRow extends Sourced {
  person: PersonId;
  name: string;
  period: string;
  key: string;
  value: string;
}
export interface PolicyRow {
  region: RegionCode;
  hash: string;
  body: unknown;
  text: string; // of the file
}

export interface CentreRows {
  places: PlaceRow[];
  diseases: DiseaseRow[];
}
export interface PlaceRows extends PersonFactRows, ScopeRows {
  openings: OpeningRow[];
  institutions: InstitutionRow[];
  institutionDiseases: InstitutionDiseaseRow[];
  profiles: ProfileRow[];
  persons: PersonRow[];
  insurances: InsuranceRow[];
  accounts: AccountRow[];
  accumulatorOpenings: AccumulatorOpeningRow[];
  policies: PolicyRow[];
}

/** What a load changed; all zero when it found everything as the files say. */
export interface Seeded {
  registryChanges: number; // that the centre will be told
  policyVersions: number;
}

const storePlaces = `
  insert into place (code, name, connected_from, source)
  select code, name, "connectedFrom", source
  from jsonb_to_recordset($1) as row (code text, name text, "connectedFrom" date, source text)
  order by code
  on conflict (code) do update
  set (name, connected_from, source) = (excluded.name, excluded.connected_from, excluded.source)
  where (place.name, place.connected_from, place.source)
    is distinct from (excluded.name, excluded.connected_from, excluded.source)`;

const storeDiseases = `
  insert into disease (code, name, group_name, source)
  select code, name, "group", source
  from jsonb_to_recordset($1) as row (code text, name text, "group" text, source text)
  order by code
  on conflict (code) do update
  set (name, group_name, source) = (excluded.name, excluded.group_name, excluded.source)
  where (disease.name, disease.group_name, disease.source)
    is distinct from (excluded.name, excluded.group_name, excluded.source)`;

// Each fact that is new or differs is stored and, in the same statement, noted for the registry.
const storeOpenings = `
  with seeded as (
    insert into disease_opening (disease, qualification_from, settlement_from, source)
    select disease, "qualificationFrom", "settlementFrom", source
    from jsonb_to_recordset($1)
      as row (disease text, "qualificationFrom" date, "settlementFrom" date, source text)
    order by disease
    on conflict (disease) do update
    set (qualification_from, settlement_from, source)
      = (excluded.qualification_from, excluded.settlement_from, excluded.source)
    where (disease_opening.qualification_from, disease_opening.settlement_from, disease_opening.source)
      is distinct from (excluded.qualification_from, excluded.settlement_from, excluded.source)
    returning *
  )
  insert into registry_change (kind, body)
  select 'disease-opening', jsonb_build_object(
    'disease', disease, 'qualificationFrom', qualification_from, 'settlementFrom', settlement_from)
  from seeded order by disease`;

const storeInstitutions = `
  with seeded as (
    insert into institution
      (code, region, district, name, level, kind, designated_from, designated_to, source)
    select code, region, district, name, level, kind, "designatedFrom", "designatedTo", source
    from jsonb_to_recordset($1) as row (code text, region text, district text, name text,
      level text, kind text, "designatedFrom" date, "designatedTo" date, source text)
    order by code
    on conflict (code) do update
    set (region, district, name, level, kind, designated_from, designated_to, source)
      = (excluded.region, excluded.district, excluded.name, excluded.level, excluded.kind,
         excluded.designated_from, excluded.designated_to, excluded.source)
    where (institution.region, institution.district, institution.name, institution.level,
        institution.kind, institution.designated_from, institution.designated_to, institution.source)
      is distinct from (excluded.region, excluded.district, excluded.name, excluded.level,
        excluded.kind, excluded.designated_from, excluded.designated_to, excluded.source)
    returning *
  )
  insert into registry_change (kind, body)
  select 'institution', jsonb_build_object(
    'code', code, 'region', region, 'name', name, 'level', level,
    'designatedFrom', designated_from, 'designatedTo', designated_to)
  from seeded order by code`;

const storeInstitutionDiseases = `
  with seeded as (
    insert into institution_disease (institution, disease, open_from, open_to)
    select institution, disease, "openFrom", "openTo"
    from jsonb_to_recordset($1)
      as row (institution text, disease text, "openFrom" date, "openTo" date)
    order by institution, disease, "openFrom"
    on conflict (institution, disease, open_from) do update set open_to = excluded.open_to
    where institution_disease.open_to is distinct from excluded.open_to
    returning *
  )
  insert into registry_change (kind, body)
  select 'institution-disease', jsonb_build_object(
    'institution', institution, 'disease', disease, 'openFrom', open_from, 'openTo', open_to)
  from seeded order by institution, disease, open_from`;

const storeProfiles = `
  insert into institution_profile (institution, when_late, pending_code, source)
  select institution, "whenLate", "pendingCode", source
  from jsonb_to_recordset($1)
    as row (institution text, "whenLate" text, "pendingCode" text, source text)
  order by institution
  on conflict (institution) do update
  set (when_late, pending_code, source)
    = (excluded.when_late, excluded.pending_code, excluded.source)
  where (institution_profile.when_late, institution_profile.pending_code, institution_profile.source)
    is distinct from (excluded.when_late, excluded.pending_code, excluded.source)`;

// Conflicting rows are locked even where nothing differs: the load holds every accumulator it may open.
const storePersons = `
  insert into person (id, region, born_on, source)
  select id, region, "bornOn", source
  from jsonb_to_recordset($1) as row (id text, region text, "bornOn" date, source text)
  order by id
  on conflict (id) do update
  set (region, born_on, source) = (excluded.region, excluded.born_on, excluded.source)
  where (person.region, person.born_on, person.source)
    is distinct from (excluded.region, excluded.born_on, excluded.source)`;

const storeInsurances = `
  insert into insurance (person, insurance_type, insured_from, insured_to, suspended_from,
    suspended_to, retired)
  select person, "insuranceType", "insuredFrom", "insuredTo", "suspendedFrom", "suspendedTo", retired
  from jsonb_to_recordset($1) as row (person text, "insuranceType" text, "insuredFrom" date,
    "insuredTo" date, "suspendedFrom" date, "suspendedTo" date, retired boolean)
  order by person, "insuranceType", "insuredFrom"
  on conflict (person, insurance_type, insured_from) do update
  set (insured_to, suspended_from, suspended_to, retired)
    = (excluded.insured_to, excluded.suspended_from, excluded.suspended_to, excluded.retired)
  where (insurance.insured_to, insurance.suspended_from, insurance.suspended_to, insurance.retired)
    is distinct from
      (excluded.insured_to, excluded.suspended_from, excluded.suspended_to, excluded.retired)`;

// Opened once: what was spent since is not given back by a later load.
const storeAccounts = `
  with opened as (
    insert into personal_account (person, balance)
    select person, balance from jsonb_to_recordset($1) as row (person text, balance numeric)
    order by person
    on conflict (person) do nothing
    returning person, balance
  )
  insert into personal_account_opening (person, balance)
  select person, balance from opened order by person`;

// An opening counts once, on top of what was settled before it came: value = openings + changes.
const storeAccumulatorOpenings = `
  with opened as (
    insert into accumulator_opening (person, name, period, key, value, source)
    select person, name, period, key, value, source
    from jsonb_to_recordset($1)
      as row (person text, name text, period text, key text, value numeric, source text)
    order by person, name, period, key
    on conflict do nothing
    returning *
  )
  insert into accumulator (person, name, period, key, value)
  select person, name, period, key, value from opened
  order by person, name, period, key
  on conflict (person, name, period, key) do update
  set value = accumulator.value + excluded.value`;

// What an agency published stands: the seeds fill only regions that nobody has published for.
const storePolicies = `
  insert into policy (region, version, hash, body, source_text)
  select row.region, coalesce(newest.version, 0) + 1, row.hash, row.body, row.text
  from jsonb_to_recordset($1) as row (region text, hash text, body jsonb, text text)
  left join lateral (
    select version, hash from policy
    where policy.region = row.region order by version desc limit 1
  ) newest on true
  where newest.hash is distinct from row.hash
    and not exists (
      select from policy where policy.region = row.region and policy.published_by <> 'seed'
    )
  order by row.region`;

/** Two processes that start together load one after the other, and the second finds nothing to do. */
async function oneAtATime(transaction: Transaction): Promise<void> {
  await transaction.query(`select pg_advisory_xact_lock(hashtext('seeds'))`);
}

/** Writes the nation's places and diseases; the rest reaches the centre by registry uploads. */
export async function seedCentre(database: Database, rows: CentreRows): Promise<void> {
  await inTransaction(database, async (transaction) => {
    await oneAtATime(transaction);
    await store(transaction, storePlaces, rows.places);
    await store(transaction, storeDiseases, rows.diseases);
  });
}

/** Writes a place's own world in one transaction, and notes for the registry what is new in it. */
export async function seedPlace(database: Database, rows: PlaceRows): Promise<Seeded> {
  return inTransaction(database, async (transaction) => {
    await oneAtATime(transaction);
    await storeScope(transaction, rows);
    await store(transaction, storePersons, rows.persons);
    await store(transaction, storeInsurances, rows.insurances);
    await store(transaction, storeAccounts, rows.accounts);
    await store(transaction, storeAccumulatorOpenings, rows.accumulatorOpenings);
    await lockPolicies(transaction);
    for (const [name, statement] of ofPersons) await store(transaction, statement, rows[name]);
    const policyVersions = await store(transaction, storePolicies, rows.policies);
    const told: [string, readonly object[]][] = [
      [storeOpenings, rows.openings],
      [storeInstitutions, rows.institutions],
      [storeInstitutionDiseases, rows.institutionDiseases],
      ...ofPersonsTold.map(([name, statement]): [string, readonly object[]] => [
        statement,
        rows[name],
      ]),
    ];
    let registryChanges = 0;
    for (const [statement, changed] of told) {
      registryChanges += await store(transaction, statement, changed);
    }
    await store(transaction, storeProfiles, rows.profiles);
    return { registryChanges, policyVersions };
  });
}
