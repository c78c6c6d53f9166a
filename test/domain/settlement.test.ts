import { expect, test } from 'vitest';
import { asText } from '../../domain/money.ts';
import { readTotals, type SplitTotalsText } from '../../domain/settlement.ts';

// As recorded in test/histories, before the institution's share was kept.
const before: SplitTotalsText = {
  total: '320.00',
  excluded: '0.00',
  overPriceLimit: '5.00',
  firstShare: '15.00',
  inScope: '300.00',
  overPriceLimitOf: { drug: '5.00', service: '0.00', consumable: '0.00' },
};

test('what was split before the institution could bear anything is read as it bearing nothing', () => {
  const hospitalShareOf = { drug: '0.00', service: '0.00', consumable: '0.00' };
  expect(asText(readTotals(before))).toEqual({ ...before, hospitalShareOf });
});

test('what the institution bears is read', () => {
  const hospitalShareOf = { drug: '2.50', service: '0.00', consumable: '0.00' };
  const totals = { ...before, hospitalShareOf };
  expect(asText(readTotals(totals))).toEqual(totals);
});
