import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CalculationOrder } from '../../activities/insured-place.ts';
import type { Database } from '../../db/database.ts';
import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  personId,
  placeCode,
  regionCode,
  settlementId,
  type PersonId,
  type RegionCode,
} from '../../domain/identifiers.ts';
import type { Deductible, Limit, RuleText, Selectors } from '../../domain/insured-place/policy.ts';
import { asText } from '../../domain/money.ts';
import type { Calculation } from '../../domain/settlement.ts';
import { loadPlaceSeeds } from '../../seeds/load.ts';
import { readSeeds } from '../../seeds/read.ts';
import { aPlainPool, aRuleText, aSplit } from '../builders.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { aRequest, partiesOf, refusalOf, rowsOf, valueOf } from './steps.ts';

/** What the insured place has on record of a person decides by which row of a policy they are paid. */

let databases: Databases;
let sichuan: Database;
let insured: ReturnType<ReturnType<typeof partiesOf>['insured']>;
beforeAll(async () => {
  databases = await cloneDatabases('facts');
  sichuan = databases.place('510000');
  insured = partiesOf(databases).insured();
});
afterAll(() => databases.drop());

let made = 0;
interface Someone {
  person: PersonId;
  insuredRegion: RegionCode;
}
/** Insured since 2024-03-10, born 1960-03-10, qualified and filed, in a region of their own with one rule. */
async function someoneUnder(rule: RuleText, groups = {}): Promise<Someone> {
  made += 1;
  const person = personId(`FACTS-${made}`);
  const insuredRegion = regionCode(String(519000 + made));
  const body = { groups, policies: { '310': { M03900: [rule], M01600: [rule] } } };
  await sichuan.query(
    `insert into policy (region, version, hash, body) values ($1, 1, 'facts', $2)`,
    [
      insuredRegion,
      JSON.stringify({ place: '510000', region: insuredRegion, name: '示例', ...body }),
    ],
  );
  await sichuan.query(
    `with new as (insert into person (id, region, born_on, source)
         values ($1, $2, '1960-03-10', 'test') returning id),
       insured as (insert into insurance (person, insurance_type, insured_from, retired)
         select id, '310', '2024-03-10', false from new),
       qualified as (insert into qualification (person, disease, valid_from, source)
         select id, 'M03900', '2021-01-01', 'test' from new)
     insert into filing (person, filed_for, category, valid_from, source)
     select id, '500000', 'LT_RESIDENT', '2021-01-01', 'test' from new`,
    [person, insuredRegion],
  );
  return { person, insuredRegion };
}

interface Visit extends Partial<Pick<CalculationOrder, 'level' | 'channel' | 'doctors'>> {
  on?: string;
  at?: string;
  disease?: string;
  split?: Parameters<typeof aSplit>[0];
}
function anOrder(of: Someone, visit: Visit = {}): CalculationOrder {
  const { on = '2025-03-15', at = 'H1', disease = 'M03900', split, ...rest } = visit;
  return {
    settlementId: settlementId(`FACTS-${(made += 1)}`),
    request: aRequest({
      ...of,
      visitedOn: day(on),
      institution: institutionCode(at),
      disease: diseaseCode(disease),
    }),
    totals: asText(aSplit(split ?? { inScope: '1000.00' })),
    level: 'primary',
    region: regionCode('500000'),
    ...rest,
  };
}
const settle = async (of: Someone, visit: Visit = {}): Promise<Calculation> =>
  valueOf<Calculation>(await insured.calculate(anOrder(of, visit)));
const fund = async (of: Someone, visit?: Visit): Promise<string> =>
  (await settle(of, visit)).benefit.fundTotal;
const deducted = async (of: Someone, visit?: Visit): Promise<string> =>
  (await settle(of, visit)).benefit.deductible;

const rows = (table: string, columns: string, values: string) => (person: PersonId) =>
  sichuan.query(
    `insert into ${table} (person, ${columns}, source) values ($1, ${values}, 'test')`,
    [person],
  );
const fact = (kind: string, value: string) =>
  rows(
    'person_fact',
    'kind, value, valid_from, valid_to',
    `'${kind}', '${value}', '2025-03-10', '2025-03-20'`,
  );

/** 90 % where the row is selected, 50 % for whoever is left. */
const underRow = (when: Selectors): Promise<Someone> =>
  someoneUnder(
    aRuleText({
      pool: {
        ...aPlainPool('0.50'),
        ratios: [{ when, bands: [{ ratio: '0.90' }] }, { bands: [{ ratio: '0.50' }] }],
      },
    }),
  );
const [yes, no] = ['900.00', '500.00'];

describe('a row is selected by what the insured place has on record on the visit day', () => {
  interface Selected {
    when: Selectors;
    record?: (person: PersonId) => Promise<unknown>;
    visit?: Visit;
    paid: string[]; // on 2025-03-09, 2025-03-10, 2025-03-20, 2025-03-21
  }
  const whileItHolds = [no, yes, yes, no];
  const never = [no, no, no, no];
  const selected = (institution: string) =>
    rows(
      'selection',
      'institution, selected_from, selected_to',
      `'${institution}', '2025-03-10', '2025-03-20'`,
    );
  const contracted = rows(
    'family_doctor',
    'doctor, contracted_from, contracted_to',
    `'D1', '2025-03-10', '2025-03-20'`,
  );
  const byFamilyDoctor: Selectors = { prescriber: ['family-doctor'] };
  it.each<[string, Selected]>([
    [
      '人员类别',
      {
        when: { personType: ['1101'] },
        record: fact('personType', '1101'),
        paid: whileItHolds,
      },
    ],
    [
      'another 人员类别',
      { when: { personType: ['1102'] }, record: fact('personType', '1101'), paid: never },
    ],
    [
      '缴费档次',
      { when: { tier: ['一档', '二档'] }, record: fact('tier', '二档'), paid: whileItHolds },
    ],
    [
      '困难人员',
      { when: { hardship: ['低保'] }, record: fact('hardship', '低保'), paid: whileItHolds },
    ],
    [
      '公务员',
      {
        when: { civilServant: ['副高'] },
        record: fact('civilServant', '副高'),
        paid: whileItHolds,
      },
    ],
    ['no fact at all', { when: { hardship: ['低保'] }, paid: never }],
    ['age', { when: { age: { from: 65 } }, paid: [no, yes, yes, yes] }],
    ['insured months', { when: { insuredMonths: { from: 12 } }, paid: [no, yes, yes, yes] }],
    [
      'the selected institution',
      { when: { selected: true }, record: selected('H1'), paid: whileItHolds },
    ],
    [
      'another institution than the selected one',
      { when: { selected: true }, record: selected('H2'), paid: never },
    ],
    [
      'the contracted family doctor',
      {
        when: byFamilyDoctor,
        record: contracted,
        visit: { doctors: ['D1'] },
        paid: whileItHolds,
      },
    ],
    [
      'a bill that another doctor too prescribed',
      { when: byFamilyDoctor, record: contracted, visit: { doctors: ['D1', 'D2'] }, paid: never },
    ],
    [
      'a bill of which nobody said who prescribed it',
      { when: byFamilyDoctor, record: contracted, paid: never },
    ],
    [
      'a pharmacy',
      {
        when: { channel: ['pharmacy'] },
        visit: { channel: 'pharmacy' },
        paid: [yes, yes, yes, yes],
      },
    ],
    ['an order that names no channel', { when: { channel: ['pharmacy'] }, paid: never }],
  ])('%s', async (_, { when, record, visit, paid: expected }) => {
    const someone = await underRow(when);
    await record?.(someone.person);
    const paid: string[] = [];
    for (const on of ['2025-03-09', '2025-03-10', '2025-03-20', '2025-03-21']) {
      paid.push(await fund(someone, { ...visit, on }));
    }
    expect(paid).toEqual(expected);
  });

  it('of two facts of a kind the latest to begin, and after its end the other again', async () => {
    const someone = await underRow({ hardship: ['特困'] });
    const always = rows(
      'person_fact',
      'kind, value, valid_from',
      `'hardship', '特困', '2025-01-01'`,
    );
    await always(someone.person);
    await fact('hardship', '低保')(someone.person);
    expect(await fund(someone, { on: '2025-03-09' })).toBe(yes);
    expect(await fund(someone, { on: '2025-03-10' })).toBe(no);
    expect(await fund(someone, { on: '2025-03-21' })).toBe(yes);
  });

  it('insured months go on over spans that touch, and begin anew after a gap of a day', async () => {
    const someone = await underRow({ insuredMonths: { from: 12 } });
    const span = (from: string, to: string) =>
      sichuan.query(
        `insert into insurance (person, insurance_type, insured_from, insured_to, retired)
         values ($1, '310', $2, $3, false)`,
        [someone.person, from, to],
      );
    const on = '2025-03-09';
    expect(await fund(someone, { on })).toBe(no);
    await span('2023-01-01', '2024-03-08');
    expect(await fund(someone, { on })).toBe(no);
    await span('2024-03-09', '2024-03-09');
    expect(await fund(someone, { on })).toBe(yes);
  });
});

const withDeductible = (changes: Partial<Deductible>): Promise<Someone> =>
  someoneUnder(
    aRuleText({
      pool: {
        ...aPlainPool('0.80'),
        deductible: {
          accumulator: { per: 'visit' },
          basis: 'charged',
          amounts: [{ amount: '300.00' }],
          ...changes,
        },
      },
    }),
  );
const byOrdinal = {
  amounts: [
    { when: { visitOrdinal: { from: 3 } }, amount: '0.00' },
    { when: { visitOrdinal: [2] }, amount: '150.00' },
    { amount: '300.00' },
  ],
};
const elsewhere = (on: string, level = 'primary', at = 'H9') =>
  rows('visit_opening', 'visited_on, institution, level', `'${on}', '${at}', '${level}'`);

describe('C-10 the visits of the year before this one', () => {
  it('are the settlements made: the second is charged half, the third nothing', async () => {
    const someone = await withDeductible(byOrdinal);
    expect(await deducted(someone, { on: '2025-12-31' })).toBe('300.00');
    expect(await deducted(someone)).toBe('150.00');
    expect(await deducted(someone)).toBe('0.00');
    expect(await deducted(someone, { on: '2026-01-01' })).toBe('300.00');
  });
  it('and visits elsewhere, in their year', async () => {
    const someone = await withDeductible(byOrdinal);
    await elsewhere('2024-12-31')(someone.person);
    expect(await deducted(someone)).toBe('300.00');
    await elsewhere('2025-01-01')(someone.person);
    expect(await deducted(someone)).toBe('0.00');
  });
  it('but none without in-scope money', async () => {
    const someone = await withDeductible(byOrdinal);
    await settle(someone, { split: { excluded: '50.00' } });
    expect(await deducted(someone)).toBe('300.00');
    await settle(someone, { split: { inScope: '0.01' } });
    expect(await deducted(someone)).toBe('0.00');
  });
  it('and none that was undone', async () => {
    const someone = await withDeductible(byOrdinal);
    const undone = anOrder(someone);
    await insured.calculate(undone);
    await sichuan.query(`update calculation set reversed_at = now() where settlement_id = $1`, [
      undone.settlementId,
    ]);
    expect(await deducted(someone)).toBe('300.00');
  });
  it('and none of before visits were kept with the calculation', async () => {
    const someone = await withDeductible(byOrdinal);
    await settle(someone);
    await sichuan.query(
      `update calculation set visited_on = null, institution = null, level = null where person = $1`,
      [someone.person],
    );
    expect(await deducted(someone)).toBe('300.00');
  });
  it('at the same moment: each has an ordinal of its own', async () => {
    const someone = await withDeductible(byOrdinal);
    const all = await Promise.all([1, 2, 3, 4].map(() => deducted(someone)));
    expect(all.toSorted()).toEqual(['0.00', '0.00', '150.00', '300.00']);
  });
});

describe('C-7 the first visit of a year to each institution', () => {
  it('is charged, there and elsewhere once', async () => {
    const someone = await withDeductible({ accumulator: { per: 'institutionYear' } });
    expect(await deducted(someone)).toBe('300.00');
    expect(await deducted(someone)).toBe('0.00');
    expect(await deducted(someone, { at: 'H2' })).toBe('300.00');
    await elsewhere('2025-01-02', 'primary', 'H3')(someone.person);
    expect(await deducted(someone, { at: 'H3' })).toBe('0.00');
    expect(await deducted(someone, { on: '2026-01-01' })).toBe('300.00');
  });
});

describe('C-8, C-14 the highest level visited in the year', () => {
  const byLevel: Partial<Deductible> = {
    accumulator: { per: 'year', name: 'deductible', key: 'all' },
    levelOf: 'highestOfYear',
    amounts: [
      { when: { level: ['primary'] }, amount: '100.00' },
      { when: { level: ['secondary'] }, amount: '200.00' },
      { amount: '300.00' },
    ],
  };
  it('decides, whatever is visited now', async () => {
    const someone = await withDeductible(byLevel);
    expect(await deducted(someone)).toBe('100.00');
    expect(await deducted(someone, { level: 'tertiary', split: { inScope: '50.00' } })).toBe(
      '50.00',
    );
    expect(await deducted(someone)).toBe('150.00'); // to 300.00, as at the tertiary institution
    expect(await deducted(someone, { level: 'secondary' })).toBe('0.00');
  });
  it('also where it was visited elsewhere', async () => {
    const someone = await withDeductible(byLevel);
    await elsewhere('2025-01-02', 'secondary')(someone.person);
    expect(await deducted(someone)).toBe('200.00');
  });
});

describe('C-20 limits of several diseases', () => {
  const groups = { together: { diseases: ['M03900', 'M01600', 'M00500'], source: 'test' } };
  const limits: Limit[] = [
    {
      meaning: 'fundPayment',
      accumulator: { per: 'year', name: 'together', key: { group: 'together' } },
      amounts: [
        { when: { disease: [diseaseCode('M01600')] }, amount: '300.00' },
        { when: { disease: [diseaseCode('M03900')] }, amount: '200.00' },
        { amount: '1000.00' },
      ],
      combine: { way: 'sum' },
      component: 'overDiseaseLimit',
    },
  ];
  const combined = () => someoneUnder(aRuleText({ pool: { ...aPlainPool('1'), limits } }), groups);
  const qualified = (disease: string, from: string, to: string) =>
    rows('qualification', 'disease, valid_from, valid_to', `'${disease}', '${from}', '${to}'`);

  it.each([
    ['2025-03-09', '200.00'],
    ['2025-03-10', '500.00'],
    ['2025-03-20', '500.00'],
    ['2025-03-21', '200.00'],
  ])('are added while the person is qualified for both: on %s %s', async (on, paid) => {
    const someone = await combined();
    await qualified('M01600', '2025-03-10', '2025-03-20')(someone.person);
    expect(await fund(someone, { on })).toBe(paid);
  });
  it('and what was used of them is one', async () => {
    const someone = await combined();
    await qualified('M01600', '2025-01-01', '2025-12-31')(someone.person);
    expect(await fund(someone, { split: { inScope: '450.00' } })).toBe('450.00');
    expect(await fund(someone, { disease: 'M01600' })).toBe('50.00');
  });
});

describe('54号 二 a qualification under a local code', () => {
  const unmigrated = rows(
    'unmigrated_qualification',
    'local_code, one_of, valid_from, valid_to',
    `'LOCAL1', '{M01600,M00500}', '2025-03-10', '2025-03-20'`,
  );
  it.each([
    ['2025-03-09', { reason: 'not-qualified', disease: 'M01600' }],
    ['2025-03-10', { reason: 'qualification-not-migrated', localCode: 'LOCAL1' }],
    ['2025-03-20', { reason: 'qualification-not-migrated', localCode: 'LOCAL1' }],
    ['2025-03-21', { reason: 'not-qualified', disease: 'M01600' }],
  ])('is not yet one for a disease that it may become: %s %o', async (on, expected) => {
    const someone = await someoneUnder(aRuleText());
    await unmigrated(someone.person);
    const outcome = await insured.calculate(anOrder(someone, { on, disease: 'M01600' }));
    expect(refusalOf(outcome)).toMatchObject(expected);
    expect(await fund(someone, { on })).toBe('560.00'); // M03900: 1000.00 less 300.00, at 80 %
  });
});

describe('what the persons file says', () => {
  const of = (person: string, table: string, columns: string) =>
    rowsOf(sichuan, `select ${columns} from ${table} where person = $1 order by ${columns}`, [
      `510100000000000000${person}`,
    ]);
  it('stands in the place’s database, each fact on its days', async () => {
    expect(await of('03', 'person_fact', 'kind, value, valid_from, valid_to')).toEqual([
      { kind: 'personType', value: '1501', valid_from: '2012-01-01', valid_to: null },
      { kind: 'tier', value: '一档', valid_from: '2012-01-01', valid_to: '2024-12-31' },
      { kind: 'tier', value: '二档', valid_from: '2025-01-01', valid_to: null },
    ]);
    expect(await of('02', 'selection', 'institution, selected_from, selected_to')).toEqual([
      { institution: '5000001000003', selected_from: '2025-01-01', selected_to: null },
    ]);
    expect(await of('08', 'family_doctor', 'doctor, contracted_from, contracted_to')).toEqual([
      { doctor: 'D510100000001', contracted_from: '2026-01-01', contracted_to: '2026-12-31' },
    ]);
    expect(await of('08', 'visit_opening', 'visited_on, institution, level')).toEqual([
      { visited_on: '2026-02-11', institution: 'H51010700901', level: 'tertiary' },
    ]);
  });
  it('of a local code is a qualification where the table says which', async () => {
    expect(await of('09', 'qualification', 'disease, valid_from, valid_to')).toEqual([
      { disease: 'M08301', valid_from: '2021-12-01', valid_to: null },
    ]);
  });
  it('of a local code that may be several is told to the centre as such', async () => {
    const columns = 'local_code, one_of, valid_from, valid_to';
    const row = {
      local_code: 'SC-YZ00',
      one_of: ['M08301', 'M08302', 'M08303', 'M08304', 'M08305'],
      valid_from: '2021-12-01',
      valid_to: null,
    };
    expect(await of('22', 'unmigrated_qualification', columns)).toEqual([row]);
    expect(
      await rowsOf(databases.centre, `select place, ${columns} from unmigrated_qualification`),
    ).toEqual([{ place: '510000', ...row }]);
  });
  it('is found unchanged by a second load', async () => {
    expect(await loadPlaceSeeds(sichuan, placeCode('510000'), readSeeds())).toMatchObject({
      registryChanges: 0,
    });
  });
});
