import { beforeAll, describe, expect, test } from 'vitest';
import { linted } from './planted.ts';

/** What lint says of planted faults: the compiler's word, that of the rules with types, and that of all others. */

const typed = `
export const amount: number = '981.40';
const pay = (): Promise<string> => Promise.resolve('981.40');
export function settle(): void {
  pay();
}
`;

const lines = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join('\n');
const choices = (count: number) =>
  `export function f(a: number) { ${lines(count - 1, (n) => `if (a === ${n}) return ${n};`)} return 0; }`;
const long = (count: number) =>
  `export const f = (g: () => void) => {\n${lines(count - 2, () => '// counts not\n\ng();')}\n};`;

const names = `
export const psn_no = '1';
export const PSN_NO = '1';
`;
const ambient = 'Date process console fetch setTimeout setInterval crypto performance'.split(' ');
const clock = `
export const chance = () => Math.random();
${lines(ambient.length, (n) => `export const has${n} = () => typeof ${ambient[n]!};`)}
`;
const globals = (from: number) =>
  lines(ambient.length - from, (n) => `${3 + from + n} eslint(no-restricted-globals)`).split('\n');
const noChance = '2 eslint(no-restricted-properties)';
const plain = `
export enum Kind { visit }
export default Kind;
`;
const unsure = 'export const f = (a?: string) => a!.length;';
const unused = `
const left = 1;
export const f = (_a: number) => 1;
export const g = (a: number) => 1;
const shape = { a: 1 };
export type Shape = typeof shape;
`;
const strict = `
var old = 1;
let once = old;
export const any = (a: any) => [typeof a, once];
// @ts-ignore
export const ignored: number = 1;
import { type Shape } from './unused.ts';
import { Shape as Other } from './unused.ts';
export type Shapes = [Shape, Other];
`;
const comments = `
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a word for why
export type A = any;
// oxlint-disable-next-line kuasheng/no-enum -- a word for why
export enum Kind { visit }
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type B = 1;
// oxlint-disable-next-line kuasheng/no-enum
export type C = 1;
`;

const plants: readonly [string, string, readonly string[]][] = [
  ['domain/choices-8.ts', choices(8), []],
  ['domain/choices-9.ts', choices(9), ['1 eslint(complexity)']],
  ['domain/lines-50.ts', long(50), []],
  ['domain/lines-51.ts', long(51), ['1 eslint(max-lines-per-function)']],
  ['test/lines-51.ts', long(51), []],
  ['domain/four.ts', 'export const f = (a = 1, b = 1, c = 1, d = 1) => [a, b, c, d];', []],
  [
    'domain/five.ts',
    'export const f = (a = 1, b = 1, c = 1, d = 1, e = 1) => [a, b, c, d, e];',
    ['1 eslint(max-params)'],
  ],
  ['domain/names.ts', names, ['2 kuasheng(camelcase)']],
  ['gateway/names.ts', names, ['2 kuasheng(camelcase)']],
  ['workers/names.ts', names, ['2 kuasheng(camelcase)']],
  ['gateway/ministry-messages.ts', names, []],
  ['gateway/wire/names.ts', names, []],
  ['db/names.ts', names, []],
  ['test/names.ts', names, []],
  ['bench/names.ts', names, []],
  ['workers/dev/demonstration.ts', names, []],
  ['domain/clock.ts', clock, [noChance, ...globals(0)]],
  ['workflows/clock.ts', clock, [noChance, ...globals(0)]],
  ['workflows/counter.ts', clock, [noChance, ...globals(1)]],
  ['workflows/contracts-words.ts', clock, [noChance, ...globals(1)]],
  ['activities/clock.ts', clock, []],
  ['workers/plain.ts', plain, ['2 kuasheng(no-enum)', '3 kuasheng(no-default-export)']],
  ['workers/vitest.config.ts', plain, ['2 kuasheng(no-enum)', '3 kuasheng(no-default-export)']],
  ['vitest.config.ts', plain, ['2 kuasheng(no-enum)']],
  ['cli/unsure.ts', unsure, ['1 typescript(no-non-null-assertion)']],
  ['test/unsure.ts', unsure, []],
  [
    'cli/unused.ts',
    unused,
    ['2 eslint(no-unused-vars)', '4 eslint(no-unused-vars)', '5 eslint(no-unused-vars)'],
  ],
  [
    'cli/strict.ts',
    strict,
    [
      '2 eslint(no-var)',
      '3 eslint(prefer-const)',
      '4 typescript(no-explicit-any)',
      '5 typescript(ban-ts-comment)',
      '8 typescript(consistent-type-imports)',
    ],
  ],
  [
    'cli/comments.ts',
    comments,
    [
      '6 Unused eslint-disable directive (no problems were reported).',
      '8 Unused oxlint-disable directive (no problems were reported).',
    ],
  ],
];

describe('planted faults are found', () => {
  let said: Record<string, string[]> = {};
  beforeAll(async () => {
    const files = Object.fromEntries(plants.map(([file, text]) => [file, text]));
    said = await linted({ ...files, 'typed.ts': typed }, '--type-check', '--type-aware');
  });

  test('a wrong type and a promise that nobody waits for', () => {
    expect(said['typed.ts']!.sort()).toEqual([
      '2 typescript(TS2322)',
      '5 typescript(no-floating-promises)',
    ]);
  });
  test.each(plants)('%s', (file, _text, expected) => {
    // What the compiler says of these besides is not what they are planted for.
    const ofRules = said[file]!.filter((word) => !/\(TS\d+\)/.test(word));
    expect(ofRules.sort()).toEqual([...expected].sort());
  });
});
