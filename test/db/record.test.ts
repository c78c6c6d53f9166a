import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Recording } from '../../activities/centre.ts';
import type { Split } from '../../activities/treating-place.ts';
import type { Database } from '../../db/database.ts';
import { settlementId, type SettlementId } from '../../domain/identifiers.ts';
import { InvariantViolation } from '../../domain/invariant.ts';
import type { BenefitText, Calculation, SettleAnswer } from '../../domain/settlement.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import {
  aRecording,
  aRequest,
  claimCase,
  claimOf,
  countOf,
  partiesOf,
  rowsOf,
  sqlState,
  valueOf,
} from './steps.ts';

let databases: Databases;
let database: Database;
let parties: ReturnType<typeof partiesOf>;
beforeAll(async () => {
  databases = await cloneDatabases('record');
  database = databases.centre;
  parties = partiesOf(databases);
});
afterAll(() => databases.drop());

const aClaimedRecording = async (paid: Parameters<typeof aRecording>[1] = {}): Promise<Recording> =>
  aRecording(await claimOf(databases, aRequest()), paid);
const changedBenefit = (of: Recording, changes: Partial<BenefitText>): Recording => ({
  ...of,
  calculation: { ...of.calculation, benefit: { ...of.calculation.benefit, ...changes } },
});
/** How many rows of each table speak of a settlement. */
async function rowsAbout(settlement: SettlementId): Promise<Record<string, number>> {
  const tables: Record<string, string> = {
    settlement: 'settlement where id = $1',
    layers: 'settlement_layer where settlement_id = $1',
    entries: 'ledger_entry where settlement_id = $1',
    postings: `ledger_posting where entry_id in (select id from ledger_entry where settlement_id = $1)`,
    answers: `request where settlement_id = $1 and state = 'answered'`,
    inbox: 'inbox where settlement_id = $1',
  };
  const counts: Record<string, number> = {};
  for (const [name, from] of Object.entries(tables)) {
    counts[name] = await countOf(database, from, [settlement]);
  }
  return counts;
}
const nothing = { settlement: 0, layers: 0, entries: 0, postings: 0, answers: 0, inbox: 0 };
const lastEntry = async (): Promise<unknown> => {
  const [row] = await rowsOf(
    database,
    `select coalesce(max(entry_no), 0)::int as no from ledger_chain
     where treating_place = '500000' and insured_place = '510000'`,
  );
  return row?.['no'];
};

describe('4号 三(二) the record', () => {
  it('of split and calculation is the answer, with settlement, layers, entry and postings', async () => {
    // The deductible of the year first, so that the second settlement is paid.
    for (const expected of [
      { fund: '0.00', account: '315.00', cash: '5.00', base: '0.00', deductible: '300.00' },
      { fund: '240.00', account: '75.00', cash: '5.00', base: '300.00', deductible: '0.00' },
    ]) {
      const { request, settlementId: id } = await claimCase(databases, { account: 'own' });
      const split = valueOf<Split>(await parties.treating().split({ settlementId: id, request }));
      const calculation = valueOf<Calculation>(
        await parties.insured().calculate({ settlementId: id, request, ...split }),
      );
      const { totals } = split;
      const answer = await parties.centre.record({
        request,
        settlementId: id,
        totals,
        calculation,
      });
      expect(answer).toMatchObject({
        kind: 'settled',
        digest: request.digest,
        result: { settlementId: id, feeCategory: '门诊慢特病', totals, calculation },
      });
      const [settlement] = await rowsOf(database, 'select * from settlement where id = $1', [id]);
      expect(settlement).toMatchObject({
        workflow_id: `settlement/5000001000003/${request.messageId}`,
        institution: '5000001000003',
        message_id: request.messageId,
        treating_place: '500000',
        insured_place: '510000',
        insured_region: '510100',
        person: '51010000000000000001',
        insurance_type: '310',
        disease: 'M03900',
        visited_on: '2025-03-05',
        total: '320.00',
        excluded: '0.00',
        over_price_limit: '5.00',
        first_share: '15.00',
        in_scope: '300.00',
        area_first_share: '0.00',
        deductible: expected.deductible,
        fund_total: expected.fund,
        personal_account: expected.account,
        cash: expected.cash,
        hospital_share: '0.00',
        policy_hash: calculation.policy.hash,
        policy_in_force_from: '2024-01-01',
      });
      const layers = await rowsOf(
        database,
        'select position, name, base, amount from settlement_layer where settlement_id = $1 order by 1',
        [id],
      );
      expect(layers).toEqual([
        { position: 1, name: 'pool', base: expected.base, amount: expected.fund },
        { position: 2, name: 'largeAmount', base: '0.00', amount: '0.00' },
      ]);
      const postings = await rowsOf(
        database,
        `select account, place, amount from ledger_posting join ledger_entry on id = entry_id
         where settlement_id = $1 order by account`,
        [id],
      );
      const owed = (amount: string) => (amount === '0.00' ? amount : `-${amount}`);
      expect(postings).toEqual([
        { account: 'account-payable', place: '510000', amount: owed(expected.account) },
        { account: 'account-receivable', place: '500000', amount: expected.account },
        { account: 'fund-payable', place: '510000', amount: owed(expected.fund) },
        { account: 'fund-receivable', place: '500000', amount: expected.fund },
      ]);
      await parties.treating().return({ request, result: (answer as Settled).result });
      const copies = await rowsOf(
        databases.place('500000'),
        'select total, fund_total, personal_account, answer from settlement_copy where settlement_id = $1',
        [id],
      );
      expect(copies).toEqual([
        {
          total: '320.00',
          fund_total: expected.fund,
          personal_account: expected.account,
          answer: (answer as Settled).result,
        },
      ]);
    }
  });
  type Settled = SettleAnswer & { kind: 'settled' };

  it('calls ordinary outpatient care by its name', async () => {
    const claimed = await claimOf(databases, aRequest({ disease: 'none' }));
    expect(await parties.centre.record(aRecording(claimed))).toMatchObject({
      result: { feeCategory: '普通门诊' },
    });
  });

  it('again gives the same answer and posts nothing twice', async () => {
    const recording = await aClaimedRecording();
    const first = await parties.centre.record(recording);
    expect(await parties.centre.record(recording)).toEqual(first);
    const other = aRecording(recording, { fund: '1.00' });
    expect(await parties.centre.record(other)).toEqual(first);
    expect(await rowsAbout(recording.settlementId)).toEqual({
      settlement: 1,
      layers: 1,
      entries: 1,
      postings: 4,
      answers: 1,
      inbox: 1,
    });
  });

  it('attempted many times at once posts once', async () => {
    const recording = await aClaimedRecording();
    const before = await lastEntry();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => parties.centre.record(recording)),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer, sortedKeys))).size).toBe(1);
    expect(await rowsAbout(recording.settlementId)).toMatchObject({ settlement: 1, postings: 4 });
    expect(await lastEntry()).toBe(Number(before) + 1);
  });
  const sortedKeys = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;

  it('says when: the entry, the settlement and the answer agree to the microsecond', async () => {
    const recording = await aClaimedRecording();
    const answer = (await parties.centre.record(recording)) as Settled;
    const [row] = await rowsOf(
      database,
      `select s.recorded_at = e.recorded_at and e.recorded_at = $2::timestamptz as agree
       from settlement s join ledger_entry e on e.settlement_id = s.id where s.id = $1`,
      [recording.settlementId, answer.result.recordedAt],
    );
    expect(row).toEqual({ agree: true });
  });

  it('is returned to the treating place once', async () => {
    const { request, settlementId: id } = await claimCase(databases);
    const answer = await parties.centre.record(aRecording({ request, settlementId: id }));
    const copy = { request, result: (answer as Settled).result };
    await parties.treating().return(copy);
    await parties.treating().return(copy);
    expect(
      await countOf(databases.place('500000'), 'settlement_copy where settlement_id = $1', [id]),
    ).toBe(1);
  });
});

describe('parts that do not add up are a bug, and nothing is stored', () => {
  const wrong: [string, (of: Recording) => Recording][] = [
    ['the parts and the total', (of) => ({ ...of, totals: { ...of.totals, total: '300.01' } })],
    [
      'the kinds over the limit',
      (of) => ({
        ...of,
        totals: { ...of.totals, overPriceLimitOf: { ...of.totals.overPriceLimitOf, drug: '0.01' } },
      }),
    ],
    ['the layers and the fund', (of) => changedBenefit(of, { fundTotal: '240.01' })],
    [
      'a layer and the rest',
      (of) => changedBenefit(of, { layers: [{ name: 'pool', base: '300.00', amount: '239.99' }] }),
    ],
    ['fund, person and hospital', (of) => changedBenefit(of, { hospitalShare: '0.01' })],
    ['account and cash', (of) => changedBenefit(of, { cash: '59.99' })],
    ['the account and the share', (of) => changedBenefit(of, { personalAccount: '0.01' })],
    [
      'the components',
      (of) => {
        const { components } = of.calculation.benefit;
        return changedBenefit(of, { components: { ...components, deductible: '0.01' } });
      },
    ],
  ];
  it.each(wrong)('%s', async (_, change) => {
    const recording = await aClaimedRecording();
    const before = await lastEntry();
    await expect(parties.centre.record(change(recording))).rejects.toBeInstanceOf(
      InvariantViolation,
    );
    expect(await rowsAbout(recording.settlementId)).toEqual(nothing);
    expect(await lastEntry()).toBe(before);
    expect(await parties.centre.record(recording)).toMatchObject({ kind: 'settled' });
  });
});

describe('a record that breaks half way', () => {
  it('after the settlement was written leaves nothing, and no gap in the ledger', async () => {
    const recording = await aClaimedRecording();
    const before = await lastEntry();
    const twice = changedBenefit(recording, {
      layers: [
        { name: 'pool', base: '300.00', amount: '120.00' },
        { name: 'pool', base: '300.00', amount: '120.00' },
      ],
    });
    await expect(parties.centre.record(twice)).rejects.toThrow('settlement_layer');
    expect(await rowsAbout(recording.settlementId)).toEqual(nothing);
    expect(await lastEntry()).toBe(before);
  });
  it('of a settlement that nobody claimed leaves nothing', async () => {
    const recording = { ...(await aClaimedRecording()), settlementId: settlementId('UNCLAIMED') };
    await expect(parties.centre.record(recording)).rejects.toThrow('settlement');
    expect(await rowsAbout(recording.settlementId)).toEqual(nothing);
  });
  it('of a request that was refused meanwhile leaves nothing: one request, one answer', async () => {
    const recording = await aClaimedRecording();
    const { request, settlementId: id } = recording;
    const refusal = { reason: 'batch-changed' } as const;
    const refused = { kind: 'refused', digest: request.digest, settlementId: id, refusal } as const;
    await parties.centre.recordRefusal(refused);
    await expect(parties.centre.record(recording)).rejects.toBeInstanceOf(InvariantViolation);
    expect(await rowsAbout(id)).toEqual({ ...nothing, answers: 1 });
    expect(await parties.centre.claim(request)).toMatchObject({ answer: refused });
  });
});

describe('the tables refuse a wrong row, whatever the code says', () => {
  /** A settlement's row written around the code, like a good one but for the changes. */
  async function insertRow(changes: Record<string, string>, before?: () => Promise<unknown>) {
    const good = await aClaimedRecording({ fund: '240.00', account: '10.00' });
    await parties.centre.record(good);
    const { settlementId: id } = await claimOf(databases, aRequest());
    await before?.();
    const columns = await rowsOf(
      database,
      `select column_name as name from information_schema.columns
       where table_name = 'settlement' and column_name <> 'id' order by ordinal_position`,
    );
    const names = columns.map(({ name }) => String(name));
    const values = names.map((name) => {
      const changed = changes[name];
      return changed === undefined ? name : `'${changed}'`;
    });
    await database.query(
      `insert into settlement (id, ${names.join(', ')})
       select $1, ${values.join(', ')} from settlement where id = $2`,
      [id, good.settlementId],
    );
    return id;
  }
  const check = '23514'; // a check constraint
  it.each([
    ['total', '300.01'],
    ['excluded', '0.01'],
    ['over_price_limit', '-0.01'],
    ['first_share', '0.01'],
    ['in_scope', '299.99'],
    ['fund_total', '240.01'],
    ['hospital_share', '0.01'],
    ['person_share', '60.01'],
    ['personal_account', '10.01'],
    ['cash', '49.99'],
    ['insurance_type', '999'],
  ])('a settlement whose %s is %s', async (column, value) => {
    expect(await sqlState(insertRow({ [column]: value }))).toBe(check);
  });
  it('a settlement of a request that is not there', async () => {
    expect(await sqlState(insertRow({ message_id: 'nobody' }))).toBe('23503');
  });
  it('a second settlement for one message', async () => {
    await expect(insertRow({})).rejects.toThrow('settlement');
  });
  it('a fund that is not on the list, and a fund that pays twice', async () => {
    const { settlementId: id } = await aClaimedRecording();
    const layer = (name: string) =>
      database.query('insert into settlement_layer values ($1, 1, $2, 0, 0)', [id, name]);
    expect(await sqlState(layer('lottery'))).toBe(check);
  });
  it('layers that do not add up to the fund’s total', async () => {
    const recording = await aClaimedRecording();
    await parties.centre.record(recording);
    const another = database.query(
      `insert into settlement_layer values ($1, 2, 'largeAmount', 0.01, 0.01)`,
      [recording.settlementId],
    );
    expect(await sqlState(another)).toBe(check);
  });
  it.each([
    ['update settlement set cash = cash'],
    ['delete from settlement'],
    ['truncate settlement cascade'],
    ['update settlement_layer set amount = amount + 1'],
    ['delete from settlement_layer'],
  ])('a change of what was settled: %s', async (statement) => {
    await parties.centre.record(await aClaimedRecording());
    expect(await sqlState(database.query(statement))).toBe('23001');
  });
});
