import { describe, expect, it } from 'vitest';
import { firstUnknownFact } from '../../seeds/known-facts.ts';

describe('a policy that settlements cannot serve yet', () => {
  it('is named by its path: a selector of which nothing is known', () => {
    const rule = { pool: { ratios: [{ when: { visitOrdinal: { from: 2 } }, bands: [] }] } };
    expect(firstUnknownFact(rule)).toBe('pool.ratios.0.when.visitOrdinal');
  });
  it('is named by its path: a period that nobody counts', () => {
    const rule = { pool: { deductible: { accumulator: { per: 'institutionYear' } } } };
    expect(firstUnknownFact(rule)).toBe('pool.deductible.accumulator.per');
  });
  it('is any combination of diseases', () => {
    expect(firstUnknownFact({ limits: [{ combine: { way: 'sum' } }] })).toBe('limits.0.combine');
  });
  it('is not one that asks for level, retirement and filing by the year', () => {
    const rule = {
      when: { level: ['primary'], retired: true, filing: ['TMP_OTHER'] },
      accumulator: { per: 'year', name: 'deductible', key: 'all' },
    };
    expect(firstUnknownFact(rule)).toBeNull();
  });
});
