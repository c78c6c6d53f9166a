import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restore } from '../../db/accumulators.ts';
import { inTransaction, type Database } from '../../db/database.ts';
import { publishPolicy } from '../../db/policies.ts';
import { findDifferences, personSlices } from '../../db/verification.ts';
import { day } from '../../domain/calendar.ts';
import type { PersonId } from '../../domain/identifiers.ts';
import type { Calculation } from '../../domain/settlement.ts';
import { aPlainPool, aRuleText } from '../builders.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { countOf, partiesOf, rowsOf, valueOf } from './steps.ts';
import {
  anOrderOf,
  aPersonWithAccount,
  aPolicyFile,
  aRuleWithAccount,
  bareRegion,
  givePolicy,
} from './twins.ts';

let databases: Databases;
let sichuan: Database;
let insured: ReturnType<ReturnType<typeof partiesOf>['insured']>;
beforeAll(async () => {
  databases = await cloneDatabases('undo');
  sichuan = databases.place('510000');
  insured = partiesOf(databases).insured();
  await givePolicy(sichuan);
});
afterAll(() => databases.drop());

const calculate = async (order: ReturnType<typeof anOrderOf>): Promise<Calculation> =>
  valueOf<Calculation>(await insured.calculate(order));
/** What is stored for the person: account, then each accumulator. */
async function booksOf(person: PersonId): Promise<Record<string, unknown>> {
  const accounts = await rowsOf(sichuan, 'select balance from personal_account where person = $1', [
    person,
  ]);
  const rows = await rowsOf(
    sichuan,
    'select name, value from accumulator where person = $1 order by name',
    [person],
  );
  const used = Object.fromEntries(rows.map(({ name, value }) => [String(name), value]));
  return { account: accounts[0]?.['balance'], ...used };
}
const allDifferences = () => findDifferences(sichuan, { after: null, to: null });

describe('a settlement that is undone', () => {
  it('gives back exactly what it added and took, and later ones stay as they are', async () => {
    const person = await aPersonWithAccount(sichuan);
    const [first, second] = [anOrderOf(person), anOrderOf(person)];
    await calculate(first); // deductible 300.00 and first share 15.00 from the account
    await calculate(second); // 240.00 from the fund, 75.00 from the account
    expect(await booksOf(person)).toEqual({
      account: '110.00',
      deductible: '300.00',
      'in-scope': '600.00',
      'pool-fund': '240.00',
    });
    await insured.undoCalculation(first.settlementId);
    expect(await booksOf(person)).toEqual({
      account: '425.00',
      deductible: '0.00',
      'in-scope': '300.00',
      'pool-fund': '240.00',
    });
    const reversed = await rowsOf(
      sichuan,
      'select settlement_id from calculation where person = $1 and reversed_at is not null',
      [person],
    );
    expect(reversed).toEqual([{ settlement_id: first.settlementId }]);
    expect(await allDifferences()).toEqual([]);
    // The next visit pays the deductible, for nobody has; it counts on top of the second one.
    const next = await calculate(anOrderOf(person));
    expect(next.benefit).toMatchObject({ deductible: '300.00', fundTotal: '0.00' });
    expect(next.accumulators).toContainEqual({
      name: 'in-scope',
      period: '2025',
      key: 'all',
      before: '300.00',
      after: '600.00',
    });
  });

  it('leaves everything as before it, and the next visit computes the same again', async () => {
    const person = await aPersonWithAccount(sichuan);
    const order = anOrderOf(person);
    const first = await calculate(order);
    await insured.undoCalculation(order.settlementId);
    const nothing = { deductible: '0.00', 'in-scope': '0.00', 'pool-fund': '0.00' };
    expect(await booksOf(person)).toEqual({ account: '500.00', ...nothing });
    expect(await calculate(anOrderOf(person))).toEqual(first);
  });

  it('a second time, changes nothing', async () => {
    const person = await aPersonWithAccount(sichuan);
    const order = anOrderOf(person);
    await calculate(order);
    await insured.undoCalculation(order.settlementId);
    const books = await booksOf(person);
    await insured.undoCalculation(order.settlementId);
    await inTransaction(sichuan, (transaction) => restore(transaction, order.settlementId));
    expect(await booksOf(person)).toEqual(books);
    expect(await allDifferences()).toEqual([]);
  });

  it('by several at once is undone once', async () => {
    const person = await aPersonWithAccount(sichuan);
    const order = anOrderOf(person);
    await calculate(order);
    await Promise.all(
      Array.from({ length: 5 }, () =>
        inTransaction(sichuan, (transaction) => restore(transaction, order.settlementId)),
      ),
    );
    expect(await booksOf(person)).toMatchObject({ account: '500.00', 'in-scope': '0.00' });
  });

  it('before it was calculated, never posts anything', async () => {
    const person = await aPersonWithAccount(sichuan);
    const order = anOrderOf(person);
    await insured.undoCalculation(order.settlementId);
    expect(await insured.calculate(order)).toEqual({ voided: true });
    expect(await booksOf(person)).toEqual({ account: '500.00' });
    expect(await countOf(sichuan, 'calculation where person = $1', [person])).toBe(0);
  });

  it('while it is being calculated, leaves nothing behind either way', async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const person = await aPersonWithAccount(sichuan);
      const order = anOrderOf(person);
      const undo = () => insured.undoCalculation(order.settlementId);
      const both = [() => insured.calculate(order), undo];
      await Promise.all((attempt % 2 === 0 ? both : both.toReversed()).map((run) => run()));
      const used = Object.entries(await booksOf(person)).filter(([, value]) => value !== '0.00');
      expect(used).toEqual([['account', '500.00']]);
      expect(await insured.calculate(order)).toEqual({ voided: true });
    }
    expect(await allDifferences()).toEqual([]);
  });

  it('that was refused, gives back nothing', async () => {
    const person = await aPersonWithAccount(sichuan);
    const order = anOrderOf(person, undefined, { insuranceType: '390' });
    await insured.calculate(order);
    await insured.undoCalculation(order.settlementId);
    expect(await booksOf(person)).toEqual({ account: '500.00' });
  });
});

describe('two settlements of one person at the same moment', () => {
  it('give one order or the other', async () => {
    const person = await aPersonWithAccount(sichuan);
    const [larger, smaller] = await Promise.all([
      calculate(anOrderOf(person, { inScope: '300.00' })),
      calculate(anOrderOf(person, { inScope: '200.00' })),
    ]);
    const funds = [larger.benefit.fundTotal, smaller.benefit.fundTotal];
    // Whoever is first pays the deductible, 300.00 or 200.00 with 100.00 left for the other.
    expect([
      ['0.00', '160.00'],
      ['160.00', '0.00'],
    ]).toContainEqual(funds);
    expect(await booksOf(person)).toMatchObject({
      deductible: '300.00',
      'in-scope': '500.00',
      'pool-fund': '160.00',
    });
    expect(await allDifferences()).toEqual([]);
  });

  it('one of them undone: the other sees it whole or not at all', async () => {
    const person = await aPersonWithAccount(sichuan);
    const first = anOrderOf(person);
    await calculate(first);
    const [next] = await Promise.all([
      calculate(anOrderOf(person)),
      insured.undoCalculation(first.settlementId),
    ]);
    const { deductible, fundTotal, personalAccount } = next.benefit;
    // After it: 75.00 of the 185.00 left. Before it: as the first one, of 500.00.
    expect([
      ['0.00', '240.00', '75.00'],
      ['300.00', '0.00', '315.00'],
    ]).toContainEqual([deductible, fundTotal, personalAccount]);
    expect(await allDifferences()).toEqual([]);
  });
});

describe('accumulators of a month and of a quarter', () => {
  const month = { per: 'month', name: 'in-scope', key: 'all' } as const;
  const quarter = { per: 'quarter', name: 'quarter-fund', key: 'disease' } as const;
  const rule = aRuleWithAccount({
    pool: {
      ...aRuleText({ pool: aPlainPool('0.50') }).pool,
      axis: { accumulator: month, bandsFrom: 'zero' },
      ratios: [{ bands: [{ upTo: '400.00', ratio: '0.50' }, { ratio: '0.80' }] }],
      limits: [
        {
          meaning: 'fundPayment',
          accumulator: quarter,
          amounts: [{ amount: '500.00' }],
          component: 'overDiseaseLimit',
        },
      ],
    },
  });
  it('are given back in the period of the visit day, and the next visit sees what it would have seen', async () => {
    await sichuan.query('delete from policy where region = $1', [bareRegion]);
    await publishPolicy(sichuan, { ...aPolicyFile([rule]), by: '自贡市医保局' });
    const person = await aPersonWithAccount(sichuan);
    const on = (visitedOn: string) =>
      anOrderOf(person, { inScope: '300.00' }, { visitedOn: day(visitedOn) });
    const fundOf = async (order: ReturnType<typeof anOrderOf>) =>
      (await calculate(order)).benefit.fundTotal;
    const [march, again, april] = [on('2025-03-31'), on('2025-03-31'), on('2025-04-01')];
    expect(await fundOf(march)).toBe('150.00');
    expect(await fundOf(again)).toBe('210.00'); // 100.00 × 0.50 + 200.00 × 0.80
    expect(await fundOf(april)).toBe('150.00'); // another month, another quarter
    await insured.undoCalculation(march.settlementId);
    const rows = await rowsOf(
      sichuan,
      'select name, period, key, value from accumulator where person = $1 order by name, period',
      [person],
    );
    expect(rows).toEqual([
      { name: 'in-scope', period: '2025-03', key: 'all', value: '300.00' },
      { name: 'in-scope', period: '2025-04', key: 'all', value: '300.00' },
      { name: 'quarter-fund', period: '2025-Q1', key: 'M03900', value: '210.00' },
      { name: 'quarter-fund', period: '2025-Q2', key: 'M03900', value: '150.00' },
    ]);
    expect(await fundOf(on('2025-03-31'))).toBe('210.00'); // what the second saw
    expect(await fundOf(on('2025-02-28'))).toBe('80.00'); // 500.00 a quarter, less 420.00
    expect(await allDifferences()).toEqual([]);
    await sichuan.query('delete from policy where region = $1', [bareRegion]);
    await givePolicy(sichuan);
  });
});

describe('the books after many settlements', () => {
  it('are what openings and unreversed settlements add up to', async () => {
    const persons = [await aPersonWithAccount(sichuan), await aPersonWithAccount(sichuan)];
    const amounts = ['12.34', '1000.01', '88.88', '0.01', '333.33', '640.07', '2500.55', '99.99'];
    const orders = amounts.flatMap((inScope) =>
      persons.map((each) => anOrderOf(each, { inScope })),
    );
    await Promise.all(orders.map(calculate));
    const undone = orders.filter((_, index) => index % 3 === 0);
    await Promise.all(undone.map(({ settlementId: id }) => insured.undoCalculation(id)));
    expect(await allDifferences()).toEqual([]);
  });

  it('show an accumulator, and an account, that somebody changed by hand', async () => {
    const person = await aPersonWithAccount(sichuan);
    await calculate(anOrderOf(person));
    await sichuan.query(
      `update accumulator set value = value + 0.01 where person = $1 and name = 'in-scope'`,
      [person],
    );
    await sichuan.query('update personal_account set balance = 185.50 where person = $1', [person]);
    await sichuan.query(`delete from accumulator where person = $1 and name = 'deductible'`, [
      person,
    ]);
    expect(await allDifferences()).toEqual([
      {
        person,
        name: 'deductible',
        period: '2025',
        key: 'all',
        stored: '0.00',
        computed: '300.00',
      },
      {
        person,
        name: 'in-scope',
        period: '2025',
        key: 'all',
        stored: '300.01',
        computed: '300.00',
      },
      {
        person,
        name: 'personal account',
        period: '',
        key: '',
        stored: '185.50',
        computed: '185.00',
      },
    ]);
  });

  it('are verified in slices that hold every person once', async () => {
    const persons = await countOf(sichuan, 'person');
    const slices = await personSlices(sichuan, 5);
    expect(slices).toHaveLength(Math.floor(persons / 5) + 1);
    let seen = 0;
    for (const { after, to } of slices) {
      const where = `person where ($1::text is null or id > $1) and ($2::text is null or id <= $2)`;
      seen += await countOf(sichuan, where, [after, to]);
    }
    expect(seen).toBe(persons);
    const found = await Promise.all(slices.map((slice) => findDifferences(sichuan, slice)));
    expect(found.flat()).toHaveLength(3);
  });
});
