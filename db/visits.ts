import type { Registered, Registration, Visit } from '../domain/visit.ts';
import type { Queryable } from './database.ts';

/**
 * Registers a visit once: the same number of the institution with the same content gives the same
 * visit, with other content it is `different`.
 */
export async function registerVisit(database: Queryable, visit: Registration): Promise<Registered> {
  const values = [
    visit.institution,
    visit.institutionVisitNo,
    visit.person,
    visit.insuredRegion,
    visit.insuranceType,
    visit.beganAt,
    visit.personName,
    visit.certificateType,
    visit.certificateNo,
    visit.personType,
  ];
  const inserted = await database.query<{ id: string }>(
    `insert into visit (id, institution, institution_visit_no, person, insured_region,
       insurance_type, began_at, person_name, certificate_type, certificate_no, person_type)
     values (to_char($6::timestamp, 'YYYYMMDD') || lpad(nextval('visit_number')::text, 10, '0'),
       $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (institution, institution_visit_no) do nothing returning id`,
    values,
  );
  const found =
    inserted.rows[0] ??
    (
      await database.query<{ id: string }>(
        `select id from visit
         where institution = $1 and institution_visit_no = $2
           and (person, insured_region, insurance_type, began_at) = ($3, $4, $5, $6::timestamp)
           and (person_name, certificate_type, certificate_no, person_type)
             is not distinct from ($7, $8, $9, $10)`,
        values,
      )
    ).rows[0];
  return found ? { kind: 'registered', visit: found.id } : { kind: 'different' };
}

export async function readVisit(database: Queryable, id: string): Promise<Visit | null> {
  const { rows } = await database.query<Visit>(
    `select id, institution, institution_visit_no as "institutionVisitNo", person,
       insured_region as "insuredRegion", insurance_type as "insuranceType",
       began_at as "beganAt", visited_on as "visitedOn", person_name as "personName",
       certificate_type as "certificateType", certificate_no as "certificateNo",
       person_type as "personType"
     from visit where id = $1`,
    [id],
  );
  return rows[0] ?? null;
}
