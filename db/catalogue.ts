import type { CatalogueItem } from '../domain/bill.ts';
import type { Day } from '../domain/calendar.ts';
import { price, ratio } from '../domain/money.ts';
import type { Queryable } from './database.ts';

interface ItemRow {
  code: string;
  kind: CatalogueItem['kind'];
  class: CatalogueItem['class'];
  restricted: boolean;
  priceLimit: string | null;
  firstShareRatio: string;
}

/** The catalogue's entries in force on the day, of those codes that have one. */
export async function readCatalogueItems(
  database: Queryable,
  codes: readonly string[],
  on: Day,
): Promise<CatalogueItem[]> {
  const { rows } = await database.query<ItemRow>(
    `select distinct on (code) code, kind, class, restricted, price_limit as "priceLimit",
       first_share_ratio as "firstShareRatio"
     from catalogue_item where code = any($1) and in_force_from <= $2
     order by code, in_force_from desc`,
    [codes, on],
  );
  return rows.map((row) => ({
    ...row,
    aboveLimit: 'person', // not stored yet
    diseases: null, // not stored yet
    priceLimit: row.priceLimit === null ? null : price(row.priceLimit),
    firstShareRatio: ratio(row.firstShareRatio),
  }));
}
