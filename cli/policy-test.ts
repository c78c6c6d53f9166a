import type { Command } from 'commander';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRefused, type QuoteResult } from '../domain/quoted.ts';
import { layerNames, type Step } from '../domain/settlement.ts';
import {
  parseCaseFile,
  type Expectation,
  type PolicyCase,
  type Wanted,
} from '../seeds/case-file.ts';
import { readNames, type ReadableNames } from '../seeds/names.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { pathOf } from './called-from.ts';
import { aCommand } from './command.ts';
import { cannotRun, endingWith, fine, found, isForPeople, type Status } from './ending.ts';
import { readPolicyFile, readScopeFile, settle, type ToQuote } from './quote-input.ts';
import { stepLabel, stepSum } from './quote-text.ts';
import { refusalText } from './refusal-text.ts';

/** A bill that did not come out as expected. */
interface Mismatch {
  at: string; // file:line:column of the expectation
  what: string;
  steps: readonly Step[]; // that led to it
}
interface Judged {
  name: string;
  mismatches: Mismatch[];
}

const suffix = '.cases.yaml';
/** The policies that come with the project, wherever the command was called. */
const ownPolicies = join(import.meta.dirname, '..', 'seeds', 'policies');
const isCaseFile = (name: string): boolean => name.endsWith(suffix);

/** The case files that a path means: a folder's, a policy file's own, or the file itself. */
function caseFilesOf(path: string): string[] {
  const full = pathOf(path);
  if (!existsSync(full)) throw new StartFailure(`找不到 ${path}，请核对后再执行。`);
  if (!statSync(full).isDirectory()) {
    const file = isCaseFile(path) ? path : path.replace(/\.yaml$/, suffix);
    if (existsSync(pathOf(file)) && isCaseFile(file)) return [file];
    throw new StartFailure(`${path} 旁边没有例子文件 ${file}，请写好后再执行。`);
  }
  const files = readdirSync(full).filter(isCaseFile).sort();
  if (files.length > 0) return files.map((name) => join(path, name));
  throw new StartFailure(`${path} 里没有例子文件（*${suffix}），请写好后再执行。`);
}

/** Every amount that a case may expect, by its key. */
function amountsOf(result: Exclude<QuoteResult, { refusal: unknown }>): Map<string, string> {
  const { split, benefit, accumulators } = result;
  const { layers, components, ...sums } = benefit;
  return new Map([
    ...Object.entries(split.totals),
    ...Object.entries(sums),
    ...layers.map(({ name, amount }): [string, string] => [`layers.${name}`, amount]),
    ...Object.entries(components).map(([name, amount]): [string, string] => {
      return [`components.${name}`, amount];
    }),
    ...accumulators.map(({ name, after }): [string, string] => [`accumulators.${name}`, after]),
  ]);
}

const isLayer = (component: string): boolean => layerNames.some((name) => name === component);
/** The steps that an amount is the sum of; for the person's sums and what is counted, all of them. */
function stepsOf(key: string, steps: readonly Step[]): Step[] {
  const moving = steps.filter(({ amount }) => amount !== '0.00');
  const [group = '', ...rest] = key.split('.');
  const name = rest.length > 0 && group !== 'accumulators' ? rest.join('.') : group;
  if (name === 'fundTotal') return moving.filter(({ component }) => isLayer(component));
  const own = moving.filter(({ component }) => component === name);
  return own.length > 0 ? own : moving;
}

type Path = (string | number)[];
type At = (path: Path) => string;
function mismatchOf(wanted: Wanted, result: QuoteResult, at: At): Mismatch[] {
  if (isRefused(result)) return [];
  const got = amountsOf(result).get(wanted.key);
  if (got === wanted.amount) return [];
  const what = `${result.bill} ${wanted.key}：应为 ${wanted.amount}，得 ${got ?? '没有这一项'}`;
  return [{ at: at(wanted.path), what, steps: stepsOf(wanted.key, result.steps) }];
}
/** A refusal that nobody expects, and one that is expected and does not come. */
function refusalMismatch(
  result: QuoteResult,
  expected: Expectation | undefined,
  [where, names]: [string, ReadableNames],
): Mismatch[] {
  const wanted = expected?.refusal?.reason;
  const got = isRefused(result) ? result.refusal.reason : undefined;
  if (wanted === got) return [];
  const should = wanted === undefined ? '应予结算' : `应不予结算（${wanted}）`;
  const did = isRefused(result)
    ? `不予结算（${result.refusal.reason}）：${refusalText(result.refusal, names)}`
    : `结算了，个人负担 ${result.benefit.personShare}`;
  return [{ at: where, what: `${result.bill}：${should}，得 ${did}`, steps: [] }];
}

/** Where the file says what is expected of a bill; the case itself where it says nothing. */
const expectedAt = (each: PolicyCase, expected: Expectation | undefined): Path =>
  expected?.refusal?.path ?? expected?.amounts[0]?.path ?? each.path;

function judge(each: PolicyCase, results: QuoteResult[], at: At, names: ReadableNames): Judged {
  const mismatches = results.flatMap((result) => {
    const expected = each.expect.find(({ bill }) => bill === result.bill);
    const wanted = expected?.amounts ?? [];
    return [
      ...refusalMismatch(result, expected, [at(expectedAt(each, expected)), names]),
      ...wanted.flatMap((amount) => mismatchOf(amount, result, at)),
    ];
  });
  return { name: each.name, mismatches };
}

async function judgeFile(file: string, names: ReadableNames): Promise<Judged[]> {
  const { value, at } = parseCaseFile(readFileSync(pathOf(file), 'utf8'), file);
  const beside = (name: string): string => join(dirname(file), name);
  const policy = await readPolicyFile(beside(value.policy));
  const scope = await readScopeFile(value.scope === null ? undefined : beside(value.scope));
  return value.cases.map((each) => {
    const request: ToQuote = {
      policy,
      scope,
      person: each.person,
      bills: each.bills,
      asOf: null,
      where: (bill, within) => {
        const path = each.pathOfBill(bill, within);
        return `${at(path)} ${path.join('.')}`;
      },
    };
    return judge(each, settle(request), at, names);
  });
}

const stepText = (step: Step): string =>
  [stepLabel(step), stepSum(step), step.amount, step.what, `〔${step.source}〕`]
    .filter((part) => part !== '')
    .join('  ');
function judgedText({ name, mismatches }: Judged): string {
  if (mismatches.length === 0) return `  通过  ${name}`;
  const details = mismatches.flatMap(({ at, what, steps }) => [
    `        ${what}（${at}）`,
    ...steps.map((step) => `            ${stepText(step)}`),
  ]);
  return [`  不符  ${name}`, ...details].join('\n');
}
const fileText = (file: string, judged: readonly Judged[]): string =>
  [file, ...judged.map(judgedText)].join('\n');

/** One file that cannot be used does not hide what the others say. */
async function testFile(file: string, names: ReadableNames): Promise<Judged[] | string> {
  try {
    return await judgeFile(file, names);
  } catch (error) {
    if (isForPeople(error)) return error.message;
    throw error;
  }
}

/** Runs the cases beside policy files against them. No database, no server. */
async function testPaths(paths: readonly string[]): Promise<Status> {
  const names = readNames();
  const asked = paths.length > 0 ? paths : [ownPolicies];
  const files = [...new Set(asked.flatMap(caseFilesOf))];
  let [passed, differ, unusable] = [0, 0, 0];
  for (const file of files) {
    const judged = await testFile(file, names);
    if (typeof judged === 'string') {
      console.error(judged);
      unusable += 1;
      continue;
    }
    const right = judged.filter(({ mismatches }) => mismatches.length === 0).length;
    passed += right;
    differ += judged.length - right;
    console.log(fileText(file, judged));
  }
  const count = `共 ${passed + differ} 例：通过 ${passed}，不符 ${differ}。`;
  console.log(unusable === 0 ? count : `${count}另有 ${unusable} 个文件不能用，见错误输出。`);
  if (unusable > 0) return cannotRun;
  return differ > 0 ? found : fine;
}

/** kuasheng policy test: cases worked out by hand, beside the policy. */
export const testCommand = (): Command =>
  aCommand('test')
    .description('核对政策文件旁边的例子（<名>.cases.yaml），期望结果由人算好')
    .argument('[路径...]', '例子文件、政策文件或文件夹；不写为 seeds/policies')
    .addHelpText('after', '\n结束状态：0 全部通过，1 有不符，2 有文件不能用。')
    .action(endingWith(testPaths));
