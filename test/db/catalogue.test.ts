import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  catalogueQuery,
  readCatalogueItems,
  readDiseaseCodes,
  readScopeRules,
} from '../../db/catalogue.ts';
import { inTransaction, type Database } from '../../db/database.ts';
import { storeScope, type CatalogueRow } from '../../db/seeding-scope.ts';
import { day } from '../../domain/calendar.ts';
import { diseaseCode } from '../../domain/identifiers.ts';
import { priceToWire, ratioToWire, toWire } from '../../domain/money.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { rowsOf, sqlState } from './steps.ts';

let databases: Databases;
let chongqing: Database;
beforeAll(async () => {
  databases = await cloneDatabases('catalogue');
  chongqing = databases.place('500000');
});
afterAll(() => databases.drop());

const aRow = (changes: Partial<CatalogueRow> = {}): CatalogueRow => ({
  code: 'XTEST',
  name: '试验',
  kind: 'drug',
  class: 'B',
  restricted: false,
  inForceFrom: day('2021-01-01'),
  priceLimits: { primary: '1.10', secondary: '1.20', tertiary: null },
  aboveLimit: 'hospital',
  firstShareRatios: { '310': '0.05', '390': '0.10', other: '0.15' },
  diseases: [diseaseCode('M03900')],
  source: 'illustrative',
  ...changes,
});
const load = (...catalogue: CatalogueRow[]) =>
  inTransaction(chongqing, (transaction) =>
    storeScope(transaction, { catalogue, scopeRules: [], diseaseCodes: [] }),
  );
type Asked = Parameters<typeof readCatalogueItems>[1];
const asked = (changes: Partial<Asked> = {}): Asked => ({
  codes: ['XTEST'],
  on: day('2025-03-05'),
  level: 'primary',
  insuranceType: '310',
  ...changes,
});
const look = async (changes: Partial<Asked> = {}) => {
  const [item] = await readCatalogueItems(chongqing, asked(changes));
  const limit = item?.priceLimit;
  return item && [limit ? priceToWire(limit) : null, ratioToWire(item.firstShareRatio)];
};

describe('an item of the catalogue', () => {
  it.each([
    ['primary', '310', '1.100000', '0.0500'],
    ['secondary', '390', '1.200000', '0.1000'],
    ['tertiary', 'other', null, '0.1500'],
  ] as const)(
    'at %s for %s has the limit %s and the ratio %s',
    async (level, type, ...expected) => {
      await load(aRow());
      expect(await look({ level, insuranceType: type })).toEqual(expected);
    },
  );
  it('says who bears what is above the limit, and for which diseases it is', async () => {
    await load(aRow());
    const [item] = await readCatalogueItems(chongqing, asked());
    expect(item).toMatchObject({ aboveLimit: 'hospital', diseases: ['M03900'], class: 'B' });
  });
  it('is that of the newest entry not later than the day', async () => {
    const later = { primary: '2.00', secondary: '2.00', tertiary: '2.00' };
    await load(aRow(), aRow({ inForceFrom: day('2025-03-05'), priceLimits: later }));
    expect(await look({ on: day('2020-12-31') })).toBeUndefined();
    expect(await look({ on: day('2025-03-04') })).toEqual(['1.100000', '0.0500']);
    expect(await look({ on: day('2025-03-05') })).toEqual(['2.000000', '0.0500']);
  });
  it('that is put right becomes a new version; what it said before is kept', async () => {
    const wrong = aRow({
      code: 'XVERSION',
      priceLimits: { primary: '3', secondary: null, tertiary: null },
    });
    const right = { ...wrong, priceLimits: { primary: '4', secondary: null, tertiary: null } };
    for (const row of [wrong, wrong, right, right]) await load(row);
    expect(await look({ codes: ['XVERSION'] })).toEqual(['4.000000', '0.0500']);
    expect(
      await rowsOf(
        chongqing,
        `select version, price_limit_primary from catalogue_item where code = 'XVERSION' order by 1`,
      ),
    ).toEqual([
      { version: 1, price_limit_primary: '3.000000' },
      { version: 2, price_limit_primary: '4.000000' },
    ]);
  });
  it('is in scope for some disease or for any, never for none', async () => {
    const diseases = (text: string) =>
      sqlState(
        chongqing.query(`update catalogue_item set diseases = ${text} where code = 'XTEST'`),
      );
    expect(await diseases(`'{}'`)).toBe('23514');
    expect(await diseases(`'{M0390}'`)).toBe('23514');
    expect(await diseases(`'{M03900,M01600}'`)).toBeNull();
  });
});

describe('what the place sets for all its items', () => {
  it('is the law’s default before its first row, then the newest row not later than the day', async () => {
    await chongqing.query(`delete from scope_rule`);
    await chongqing.query(
      `insert into scope_rule values ('2022-01-01', 'gross', 0, 'x'), ('2023-01-01', 'capped', 0.05, 'x')`,
    );
    const on = async (text: string) => {
      const { firstShareBase, tolerance } = await readScopeRules(chongqing, day(text));
      return [firstShareBase, toWire(tolerance)];
    };
    expect(await on('2021-12-31')).toEqual(['capped', '0.01']);
    expect(await on('2022-01-01')).toEqual(['gross', '0.00']);
    expect(await on('2022-12-31')).toEqual(['gross', '0.00']);
    expect(await on('2023-01-01')).toEqual(['capped', '0.05']);
  });
});

describe('4号 三(三), 54号 二 the place’s own disease codes', () => {
  it.each([
    ['2021-11-30', {}],
    [
      '2021-12-01',
      {
        'CQ-KPY': { oneOf: ['M08301', 'M08302', 'M08303', 'M08304', 'M08305', 'M08306'] },
        'CQ-KPY-S': { oneOf: ['M08301', 'M08306'] },
      },
    ],
    [
      '2024-01-01',
      {
        'CQ-KPY': { lapse: '存量病人已换成国家编码，旧编码停用' },
        'CQ-KPY-S': { disease: 'M08301' },
      },
    ],
  ])('on %s', async (on, expected) => {
    const codes = ['CQ-KPY', 'CQ-KPY-S', 'CQ-NONE'];
    const found = await readDiseaseCodes(chongqing, codes, day(on));
    expect(Object.fromEntries(found)).toEqual(expected);
  });
  it('mean exactly one thing', async () => {
    const state = (values: string) =>
      sqlState(
        chongqing.query(
          `insert into disease_code (local_code, in_force_from, name, disease, one_of, lapse, source)
           values ('X', '2021-01-01', 'x', ${values}, 'x')`,
        ),
      );
    expect(await state(`null, null, null`)).toBe('23514');
    expect(await state(`'M03900', '{M01600}', null`)).toBe('23514');
    expect(await state(`null, '{}', null`)).toBe('23514');
  });
});

describe('a catalogue of 250,000 items', () => {
  const lines = 200;
  /** Items `<mark>000001` and so on; every tenth with three entries. */
  const fill = (mark: string, items: number) =>
    chongqing.query(
      `insert into catalogue_item (code, in_force_from, name, kind, class, restricted,
         price_limit_primary, price_limit_secondary, price_limit_tertiary, above_limit,
         first_share_ratio_310, first_share_ratio_390, first_share_ratio_other, source)
       select $1 || lpad(n::text, 6, '0'), from_day::date, 'item ' || n, 'drug', 'A', false,
         1, 2, 3, 'person', 0, 0, 0, 'illustrative'
       from generate_series(1, $2::int) n,
         unnest(array['2021-01-01', '2023-01-01', '2027-01-01']) with ordinality as e (from_day, no)
       where no = 1 or n % 10 = 0`,
      [mark, items],
    );
  const bill = (mark: string, items: number): string[] =>
    Array.from({ length: lines }, (_, index) => {
      const no = 1 + Math.floor((index * items) / lines);
      return `${mark}${String(no).padStart(6, '0')}`;
    });
  const level = { level: 'tertiary', insuranceType: '310' } as const;
  /** The shortest of some look-ups of one bill, in milliseconds. */
  async function fastest(codes: string[]): Promise<number> {
    let best = Infinity;
    for (let round = 0; round < 15; round += 1) {
      const begun = performance.now();
      const items = await readCatalogueItems(chongqing, asked({ codes, ...level }));
      best = Math.min(best, performance.now() - begun);
      expect(items).toHaveLength(lines);
    }
    return best;
  }

  it('is looked up by index for the items of a bill, as fast as one of 1,000', async () => {
    await chongqing.query('truncate catalogue_item');
    await fill('XS', 1_000);
    await chongqing.query('analyze catalogue_item');
    const small = await fastest(bill('XS', 1_000));

    await fill('XL', 249_000);
    await chongqing.query('analyze catalogue_item');
    const codes = bill('XL', 249_000);
    const plan = await rowsOf(chongqing, `explain (analyze, buffers) ${catalogueQuery(level)}`, [
      codes,
      '2025-03-05',
    ]);
    const text = plan.map((row) => String(row['QUERY PLAN'])).join('\n');
    expect(text).toMatch(/Index Scan.* using catalogue_item_pkey/);
    expect(text).not.toMatch(/Seq Scan/);
    expect(await fastest(codes)).toBeLessThan(5 * small + 5);
  });
  it('also before the database has counted it anew', async () => {
    await chongqing.query('truncate catalogue_item');
    await chongqing.query('analyze catalogue_item');
    await fill('XU', 20_000);
    const plan = await rowsOf(chongqing, `explain ${catalogueQuery(level)}`, [
      bill('XU', 20_000),
      '2025-03-05',
    ]);
    const text = plan.map((row) => String(row['QUERY PLAN'])).join('\n');
    expect(text).not.toMatch(/Seq Scan/);
  });
});
