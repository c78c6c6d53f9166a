import { describe, expect, test } from 'vitest';
import { placeCode } from '../../domain/identifiers.ts';
import { readSeeds } from '../../seeds/read.ts';
import { SeedError } from '../../seeds/seed-error.ts';
import { smallWorld, withWorld } from './small-world.ts';

/** The small world with a local code in Chongqing's table, and qualifications as written. */
function worldOf(qualifications: string[], entries: string[]): Record<string, string> {
  const written = entries.map((entry) => `      - { ${entry}, source: x }\n`).join('');
  const table = `diseaseCodes:\n  - code: OLD1\n    name: 旧编码\n    entries:\n${written}`;
  const lines = qualifications.map((each) => `      - { ${each}, source: x }\n`).join('');
  const persons = (smallWorld['persons/500000.yaml'] ?? '').replace(
    /( {4}qualifications:\n)( {6}.*\n)+/,
    `$1${lines}`,
  );
  return {
    'persons/500000.yaml': persons,
    'scopes/500000.yaml': `${smallWorld['scopes/500000.yaml'] ?? ''}${table}`,
  };
}
function rowsOf(qualifications: string[], entries: string[]) {
  const seeds = withWorld(worldOf(qualifications, entries), readSeeds).ofPlace.get(
    placeCode('500000'),
  );
  return {
    national: seeds?.qualifications.map((row) => [row.disease, row.validFrom, row.validTo]),
    unmigrated: seeds?.unmigratedQualifications.map((row) => [
      row.localCode,
      row.oneOf,
      row.validFrom,
      row.validTo,
    ]),
  };
}
function complaint(qualifications: string[], entries: string[]): string {
  try {
    rowsOf(qualifications, entries);
  } catch (error) {
    if (error instanceof SeedError) return error.message;
    throw error;
  }
  return 'nothing wrong';
}

describe('54号 二 a qualification that a persons file states under a local code', () => {
  test('is stored under the national code from the day on which the table says which', () => {
    const rows = rowsOf(
      ['disease: OLD1, from: 2018-05-20'],
      ['inForceFrom: 2021-12-01, disease: M08301'],
    );
    expect(rows).toEqual({ national: [['M08301', '2021-12-01', null]], unmigrated: [] });
  });
  test('is stored as not migrated while it may be several, beside those under national codes', () => {
    const rows = rowsOf(
      ['disease: M03900, from: 2022-01-01', 'disease: OLD1, from: 2021-12-05, to: 2022-12-31'],
      [
        'inForceFrom: 2021-12-01, oneOf: [M08301, M08302]',
        'inForceFrom: 2022-03-01, disease: M08301',
        'inForceFrom: 2022-10-01, lapse: 停用',
      ],
    );
    expect(rows).toEqual({
      national: [
        ['M03900', '2022-01-01', null],
        ['M08301', '2022-03-01', '2022-09-30'],
      ],
      unmigrated: [['OLD1', ['M08301', 'M08302'], '2021-12-05', '2022-02-28']],
    });
  });
  test.each([
    [
      'under a code that is in no table',
      ['disease: OLD2, from: 2022-01-01'],
      ['inForceFrom: 2021-12-01, disease: M08301'],
      'seeds/persons/500000.yaml:14:20 persons.0.qualifications.0.disease: 本地没有开通 OLD2，请先写在 openings 中',
    ],
    [
      'that becomes a disease that the place has not opened',
      ['disease: OLD1, from: 2022-01-01'],
      ['inForceFrom: 2021-12-01, disease: M08302'],
      'seeds/persons/500000.yaml:14:20 persons.0.qualifications.0.disease: 本地没有开通 M08302，请先写在 openings 中',
    ],
    [
      'that becomes one before the place qualifies under it',
      ['disease: OLD1, from: 2021-11-30'],
      ['inForceFrom: 2021-01-01, disease: M08301'],
      'seeds/persons/500000.yaml:14:32 persons.0.qualifications.0.from: 早于本地开始认定的 2021-12-01',
    ],
    [
      'that becomes one which is written too',
      ['disease: M08301, from: 2021-12-01', 'disease: OLD1, from: 2018-05-20'],
      ['inForceFrom: 2021-12-01, disease: M08301'],
      'seeds/persons/500000.yaml:15:9 persons.0.qualifications.1: M08301（2021-12-01 起） 写了两次，请去掉一个',
    ],
  ])('is refused %s', (_, qualifications, entries, expected) => {
    expect(complaint(qualifications, entries)).toBe(expected);
  });
});
