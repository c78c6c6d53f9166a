import { describe, expect, test } from 'vitest';
import { placeCode } from '../../domain/identifiers.ts';
import {
  closedUntil,
  instant,
  isAllClosed,
  maintenanceServices,
  retryAfter,
  windowsOf,
  type MaintenanceService,
  type MaintenanceWindow,
} from '../../domain/maintenance.ts';

const at = (hour: string) => instant(`2026-11-22T${hour}:00.000Z`);
const party = placeCode('510000');
let ids = 0;
const aWindow = (
  from: string,
  to: string | null,
  message = 'night',
  services: readonly MaintenanceService[] = ['settlement'],
): MaintenanceWindow => ({
  id: `510000-${(ids += 1)}`,
  party,
  services,
  from: at(from),
  to: to === null ? null : at(to),
  message,
  revision: 1,
});

type Row = [string, MaintenanceWindow[], string, [string | null, string] | null];
const night = aWindow('10:00', '12:00');
const rows: Row[] = [
  ['no window', [], '11:00', null],
  ['one minute before it begins', [night], '09:59', null],
  ['at its first instant', [night], '10:00', ['12:00', 'night']],
  ['one minute before its end', [night], '11:59', ['12:00', 'night']],
  ['at its end, which it does not contain', [night], '12:00', null],
  ['a past one', [aWindow('08:00', '09:00')], '11:00', null],
  ['an open one', [aWindow('10:00', null, 'open')], '23:00', [null, 'open']],
  ['an open one that is to come', [aWindow('23:00', null)], '11:00', null],
  [
    'overlapping ones are one time, told by the longest that has begun',
    [night, aWindow('11:00', '14:00', 'longer')],
    '11:30',
    ['14:00', 'longer'],
  ],
  [
    'an overlapping one that has not begun counts for the end only',
    [night, aWindow('11:00', '14:00', 'longer')],
    '10:30',
    ['14:00', 'night'],
  ],
  ['touching ones are one time', [aWindow('12:00', '13:00'), night], '11:00', ['13:00', 'night']],
  [
    'one minute between them and they are two',
    [night, aWindow('12:01', '13:00')],
    '11:00',
    ['12:00', 'night'],
  ],
  [
    'one within another changes nothing',
    [aWindow('10:00', '16:00', 'long'), aWindow('11:00', '12:00', 'short')],
    '11:30',
    ['16:00', 'long'],
  ],
  [
    'three in a chain, the last without end',
    [aWindow('14:00', null), night, aWindow('12:00', '14:00')],
    '10:00',
    [null, 'night'],
  ],
  ['closed before it began', [aWindow('10:00', '10:00')], '10:00', null],
  ['of another service', [aWindow('10:00', '12:00', 'm', ['registry'])], '11:00', null],
];

describe('4号 三(三) until when a service is closed', () => {
  test.each(rows)('%s', (_name, windows, now, expected) => {
    const [until, message] = expected ?? [];
    expect(closedUntil(windows, 'settlement', at(now))).toEqual(
      expected && { until: until == null ? null : at(until), message },
    );
  });

  test('everything is closed when each service is, by whichever window', () => {
    const [first, ...others] = maintenanceServices;
    const one = aWindow('10:00', '12:00', 'm', [first]);
    const rest = aWindow('11:00', '13:00', 'm', others);
    expect(isAllClosed([one, rest], at('11:00'))).toBe(true);
    expect(isAllClosed([one, rest], at('10:00'))).toBe(false);
    expect(isAllClosed([one, rest], at('12:00'))).toBe(false);
  });

  test('a window is its own party’s', () => {
    const other = { ...night, party: 'centre' as const };
    expect(windowsOf([night, other], 'centre')).toEqual([other]);
    expect(windowsOf([night, other], placeCode('500000'))).toEqual([]);
  });
});

describe('4号 三(三) the turn of one that waits', () => {
  test.each([
    ['the first undo comes right after the end', [60_000, 1, true, 20], 60_050],
    ['the first settlement leaves room for undos', [60_000, 1, false, 20], 60_550],
    ['the hundredth comes five seconds later', [60_000, 100, false, 20], 65_500],
    ['a rate that does not divide a second', [0, 1, true, 3], 334],
    ['at the very end', [0, 1, true, 20], 50],
    ['with no known end it looks again after an hour', [null, 2, true, 1], 3_602_000],
  ] as const)('%s', (_name, [left, number, isUndo, rate], expected) => {
    expect(retryAfter(left, { number, isUndo }, rate)).toBe(expected);
  });
});
