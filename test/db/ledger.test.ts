import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction, type Database, type Transaction } from '../../db/database.ts';
import { brokenLinks, nextEntry } from '../../db/ledger.ts';
import { insertSettlement } from '../../db/settlements.ts';
import {
  diseaseCode,
  institutionCode,
  personId,
  placeCode,
  regionCode,
  type SettlementId,
} from '../../domain/identifiers.ts';
import { InvariantViolation } from '../../domain/invariant.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import {
  aGate,
  aRecording,
  aRequest,
  claimOf,
  partiesOf,
  rowsOf,
  sqlState,
  untilWaiting,
} from './steps.ts';

let databases: Databases;
let database: Database;
let centre: ReturnType<typeof partiesOf>['centre'];
beforeAll(async () => {
  databases = await cloneDatabases('ledger');
  database = databases.centre;
  ({ centre } = partiesOf(databases));
});
afterAll(() => databases.drop());

/** Somebody from Chongqing in Chengdu: the other direction. */
const theOtherWay: Partial<SettlementRequest> = {
  treatingPlace: placeCode('510000'),
  institution: institutionCode('H51010700901'),
  insuredPlace: placeCode('500000'),
  insuredRegion: regionCode('500000'),
  person: personId('50000000000000000001'),
  disease: diseaseCode('M01600'),
};
async function record(changes: Partial<SettlementRequest> = {}): Promise<SettlementId> {
  const claimed = await claimOf(databases, aRequest(changes));
  await centre.record(aRecording(claimed, { fund: '200.00', account: '40.00' }));
  return claimed.settlementId;
}
const numbersOf = async (treating: string, insured: string): Promise<unknown[]> => {
  const rows = await rowsOf(
    database,
    `select entry_no::int as no from ledger_entry where treating_place = $1 and insured_place = $2
     order by entry_no`,
    [treating, insured],
  );
  return rows.map(({ no }) => no);
};
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('entries of a pair', () => {
  it('that are recorded at the same time are numbered without a gap, each direction by itself', async () => {
    await Promise.all([
      ...Array.from({ length: 12 }, () => record()),
      ...Array.from({ length: 8 }, () => record(theOtherWay)),
    ]);
    expect(await numbersOf('500000', '510000')).toEqual(upTo(12));
    expect(await numbersOf('510000', '500000')).toEqual(upTo(8));
    expect(await brokenLinks(database)).toEqual([]);
    const backwards = await rowsOf(
      database,
      `select from ledger_entry a join ledger_entry b using (treating_place, insured_place)
       where a.entry_no < b.entry_no and a.recorded_at > b.recorded_at`,
    );
    expect(backwards).toEqual([]);
  });

  it('wait for each other, and not for those of another pair', async () => {
    const [held, gate] = [aGate(), aGate()];
    const holding = inTransaction(database, async (transaction) => {
      await nextEntry(transaction, placeCode('500000'), placeCode('510000'));
      held.open();
      await gate.passed;
      throw new Error('given up');
    });
    const givenUp = expect(holding).rejects.toThrow('given up');
    await held.passed;
    const waiting = record();
    await untilWaiting(database, 1);
    await record(theOtherWay);
    gate.open();
    await givenUp;
    await waiting;
    expect(await numbersOf('500000', '510000')).toEqual(upTo(13));
    expect(await numbersOf('510000', '500000')).toEqual(upTo(9));
    expect(await brokenLinks(database)).toEqual([]);
  });

  it('are chained: each holds the hash of the one before', async () => {
    const [row] = await rowsOf(
      database,
      `select count(*) filter (where b.hash = e.previous_hash)::int as chained,
         count(*) filter (where b.id is null and e.previous_hash = '')::int as first,
         count(distinct e.hash)::int as hashes
       from ledger_entry e left join ledger_entry b on b.entry_no = e.entry_no - 1
         and (b.treating_place, b.insured_place) = (e.treating_place, e.insured_place)`,
    );
    expect(row).toEqual({ chained: 20, first: 2, hashes: 22 });
  });
});

/** An entry written around the code, with the postings given as SQL values. */
async function writeEntry(transaction: Transaction, postings: string | null): Promise<void> {
  const { request, settlementId } = await claimOf(databases, aRequest());
  const { totals, calculation } = aRecording({ request, settlementId });
  const recordedAt = '2026-11-22T00:00:00Z';
  const result = {
    settlementId,
    feeCategory: '门诊慢特病',
    totals,
    calculation,
    recordedAt,
  } as const;
  await insertSettlement(transaction, { workflowId: 'around', request, result });
  const { entryNo } = await nextEntry(transaction, placeCode('500000'), placeCode('510000'));
  const { rows } = await transaction.query<{ id: string }>(
    `insert into ledger_entry (treating_place, insured_place, entry_no, kind, settlement_id,
       insurance_type, recorded_at, previous_hash, hash)
     values ('500000', '510000', $1, 'settlement', $2, '310', now(), '', '') returning id`,
    [entryNo, settlementId],
  );
  if (postings !== null) {
    await transaction.query(
      `insert into ledger_posting select $1::bigint, account, place, amount
       from (values ${postings}) as posting (account, place, amount)`,
      [rows[0]?.id],
    );
  }
}

describe('an entry written around the code is refused', () => {
  const fund = `('fund-receivable', '500000', 10.00), ('fund-payable', '510000', -10.00)`;
  const account = `('account-receivable', '500000', 5.00), ('account-payable', '510000', -5.00)`;
  it.each([
    ['whose fund money does not balance', `${account}, ${fund.replace('-10.00', '-9.99')}`],
    ['whose account money does not balance', `${fund}, ${account.replace('-5.00', '-5.01')}`],
    [
      'that balances fund money with account money',
      `('fund-receivable', '500000', 10.00), ('account-payable', '510000', -10.00)`,
    ],
    ['with one side alone', `('fund-receivable', '500000', 0.00)`],
    ['without its account money', fund],
    ['without its fund money', account],
    ['without any postings', null],
  ])('%s', async (_, postings) => {
    const writing = inTransaction(database, (transaction) => writeEntry(transaction, postings));
    await expect(writing).rejects.toBeInstanceOf(InvariantViolation);
    expect(await numbersOf('500000', '510000')).toEqual(upTo(13));
  });
  it('but not when it is whole', async () => {
    const rolledBack = new Error('rolled back');
    const writing = inTransaction(database, async (transaction) => {
      await writeEntry(transaction, `${fund}, ${account}`);
      await transaction.query('set constraints all immediate');
      throw rolledBack;
    });
    await expect(writing).rejects.toBe(rolledBack);
  });
  it('when the settlement has an entry already', async () => {
    const again = database.query(
      `insert into ledger_entry (treating_place, insured_place, entry_no, kind, settlement_id,
         insurance_type, recorded_at, previous_hash, hash)
       select treating_place, insured_place, 1000, kind, settlement_id, insurance_type, now(), '', ''
       from ledger_entry limit 1`,
    );
    expect(await sqlState(again)).toBe('23505');
  });
});

describe('the ledger is append only', () => {
  it.each([
    'update ledger_entry set recorded_at = now()',
    'delete from ledger_entry',
    'truncate ledger_entry cascade',
    'update ledger_posting set amount = 0',
    'delete from ledger_posting',
    'truncate ledger_posting',
    'update ledger_entry set kind = kind where false',
  ])('%s', async (statement) => {
    expect(await sqlState(database.query(statement))).toBe('23001');
    expect(await brokenLinks(database)).toEqual([]);
  });
});

/** What is found after someone with all rights changed the pair's entries; rolled back. */
async function foundAfter(...tampering: string[]): Promise<string[]> {
  const connection = await database.connect();
  try {
    await connection.query('begin');
    await connection.query('set local session_replication_role = replica'); // no triggers, no keys
    for (const statement of tampering) {
      const { rowCount } = await connection.query(statement);
      expect(rowCount).toBeGreaterThan(0);
    }
    const found = await brokenLinks(connection);
    return found.map((link) => [link.treatingPlace, link.insuredPlace, link.entryNo].join(' '));
  } finally {
    await connection.query('rollback');
    connection.release();
  }
}
const pair = `treating_place = '500000' and insured_place = '510000'`;
const entry = (no: number) => `(select id from ledger_entry where ${pair} and entry_no = ${no})`;

describe('the hash chain shows', () => {
  it.each([
    [
      'an amount changed on both sides',
      `update ledger_posting set amount = amount * 2 where entry_id = ${entry(5)} and account like 'fund%'`,
    ],
    [
      'account money changed on both sides',
      `update ledger_posting set amount = 0 where entry_id = ${entry(5)} and account like 'account%'`,
    ],
    [
      'fund money called account money',
      `update ledger_posting p set amount = (select amount from ledger_posting o
         where o.entry_id = p.entry_id and o.account = case p.account
           when 'fund-receivable' then 'account-receivable' when 'fund-payable' then 'account-payable'
           when 'account-receivable' then 'fund-receivable' else 'fund-payable' end)
       where entry_id = ${entry(5)}`,
    ],
    [
      'an amount changed on the payable side alone',
      `update ledger_posting set amount = -1 where entry_id = ${entry(5)} and account = 'fund-payable'`,
    ],
    [
      'an account payable changed alone',
      `update ledger_posting set amount = -1 where entry_id = ${entry(5)} and account = 'account-payable'`,
    ],
    [
      'a debt moved to another place',
      `update ledger_posting set place = '520000' where entry_id = ${entry(5)} and account = 'fund-payable'`,
    ],
    [
      'a claim moved to another place',
      `update ledger_posting set place = '520000' where entry_id = ${entry(5)} and account = 'fund-receivable'`,
    ],
    [
      'a posting removed from the receivable side',
      `delete from ledger_posting where entry_id = ${entry(5)} and account = 'fund-receivable'`,
    ],
    [
      'a posting removed from the payable side',
      `delete from ledger_posting where entry_id = ${entry(5)} and account = 'account-payable'`,
    ],
    ['all postings removed', `delete from ledger_posting where entry_id = ${entry(5)}`],
    [
      'another time',
      `update ledger_entry set recorded_at = recorded_at + interval '1 microsecond' where id = ${entry(5)}`,
    ],
    [
      'another insurance type',
      `update ledger_entry set insurance_type = '390' where id = ${entry(5)}`,
    ],
    ['another kind', `update ledger_entry set kind = 'reversal' where id = ${entry(5)}`],
    ['another settlement', `update ledger_entry set settlement_id = 'X' where id = ${entry(5)}`],
  ])('%s', async (_, tampering) => {
    expect(await foundAfter(tampering)).toEqual(['500000 510000 5']);
  });

  it('an entry rewritten with a hash that fits it, by the entry after', async () => {
    const found = await foundAfter(
      `update ledger_entry set insurance_type = '390', hash = ledger_entry_hash(previous_hash,
         treating_place, insured_place, entry_no, kind, settlement_id, '390', recorded_at,
         200.00, 40.00) where id = ${entry(5)}`,
    );
    expect(found).toEqual(['500000 510000 6']);
  });
  it('an entry removed from the middle, by the entry after', async () => {
    expect(await foundAfter(`delete from ledger_entry where id = ${entry(5)}`)).toEqual([
      '500000 510000 6',
    ]);
  });
  it('the first entry removed', async () => {
    expect(await foundAfter(`delete from ledger_entry where id = ${entry(1)}`)).toEqual([
      '500000 510000 2',
    ]);
  });
  it('the last entry removed', async () => {
    expect(await foundAfter(`delete from ledger_entry where id = ${entry(13)}`)).toEqual([
      '500000 510000 13',
    ]);
  });
  it('an entry moved to the other direction', async () => {
    const found = await foundAfter(
      `update ledger_entry set treating_place = '510000', insured_place = '500000', entry_no = 10
       where id = ${entry(13)}`,
    );
    expect(found).toContain('510000 500000 10');
  });
});
