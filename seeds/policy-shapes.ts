import { z } from 'zod';
import { isDiseaseCode, type Disease } from '../domain/identifiers.ts';
import { isMultiple, isPoints } from '../domain/money.ts';
import { missing } from './reasons.ts';
import { amount, day, ratio, source, textThat } from './shapes.ts';

/** The words that policy files are written with: amounts, selectors, rows, accumulators. */

export type Complain = (path: PropertyKey[], message: string) => void;
/** Checks what only the whole can tell, once each part is known to be well written. */
export const checked = <S extends z.ZodType>(
  schema: S,
  check: (value: z.output<S>, complain: Complain) => void,
) =>
  schema.transform((value, context) => {
    if (context.issues.length > 0) return value; // zod lets a value with unknown keys through
    check(value, (path, message) => {
      context.addIssue({ code: 'custom', path, message });
    });
    return value;
  });

export const isDistinct = (items: readonly unknown[]): boolean =>
  new Set(items).size === items.length;
export const distinct = { error: '同一项写了两次，请去掉一个' };
export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.array(z.enum(values)).min(1).refine(isDistinct, distinct);
/**
 * For an editor: what the text means and has for a form, which zod itself cannot tell. Every `id` of
 * these files is what the JSON Schema calls the shape, so that it is there once.
 */
export const text = <S extends z.ZodType>(
  schema: S,
  id: string,
  pattern: string,
  description: string,
): S => schema.meta({ id, type: 'string', pattern, description });

export const yuanText = text(
  amount,
  'yuan',
  '^\\d{1,14}(\\.\\d{1,2})?$',
  "金额，元，加引号，例如 '300.00'",
);
export const share = text(
  ratio,
  'ratio',
  '^(0(\\.\\d{1,4})?|1(\\.0{1,4})?)$',
  "比例，0 到 1，加引号，例如 '0.85'",
);
const multiple = text(
  textThat(isMultiple, "年度参数的倍数加引号，例如 '0.06' 或 '6'"),
  'multiple',
  '^\\d{1,2}(\\.\\d{1,6})?$',
  "年度参数的倍数，加引号，例如 '0.06'",
);
export const change = text(
  textThat(isPoints, "百分点写 -1 到 1 的小数，加引号，例如 '-0.10'"),
  'points',
  '^-?[01](\\.\\d{1,4})?$',
  "百分点，以小数表示，加引号，例如 '-0.10'",
);
export const citation = text(
  source,
  'source',
  '\\S',
  '依据：文号和条款，或 illustrative；不写则沿用上一层',
);
export const cited = { source: citation.exactOptional() };
export const disease = text(
  textThat<Disease>(
    (code) => code === 'none' || isDiseaseCode(code),
    '病种写 M 加五位数字，例如 M03900；普通门诊写 none',
  ),
  'disease',
  '^(M\\d{5}|none)$',
  '病种代码；none 是普通门诊',
);
export const startDay = text(day, 'startDay', '^\\d{4}-\\d{2}-\\d{2}$', '施行第一天');
export const word = z.string().trim().min(1, { error: '写文字，不能空着' });
const words = z.array(word).min(1).refine(isDistinct, distinct);

export const count = z.number().int().min(0);
const numbers = z
  .union([z.array(count).min(1), z.strictObject({ from: count })], {
    error: '写整数列表，例如 [1, 2]，或 { from: 3 }（不小于 3）',
  })
  .meta({ id: 'numbers', description: '等于其中之一，或 { from: n }（不小于 n）' });
/** The filing categories of rules.md A-2, treated at home, and not filed. */
export const filings = [
  'LT_RETIRED',
  'LT_RESIDENT',
  'LT_WORKER',
  'TMP_REFERRAL',
  'TMP_EMERGENCY',
  'TMP_OTHER',
  'local',
  'none',
] as const;
const when = z
  .strictObject({
    level: oneOf(['primary', 'secondary', 'tertiary']).describe('医疗机构级别').exactOptional(),
    selected: z.boolean().describe('是否本人选定的定点机构').exactOptional(),
    disease: z.array(disease).min(1).describe('病种').exactOptional(),
    group: words.describe('病种属于 groups 中的哪一组').exactOptional(),
    personType: words.describe('人员类别').exactOptional(),
    retired: z.boolean().describe('是否退休').exactOptional(),
    age: numbers.describe('就诊日周岁').exactOptional(),
    insuredMonths: numbers.describe('连续参保月数').exactOptional(),
    tier: words.describe('缴费档次').exactOptional(),
    hardship: words.describe('困难人员类别').exactOptional(),
    civilServant: words.describe('公务员级别').exactOptional(),
    filing: oneOf(filings).describe('备案类别；local 参保地就医，none 未备案').exactOptional(),
    prescriber: oneOf(['family-doctor', 'other']).describe('开方医生').exactOptional(),
    channel: oneOf(['hospital', 'pharmacy']).describe('医院或双通道药店').exactOptional(),
    visitOrdinal: numbers.describe('本年度第几次就诊（含本次）').exactOptional(),
    total: z.strictObject({ from: yuanText }).describe('本次费用总额不低于').exactOptional(),
  })
  .refine((selected) => Object.keys(selected).length > 0, {
    error: 'when 里没有条件；请写上条件，或去掉 when',
  })
  .meta({ id: 'selectors', minProperties: 1, description: '适用条件；各项都满足才适用' })
  .exactOptional();
export const ofRow = { when, ...cited };

/** Exactly the last row has no selectors: it takes whoever is left, and no row is out of reach. */
export const rows = <T extends { when?: unknown }>(row: z.ZodType<T>) =>
  checked(z.array(row).min(1), (list, complain) => {
    list.forEach(({ when: selected }, index) => {
      const isLast = index === list.length - 1;
      if (isLast && selected)
        complain([index], '最后一行适用于其余的人，不能写 when；请在最后加一行没有 when 的');
      if (!isLast && !selected)
        complain([index], '没有 when 的行适用于所有人，后面的行用不到；请把它移到最后');
    });
  });

/** What stands where an amount should; a union by itself would only say that nothing fits. */
const notAnAmount = ({ input }: { input: unknown }): string => {
  const form = "金额写元，加引号，最多两位小数，不能为负，例如 '120.00'";
  if (input === undefined) return `${missing}；${form}`;
  if (typeof input === 'number') return `没有加引号；${form}`;
  if (typeof input !== 'object') return form;
  return "年度参数的倍数写成 { rate: '0.06', of: 参数名 }，需要时加 yearsBefore: 1";
};
export const sum = z
  .union(
    [
      yuanText,
      z.strictObject({
        rate: multiple,
        of: word.describe('parameters 中的参数名'),
        yearsBefore: count.describe('就诊年度之前第几年；不写为当年').exactOptional(),
      }),
    ],
    { error: notAnAmount },
  )
  .meta({ id: 'amount', description: '金额，或年度参数的倍数' });
export const sumOrNone = z
  .union([sum, z.literal('none')], { error: notAnAmount })
  .meta({ id: 'amountOrNone', description: '金额；none 为不设限额' });
const accumulatorName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, { error: '累计名称用小写字母、数字和连字符，例如 pool-fund' })
  .meta({ id: 'accumulatorName', description: '累计名称；同名即共用' });
const key = z
  .union([z.enum(['disease', 'all']), z.strictObject({ group: word })], {
    error: 'key 写 disease（按病种）、all（合计）或 { group: 组名 }',
  })
  .meta({ id: 'accumulatorKey', description: '按病种、全部合计、或按病种组累计' });
export const perVisit = z
  .strictObject({ per: z.literal('visit') })
  .meta({ id: 'perVisit', description: '只在本次就诊内' });
export const kept = z
  .strictObject({ per: z.enum(['month', 'quarter', 'year']), name: accumulatorName, key })
  .meta({ id: 'perPeriod', description: '跨就诊累计：月、季、年' });
export const accumulator = z
  .discriminatedUnion('per', [perVisit, kept], {
    error: 'per 写 visit（每次）、month、quarter 或 year',
  })
  .meta({ id: 'accumulator', description: '累计口径：按次，或按月、季、年' });
export const amounts = rows(z.strictObject({ ...ofRow, amount: sum })).meta({
  id: 'amounts',
  description: '金额；从上到下第一个适用的行，最后一行不写 when',
});
