import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';

/** No floating point on a money path: what lint says of a planted line. */

const syntax = 'no-restricted-syntax';
const eslint = new ESLint({
  cwd: `${import.meta.dirname}/..`,
  // The planted lines lie in files that exist, so that their configuration is the real one.
  ruleFilter: ({ ruleId }) => ruleId === syntax,
  overrideConfig: { linterOptions: { reportUnusedDisableDirectives: 'off' } },
});
async function said(code: string, filePath: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return result!.messages.map(({ ruleId, message }) => ruleId ?? message);
}

describe('no floating point on a money path', () => {
  test.each([
    "export const fund = Number('0.80') * 100;",
    'export const fund = (amount: string) => Number(amount);',
    'export const fund = (amount: string) => +amount;',
    "export const fund = parseFloat('0.80');",
    "export const fund = parseInt('80', 10);",
    "export const fund = Number.parseFloat('0.80');",
    'export const share = 0.8;',
    'export const share = .8;',
    'export const text = (amount: number) => amount.toFixed(2);',
    'export const money = (amount: { toNumber(): number }) => amount.toNumber();',
    'export const fen = (amount: number) => Math.round(amount * 100);',
    'export const fen = (amount: number) => Math.floor(amount);',
  ])('%s', async (line) => {
    expect(await said(line, 'domain/insured-place/benefit.ts')).toEqual([syntax]);
  });
  test.each([
    'domain/money.ts',
    'domain/treating-place/payment-scope.ts',
    'workflows/settlement.ts',
    'activities/insured-place.ts',
    'db/ledger.ts',
    'gateway/messages.ts',
    'seeds/policy-file.ts',
    'cli/kuasheng.ts',
  ])('in %s', async (file) => {
    expect(await said('export const share = 0.8;', file)).toEqual([syntax]);
    expect(await said("export const share = '0.8';", file)).toEqual([]);
  });
  test.each([
    'export const year = (on: string) => Number(on.slice(0, 4));',
    'export const at = (path: number[], key: string) => path[Number(key)];',
    "export const share = '0.8';",
    'export const most = (a: number, b: number) => Math.max(a, b, 1_000);',
  ])('what is no money may be a number: %s', async (line) => {
    expect(await said(line, 'domain/insured-place/benefit.ts')).toEqual([]);
  });
});
