import { z } from 'zod';
import type { Accumulator, EntryText } from '../domain/insured-place/policy.ts';
import { compare, yuan, zero } from '../domain/money.ts';
import { components, layerNames } from '../domain/settlement.ts';
import {
  accumulator,
  amounts,
  change,
  checked,
  citation,
  cited,
  count,
  distinct,
  isDistinct,
  kept,
  ofRow,
  oneOf,
  perVisit,
  rows,
  share,
  startDay,
  sum,
  sumOrNone,
  text,
  type Complain,
} from './policy-shapes.ts';
import { checkAgainst } from './reasons.ts';
import { name } from './shapes.ts';

/** One entry of a policy file: a rule, in the order in which the law applies it, or a lapse. */

const deductible = checked(
  z.strictObject({
    ...cited,
    accumulator: z.discriminatedUnion(
      'per',
      [perVisit, z.strictObject({ per: z.literal('institutionYear') }), kept],
      { error: 'per 写 visit（每次）、institutionYear（每年每家机构）、month、quarter 或 year' },
    ),
    basis: z.enum(['inScope', 'charged']).describe('累计范围内费用，或累计已付起付线'),
    levelOf: z
      .enum(['visit', 'highestOfYear'])
      .describe('按本次机构级别，或本年度最高级别')
      .exactOptional(),
    amounts,
  }),
  ({ accumulator: { per }, basis, amounts: list }, complain) => {
    if (per === 'visit' || per === 'institutionYear' || basis === 'charged') return;
    const at = list.findIndex((row) => row.when?.level);
    if (at >= 0)
      complain(['amounts', at], '起付标准按机构级别不同，basis 应写 charged（按已付起付线补足）');
  },
).meta({ id: 'deductible', description: '起付标准' });

/** Ascending, and exactly the last without an end. */
const bands = checked(
  z.array(z.strictObject({ ...cited, upTo: sum.exactOptional(), ratio: share })).min(1),
  (list, complain) => {
    let end = zero;
    list.forEach(({ upTo }, index) => {
      const isLast = index === list.length - 1;
      if (isLast !== (upTo === undefined))
        complain([index], '只有最后一段不写 upTo，其他各段都要写');
      if (typeof upTo !== 'string') return;
      if (compare(yuan(upTo), end) <= 0) complain([index, 'upTo'], '各段的 upTo 要由低到高');
      end = yuan(upTo);
    });
  },
).meta({ id: 'bands', description: '分段比例，由低到高；最后一段不写 upTo' });
const cover = {
  ...cited,
  deductible: deductible.exactOptional(),
  axis: z
    .strictObject({ ...cited, accumulator, bandsFrom: z.enum(['zero', 'deductible']) })
    .meta({ id: 'axis', description: '分段的起算：费用在哪个累计上，从零或从起付线起' }),
  ratios: rows(z.strictObject({ ...ofRow, bands })).meta({ id: 'ratios', description: '支付比例' }),
};
const component = z.enum(components).meta({ id: 'component', description: '个人负担部分' });
const combine = z
  .discriminatedUnion('way', [
    z.strictObject({
      ...cited,
      way: z.literal('sum'),
      atMost: count.min(1).exactOptional(),
      ceiling: sum.exactOptional(),
    }),
    z.strictObject({
      ...cited,
      way: z.literal('highestPlusStep'),
      step: z.union([sum, z.strictObject({ rateOfOwn: share })]),
      atMost: count.min(1).exactOptional(),
      ceiling: sum.exactOptional(),
    }),
  ])
  .meta({ id: 'combination', description: '同组多病种限额的合并方式' });
/** Several diseases become one limit where they share one accumulator. */
const combinesGroup = (
  { accumulator: of, combine: how }: { accumulator: Accumulator; combine?: unknown },
  complain: Complain,
): void => {
  if (how === undefined || (of.per !== 'visit' && typeof of.key === 'object')) return;
  complain(['combine'], 'combine 用于病种组：accumulator 的 key 应写 { group: 组名 }');
};
const capKeys = {
  ...cited,
  accumulator,
  amounts: rows(z.strictObject({ ...ofRow, amount: sumOrNone })).meta({
    id: 'limitAmounts',
    description: '限额；从上到下第一个适用的行',
  }),
  combine: combine.exactOptional(),
};
const limit = checked(
  z.strictObject({
    ...capKeys,
    meaning: z
      .enum(['fundPayment', 'inScope', 'total', 'fixedAmount'])
      .describe('限额口径：基金支付、范围内费用、费用总额、基金支付定额'),
    component: z.enum(['overPoolCap', 'overDiseaseLimit']).describe('超出部分归入'),
  }),
  (value, complain) => {
    combinesGroup(value, complain);
    const isBefore = value.meaning === 'inScope' || value.meaning === 'total';
    if (!isBefore || value.component === 'overDiseaseLimit') return;
    complain(['component'], '超出这种限额的部分应归入 overDiseaseLimit');
  },
).meta({ id: 'limit', description: '最高支付限额' });
/** Each counts what the one before it left, so that two cannot count the same. */
const limits = checked(z.array(limit).describe('限额，各写一项'), (list, complain) => {
  const names = list.map(({ meaning, accumulator: of }) =>
    meaning === 'inScope' && 'name' in of ? of.name : null,
  );
  names.forEach((each, index) => {
    if (each === null || names.indexOf(each) === index) return;
    complain(
      [index, 'accumulator'],
      `前面的限额已用累计「${each}」：两项限额计的不是同一笔钱，请换一个名称`,
    );
  });
});
const layer = z
  .strictObject({
    name: z.enum(layerNames).exclude(['pool']).describe('基金'),
    base: oneOf(components).describe('纳入的个人负担部分，按此顺序冲减'),
    ...cover,
    cap: checked(z.strictObject(capKeys), combinesGroup)
      .meta({ id: 'cap', description: '本层最高支付限额' })
      .exactOptional(),
  })
  .meta({ id: 'layer', description: '统筹基金之上的一层' });
const area = rows(
  z.discriminatedUnion('form', [
    z.strictObject({ ...ofRow, form: z.literal('none') }),
    z.strictObject({ ...ofRow, form: z.literal('firstShare'), rate: share }),
    z.strictObject({ ...ofRow, form: z.literal('points'), points: change }),
    z.strictObject({ ...ofRow, form: z.literal('factor'), factor: share }),
    z.strictObject({
      ...ofRow,
      form: z.literal('replace'),
      bands,
      deductible: sum.describe('替换的起付标准').exactOptional(),
    }),
    z.strictObject({ ...ofRow, form: z.literal('zero') }),
  ]),
).meta({ id: 'area', description: '跨省就医：先行自付、降点、乘系数、换行、不支付' });
const retiree = z
  .discriminatedUnion('form', [
    z.strictObject({ ...cited, form: z.literal('none') }),
    z.strictObject({ ...cited, form: z.literal('points'), points: change }),
    z.strictObject({ ...cited, form: z.literal('personFactor'), factor: share }),
  ])
  .meta({ id: 'retireeEffect', description: '退休人员：加点，或个人负担打折' });
export const ruleKeys = z
  .strictObject({
    inForceFrom: startDay,
    source: citation,
    area,
    pool: z.strictObject({ ...cover, retiree, limits }).describe('统筹基金'),
    layers: z
      .array(layer)
      .refine((list) => isDistinct(list.map((each) => each.name)), distinct)
      .describe('统筹基金之上的各层，按此顺序'),
    shareCeiling: rows(z.strictObject({ ...ofRow, rate: share }))
      .describe('各层合计不超过范围内费用的比例')
      .exactOptional(),
    account: z
      .strictObject({ pays: z.array(component).refine(isDistinct, distinct) })
      .describe('个人账户可支付的部分'),
  })
  .meta({ id: 'rule', description: '自此日起施行的待遇' });
/** A replaced deductible has one to replace. */
const rule = checked(ruleKeys, ({ area: areas, pool }, complain) => {
  const at = areas.findIndex((row) => row.form === 'replace' && row.deductible !== undefined);
  if (at >= 0 && !pool.deductible) {
    complain(
      ['area', at, 'deductible'],
      'pool 没有起付标准可替换；请去掉这一项，或在 pool 中写 deductible',
    );
  }
});
export const lapse = z
  .strictObject({
    inForceFrom: startDay,
    source: citation,
    lapse: text(name, 'reason', '\\S', '没有此待遇的原因'),
  })
  .meta({ id: 'lapse', description: '自此日起没有此待遇，及其原因' });

/** A lapse is known by its key, so that the faults of a rule are told as a rule's. */
const entry = z
  .unknown()
  .transform((value, context): EntryText => {
    const isLapse = typeof value === 'object' && value !== null && 'lapse' in value;
    const result = checkAgainst<EntryText>(isLapse ? lapse : rule, value);
    if (result.success) return result.data;
    // An issue that was told is the raw form of itself.
    context.issues.push(...(result.error.issues as z.core.$ZodRawIssue[]));
    return z.NEVER;
  })
  .meta({
    id: 'entry',
    description: '一条规则，或一条停止',
    anyOf: [{ $ref: '#/$defs/rule' }, { $ref: '#/$defs/lapse' }],
  });
export const entries = checked(z.array(entry).min(1), (list, complain) => {
  list.forEach(({ inForceFrom }, index) => {
    const first = list.findIndex((other) => other.inForceFrom === inForceFrom);
    if (first !== index)
      complain([index, 'inForceFrom'], `${inForceFrom} 起施行的有两条，请去掉一条或改日期`);
  });
}).meta({ id: 'entries', description: '按施行日期的各条；就诊日之前最近的一条有效' });
