import type { Day } from '../domain/calendar.ts';
import type { Disease, PlaceCode, RegionCode } from '../domain/identifiers.ts';
import type { PersonFacts } from '../domain/insured-place/eligibility.ts';
import type { InstitutionFacts } from '../domain/treating-place/institution.ts';
import type { Naming, SettlementRequest } from '../domain/settlement.ts';
import type { Queryable } from './database.ts';

/** A place's part in a settlement, as the registry knows it. */
export interface PlaceFacts {
  code: PlaceCode;
  connectedFrom: Day | null;
  settlementFrom: Day | null; // of the disease asked about
}

/** What the registry says about a request, in one look. */
export interface RegistryFacts {
  today: Day; // in China
  places: PlaceFacts[];
  institution: (InstitutionFacts & { region: RegionCode }) | null;
  person: PersonFacts;
  naming: Naming;
}

/** $2 disease, $3 insured place, $4 treating place, $5 institution. */
const naming = `
  select jsonb_build_object(
    'treatingPlace', (select name from place where code = $4),
    'insuredPlace', (select name from place where code = $3),
    'institution', (select name from institution where code = $5),
    'disease', (select name from disease where code = $2))`;

const personFacts = (place: string): string => `
  select jsonb_build_object(
    'qualifications', coalesce((select jsonb_agg(jsonb_build_object('from', valid_from, 'to', valid_to))
      from qualification where ${place} person = $1 and disease = $2), '[]'),
    'unmigrated', coalesce((select jsonb_agg(jsonb_build_object('localCode', local_code,
        'from', valid_from, 'to', valid_to))
      from unmigrated_qualification where ${place} person = $1 and $2 = any(one_of)), '[]'),
    'filings', coalesce((select jsonb_agg(jsonb_build_object('filedFor', filed_for,
        'category', category, 'from', valid_from, 'to', valid_to))
      from filing where ${place} person = $1), '[]'),
    'suspensions', coalesce((select jsonb_agg(jsonb_build_object('from', suspended_from,
        'to', suspended_to))
      from suspension where ${place} person = $1), '[]')
  )`;

const registryFacts = `
  select (now() at time zone 'Asia/Shanghai')::date as today,
    (select coalesce(jsonb_agg(jsonb_build_object('code', p.code,
        'connectedFrom', p.connected_from, 'settlementFrom', o.settlement_from)), '[]')
      from place p left join disease_opening o on o.place = p.code and o.disease = $2
      where p.code in ($3, $4)) as places,
    (select jsonb_build_object('code', i.code, 'place', i.place, 'region', i.region,
        'designated', jsonb_build_object('from', i.designated_from, 'to', i.designated_to),
        'openings', coalesce((select jsonb_agg(jsonb_build_object('from', open_from, 'to', open_to))
          from institution_disease d where d.institution = i.code and d.disease = $2), '[]'))
      from institution i where i.code = $5) as institution,
    (${personFacts('place = $3 and')}) as person,
    (${naming}) as naming`;
const asked = (request: SettlementRequest): string[] => [
  request.person,
  request.disease,
  request.insuredPlace,
  request.treatingPlace,
  request.institution,
];

/** Reads what the registry knows for step 1, in one query. */
export async function readRegistryFacts(
  queryable: Queryable,
  request: SettlementRequest,
): Promise<RegistryFacts> {
  const { rows } = await queryable.query<RegistryFacts>(registryFacts, asked(request));
  const [row] = rows;
  if (!row) throw new Error('the registry did not answer');
  return row;
}

/** What the parties of a request are called. */
export async function readNaming(
  queryable: Queryable,
  request: SettlementRequest,
): Promise<Naming> {
  const { rows } = await queryable.query<{ naming: Naming }>(
    `select (${naming}) as naming where $1::text is not null`,
    asked(request),
  );
  const [row] = rows;
  if (!row) throw new Error('the registry did not answer');
  return row.naming;
}

/** Reads what the insured place itself knows of the person's eligibility. */
export async function readOwnFacts(
  queryable: Queryable,
  person: string,
  disease: Disease,
): Promise<PersonFacts> {
  const { rows } = await queryable.query<{ facts: PersonFacts }>(
    `select (${personFacts('')}) as facts`,
    [person, disease],
  );
  const [row] = rows;
  if (!row) throw new Error('the database did not answer');
  return row.facts;
}
