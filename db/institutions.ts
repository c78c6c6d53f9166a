import type { InstitutionCode, InstitutionLevel, RegionCode } from '../domain/identifiers.ts';
import type { Profile } from '../domain/treating-place/profile.ts';
import type { Queryable } from './database.ts';

/** An institution of this treating place, with the pooling region it lies in. */
export interface Institution extends Profile {
  code: InstitutionCode;
  name: string;
  region: RegionCode;
  level: InstitutionLevel;
}

export async function readInstitution(
  database: Queryable,
  code: InstitutionCode,
): Promise<Institution | null> {
  const { rows } = await database.query<Institution>(
    `select i.code, i.name, i.region, i.level, coalesce(p.when_late, 'refuse') as "whenLate",
       p.pending_code as "pendingCode"
     from institution i left join institution_profile p on p.institution = i.code
     where i.code = $1`,
    [code],
  );
  return rows[0] ?? null;
}
