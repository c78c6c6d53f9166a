import { afterAll, describe, expect, test } from 'vitest';
import { aFolder, personText, plainBill, policyText, runHere, wordsOf } from './samples.ts';

const runDiff = (before: string, after: string, options: Parameters<typeof wordsOf>[0]) =>
  runHere(['diff', before, after, ...wordsOf(options)]);

const folder = aFolder();
const bills = aFolder();
afterAll(() => {
  folder.remove();
  bills.remove();
});
const before = folder.write('before.yaml', policyText);
/** 100 more to bear first, 5 points more from 1,000 on, and ordinary care is given up. */
const after = folder.write(
  'after.yaml',
  policyText
    .replace("amount: '300.00'", "amount: '400.00'")
    .replace("ratio: '0.90' }]", "ratio: '0.95' }]")
    .replace(
      'none: *minor',
      'none: [{ inForceFrom: 2024-01-01, source: illustrative, lapse: 停止 }]',
    ),
);
const indent = (text: string): string => text.trim().replaceAll(/^/gm, '  ');
const unused = personText.replace(/used:[^]*$/, '').replace('retired: true', 'retired: false');
const together = (bill: string): string => `person:\n${indent(unused)}\nbills:${bill}`;
// 1,000: 300 + 20 % of 700 = 440; with 400 and 20 % of 600: 520.
bills.write('small.yaml', together(plainBill('b1', '1000.00')));
// 2,000: 300 + 140 + 10 % of 1,000 = 540; 400 + 120 + 5 % of 1,000 = 570.
bills.write('large.bill.yaml', `bills:${plainBill('b1', '2000.00')}`);
const inPairs = bills.write('large.person.yaml', unused);
// Ordinary care: 440 of 1,000, then refused and all of it.
bills.write('ordinary.yaml', together(plainBill('b1', '1000.00', '2026-03-05', 'none')));
// Used up already: 10 % of 1,000 each, then 5 %; retired 5 points more.
bills.write(
  'used.yaml',
  `person:\n${indent(personText.replace("'250.00'", "'300.00'").replace("'900.00'", "'1000.00'"))}\nbills:${plainBill('b1', '1000.00')}`,
);
const samples = inPairs.replace('/large.person.yaml', '');

const change = (old: string, now: string, difference: string) => ({ old, new: now, difference });
const outcome = (personShare: string, fundTotal: string, refusal: string | null = null) => {
  return { refusal, fundTotal, personShare };
};

describe('kuasheng policy diff', () => {
  test('who loses most comes first, totals per fund, counts', async () => {
    const options = { bills: samples, json: true };
    const { status, output, errors } = await runDiff(before, after, options);
    expect({ status, errors }).toEqual({ status: 0, errors: '' });
    const { policies, ...difference } = JSON.parse(output) as { policies: object };
    expect(Object.keys(policies)).toEqual(['old', 'new']);
    // Used: deductible 300 of 300 before, 100 of 400 to come: 100 + 0 % of 900.
    expect(difference).toEqual({
      bills: [
        {
          name: 'ordinary',
          bill: 'b1',
          old: outcome('440.00', '560.00'),
          new: outcome('1000.00', '0.00', 'no-policy-in-force'),
          difference: '560.00',
        },
        {
          name: 'small',
          bill: 'b1',
          old: outcome('440.00', '560.00'),
          new: outcome('520.00', '480.00'),
          difference: '80.00',
        },
        {
          name: 'used',
          bill: 'b1',
          old: outcome('50.00', '950.00'),
          new: outcome('100.00', '900.00'),
          difference: '50.00',
        },
        {
          name: 'large',
          bill: 'b1',
          old: outcome('540.00', '1460.00'),
          new: outcome('570.00', '1430.00'),
          difference: '30.00',
        },
      ],
      totals: {
        layers: {
          pool: change('3530.00', '2810.00', '-720.00'),
          largeAmount: change('0.00', '0.00', '0.00'),
        },
        fundTotal: change('3530.00', '2810.00', '-720.00'),
        personShare: change('1470.00', '2190.00', '720.00'),
      },
      summary: { bills: 4, gain: 0, lose: 4, same: 0, refusedOld: 0, refusedNew: 1 },
    });
  });

  test('tells it to a clerk, and the other way round everybody gains', async () => {
    const { status, output } = await runDiff(after, before, { bills: samples });
    expect(status).toBe(0);
    expect(output).toMatch(/^ordinary +b1 +1000\.00（不予结算） +440\.00 +-560\.00$/m);
    expect(output).toMatch(/^统筹基金 +2810\.00 +3530\.00 +\+720\.00$/m);
    expect(output).toMatch(
      /^共 4 张单据：减轻 4，加重 0，不变 0；不予结算：原政策 1，新政策 0。$/m,
    );
  });

  test('the same policy changes nothing', async () => {
    const { output } = await runDiff(before, before, { bills: samples });
    expect(output).toMatch(/减轻 0，加重 0，不变 4/);
  });

  test('--as-of compares on another day', async () => {
    const day = { bills: samples, asOf: '2024-06-01', json: true };
    const { output } = await runDiff(before, after, day);
    const { summary } = JSON.parse(output) as { summary: object };
    // The qualification begins in 2025: only ordinary care is left.
    expect(summary).toEqual({ bills: 4, gain: 0, lose: 1, same: 3, refusedOld: 3, refusedNew: 4 });
  });

  test.each([
    ['a folder that is not there', { bills: '/no/such' }, /^找不到文件夹/],
    ['a file', { bills: before }, /^找不到文件夹/],
  ])('%s is unusable', async (_, options, reason) => {
    const ended = await runDiff(before, after, options);
    expect(ended).toMatchObject({ status: 2, output: '' });
    expect(ended.errors).toMatch(reason);
  });

  test('a bill without its person is unusable', async () => {
    const other = aFolder();
    try {
      const bill = other.write('one.bill.yaml', `bills:${plainBill('b1', '1.00')}`);
      const alone = bill.replace('/one.bill.yaml', '');
      expect((await runDiff(before, after, { bills: alone })).errors).toMatch(
        /里有 one\.bill\.yaml，没有 one\.person\.yaml/,
      );
    } finally {
      other.remove();
    }
  });

  test('the bills that come with the project can be compared', async () => {
    const own = await runDiff(before, after, { bills: 'seeds/bills', json: true });
    const { summary } = JSON.parse(own.output) as { summary: { bills: number } };
    expect(own.status).toBe(0);
    expect(summary.bills).toBe(18);
  });
});
