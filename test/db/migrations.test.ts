import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { insuredPlaceActivities } from '../../activities/insured-place.ts';
import { openDatabase, type Database, type Party } from '../../db/database.ts';
import { createDatabase, migrate } from '../../db/migrate.ts';
import { seedPlace } from '../../db/seeding.ts';
import { requestsOf } from '../../db/settlement-requests.ts';
import { findDifferences } from '../../db/verification.ts';
import { personId, placeCode, settlementId } from '../../domain/identifiers.ts';
import type { Calculation } from '../../domain/settlement.ts';
import { loadCentreSeeds, loadPlaceSeeds } from '../../seeds/load.ts';
import { readSeeds } from '../../seeds/read.ts';
import { databaseUrl } from '../../workers/settings.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { countOf, partiesOf, rowsOf, valueOf } from './steps.ts';
import { anOrderOf, aPersonWithAccount, givePolicy, noRows } from './twins.ts';

const seeds = readSeeds();
const fresh = `fresh_${process.pid}`;
const urlOf = (database: string): string => databaseUrl(inject('postgresUrl'), database);
let server: Database;
let databases: Databases;
const made: string[] = [];
beforeAll(async () => {
  server = openDatabase(urlOf('postgres'), 2);
  databases = await cloneDatabases('migrations');
});
afterAll(async () => {
  await databases.drop();
  for (const name of made) await server.query(`drop database if exists "${name}" with (force)`);
  await server.end();
});

/** An empty database for the party, under a name of its own. */
async function anEmptyDatabase(party: 'centre' | 'place'): Promise<{ url: string; party: Party }> {
  const name = `place_${party}_${fresh}_${made.length}` as const;
  made.push(name);
  await createDatabase(urlOf('postgres'), name);
  return { url: urlOf(name), party: party === 'centre' ? 'centre' : 'place_500000' };
}

describe.each(['centre', 'place'] as const)('the database of a %s', (kind) => {
  it('reaches the newest migration, and a second run applies nothing', async () => {
    const files = await readdir(new URL(`../../db/migrations/${kind}`, import.meta.url));
    const names = files.map((file) => file.replace(/[.]sql$/, '')).sort();
    const { url, party } = await anEmptyDatabase(kind);
    expect(names.length).toBeGreaterThan(0);
    expect(await migrate(url, party)).toEqual(names);
    expect(await migrate(url, party)).toEqual([]);
    const database = openDatabase(url, 1);
    const applied = await rowsOf(database, 'select name from migration order by id');
    expect(applied.map(({ name }) => name)).toEqual(names);
    expect(await countOf(database, 'inbox')).toBe(0);
    await database.end();
  });

  it('is brought there by several processes that start together', async () => {
    const { url, party } = await anEmptyDatabase(kind);
    const runs = await Promise.all([1, 2, 3].map(() => migrate(url, party)));
    expect(runs.filter((applied) => applied.length > 0)).toHaveLength(1);
  });
});

/** Brings a place's database to the first migration alone. */
async function migrateFirst(url: string): Promise<void> {
  const first = new URL('../../db/migrations/place/0001_foundation.sql', import.meta.url);
  await runner({
    databaseUrl: url,
    dir: dirname(fileURLToPath(first)),
    direction: 'up',
    count: 1,
    migrationsTable: 'migration',
    log: () => undefined,
  });
}

describe('what was there before the scope was kept by level and type', () => {
  it('says the same of every level and type, and old lines get their kind', async () => {
    const { url, party } = await anEmptyDatabase('place');
    const database = openDatabase(url, 1);
    await migrateFirst(url);
    await database.query(`
      insert into catalogue_item values
        ('X1', '2021-01-01', 'old', 'drug', 'B', false, 1.5, 0.05, 'x'),
        ('X1', '2030-01-01', 'later', 'service', 'B', false, null, 0, 'x');
      insert into institution values
        ('H1', '500000', 'd', 'n', 'primary', '2021-01-01', null, 'x');
      insert into visit (id, institution, institution_visit_no, person, insured_region,
        insurance_type, began_at) values ('V1', 'H1', '1', 'P', '510100', '310', '2025-03-05 09:00');
      insert into fee_batch (visit_id, batch_no, digest, total) values ('V1', 'B1', 'd', 10);
      insert into fee_line values
        ('V1', '1', 'B1', 'M03900', 'X1', '2025-03-05', 10, 1, 10, 'none');
      insert into line_split values ('S1', 'V1', '1', 10, 0, 8.5, 0.08, 1.42);
    `);
    expect((await migrate(url, party)).length).toBeGreaterThan(0);
    const items = await rowsOf(
      database,
      `select version, price_limit_primary as p, price_limit_secondary as s,
         price_limit_tertiary as t, above_limit, first_share_ratio_310 as f310,
         first_share_ratio_390 as f390, first_share_ratio_other as other, diseases
       from catalogue_item where in_force_from = '2021-01-01'`,
    );
    const limit = '1.500000';
    const shares = { f310: '0.0500', f390: '0.0500', other: '0.0500' };
    expect(items).toEqual([
      {
        version: 1,
        p: limit,
        s: limit,
        t: limit,
        above_limit: 'person',
        ...shares,
        diseases: null,
      },
    ]);
    expect(await rowsOf(database, 'select kind, hospital_share from line_split')).toEqual([
      { kind: 'drug', hospital_share: '0.00' },
    ]);
    expect(await rowsOf(database, 'select doctor from fee_line')).toEqual([{ doctor: null }]);
    expect(await rowsOf(database, 'select kind from institution')).toEqual([{ kind: 'hospital' }]);
    await database.end();
  });
});

describe('what was asked for before requests were kept', () => {
  it('is found by its visit all the same: returned, or on its way', async () => {
    const { url, party } = await anEmptyDatabase('place');
    const database = openDatabase(url, 1);
    await migrateFirst(url);
    await database.query(`
      insert into institution values
        ('H1', '500000', 'd', 'n', 'primary', '2021-01-01', null, 'x');
      insert into visit (id, institution, institution_visit_no, person, insured_region,
        insurance_type, began_at) values ('V1', 'H1', '1', 'P', '510100', '310', '2025-03-05 09:00');
      insert into fee_batch (visit_id, batch_no, digest, total, settlement_id, workflow_id, frozen_at)
        values ('V1', 'B1', 'd', 10, 'S1', 'settlement/H1/M1', '2025-03-05 10:00+08'),
          ('V1', 'B2', 'd', 10, 'S2', 'settlement/H1/M2', '2025-03-05 11:00+08'),
          ('V1', 'B3', 'd', 10, null, null, null);
      insert into settlement_copy (settlement_id, institution, message_id, visit_id, batch_no, total,
        fund_total, personal_account, answer, recorded_at)
        values ('S1', 'H1', 'M1', 'V1', 'B1', 10, 0, 0, '{}', '2025-03-05 10:00+08');
    `);
    await migrate(url, party);
    expect(await requestsOf(database, 'V1')).toEqual([
      { institution: 'H1', messageId: 'M2', settlement: 'S2' },
      { institution: 'H1', messageId: 'M1', settlement: 'S1' },
    ]);
    await database.end();
  });
});

describe('an institution’s profile', () => {
  it.each([
    ["'wait', null", false],
    ["'wait', '1'", false],
    ["'later', '2001'", false],
    ["'wait', '2001'", true],
    ["'refuse', null", true],
  ])('%s', async (profile, isRight) => {
    const writing = databases.place('500000').query(
      `insert into institution_profile values ('5000001000005', ${profile}, 'x')
       on conflict (institution) do update
       set (when_late, pending_code) = (excluded.when_late, excluded.pending_code)`,
    );
    await expect(
      writing.then(
        () => true,
        () => false,
      ),
    ).resolves.toBe(isRight);
  });
});

describe('what was settled before openings and reversals were kept', () => {
  it('is verified, undone and counted on as if it had been settled since', async () => {
    const { url, party } = await anEmptyDatabase('place');
    const database = openDatabase(url, 2);
    await migrateFirst(url);
    // 500.00 were in the account: the first settlement took 315.00, the second 75.00.
    await database.query(`
      insert into person values ('P', '510300', '1970-01-01', 'x');
      insert into insurance values ('P', '310', '2010-01-01', null, null, null, false);
      insert into qualification values ('P', 'M03900', '2022-01-01', null, 'x');
      insert into filing values ('P', '500000', 'LT_RESIDENT', '2022-01-01', null, 'x');
      insert into personal_account values ('P', 110);
      insert into accumulator_opening values ('P', 'in-scope', '2025', 'all', 50, 'x');
      insert into accumulator values
        ('P', 'deductible', '2025', 'all', 300), ('P', 'in-scope', '2025', 'all', 650),
        ('P', 'pool-fund', '2025', 'all', 240);
      insert into accumulator_change values
        ('S1', 'P', 'deductible', '2025', 'all', 300), ('S1', 'P', 'in-scope', '2025', 'all', 300),
        ('S2', 'P', 'in-scope', '2025', 'all', 300), ('S2', 'P', 'pool-fund', '2025', 'all', 240);
      insert into calculation values
        ('S1', 'P', 'h', '2021-12-25', '{"inScope":"300.00"}', '{}', '[]', 315),
        ('S2', 'P', 'h', '2021-12-25', '{"inScope":"300.00"}', '{}', '[]', 75);
      insert into inbox values ('S1', 'calculate', 'done', '{}'), ('S2', 'calculate', 'done', '{}');
    `);
    await migrate(url, party);
    await givePolicy(database);
    const everyone = { after: null, to: null };
    expect(await findDifferences(database, everyone)).toEqual([]);
    const insured = insuredPlaceActivities({ database });
    await insured.undoCalculation(settlementId('S1'));
    expect(await findDifferences(database, everyone)).toEqual([]);
    const books = `select (select balance from personal_account) as account,
      (select value from accumulator where name = 'deductible') as deductible`;
    expect(await rowsOf(database, books)).toEqual([{ account: '425.00', deductible: '0.00' }]);
    // The deductible again, on top of the opening and of the second settlement.
    const order = anOrderOf(personId('P'));
    const { benefit, accumulators } = valueOf<Calculation>(await insured.calculate(order));
    expect(benefit).toMatchObject({ deductible: '300.00', personalAccount: '315.00' });
    expect(accumulators).toContainEqual({
      ...{ name: 'in-scope', period: '2025', key: 'all' },
      ...{ before: '350.00', after: '650.00' },
    });
    expect(await findDifferences(database, everyone)).toEqual([]);
    await database.end();
  });
});

describe('an opening', () => {
  it('that comes after settlements is counted once, on top of them', async () => {
    const database = databases.place('510000');
    const person = await aPersonWithAccount(database);
    await givePolicy(database);
    const insured = partiesOf(databases).insured();
    const order = anOrderOf(person);
    await insured.calculate(order);
    const opening = {
      ...{ name: 'deductible', period: '2025', key: 'all', value: '100.00', source: 'x' },
      person,
    };
    const rows = { ...noRows, accumulatorOpenings: [opening] };
    await seedPlace(database, rows);
    await seedPlace(database, rows);
    const deductible = `select value from accumulator where person = $1 and name = 'deductible'`;
    expect(await rowsOf(database, deductible, [person])).toEqual([{ value: '400.00' }]);
    await insured.undoCalculation(order.settlementId);
    expect(await rowsOf(database, deductible, [person])).toEqual([{ value: '100.00' }]);
    expect(
      (await findDifferences(database, { after: null, to: null })).filter(
        (each) => each.person === person,
      ),
    ).toEqual([]);
    const { benefit } = valueOf<Calculation>(await insured.calculate(anOrderOf(person)));
    expect(benefit.deductible).toBe('200.00');
  });
});

describe('a party’s database', () => {
  it('is created once', async () => {
    const name = `place_again_${fresh}` as const;
    made.push(name);
    await createDatabase(urlOf('postgres'), name);
    await createDatabase(urlOf('postgres'), name);
    const where = 'pg_database where datname = $1';
    expect(await countOf(server, where, [name])).toBe(1);
  });
  it('also by several processes that start together', async () => {
    const name = `place_together_${fresh}` as const;
    made.push(name);
    await Promise.all([1, 2, 3].map(() => createDatabase(urlOf('postgres'), name)));
    expect(await countOf(server, 'pg_database where datname = $1', [name])).toBe(1);
  });
});

describe('the seeds loaded again', () => {
  const sichuan = placeCode('510000');
  /** Every row of the place, but for what says when. */
  const world = async (database: Database) => {
    const tables = [
      ...['registry_change', 'disease_opening', 'institution', 'institution_disease'],
      ...['catalogue_item', 'person', 'insurance', 'personal_account', 'qualification', 'filing'],
      ...[
        'scope_rule',
        'disease_code',
        'suspension',
        'policy',
        'accumulator',
        'accumulator_opening',
        'accumulator_change',
      ],
    ];
    return Promise.all(
      tables.map((table) => rowsOf(database, `select * from ${table} t order by t::text`)),
    );
  };

  it('make no registry change, and reset neither accounts nor accumulators', async () => {
    const database = databases.place('510000');
    await database.query(
      `update personal_account set balance = 1.23 where person = '51010000000000000001'`,
    );
    await database.query(
      `update accumulator set value = value + 4.56 where person = '51010000000000000002'`,
    );
    const before = await world(database);
    const nothing = { registryChanges: 0, policyVersions: 0 };
    expect(await loadPlaceSeeds(database, sichuan, seeds)).toEqual(nothing);
    expect(await world(database)).toEqual(before);
  });

  it('put right what someone changed, and tell the registry of that alone', async () => {
    const database = databases.place('510000');
    const { rows } = await database.query<{ last: number }>(
      'select max(no)::int as last from registry_change',
    );
    await database.query(
      `update qualification set valid_to = '2022-12-31'
       where person = '51010000000000000001' and disease = 'M03900'`,
    );
    await database.query(`delete from filing where person = '51010000000000000001'`);
    expect(await loadPlaceSeeds(database, sichuan, seeds)).toEqual({
      registryChanges: 2,
      policyVersions: 0,
    });
    const told = await rowsOf(
      database,
      'select kind, body, sent_at from registry_change where no > $1 order by no',
      [rows[0]?.last],
    );
    expect(told).toEqual([
      {
        kind: 'qualification',
        body: {
          person: '51010000000000000001',
          disease: 'M03900',
          validFrom: '2022-01-01',
          validTo: null,
        },
        sent_at: null,
      },
      {
        kind: 'filing',
        body: {
          person: '51010000000000000001',
          filedFor: '500000',
          category: 'LT_RESIDENT',
          validFrom: '2022-01-01',
          validTo: null,
        },
        sent_at: null,
      },
    ]);
  });

  it('publish a policy that differs as a new version, once', async () => {
    const database = databases.place('510000');
    await database.query(`update policy set hash = 'older' where region = '510100'`);
    const load = () => loadPlaceSeeds(database, sichuan, seeds);
    expect([await load(), await load()].map(({ policyVersions }) => policyVersions)).toEqual([
      1, 0,
    ]);
    expect(await countOf(database, `policy where region = '510100'`)).toBe(2);
  });

  it('by several processes at once load once', async () => {
    const { url, party } = await anEmptyDatabase('place');
    await migrate(url, party);
    const database = openDatabase(url, 3);
    const loads = await Promise.all([1, 2].map(() => loadPlaceSeeds(database, sichuan, seeds)));
    expect(loads.filter(({ registryChanges }) => registryChanges > 0)).toHaveLength(1);
    expect(await countOf(database, `personal_account where person = '51010000000000000001'`)).toBe(
      1,
    );
    await database.end();
  });

  it('leave the centre’s places and diseases as they are', async () => {
    const { centre } = databases;
    const both = () =>
      Promise.all([
        rowsOf(centre, 'select *, xmin::text from place order by code'),
        rowsOf(centre, 'select *, xmin::text from disease order by code'),
      ]);
    const before = await both();
    expect(before.map((rows) => rows.length)).toEqual([32, 10]);
    await loadCentreSeeds(centre, seeds);
    expect(await both()).toEqual(before);
  });
});
