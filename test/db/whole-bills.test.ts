import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import { keepRequest } from '../../db/settlement-requests.ts';
import { treatingStore } from '../../db/treating-store.ts';
import { billStore } from '../../db/whole-bills.ts';
import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  institutionCode,
  messageId,
  personId,
  regionCode,
} from '../../domain/identifiers.ts';
import { price, quantity, yuan } from '../../domain/money.ts';
import { aCase, prepare } from '../requests.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { untilWaiting } from './steps.ts';

let databases: Databases;
let place: Database;
beforeAll(async () => {
  databases = await cloneDatabases('whole-bills');
  place = databases.place('500000');
});
afterAll(() => databases.drop());

const institution = institutionCode('5000001000003');
const aBillToKeep = (of: { message: string; visitNo: string; line?: string; digest?: string }) => ({
  institution,
  messageId: messageId(of.message),
  digest: of.digest ?? of.message,
  registration: {
    institution,
    institutionVisitNo: of.visitNo,
    person: personId('51010000000000000001'),
    insuredRegion: regionCode('510100'),
    insuranceType: '310' as const,
    beganAt: '2026-11-22 09:00:00',
    personType: null,
    personName: null,
    certificateType: null,
    certificateNo: null,
  },
  batches: [
    {
      batch: `${of.message}-1`,
      digest: of.digest ?? of.message,
      total: yuan('10.00'),
      lines: [
        {
          no: of.line ?? '1',
          item: 'XC09CAX002A001010199002',
          price: price('10.00'),
          quantity: quantity('1'),
          amount: yuan('10.00'),
          approval: 'none' as const,
          disease: diseaseCode('M03900'),
          occurredOn: day('2026-11-22'),
          doctor: null,
        },
      ],
    },
  ],
});
const keep = (of: Parameters<typeof aBillToKeep>[0]) => billStore(place).keepBill(aBillToKeep(of));
const kept = async (message: string) =>
  (await place.query('select from whole_bill where message_id = $1', [message])).rowCount;

describe('a whole bill is kept', () => {
  it('once: the same again gives the same visit', async () => {
    const first = await keep({ message: 'K1', visitNo: 'N1' });
    expect(first).toMatchObject({ kind: 'kept', isRepeated: false });
    expect(await keep({ message: 'K1', visitNo: 'N1' })).toEqual({ ...first, isRepeated: true });
  });

  it('by one of two that come at the same moment with one message id', async () => {
    const both = await Promise.all([
      keep({ message: 'K2', visitNo: 'N2', digest: 'one' }),
      keep({ message: 'K2', visitNo: 'N3', digest: 'other' }),
    ]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(['bill-differs', 'kept']);
    const { rowCount } = await place.query(
      `select from visit where institution_visit_no in ('N2', 'N3')`,
    );
    expect(rowCount).toBe(1);
  });

  it('not at all when a line is taken, and its message id stays free', async () => {
    await keep({ message: 'K4', visitNo: 'N4' });
    const clash = { message: 'K5', visitNo: 'N4' };
    expect(await keep(clash)).toEqual({ kind: 'line-taken', line: '1' });
    expect(await kept('K5')).toBe(0);
    expect(await keep({ ...clash, line: '2' })).toMatchObject({ kind: 'kept', isRepeated: false });
  });
});

describe('a bill that is taken back by its message id', () => {
  const take = (message: string) =>
    treatingStore(place).partsToTakeBack(institution, messageId(message));

  it('has the parts that it was kept with, also when it is kept at that moment, and stays known', async () => {
    const connection = await place.connect();
    await connection.query('begin');
    // What is kept meanwhile waits for the visit's number, which somebody else is registering.
    await connection.query('lock table visit in share row exclusive mode');
    const keeping = keep({ message: 'K6', visitNo: 'N6' });
    await untilWaiting(place, 1);
    const taking = take('K6');
    await untilWaiting(place, 2);
    await connection.query('commit');
    connection.release();
    expect(await keeping).toMatchObject({ kind: 'kept', isRepeated: false });
    expect(await taking).toBe(1);
    expect(await keep({ message: 'K6', visitNo: 'N6' })).toMatchObject({ isRepeated: true });
  });

  it('before it arrives has none, and is refused when it does', async () => {
    expect(await take('K7')).toBe(0);
    expect(await take('K7')).toBe(0);
    expect(await keep({ message: 'K7', visitNo: 'N7' })).toEqual({ kind: 'taken-back' });
    const visits = `select from visit where institution_visit_no = 'N7'`;
    expect((await place.query(visits)).rowCount).toBe(0);
  });
});

describe('a request is let in', () => {
  it('once: of two that come at the same moment with its message id, each is told what it is', async () => {
    const request = await prepare(databases, aCase());
    const connection = await place.connect();
    await connection.query('begin');
    expect(await keepRequest(connection, request)).toBe('first');
    const others = Promise.all([
      keepRequest(place, request),
      keepRequest(place, { ...request, digest: 'of another content' }),
    ]);
    await untilWaiting(place, 2);
    await connection.query('commit');
    connection.release();
    expect(await others).toEqual(['repeated', 'different']);
  });
});
