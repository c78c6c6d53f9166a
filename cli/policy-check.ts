import type { Command } from 'commander';
import type { Day } from '../domain/calendar.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { aCommand } from './command.ts';
import { endingWith, type Status } from './ending.ts';
import { printChecked } from './policy-check-text.ts';
import { checkPolicies, statusOf } from './policy-checked.ts';

const todayInChina = (): Day =>
  new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10) as Day;

interface CheckOptions {
  json?: boolean;
  illustrative?: boolean;
}
const isCases = (file: string): boolean => file.endsWith('.cases.yaml');

function run(files: string[], { json = false, illustrative = false }: CheckOptions): Status {
  const policies = files.filter((file) => !isCases(file));
  const skipped = files.filter(isCases); // a pattern such as policies/*.yaml names them too
  if (policies.length === 0) {
    throw new StartFailure('请写出要检查的政策文件，例如 kuasheng policy check 510100.yaml。');
  }
  const checked = checkPolicies(policies, todayInChina());
  if (json) console.log(JSON.stringify({ files: checked, skipped }, null, 2));
  else printChecked(checked, illustrative);
  if (!json && skipped.length > 0) {
    console.log(`${skipped.length} 个用例文件（.cases.yaml）不是政策，没有检查。`);
  }
  return statusOf(checked);
}

/** `check` of the group `policy`. */
export const checkCommand = (): Command =>
  aCommand('check')
    .argument('[政策文件...]', '例如 510100.yaml')
    .option('--illustrative', '逐一列出没有正式依据的数字')
    .option('--json', '以 JSON 输出')
    .description('检查政策文件：写法、起始日、缺口、数字的依据；0 无误，1 有缺口，2 不能用')
    .action(endingWith(run));
