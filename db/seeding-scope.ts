import type { CatalogueEntry } from '../domain/bill.ts';
import type { Day } from '../domain/calendar.ts';
import type { DiseaseCode, InstitutionLevel, InsuranceType } from '../domain/identifiers.ts';
import type { ScopeRules } from '../domain/treating-place/payment-scope.ts';
import type { Transaction } from './database.ts';
import { store, type Sourced } from './seeding-rows.ts';

type ItemFacts = 'code' | 'kind' | 'class' | 'restricted' | 'aboveLimit' | 'diseases';
export interface CatalogueRow extends Sourced, Pick<CatalogueEntry, ItemFacts> {
  inForceFrom: Day;
  name: string;
  priceLimits: Record<InstitutionLevel, string | null>;
  firstShareRatios: Record<InsuranceType | 'other', string>;
}
export interface ScopeRuleRow extends Sourced {
  inForceFrom: Day;
  firstShareBase: ScopeRules['firstShareBase'];
  tolerance: string;
}
/** Exactly one of `disease`, `oneOf` and `lapse` is said. */
export interface DiseaseCodeRow extends Sourced {
  code: string; // the place's own
  inForceFrom: Day;
  name: string;
  disease: DiseaseCode | null;
  oneOf: readonly DiseaseCode[] | null;
  lapse: string | null;
}
/** What the place's scope says of items, of all items, and of its own disease codes. */
export interface ScopeRows {
  catalogue: CatalogueRow[];
  scopeRules: ScopeRuleRow[];
  diseaseCodes: DiseaseCodeRow[];
}

// An entry that is put right becomes a new version: what an earlier day was split by stays readable.
const storeCatalogue = `
  with written as (
    select code, "inForceFrom" as in_force_from, name, kind, class, restricted,
      ("priceLimits" ->> 'primary')::numeric(16, 6) as price_limit_primary,
      ("priceLimits" ->> 'secondary')::numeric(16, 6) as price_limit_secondary,
      ("priceLimits" ->> 'tertiary')::numeric(16, 6) as price_limit_tertiary,
      "aboveLimit" as above_limit,
      ("firstShareRatios" ->> '310')::numeric(5, 4) as first_share_ratio_310,
      ("firstShareRatios" ->> '390')::numeric(5, 4) as first_share_ratio_390,
      ("firstShareRatios" ->> 'other')::numeric(5, 4) as first_share_ratio_other,
      diseases, source
    from jsonb_to_recordset($1) as row (code text, "inForceFrom" date, name text, kind text,
      class text, restricted boolean, "priceLimits" jsonb, "aboveLimit" text,
      "firstShareRatios" jsonb, diseases text[], source text)
  )
  insert into catalogue_item (code, in_force_from, version, name, kind, class, restricted,
    price_limit_primary, price_limit_secondary, price_limit_tertiary, above_limit,
    first_share_ratio_310, first_share_ratio_390, first_share_ratio_other, diseases, source)
  select written.code, written.in_force_from, coalesce(newest.version, 0) + 1, written.name,
    written.kind, written.class, written.restricted, written.price_limit_primary,
    written.price_limit_secondary, written.price_limit_tertiary, written.above_limit,
    written.first_share_ratio_310, written.first_share_ratio_390, written.first_share_ratio_other,
    written.diseases, written.source
  from written
  left join lateral (
    select * from catalogue_item known
    where known.code = written.code and known.in_force_from = written.in_force_from
    order by version desc limit 1
  ) newest on true
  where (newest.name, newest.kind, newest.class, newest.restricted, newest.price_limit_primary,
      newest.price_limit_secondary, newest.price_limit_tertiary, newest.above_limit,
      newest.first_share_ratio_310, newest.first_share_ratio_390, newest.first_share_ratio_other,
      newest.diseases, newest.source)
    is distinct from (written.name, written.kind, written.class, written.restricted,
      written.price_limit_primary, written.price_limit_secondary, written.price_limit_tertiary,
      written.above_limit, written.first_share_ratio_310, written.first_share_ratio_390,
      written.first_share_ratio_other, written.diseases, written.source)
  order by written.code, written.in_force_from`;

const storeScopeRules = `
  insert into scope_rule (in_force_from, first_share_base, tolerance, source)
  select "inForceFrom", "firstShareBase", tolerance, source
  from jsonb_to_recordset($1)
    as row ("inForceFrom" date, "firstShareBase" text, tolerance numeric(16, 2), source text)
  order by "inForceFrom"
  on conflict (in_force_from) do update
  set (first_share_base, tolerance, source)
    = (excluded.first_share_base, excluded.tolerance, excluded.source)
  where (scope_rule.first_share_base, scope_rule.tolerance, scope_rule.source)
    is distinct from (excluded.first_share_base, excluded.tolerance, excluded.source)`;

const storeDiseaseCodes = `
  insert into disease_code (local_code, in_force_from, name, disease, one_of, lapse, source)
  select code, "inForceFrom", name, disease, "oneOf", lapse, source
  from jsonb_to_recordset($1) as row (code text, "inForceFrom" date, name text, disease text,
    "oneOf" text[], lapse text, source text)
  order by code, "inForceFrom"
  on conflict (local_code, in_force_from) do update
  set (name, disease, one_of, lapse, source)
    = (excluded.name, excluded.disease, excluded.one_of, excluded.lapse, excluded.source)
  where (disease_code.name, disease_code.disease, disease_code.one_of, disease_code.lapse,
      disease_code.source)
    is distinct from (excluded.name, excluded.disease, excluded.one_of, excluded.lapse,
      excluded.source)`;

/** Writes what the place's scope says; every row is dated, none is taken away. */
export async function storeScope(
  transaction: Transaction,
  { catalogue, scopeRules, diseaseCodes }: ScopeRows,
): Promise<void> {
  await store(transaction, storeCatalogue, catalogue);
  await store(transaction, storeScopeRules, scopeRules);
  await store(transaction, storeDiseaseCodes, diseaseCodes);
}
