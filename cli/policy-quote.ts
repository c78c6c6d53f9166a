import { Command } from 'commander';
import { isRefused, type QuotedPerson } from '../domain/quoted.ts';
import type { Policy } from '../domain/insured-place/policy.ts';
import { accumulatorsOf, isKeptBy } from '../seeds/accumulators.ts';
import { parseBillFile } from '../seeds/bill-file.ts';
import { readNames } from '../seeds/names.ts';
import { parseQuotedPerson } from '../seeds/quoted-person-file.ts';
import { ending, nameOf, needed, readInput, show, UnusableInput, type Ended } from './files.ts';
import { readDay, readPolicyFile, readScopeFile, settle } from './quote-input.ts';
import { quoteText } from './quote-text.ts';

export interface QuoteOptions {
  policy?: string;
  scope?: string;
  bill?: string;
  person?: string;
  asOf?: string;
  json?: boolean;
}

/** What was used under a name that the policy does not count changes nothing: say so. */
function uncounted(person: QuotedPerson, policy: Policy): string {
  const kept = accumulatorsOf(policy);
  const lost = person.used.filter((row) => !kept.some(isKeptBy(row)));
  return lost
    .map(({ name, period, key }) => `提示：政策没有累计 ${name}（${period}，${key}），未使用。\n`)
    .join('');
}

function onlyOneFromStdin(files: readonly (string | undefined)[]): void {
  if (files.filter((file) => file === '-').length > 1) {
    throw new UnusableInput('只能有一个文件从标准输入（-）读取，请更正后再执行。');
  }
}

async function quoteFiles(options: QuoteOptions): Promise<Ended> {
  const billName = needed(options.bill, '--bill');
  const personName = needed(options.person, '--person');
  onlyOneFromStdin([options.policy, options.scope, billName, personName]);
  const day = readDay(options.asOf);
  const policy = await readPolicyFile(needed(options.policy, '--policy'));
  const scope = await readScopeFile(options.scope);
  const { value, at } = parseBillFile(await readInput(billName), nameOf(billName));
  const person = parseQuotedPerson(await readInput(personName), nameOf(personName)).value;
  const { bills } = value;
  const results = settle({
    policy,
    scope,
    person,
    bills,
    asOf: day,
    where: (bill, within) => {
      const path = ['bills', bill, ...within];
      return `${at(path)} ${path.join('.')}`;
    },
  });
  const output = options.json
    ? `${JSON.stringify({ results }, null, 2)}\n`
    : quoteText(results, bills, day, readNames());
  const errors = uncounted(person, policy.policy);
  return { status: results.some(isRefused) ? 1 : 0, output, errors };
}

/** Settles the bills of a file in memory, by a policy file. No database, no server. */
export const runQuote = (options: QuoteOptions): Promise<Ended> =>
  ending(() => quoteFiles(options));

/** kuasheng policy quote: what the policy gives for bills. */
export const quoteCommand = (): Command =>
  new Command('quote')
    .description('按政策文件试算单据，逐步说明；不需要数据库')
    .option('--policy <文件>', '政策文件')
    .option('--scope <文件>', '就医地支付范围；单据按项目代码（item）写时需要')
    .option('--bill <文件>', '单据，按顺序结算；- 为标准输入')
    .option('--person <文件>', '参保人员及此前的累计；- 为标准输入')
    .option('--as-of <日期>', '把每张单据的就诊日换成这一天')
    .option('--json', '输出 JSON')
    .addHelpText('after', '\n结束状态：0 全部算出，1 有不予结算的，2 输入不能用（什么都没有算）。')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .action(async (options: QuoteOptions) => {
      show(await runQuote(options));
    });
