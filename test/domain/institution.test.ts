import { describe, expect, it } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { diseaseCode, institutionCode, placeCode } from '../../domain/identifiers.ts';
import {
  institutionRefusal,
  type InstitutionFacts,
} from '../../domain/treating-place/institution.ts';

const dialysis = diseaseCode('M07801');
const span = (from: string, to: string | null = null) => ({
  from: day(from),
  to: to === null ? null : day(to),
});
/** Designated in 2023, open for dialysis from February to November. */
const anInstitution = (changes: Partial<InstitutionFacts> = {}): InstitutionFacts => ({
  code: institutionCode('5000001000003'),
  place: placeCode('500000'),
  designated: span('2023-01-01', '2023-12-31'),
  openings: [span('2023-02-01', '2023-11-30')],
  ...changes,
});
const on = (
  text: string,
  institution = anInstitution(),
  disease: typeof dialysis | 'none' = dialysis,
) => institutionRefusal(institution, disease, day(text));

describe('4号 二(三) designated institutions and the diseases they opened', () => {
  it.each([
    ['the day before it is designated', '2022-12-31', 'institution-not-designated'],
    [
      'its first day, before it opened the disease',
      '2023-01-01',
      'institution-not-open-for-disease',
    ],
    ['the day before it opened the disease', '2023-01-31', 'institution-not-open-for-disease'],
    ['the first day of the disease', '2023-02-01', undefined],
    ['the last day of the disease', '2023-11-30', undefined],
    ['the day after the disease closed', '2023-12-01', 'institution-not-open-for-disease'],
    ['its last day', '2023-12-31', 'institution-not-open-for-disease'],
    ['the day after its last', '2024-01-01', 'institution-not-designated'],
  ])('%s', (_, text, reason) => {
    expect(on(text)?.reason).toBe(reason);
  });
  it('the refusals say which institution, disease and day', () => {
    expect(on('2022-12-31')).toEqual({
      reason: 'institution-not-designated',
      institution: '5000001000003',
      on: '2022-12-31',
    });
    expect(on('2023-12-01')).toEqual({
      reason: 'institution-not-open-for-disease',
      institution: '5000001000003',
      disease: 'M07801',
      on: '2023-12-01',
    });
  });
  it('an open end lasts', () => {
    const forever = anInstitution({
      designated: span('2023-01-01'),
      openings: [span('2023-02-01')],
    });
    expect(on('2099-12-31', forever)).toBeNull();
  });
  it('a disease may close and open again', () => {
    const twice = anInstitution({
      openings: [span('2023-02-01', '2023-03-31'), span('2023-06-01', '2023-11-30')],
    });
    expect(on('2023-03-31', twice)).toBeNull();
    expect(on('2023-04-01', twice)?.reason).toBe('institution-not-open-for-disease');
    expect(on('2023-06-01', twice)).toBeNull();
  });
  it('an institution that was never designated is refused', () => {
    const never = anInstitution({ designated: null });
    expect(on('2023-06-01', never)?.reason).toBe('institution-not-designated');
  });
  it('one that never opened the disease is refused', () => {
    const closed = anInstitution({ openings: [] });
    expect(on('2023-06-01', closed)?.reason).toBe('institution-not-open-for-disease');
  });
  it('ordinary outpatient care needs a designation and no opening', () => {
    const closed = anInstitution({ openings: [] });
    expect(on('2023-01-01', closed, 'none')).toBeNull();
    expect(on('2022-12-31', closed, 'none')?.reason).toBe('institution-not-designated');
  });
});
