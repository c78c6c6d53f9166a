import type { CatalogueItem } from '../domain/bill.ts';
import type { Day } from '../domain/calendar.ts';
import type {
  DiseaseCode,
  InsuranceType,
  PersonId,
  PlaceCode,
  RegionCode,
} from '../domain/identifiers.ts';
import type {
  DiseaseOpeningChange,
  FilingChange,
  InstitutionChange,
  InstitutionDiseaseChange,
  QualificationChange,
  SuspensionChange,
} from '../domain/registry.ts';
import { inTransaction, type Database, type Transaction } from './database.ts';
import { lockPolicies } from './policies.ts';

/** What the seed files say, row by row. Amounts, prices and ratios are text. */
interface Sourced {
  source: string;
}
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
export type InstitutionRow = InstitutionChange & Sourced & { district: string };
export type InstitutionDiseaseRow = InstitutionDiseaseChange;
export interface CatalogueRow extends Sourced, Pick<CatalogueItem, 'kind' | 'class'> {
  code: string;
  inForceFrom: Day;
  name: string;
  restricted: boolean;
  priceLimit: string | null;
  firstShareRatio: string;
}
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
export type QualificationRow = QualificationChange & Sourced;
export type FilingRow = FilingChange & Sourced;
export type SuspensionRow = SuspensionChange;
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
export interface PlaceRows {
  openings: OpeningRow[];
  institutions: InstitutionRow[];
  institutionDiseases: InstitutionDiseaseRow[];
  catalogue: CatalogueRow[];
  persons: PersonRow[];
  insurances: InsuranceRow[];
  accounts: AccountRow[];
  qualifications: QualificationRow[];
  filings: FilingRow[];
  suspensions: SuspensionRow[];
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
      (code, region, district, name, level, designated_from, designated_to, source)
    select code, region, district, name, level, "designatedFrom", "designatedTo", source
    from jsonb_to_recordset($1) as row (code text, region text, district text, name text,
      level text, "designatedFrom" date, "designatedTo" date, source text)
    order by code
    on conflict (code) do update
    set (region, district, name, level, designated_from, designated_to, source)
      = (excluded.region, excluded.district, excluded.name, excluded.level,
         excluded.designated_from, excluded.designated_to, excluded.source)
    where (institution.region, institution.district, institution.name, institution.level,
        institution.designated_from, institution.designated_to, institution.source)
      is distinct from (excluded.region, excluded.district, excluded.name, excluded.level,
        excluded.designated_from, excluded.designated_to, excluded.source)
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

const storeCatalogue = `
  insert into catalogue_item
    (code, in_force_from, name, kind, class, restricted, price_limit, first_share_ratio, source)
  select code, "inForceFrom", name, kind, class, restricted, "priceLimit", "firstShareRatio", source
  from jsonb_to_recordset($1) as row (code text, "inForceFrom" date, name text, kind text,
    class text, restricted boolean, "priceLimit" numeric, "firstShareRatio" numeric, source text)
  order by code, "inForceFrom"
  on conflict (code, in_force_from) do update
  set (name, kind, class, restricted, price_limit, first_share_ratio, source)
    = (excluded.name, excluded.kind, excluded.class, excluded.restricted, excluded.price_limit,
       excluded.first_share_ratio, excluded.source)
  where (catalogue_item.name, catalogue_item.kind, catalogue_item.class, catalogue_item.restricted,
      catalogue_item.price_limit, catalogue_item.first_share_ratio, catalogue_item.source)
    is distinct from (excluded.name, excluded.kind, excluded.class, excluded.restricted,
      excluded.price_limit, excluded.first_share_ratio, excluded.source)`;

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

const storeQualifications = `
  with seeded as (
    insert into qualification (person, disease, valid_from, valid_to, source)
    select person, disease, "validFrom", "validTo", source
    from jsonb_to_recordset($1)
      as row (person text, disease text, "validFrom" date, "validTo" date, source text)
    order by person, disease, "validFrom"
    on conflict (person, disease, valid_from) do update
    set (valid_to, source) = (excluded.valid_to, excluded.source)
    where (qualification.valid_to, qualification.source)
      is distinct from (excluded.valid_to, excluded.source)
    returning *
  )
  insert into registry_change (kind, body)
  select 'qualification', jsonb_build_object(
    'person', person, 'disease', disease, 'validFrom', valid_from, 'validTo', valid_to)
  from seeded order by person, disease, valid_from`;

const storeFilings = `
  with seeded as (
    insert into filing (person, filed_for, category, valid_from, valid_to, source)
    select person, "filedFor", category, "validFrom", "validTo", source
    from jsonb_to_recordset($1) as row (person text, "filedFor" text, category text,
      "validFrom" date, "validTo" date, source text)
    order by person, "filedFor", "validFrom"
    on conflict (person, filed_for, valid_from) do update
    set (category, valid_to, source) = (excluded.category, excluded.valid_to, excluded.source)
    where (filing.category, filing.valid_to, filing.source)
      is distinct from (excluded.category, excluded.valid_to, excluded.source)
    returning *
  )
  insert into registry_change (kind, body)
  select 'filing', jsonb_build_object(
    'person', person, 'filedFor', filed_for, 'category', category,
    'validFrom', valid_from, 'validTo', valid_to)
  from seeded order by person, filed_for, valid_from`;

const storeSuspensions = `
  with seeded as (
    insert into suspension (person, suspended_from, suspended_to)
    select person, "suspendedFrom", "suspendedTo"
    from jsonb_to_recordset($1) as row (person text, "suspendedFrom" date, "suspendedTo" date)
    order by person, "suspendedFrom"
    on conflict (person, suspended_from) do update set suspended_to = excluded.suspended_to
    where suspension.suspended_to is distinct from excluded.suspended_to
    returning *
  )
  insert into registry_change (kind, body)
  select 'suspension', jsonb_build_object(
    'person', person, 'suspendedFrom', suspended_from, 'suspendedTo', suspended_to)
  from seeded order by person, suspended_from`;

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

/** Runs a statement on rows. @returns how many rows its last insert wrote */
async function store(
  transaction: Transaction,
  statement: string,
  rows: readonly object[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const { rowCount } = await transaction.query(statement, [JSON.stringify(rows)]);
  return rowCount ?? 0;
}

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
    await store(transaction, storeCatalogue, rows.catalogue);
    await store(transaction, storePersons, rows.persons);
    await store(transaction, storeInsurances, rows.insurances);
    await store(transaction, storeAccounts, rows.accounts);
    await store(transaction, storeAccumulatorOpenings, rows.accumulatorOpenings);
    await lockPolicies(transaction);
    const policyVersions = await store(transaction, storePolicies, rows.policies);
    const told: [string, readonly object[]][] = [
      [storeOpenings, rows.openings],
      [storeInstitutions, rows.institutions],
      [storeInstitutionDiseases, rows.institutionDiseases],
      [storeQualifications, rows.qualifications],
      [storeFilings, rows.filings],
      [storeSuspensions, rows.suspensions],
    ];
    let registryChanges = 0;
    for (const [statement, changed] of told) {
      registryChanges += await store(transaction, statement, changed);
    }
    return { registryChanges, policyVersions };
  });
}
