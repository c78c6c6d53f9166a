import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CalculationOrder } from '../../activities/insured-place.ts';
import { insertCalculation } from '../../db/calculations.ts';
import { inTransaction, type Database } from '../../db/database.ts';
import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  personId,
  regionCode,
  settlementId,
  type PersonId,
} from '../../domain/identifiers.ts';
import { InvariantViolation } from '../../domain/invariant.ts';
import { asText } from '../../domain/money.ts';
import type { Calculation, SettlementRequest } from '../../domain/settlement.ts';
import { aSplit } from '../builders.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import {
  aRecording,
  aRequest,
  countOf,
  partiesOf,
  refusalOf,
  rowsOf,
  sqlState,
  valueOf,
} from './steps.ts';

let databases: Databases;
let sichuan: Database;
let insured: ReturnType<ReturnType<typeof partiesOf>['insured']>;
beforeAll(async () => {
  databases = await cloneDatabases('calculate');
  sichuan = databases.place('510000');
  insured = partiesOf(databases).insured();
});
afterAll(() => databases.drop());

let settlements = 0;
type Split = Parameters<typeof aSplit>[0];
interface Ordered extends Partial<SettlementRequest> {
  split?: Split;
  level?: CalculationOrder['level'];
  region?: string;
}
const anOrder = ({
  split = { inScope: '300.00', firstShare: '15.00', drug: '5.00' },
  level = 'tertiary',
  region = '500000',
  ...request
}: Ordered = {}): CalculationOrder => ({
  settlementId: settlementId(`CALCULATE-${(settlements += 1)}`),
  request: aRequest(request),
  totals: asText(aSplit(split)),
  level,
  region: regionCode(region),
});
const calculate = async (ordered: Ordered = {}): Promise<Calculation> =>
  valueOf<Calculation>(await insured.calculate(anOrder(ordered)));
const refusal = async (ordered: Ordered) => refusalOf(await insured.calculate(anOrder(ordered)));

/** A new person of Chengdu in every respect like another: insured, qualified, filed, with an account. */
async function aTwinOf(id = '51010000000000000001', balance = '500.00'): Promise<PersonId> {
  const twin = personId(`TWIN-${(settlements += 1)}`);
  await inTransaction(sichuan, async (transaction) => {
    const copy = (table: string, columns: string) =>
      transaction.query(
        `insert into ${table} (person, ${columns}) select $1, ${columns} from ${table} where person = $2`,
        [twin, id],
      );
    await transaction.query(
      `insert into person (id, region, born_on, source)
       select $1, region, born_on, source from person where id = $2`,
      [twin, id],
    );
    await copy(
      'insurance',
      'insurance_type, insured_from, insured_to, suspended_from, suspended_to, retired',
    );
    await copy('qualification', 'disease, valid_from, valid_to, source');
    await copy('filing', 'filed_for, category, valid_from, valid_to, source');
    await copy('suspension', 'suspended_from, suspended_to');
    await transaction.query('insert into personal_account values ($1, $2)', [twin, balance]);
  });
  return twin;
}
const balanceOf = async (person: PersonId): Promise<unknown> => {
  const rows = await rowsOf(sichuan, 'select balance from personal_account where person = $1', [
    person,
  ]);
  return rows[0]?.['balance'];
};
const accumulatorsOf = (person: PersonId) =>
  rowsOf(
    sichuan,
    `select name, period, key, value from accumulator where person = $1 order by name, period, key`,
    [person],
  );
/** Where a person's accumulators differ from their openings and changes. */
const unexplained = () =>
  rowsOf(
    sichuan,
    `select person, name, period, key from accumulator a
     where value <> coalesce((select sum(value) from accumulator_opening o
         where (o.person, o.name, o.period, o.key) = (a.person, a.name, a.period, a.key)), 0)
       + coalesce((select sum(added) from accumulator_change c
         where (c.person, c.name, c.period, c.key) = (a.person, a.name, a.period, a.key)), 0)`,
  );

describe('4号 三(一) the insured place’s deductible, ratio and ceiling', () => {
  it('the first settlement of a year fills the deductible, the second is paid', async () => {
    const person = await aTwinOf();
    const first = await calculate({ person });
    expect(first.benefit).toMatchObject({
      deductible: '300.00',
      layers: [
        { name: 'pool', base: '0.00', amount: '0.00' },
        { name: 'largeAmount', base: '0.00', amount: '0.00' },
      ],
      fundTotal: '0.00',
      personalAccount: '0.00',
      cash: '320.00',
      personShare: '320.00',
      hospitalShare: '0.00',
    });
    const second = await calculate({ person });
    expect(second.benefit).toMatchObject({
      deductible: '0.00',
      layers: [
        { name: 'pool', base: '300.00', amount: '240.00' },
        { name: 'largeAmount', base: '0.00', amount: '0.00' },
      ],
      fundTotal: '240.00',
      cash: '80.00',
      personShare: '80.00',
    });
  });

  it('keeps the rule, its hash, the sums and the steps', async () => {
    const order = anOrder({ person: await aTwinOf() });
    const calculation = valueOf<Calculation>(await insured.calculate(order));
    const [policy] = await rowsOf(
      sichuan,
      `select hash from policy where region = '510100' order by version desc limit 1`,
    );
    expect(calculation.policy).toEqual({ inForceFrom: '2024-01-01', hash: policy?.['hash'] });
    const [row] = await rowsOf(sichuan, 'select * from calculation where settlement_id = $1', [
      order.settlementId,
    ]);
    expect(row).toMatchObject({
      person: order.request.person,
      policy_hash: policy?.['hash'],
      policy_in_force_from: '2024-01-01',
      totals: order.totals,
      benefit: calculation.benefit,
      steps: calculation.steps,
      account_used: '0.00',
      visited_on: '2025-03-05',
      institution: '5000001000003',
      level: 'tertiary',
      reversed_at: null,
    });
  });

  it('posts each accumulator with its change', async () => {
    const person = await aTwinOf();
    await calculate({ person });
    const order = anOrder({ person });
    const { accumulators } = valueOf<Calculation>(await insured.calculate(order));
    const slot = { period: '2025', key: 'all' };
    expect(new Set(accumulators)).toEqual(
      new Set([
        { name: 'deductible', ...slot, before: '300.00', after: '300.00' },
        { name: 'in-scope', ...slot, before: '300.00', after: '600.00' },
        { name: 'pool-fund', ...slot, before: '0.00', after: '240.00' },
        { name: 'large-amount-fund', ...slot, before: '0.00', after: '0.00' },
      ]),
    );
    expect(await accumulatorsOf(person)).toEqual([
      { name: 'deductible', ...slot, value: '300.00' },
      { name: 'in-scope', ...slot, value: '600.00' },
      { name: 'large-amount-fund', ...slot, value: '0.00' },
      { name: 'pool-fund', ...slot, value: '240.00' },
    ]);
    const changes = await rowsOf(
      sichuan,
      'select name, added from accumulator_change where settlement_id = $1 order by name',
      [order.settlementId],
    );
    expect(changes).toEqual([
      { name: 'deductible', added: '0.00' },
      { name: 'in-scope', added: '300.00' },
      { name: 'large-amount-fund', added: '0.00' },
      { name: 'pool-fund', added: '240.00' },
    ]);
  });

  it('counts on top of what was used elsewhere, by the quarter of the visit day', async () => {
    const person = personId('51010000000000000008');
    const resident = { person, insuranceType: '390', visitedOn: day('2026-10-01') } as const;
    const { benefit, accumulators } = await calculate(resident);
    expect(benefit).toMatchObject({
      deductible: '0.00', // 150.00 were charged before
      layers: [{ name: 'pool', base: '300.00', amount: '10.00' }], // 800.00 − 790.00
      fundTotal: '10.00',
      personShare: '310.00',
    });
    expect(benefit.components).toMatchObject({ poolSelf: '10.00', overDiseaseLimit: '280.00' });
    expect(accumulators).toContainEqual({
      name: 'disease-fund',
      period: '2026-Q4',
      key: 'M03900',
      before: '790.00',
      after: '800.00',
    });
    const otherQuarter = await calculate({ ...resident, visitedOn: day('2026-09-30') });
    expect(otherQuarter.benefit.fundTotal).toBe('150.00');
    expect(await unexplained()).toEqual([]);
  });

  it('begins each year anew', async () => {
    const person = await aTwinOf();
    await calculate({ person, visitedOn: day('2024-12-31') });
    const { benefit } = await calculate({ person, visitedOn: day('2025-01-01') });
    expect(benefit.deductible).toBe('300.00');
  });
});

describe('the personal account', () => {
  it('pays what the policy lets it, while it lasts, and never below zero', async () => {
    const person = await aTwinOf();
    const paid: string[][] = [];
    for (let visit = 0; visit < 5; visit += 1) {
      const { benefit, accountBalance } = await calculate({ person, account: 'own' });
      expect(await balanceOf(person)).toBe(accountBalance);
      paid.push([benefit.personalAccount, benefit.cash, accountBalance]);
    }
    expect(paid).toEqual([
      ['315.00', '5.00', '185.00'], // deductible 300.00 and first share 15.00; over the limit stays cash
      ['75.00', '5.00', '110.00'], // pool self 60.00 and first share 15.00
      ['75.00', '5.00', '35.00'],
      ['35.00', '45.00', '0.00'],
      ['0.00', '80.00', '0.00'],
    ]);
  });
  it('is left alone when the person does not use it', async () => {
    const person = await aTwinOf();
    const { benefit, accountBalance } = await calculate({ person, account: 'none' });
    expect([benefit.personalAccount, accountBalance]).toEqual(['0.00', '500.00']);
    expect(await balanceOf(person)).toBe('500.00');
  });
  it('of a person without one pays nothing', async () => {
    const person = personId('51010000000000000003');
    const visit = { person, insuranceType: '390', disease: diseaseCode('M00500') } as const;
    const { benefit, accountBalance } = await calculate({ ...visit, account: 'own' });
    expect([benefit.personalAccount, accountBalance]).toEqual(['0.00', '0.00']);
  });
  it('cannot go below zero in the database, whatever the code says', async () => {
    const person = await aTwinOf(undefined, '100.00');
    const request = aRequest({ person });
    const settlement = settlementId('BELOW-ZERO');
    const { totals, calculation } = aRecording(
      { request, settlementId: settlement },
      { fund: '0.00', account: '100.01' },
    );
    const visit = {
      on: request.visitedOn,
      institution: request.institution,
      level: 'tertiary',
    } as const;
    const posting = inTransaction(sichuan, (transaction) =>
      insertCalculation(transaction, { settlement, person, visit, totals, calculation }),
    );
    await expect(posting).rejects.toBeInstanceOf(InvariantViolation);
    expect(await balanceOf(person)).toBe('100.00');
    expect(await countOf(sichuan, 'calculation where settlement_id = $1', [settlement])).toBe(0);
  });
  it('and no accumulator goes below zero', async () => {
    const below = sichuan.query(`update accumulator set value = -0.01`);
    expect(await sqlState(below)).toBe('23514');
  });
});

describe('a retry', () => {
  it('gets the same calculation and posts nothing twice', async () => {
    const person = await aTwinOf();
    const order = anOrder({ person, account: 'own' });
    const first = await insured.calculate(order);
    const posted = await accumulatorsOf(person);
    expect(await insured.calculate(order)).toEqual(first);
    expect(await accumulatorsOf(person)).toEqual(posted);
    expect(await balanceOf(person)).toBe('185.00');
  });
  it('at the same time too', async () => {
    const person = await aTwinOf();
    const order = anOrder({ person, account: 'own' });
    const answers = await Promise.all(Array.from({ length: 6 }, () => insured.calculate(order)));
    expect(new Set(answers.map((answer) => valueOf<Calculation>(answer).accountBalance))).toEqual(
      new Set(['185.00']),
    );
    expect(await balanceOf(person)).toBe('185.00');
    expect(await accumulatorsOf(person)).toContainEqual({
      name: 'in-scope',
      period: '2025',
      key: 'all',
      value: '300.00',
    });
  });
  it('of a refusal gets the refusal, also when the person would be accepted now', async () => {
    const person = await aTwinOf();
    await sichuan.query('delete from qualification where person = $1', [person]);
    const order = anOrder({ person });
    const first = await insured.calculate(order);
    await sichuan.query(
      `insert into qualification values ($1, 'M03900', '2022-01-01', null, 'illustrative')`,
      [person],
    );
    expect(await insured.calculate(order)).toEqual(first);
    expect(refusalOf(first)).toEqual({ reason: 'not-qualified', disease: 'M03900' });
    expect(await accumulatorsOf(person)).toEqual([]);
  });
});

describe('the insured place’s own say', () => {
  const of = (number: string) => ({ person: personId(`510100000000000000${number}`) });
  it.each([
    ['nobody of that number', { person: personId('nobody') }, 'person-unknown'],
    ['of another region than it said', { insuredRegion: regionCode('510300') }, 'person-unknown'],
    ['without a qualification', of('11'), 'not-qualified'],
    ['qualified for another disease', of('12'), 'not-qualified'],
    ['whose qualification has ended', of('13'), 'qualification-not-in-force'],
    ['whose qualification has not begun', of('14'), 'qualification-not-in-force'],
    ['without a filing', of('15'), 'not-filed'],
    ['whose filing has ended', of('16'), 'filing-not-in-force'],
    ['whose filing has not begun', of('17'), 'filing-not-in-force'],
    ['filed for another place', of('18'), 'filing-for-other-place'],
    ['whose networked settlement is suspended', of('19'), 'settlement-suspended'],
    ['whose benefit is suspended', of('20'), 'benefit-suspended'],
    ['whose insurance has ended', of('21'), 'not-insured'],
    ['insured under the other type', { insuranceType: '390' }, 'not-insured'],
  ] as const)('refuses a person %s', async (_, changes, reason) => {
    const order = anOrder(changes);
    expect(refusalOf(await insured.calculate(order))?.reason).toBe(reason);
    const { settlementId: id } = order;
    expect(await countOf(sichuan, 'calculation where settlement_id = $1', [id])).toBe(0);
    expect(await countOf(sichuan, 'accumulator_change where settlement_id = $1', [id])).toBe(0);
  });
  it.each([
    [{ person: personId('nobody') }, { reason: 'person-unknown', place: '510000' }],
    [of('20'), { reason: 'benefit-suspended', insuranceType: '310', on: '2025-03-05', to: null }],
    [of('21'), { reason: 'not-insured', insuranceType: '310', on: '2025-03-05' }],
  ] as const)('says what it means: %o', async (changes, expected) => {
    expect(await refusal(changes)).toEqual(expected);
  });
  it.each([
    ['2024-12-31', undefined],
    ['2025-01-01', 'not-insured'],
  ])('insured until 2024-12-31, on %s: %s', async (on, reason) => {
    expect((await refusal({ ...of('21'), visitedOn: day(on) }))?.reason).toBe(reason);
  });
  it.each([
    ['2023-12-31', undefined],
    ['2024-01-01', 'benefit-suspended'],
  ])('benefit suspended from 2024-01-01, on %s: %s', async (on, reason) => {
    expect((await refusal({ ...of('20'), visitedOn: day(on) }))?.reason).toBe(reason);
  });
  it('asks for the type that was insured on the visit day', async () => {
    const person = { ...of('06'), disease: diseaseCode('M01600') };
    const on = async (visitedOn: string, insuranceType: '310' | '390') =>
      (await refusal({ ...person, visitedOn: day(visitedOn), insuranceType }))?.reason;
    expect(await on('2022-12-31', '390')).toBeUndefined();
    expect(await on('2022-12-31', '310')).toBe('not-insured');
    expect(await on('2023-01-01', '390')).toBe('not-insured');
    expect(await on('2023-01-01', '310')).toBeUndefined();
  });
  it('goes by the region where the person was treated', async () => {
    expect(await refusal({ region: '510700' })).toEqual({
      reason: 'filing-for-other-place',
      place: '510000',
      filedFor: ['500000'],
    });
  });
  it('asks no qualification of ordinary outpatient care', async () => {
    expect(await refusal({ ...of('11'), disease: 'none' })).toBeNull();
  });
});

describe('no policy in force', () => {
  const none = { reason: 'no-policy-in-force', insuranceType: '310', disease: 'M03900' };
  it('where the region has no policy', async () => {
    const person = personId('51030000000000000001');
    const insuredRegion = regionCode('510300');
    expect(await refusal({ person, insuredRegion })).toEqual({
      ...none,
      region: '510300',
      on: '2025-03-05',
    });
  });
  it('on the day before the first rule, and from its day on there is', async () => {
    const person = personId('51010000000000000002'); // qualified and filed before the first rule
    const on = (text: string) => refusal({ person, visitedOn: day(text) });
    expect(await on('2021-12-24')).toEqual({ ...none, region: '510100', on: '2021-12-24' });
    expect(await on('2021-12-25')).toBeNull();
  });
  it('after a lapse, by the newest version of the policy', async () => {
    const lapse = { inForceFrom: '2025-06-01', source: 'illustrative', lapse: 'ended' };
    const policies = { '310': { M03900: [lapse] } };
    const body = { place: '510000', region: '510400', name: '攀枝花市', policies };
    await sichuan.query(
      `insert into policy (region, version, hash, body)
       select '510400', 1, 'first', jsonb_set(body, '{region}', '"510400"') from policy
       where region = '510100'`,
    );
    const person = await aTwinOf();
    await sichuan.query(`update person set region = '510400' where id = $1`, [person]);
    const visit = { person, insuredRegion: regionCode('510400'), visitedOn: day('2025-06-01') };
    expect((await calculate(visit)).policy.hash).toBe('first');
    await sichuan.query(`insert into policy values ('510400', 2, 'second', $1)`, [
      JSON.stringify(body),
    ]);
    expect(await refusal(visit)).toMatchObject({ ...none, region: '510400' });
  });
});

describe('settlements of one person at the same time', () => {
  const amounts = [
    '12.34', '88.88', '100.01', '250.00', '333.33', '1000.00', '1999.99', '2500.55', '0.01', '640.07',
  ]; // prettier-ignore
  const inScopeOf = ({ accumulators }: Calculation) =>
    accumulators.find(({ name }) => name === 'in-scope');

  it('equal some serial order, and the deductible is charged once over all', async () => {
    const person = await aTwinOf();
    const bills = amounts.map((inScope) => ({ account: 'own', split: { inScope } }) as const);
    const together = await Promise.all(
      bills.map(async (bill) => ({ bill, calculation: await calculate({ ...bill, person }) })),
    );
    const inOrder = together.toSorted(
      (a, b) => Number(inScopeOf(a.calculation)?.before) - Number(inScopeOf(b.calculation)?.before),
    );
    const twin = await aTwinOf();
    for (const { bill, calculation } of inOrder) {
      expect(await calculate({ ...bill, person: twin })).toEqual(calculation);
    }
    expect(await accumulatorsOf(person)).toEqual(await accumulatorsOf(twin));
    const slot = { period: '2025', key: 'all' };
    expect(await accumulatorsOf(person)).toContainEqual({
      name: 'deductible',
      ...slot,
      value: '300.00',
    });
    expect(await accumulatorsOf(person)).toContainEqual({
      name: 'in-scope',
      ...slot,
      value: '6925.18',
    });
    expect(await balanceOf(person)).toBe('0.00');
    expect(await unexplained()).toEqual([]);
  });

  it('of the same amount: one is charged the deductible, the others are paid', async () => {
    const person = await aTwinOf();
    const all = await Promise.all(Array.from({ length: 8 }, () => calculate({ person })));
    const funds = all.map(({ benefit }) => [benefit.deductible, benefit.fundTotal].join(' '));
    expect(funds.toSorted()).toEqual([
      ...Array.from({ length: 7 }, () => '0.00 240.00'),
      '300.00 0.00',
    ]);
    expect(await accumulatorsOf(person)).toContainEqual({
      name: 'pool-fund',
      period: '2025',
      key: 'all',
      value: '1680.00',
    });
  });
});
