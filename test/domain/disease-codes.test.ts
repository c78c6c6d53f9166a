import { describe, expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import type { DiseaseCodeEntry } from '../../domain/disease-code.ts';
import { diseaseCode } from '../../domain/identifiers.ts';
import { translateQualification } from '../../domain/insured-place/disease-codes.ts';

const [kidney, liver, both] = [diseaseCode('M08301'), diseaseCode('M08304'), diseaseCode('M08306')];
const since = (on: string) => ({ inForceFrom: day(on), source: 'test' });
const qualified = (from: string, to: string | null = null) => ({
  localCode: 'LOCAL1',
  from: day(from),
  to: to === null ? null : day(to),
});

describe('54号 二 a qualification under a local code is', () => {
  test('that of the national code, on the days on which the table says which', () => {
    const entries: DiseaseCodeEntry[] = [{ ...since('2021-12-01'), disease: kidney }];
    expect(translateQualification(qualified('2018-05-01'), entries)).toEqual({
      qualifications: [{ disease: 'M08301', from: '2021-12-01', to: null }],
      unmigrated: [],
    });
    expect(translateQualification(qualified('2022-01-01', '2022-12-31'), entries)).toEqual({
      qualifications: [{ disease: 'M08301', from: '2022-01-01', to: '2022-12-31' }],
      unmigrated: [],
    });
  });
  test('not migrated, on the days on which it may be one of several', () => {
    const entries: DiseaseCodeEntry[] = [{ ...since('2021-12-01'), oneOf: [kidney, liver] }];
    expect(translateQualification(qualified('2018-05-01'), entries)).toEqual({
      qualifications: [],
      unmigrated: [
        { localCode: 'LOCAL1', oneOf: ['M08301', 'M08304'], from: '2021-12-01', to: null },
      ],
    });
  });
  test('nothing after a lapse, and nothing before the first entry', () => {
    const entries: DiseaseCodeEntry[] = [
      { ...since('2021-12-01'), disease: kidney },
      { ...since('2023-01-01'), lapse: '已停用' },
    ];
    expect(translateQualification(qualified('2018-05-01'), entries).qualifications).toEqual([
      { disease: 'M08301', from: '2021-12-01', to: '2022-12-31' },
    ]);
    const nothing = { qualifications: [], unmigrated: [] };
    expect(translateQualification(qualified('2023-01-01'), entries)).toEqual(nothing);
    expect(translateQualification(qualified('2018-05-01', '2021-11-30'), entries)).toEqual(nothing);
    expect(translateQualification(qualified('2018-05-01'), [])).toEqual(nothing);
  });
  test('each of these in turn, in whatever order the entries come', () => {
    const entries: DiseaseCodeEntry[] = [
      { ...since('2022-03-01'), disease: both },
      { ...since('2021-01-01'), oneOf: [kidney, liver, both] },
      { ...since('2024-02-29'), lapse: '已停用' },
    ];
    expect(translateQualification(qualified('2021-06-01', '2024-12-31'), entries)).toEqual({
      qualifications: [{ disease: 'M08306', from: '2022-03-01', to: '2024-02-28' }],
      unmigrated: [
        {
          localCode: 'LOCAL1',
          oneOf: ['M08301', 'M08304', 'M08306'],
          from: '2021-06-01',
          to: '2022-02-28',
        },
      ],
    });
  });
  test.each([
    ['2022-02-28', 0, 1],
    ['2022-03-01', 1, 1],
  ])('at the boundary: qualified from 2022-02-01 until %s', (to, national, unmigrated) => {
    const entries: DiseaseCodeEntry[] = [
      { ...since('2021-01-01'), oneOf: [kidney, liver] },
      { ...since('2022-03-01'), disease: kidney },
    ];
    const translated = translateQualification(qualified('2022-02-01', to), entries);
    expect(translated.qualifications).toHaveLength(national);
    expect(translated.unmigrated).toHaveLength(unmigrated);
  });
});
