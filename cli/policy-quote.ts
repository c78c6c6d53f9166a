import type { Command } from 'commander';
import { isRefused, type QuotedPerson } from '../domain/quoted.ts';
import type { Policy } from '../domain/insured-place/policy.ts';
import { accumulatorsOf, isKeptBy } from '../seeds/accumulators.ts';
import { parseBillFile } from '../seeds/bill-file.ts';
import { readNames } from '../seeds/names.ts';
import { parseQuotedPerson } from '../seeds/quoted-person-file.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { aCommand } from './command.ts';
import { endingWith, fine, found, type Status } from './ending.ts';
import { nameOf, readInput } from './files.ts';
import { readDay, readPolicyFile, readScopeFile, settle } from './quote-input.ts';
import { quoteText } from './quote-text.ts';

interface QuoteOptions {
  policy: string;
  scope?: string;
  bill: string;
  person: string;
  asOf?: string;
  json?: boolean;
}

/** What was used under a name that the policy does not count changes nothing: say so. */
function uncounted(person: QuotedPerson, policy: Policy): string[] {
  const kept = accumulatorsOf(policy);
  const lost = person.used.filter((row) => !kept.some(isKeptBy(row)));
  return lost.map(
    ({ name, period, key }) => `提示：政策没有累计 ${name}（${period}，${key}），未使用。`,
  );
}

function onlyOneFromStdin(files: readonly (string | undefined)[]): void {
  if (files.filter((file) => file === '-').length > 1) {
    throw new StartFailure('只能有一个文件从标准输入（-）读取，请更正后再执行。');
  }
}

/** Settles the bills of a file in memory, by a policy file. No database, no server. */
async function quoteFiles(options: QuoteOptions): Promise<Status> {
  const { bill: billName, person: personName } = options;
  onlyOneFromStdin([options.policy, options.scope, billName, personName]);
  const day = readDay(options.asOf);
  const policy = await readPolicyFile(options.policy);
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
  console.log(
    options.json
      ? JSON.stringify({ results }, null, 2)
      : quoteText(results, bills, day, readNames()),
  );
  for (const sentence of uncounted(person, policy.policy)) console.error(sentence);
  return results.some(isRefused) ? found : fine;
}

/** kuasheng policy quote: what the policy gives for bills. */
export const quoteCommand = (): Command =>
  aCommand('quote')
    .description('按政策文件试算单据，逐步说明；不需要数据库')
    .requiredOption('--policy <文件>', '政策文件')
    .option('--scope <文件>', '就医地支付范围；单据按项目代码（item）写时需要')
    .requiredOption('--bill <文件>', '单据，按顺序结算；- 为标准输入')
    .requiredOption('--person <文件>', '参保人员及此前的累计；- 为标准输入')
    .option('--as-of <日期>', '把每张单据的就诊日换成这一天')
    .option('--json', '输出 JSON')
    .addHelpText('after', '\n结束状态：0 全部算出，1 有不予结算的，2 输入不能用（什么都没有算）。')
    .action(endingWith(quoteFiles));
