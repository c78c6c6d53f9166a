import { beforeAll, describe, expect, test } from 'vitest';
import { linted } from './planted.ts';

/** No floating point on a money path: what lint says of a planted line. */

const floats = [
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
];
const roundings = [
  'export const fen = (amount: number) => Math.round(amount * 100);',
  'export const fen = (amount: number) => Math.floor(amount);',
];
const noMoney = [
  'export const year = (on: string) => Number(on.slice(0, 4));',
  'export const at = (path: number[], key: string) => path[Number(key)];',
  "export const share = '0.8';",
  'export const most = (a: number, b: number) => Math.max(a, b, 1_000);',
];
const paths = [
  'domain/money.ts',
  'domain/treating-place/payment-scope.ts',
  'workflows/settlement.ts',
  'activities/insured-place.ts',
  'db/ledger.ts',
  'gateway/messages.ts',
  'seeds/policy-file.ts',
  'cli/kuasheng.ts',
];
// The quarter of a month is no money, nor is a turn in a line.
const mayRound = ['domain/calendar.ts', 'domain/maintenance.ts'];
const elsewhere = ['workers/loaded.ts', 'bench/law.ts', 'test/no-float.test.ts'];

const fileOf = (line: string) =>
  `domain/insured-place/line-${[...floats, ...roundings, ...noMoney].indexOf(line)}.ts`;
const share = "export const share = 0.8;\nexport const text = '0.8';\n";
const round = 'export const fen = (turn: number) => Math.floor(turn);\n';

let said: Record<string, string[]> = {};
beforeAll(async () => {
  said = await linted({
    ...Object.fromEntries(
      [...floats, ...roundings, ...noMoney].map((line) => [fileOf(line), line]),
    ),
    ...Object.fromEntries(paths.map((file) => [file, share])),
    ...Object.fromEntries([...mayRound, ...elsewhere].map((file) => [file, share + round])),
  });
});

describe('no floating point on a money path', () => {
  test.each(floats)('%s', (line) => {
    expect(said[fileOf(line)]).toEqual(['1 kuasheng(no-float)']);
  });
  test.each(roundings)('%s', (line) => {
    expect(said[fileOf(line)]).toEqual(['1 kuasheng(no-rounding)']);
  });
  test.each([...paths, ...mayRound])('in %s', (file) => {
    expect(said[file]).toEqual(['1 kuasheng(no-float)']);
  });
  test.each(elsewhere)('there is no money in %s', (file) => {
    expect(said[file]).toEqual([]);
  });
  test.each(noMoney)('what is no money may be a number: %s', (line) => {
    expect(said[fileOf(line)]).toEqual([]);
  });
});
