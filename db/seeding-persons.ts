import type { Day } from '../domain/calendar.ts';
import type { InstitutionCode, InstitutionLevel, PersonId } from '../domain/identifiers.ts';
import type { FactKind } from '../domain/insured-place/person-record.ts';
import type {
  FilingChange,
  QualificationChange,
  SuspensionChange,
  UnmigratedQualificationChange,
} from '../domain/registry.ts';
import type { Sourced } from './seeding-rows.ts';

/** What the seed files say of people's entitlements and facts, row by row. */
interface DatedOfPerson extends Sourced {
  person: PersonId;
  from: Day;
  to: Day | null;
}
export type QualificationRow = QualificationChange & Sourced;
export type UnmigratedQualificationRow = UnmigratedQualificationChange & Sourced;
export type FilingRow = FilingChange & Sourced;
export type SuspensionRow = SuspensionChange;
export interface FactRow extends DatedOfPerson {
  kind: FactKind;
  value: string;
}
export interface SelectionRow extends DatedOfPerson {
  institution: InstitutionCode;
}
export interface FamilyDoctorRow extends DatedOfPerson {
  doctor: string;
}
export interface VisitOpeningRow extends Sourced {
  person: PersonId;
  on: Day;
  institution: InstitutionCode;
  level: InstitutionLevel;
}
export interface PersonFactRows {
  qualifications: QualificationRow[];
  unmigratedQualifications: UnmigratedQualificationRow[];
  filings: FilingRow[];
  suspensions: SuspensionRow[];
  facts: FactRow[];
  selections: SelectionRow[];
  familyDoctors: FamilyDoctorRow[];
  visitOpenings: VisitOpeningRow[];
}

// Each entitlement that is new or differs is stored and, in the same statement, noted for the registry.
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

const storeUnmigratedQualifications = `
  with seeded as (
    insert into unmigrated_qualification (person, local_code, one_of, valid_from, valid_to, source)
    select person, "localCode", "oneOf", "validFrom", "validTo", source
    from jsonb_to_recordset($1) as row (person text, "localCode" text, "oneOf" text[],
      "validFrom" date, "validTo" date, source text)
    order by person, "localCode", "validFrom"
    on conflict (person, local_code, valid_from) do update
    set (one_of, valid_to, source) = (excluded.one_of, excluded.valid_to, excluded.source)
    where (unmigrated_qualification.one_of, unmigrated_qualification.valid_to,
        unmigrated_qualification.source)
      is distinct from (excluded.one_of, excluded.valid_to, excluded.source)
    returning *
  )
  insert into registry_change (kind, body)
  select 'unmigrated-qualification', jsonb_build_object(
    'person', person, 'localCode', local_code, 'oneOf', one_of,
    'validFrom', valid_from, 'validTo', valid_to)
  from seeded order by person, local_code, valid_from`;

const storeFacts = `
  insert into person_fact (person, kind, value, valid_from, valid_to, source)
  select person, kind, value, "from", "to", source
  from jsonb_to_recordset($1)
    as row (person text, kind text, value text, "from" date, "to" date, source text)
  order by person, kind, "from"
  on conflict (person, kind, valid_from) do update
  set (value, valid_to, source) = (excluded.value, excluded.valid_to, excluded.source)
  where (person_fact.value, person_fact.valid_to, person_fact.source)
    is distinct from (excluded.value, excluded.valid_to, excluded.source)`;

const storeSelections = `
  insert into selection (person, institution, selected_from, selected_to, source)
  select person, institution, "from", "to", source
  from jsonb_to_recordset($1)
    as row (person text, institution text, "from" date, "to" date, source text)
  order by person, institution, "from"
  on conflict (person, institution, selected_from) do update
  set (selected_to, source) = (excluded.selected_to, excluded.source)
  where (selection.selected_to, selection.source)
    is distinct from (excluded.selected_to, excluded.source)`;

const storeFamilyDoctors = `
  insert into family_doctor (person, doctor, contracted_from, contracted_to, source)
  select person, doctor, "from", "to", source
  from jsonb_to_recordset($1)
    as row (person text, doctor text, "from" date, "to" date, source text)
  order by person, doctor, "from"
  on conflict (person, doctor, contracted_from) do update
  set (contracted_to, source) = (excluded.contracted_to, excluded.source)
  where (family_doctor.contracted_to, family_doctor.source)
    is distinct from (excluded.contracted_to, excluded.source)`;

const storeVisitOpenings = `
  insert into visit_opening (person, visited_on, institution, level, source)
  select person, "on", institution, level, source
  from jsonb_to_recordset($1)
    as row (person text, "on" date, institution text, level text, source text)
  order by person, "on", institution
  on conflict (person, visited_on, institution) do update
  set (level, source) = (excluded.level, excluded.source)
  where (visit_opening.level, visit_opening.source)
    is distinct from (excluded.level, excluded.source)`;

type Stored = readonly (readonly [keyof PersonFactRows, string])[];
/** What the insured place keeps to itself. */
export const ofPersons: Stored = [
  ['facts', storeFacts],
  ['selections', storeSelections],
  ['familyDoctors', storeFamilyDoctors],
  ['visitOpenings', storeVisitOpenings],
];
/** What the centre is told. */
export const ofPersonsTold: Stored = [
  ['qualifications', storeQualifications],
  ['unmigratedQualifications', storeUnmigratedQualifications],
  ['filings', storeFilings],
  ['suspensions', storeSuspensions],
];
