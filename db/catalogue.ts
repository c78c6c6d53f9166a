import type { CatalogueAsked, CatalogueItem } from '../domain/bill.ts';
import type { Day } from '../domain/calendar.ts';
import type { DiseaseCodeMeaning } from '../domain/disease-code.ts';
import type { DiseaseCode } from '../domain/identifiers.ts';
import { price, ratio, yuan } from '../domain/money.ts';
import { defaultScopeRules, type ScopeRules } from '../domain/treating-place/payment-scope.ts';
import type { Queryable } from './database.ts';

interface ItemRow extends Omit<CatalogueItem, 'priceLimit' | 'firstShareRatio'> {
  priceLimit: string | null;
  firstShareRatio: string;
}
const priceLimits = {
  primary: 'price_limit_primary',
  secondary: 'price_limit_secondary',
  tertiary: 'price_limit_tertiary',
} as const satisfies Record<CatalogueAsked['level'], string>;
const firstShareRatios = {
  '310': 'first_share_ratio_310',
  '390': 'first_share_ratio_390',
  other: 'first_share_ratio_other',
} as const satisfies Record<CatalogueAsked['insuranceType'], string>;

/**
 * The text of the look-up for codes ($1) and a day ($2): one descent of the primary key for each code,
 * however large the catalogue is.
 */
export const catalogueQuery = ({
  level,
  insuranceType,
}: Pick<CatalogueAsked, 'level' | 'insuranceType'>): string => `
  select item.code, kind, class, restricted, above_limit as "aboveLimit", diseases,
    ${priceLimits[level]} as "priceLimit", ${firstShareRatios[insuranceType]} as "firstShareRatio"
  from unnest($1::text[]) as asked (code)
  cross join lateral (
    select * from catalogue_item
    where catalogue_item.code = asked.code and in_force_from <= $2
    order by in_force_from desc, version desc limit 1
  ) as item`;

/** The catalogue's entries in force on the day, of those codes that have one. */
export async function readCatalogueItems(
  database: Queryable,
  asked: CatalogueAsked,
): Promise<CatalogueItem[]> {
  const { rows } = await database.query<ItemRow>(catalogueQuery(asked), [asked.codes, asked.on]);
  return rows.map((row) => ({
    ...row,
    priceLimit: row.priceLimit === null ? null : price(row.priceLimit),
    firstShareRatio: ratio(row.firstShareRatio),
  }));
}

export interface ScopeRulesRow {
  firstShareBase: ScopeRules['firstShareBase'];
  tolerance: string;
}
/** The rules of a stored row, or the law's defaults where there is none. */
export const scopeRulesOf = (row: ScopeRulesRow | null | undefined): ScopeRules =>
  row ? { ...row, tolerance: yuan(row.tolerance) } : defaultScopeRules;

/** What the place sets for all its items on the day. */
export async function readScopeRules(database: Queryable, on: Day): Promise<ScopeRules> {
  const { rows } = await database.query<ScopeRulesRow>(
    `select first_share_base as "firstShareBase", tolerance from scope_rule
     where in_force_from <= $1 order by in_force_from desc limit 1`,
    [on],
  );
  return scopeRulesOf(rows[0]);
}

interface MeaningRow {
  code: string;
  disease: DiseaseCode | null;
  oneOf: DiseaseCode[] | null;
  lapse: string | null;
}
function meaningOf({ disease, oneOf, lapse }: MeaningRow): DiseaseCodeMeaning {
  if (disease !== null) return { disease };
  return oneOf === null ? { lapse: lapse ?? '' } : { oneOf };
}

/** What the place's own disease codes mean on the day, of those that its table has by then. */
export async function readDiseaseCodes(
  database: Queryable,
  codes: readonly string[],
  on: Day,
): Promise<Map<string, DiseaseCodeMeaning>> {
  if (codes.length === 0) return new Map();
  const { rows } = await database.query<MeaningRow>(
    `select distinct on (local_code) local_code as code, disease, one_of as "oneOf", lapse
     from disease_code where local_code = any($1) and in_force_from <= $2
     order by local_code, in_force_from desc`,
    [codes, on],
  );
  return new Map(rows.map((row) => [row.code, meaningOf(row)]));
}
