import type { InstitutionCode, InstitutionLevel, RegionCode } from '../domain/identifiers.ts';
import type { Queryable } from './database.ts';

/** An institution of this treating place, with the pooling region it lies in. */
export interface Institution {
  code: InstitutionCode;
  region: RegionCode;
  level: InstitutionLevel;
}

export async function readInstitution(
  database: Queryable,
  code: InstitutionCode,
): Promise<Institution | null> {
  const { rows } = await database.query<Institution>(
    'select code, region, level from institution where code = $1',
    [code],
  );
  return rows[0] ?? null;
}
