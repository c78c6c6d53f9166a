import { Presets, SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Day } from '../domain/calendar.ts';
import { fundLabels } from '../domain/insured-place/explanation.ts';
import type { QuotedPerson, QuotedScope } from '../domain/quoted.ts';
import {
  comparePolicies,
  type Change,
  type Compared,
  type BillOutcome,
  type PolicyDifference,
} from '../domain/policy-difference.ts';
import { layerNames } from '../domain/settlement.ts';
import { parseBillFile, type BillOrReversal } from '../seeds/bill-file.ts';
import type { PolicyFile } from '../seeds/policy-file.ts';
import { parseQuotedPerson } from '../seeds/quoted-person-file.ts';
import { parseQuotedBills } from '../seeds/quoted-bills.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { columns } from './columns.ts';
import { pathOf } from './called-from.ts';
import { aCommand } from './command.ts';
import { endingWith, fine, type Status } from './ending.ts';
import { readDay, readPolicyFile, readScopeFile, settle, type Whereabouts } from './quote-input.ts';

interface DiffOptions {
  bills: string;
  scope?: string;
  asOf?: string;
  json?: boolean;
}

/** One person with bills, from a folder. */
interface Sample {
  name: string;
  person: QuotedPerson;
  bills: readonly BillOrReversal[];
  where: Whereabouts;
}

function readSample(folder: string, name: string): Sample {
  const read = (file: string): string => readFileSync(join(pathOf(folder), file), 'utf8');
  const inFolder = (file: string): string => join(folder, file);
  const whereOf =
    (at: (path: (string | number)[]) => string): Whereabouts =>
    (bill, within) => {
      const path = ['bills', bill, ...within];
      return `${at(path)} ${path.join('.')}`;
    };
  if (!name.endsWith('.bill.yaml')) {
    const { value, at } = parseQuotedBills(read(name), inFolder(name));
    return { name: name.replace(/\.yaml$/, ''), ...value, where: whereOf(at) };
  }
  const personName = name.replace(/\.bill\.yaml$/, '.person.yaml');
  const { value, at } = parseBillFile(read(name), inFolder(name));
  const person = parseQuotedPerson(read(personName), inFolder(personName)).value;
  const { bills } = value;
  return { name: name.replace(/\.bill\.yaml$/, ''), person, bills, where: whereOf(at) };
}

/** `<name>.bill.yaml` with `<name>.person.yaml`, or both in `<name>.yaml`. Nothing is left out silently. */
function sampleNames(folder: string): string[] {
  const full = pathOf(folder);
  if (!existsSync(full) || !statSync(full).isDirectory()) {
    throw new StartFailure(`找不到文件夹 ${folder}，请核对后再执行。`);
  }
  const files = readdirSync(full)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  for (const [one, other] of [
    ['.bill.yaml', '.person.yaml'],
    ['.person.yaml', '.bill.yaml'],
  ] as const) {
    const alone = files.find(
      (name) => name.endsWith(one) && !files.includes(name.replace(one, other)),
    );
    if (alone === undefined) continue;
    const missing = alone.replace(one, other);
    throw new StartFailure(`${folder} 里有 ${alone}，没有 ${missing}，请补上后再执行。`);
  }
  const names = files.filter((name) => !name.endsWith('.person.yaml'));
  if (names.length > 0) return names;
  throw new StartFailure(`${folder} 里没有单据（*.yaml），请写好后再执行。`);
}

const many = 50; // fewer are done before a bar could be read
interface Settling {
  policies: { old: PolicyFile; new: PolicyFile };
  scope: QuotedScope | null;
  asOf: Day | null;
}
function compareAll(folder: string, { policies, scope, asOf }: Settling): Compared[] {
  const names = sampleNames(folder);
  const bar = new SingleBar(
    { format: '试算 {bar} {value}/{total}', clearOnComplete: true, stream: process.stderr },
    Presets.shades_classic,
  );
  const isShown = names.length >= many && process.stderr.isTTY;
  if (isShown) bar.start(names.length, 0);
  try {
    return names.flatMap((file) => {
      const { name, ...sample } = readSample(folder, file);
      const [before, after] = [policies.old, policies.new].map((policy) =>
        settle({ ...sample, policy, scope, asOf }),
      );
      if (isShown) bar.increment();
      return (before ?? []).flatMap((result, index) => {
        const changed = after?.[index];
        return changed ? [{ name, old: result, new: changed }] : [];
      });
    });
  } finally {
    if (isShown) bar.stop();
  }
}

const outcomeText = ({ refusal, personShare }: BillOutcome): string =>
  refusal === null ? personShare : `${personShare}（不予结算）`;
const signed = (amount: string): string =>
  amount.startsWith('-') || amount === '0.00' ? amount : `+${amount}`;
const changeRow = (label: string, change: Change): string[] => [
  label,
  change.old,
  change.new,
  signed(change.difference),
];

function textOf({ bills, totals, summary }: PolicyDifference): string {
  const right = 'right' as const;
  const rows = bills.map((each) => [
    each.name,
    each.bill,
    outcomeText(each.old),
    outcomeText(each.new),
    signed(each.difference),
  ]);
  const sums = layerNames.flatMap((name) => {
    const change = totals.layers[name];
    return change ? [changeRow(fundLabels[name], change)] : [];
  });
  return [
    '个人负担（加重最多的在前；不予结算的由个人全部负担）：',
    columns(
      ['left', 'left', right, right, right],
      [['人员', '单据', '原政策', '新政策', '差额'], ...rows],
    ),
    '',
    '各项合计：',
    columns(
      ['left', right, right, right],
      [
        ['', '原政策', '新政策', '差额'],
        ...sums,
        changeRow('基金支付总额', totals.fundTotal),
        changeRow('个人负担', totals.personShare),
      ],
    ),
    '',
    `共 ${summary.bills} 张单据：减轻 ${summary.gain}，加重 ${summary.lose}，不变 ${summary.same}；` +
      `不予结算：原政策 ${summary.refusedOld}，新政策 ${summary.refusedNew}。`,
  ].join('\n');
}

/** Settles the same bills under two policies. No database, no server. */
async function diffFiles(before: string, after: string, options: DiffOptions): Promise<Status> {
  const asOf = readDay(options.asOf);
  const policies = { old: await readPolicyFile(before), new: await readPolicyFile(after) };
  const scope = await readScopeFile(options.scope);
  const difference = comparePolicies(compareAll(options.bills, { policies, scope, asOf }));
  const hashes = { old: policies.old.hash, new: policies.new.hash };
  console.log(
    options.json
      ? JSON.stringify({ policies: hashes, ...difference }, null, 2)
      : textOf(difference),
  );
  return fine;
}

/** kuasheng policy diff: who gains and who loses by a new policy. */
export const diffCommand = (): Command =>
  aCommand('diff')
    .description('用同一批单据比较两份政策：谁减轻、谁加重，各项基金合计')
    .argument('<原政策>', '政策文件')
    .argument('<新政策>', '政策文件')
    .requiredOption(
      '--bills <文件夹>',
      '单据：<名>.bill.yaml 与 <名>.person.yaml 成对，或含 person 和 bills 的 <名>.yaml',
    )
    .option('--scope <文件>', '就医地支付范围；单据按项目代码（item）写时需要')
    .option('--as-of <日期>', '把每张单据的就诊日换成这一天')
    .option('--json', '输出 JSON')
    .addHelpText('after', '\n结束状态：0 已算出（不论有无差别），2 输入不能用。')
    .action(endingWith(diffFiles));
