import type { Figure, Standing } from '../seeds/policy-figures.ts';
import { printColumns } from './columns.ts';
import { insuranceNames } from './names.ts';
import type { CheckedFile, UsableFile } from './policy-checked.ts';

const standingNames: Readonly<Record<Standing, string>> = {
  sourced: '有依据',
  toBeConfirmed: '待确认',
  illustrative: '示例',
};
const kindNames: Readonly<Record<Figure['kind'], string>> = {
  amount: '金额',
  ratio: '比例',
  number: '其他数字',
};
const standings = ['sourced', 'toBeConfirmed', 'illustrative'] as const;

function printInsuranceTypes({ insuranceTypes }: UsableFile): void {
  printColumns(
    ['left', 'right', 'right', 'right', 'left'],
    [
      ['  险种', '病种', '规则', '停止', '施行日期'],
      ...insuranceTypes.map(({ insuranceType: type, diseases, rules, lapses, firstDays }) => [
        `  ${type} ${insuranceNames[type]}`,
        ...[diseases, rules, lapses, firstDays.join('、')],
      ]),
    ],
  );
}

function printFigures({ file, figures }: UsableFile, isListed: boolean): void {
  const kinds = Object.keys(kindNames) as Figure['kind'][];
  printColumns(
    ['left', 'right', 'right', 'right'],
    [
      ['  数字的依据', ...standings.map((standing) => standingNames[standing])],
      ...kinds.map((kind) => [
        `  ${kindNames[kind]}`,
        ...standings.map(
          (standing) =>
            figures.filter((each) => each.kind === kind && each.standing === standing).length,
        ),
      ]),
    ],
  );
  if (!isListed) return;
  for (const { line, column, path, value, source, standing } of figures) {
    if (standing === 'sourced') continue;
    console.log(
      `${file}:${line}:${column} ${path}: ${value} ${standingNames[standing]}（${source}）`,
    );
  }
}

type Found = UsableFile['gaps'][number];
function daysOf({ from, before }: Found): string {
  const start = from === null ? '任何一天' : `自 ${from} 起`;
  return before === null ? start : `${start}、${before} 之前`;
}
function gapSentence({ file, name, region }: UsableFile, gap: Found): string {
  const { insuranceType: type, disease, diseaseName, lacks } = gap;
  const of = disease === null ? '全部病种' : `${disease} ${diseaseName ?? '（不在病种目录）'}`;
  const where = `${file} ${name} ${region} ${type} ${insuranceNames[type]} ${of}：${daysOf(gap)}`;
  return lacks === 'entry'
    ? `${where}没有条目；请补写规则，或写一条 lapse 说明没有此待遇的原因。`
    : `${where}缺参数「${lacks.parameter}」${lacks.year} 年的数字；请在 parameters 中补上，并写明依据。`;
}

function printGaps(checked: UsableFile): void {
  const { gaps, isConnected, place, placeName, unknownDiseases } = checked;
  for (const gap of gaps) console.log(gapSentence(checked, gap));
  if (gaps.length === 0) console.log('  没有缺口。');
  if (!isConnected) {
    console.log(
      `  ${placeName ?? place}还没有接入，不知道各病种的起始日：只核对了每个病种有没有条目。`,
    );
  }
  if (unknownDiseases.length > 0) {
    console.log(`  ${unknownDiseases.join('、')} 不在病种目录中，不会用来结算；请核对代码。`);
  }
}

/** Prints what was found: faults on standard error, everything else on standard output. */
export function printChecked(checked: readonly CheckedFile[], isListed: boolean): void {
  for (const each of checked) {
    if ('faults' in each) {
      console.log(`${each.file} 不能用：${each.faults.length} 处错误。`);
      for (const fault of each.faults) console.error(fault);
      continue;
    }
    console.log(`${each.file} ${each.name} ${each.region}（${each.placeName ?? each.place}）`);
    console.log(`  哈希 ${each.hash}`);
    printInsuranceTypes(each);
    printFigures(each, isListed);
    printGaps(each);
  }
}
