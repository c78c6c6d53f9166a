import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isDiseaseCode, placeOf, type Disease } from '../domain/identifiers.ts';
import type {
  Accumulator,
  Cover,
  Deductible,
  EntryText,
  LimitMeaning,
  Policy,
  RuleText,
} from '../domain/insured-place/policy.ts';
import { compare, isMultiple, isPoints, yuan, zero } from '../domain/money.ts';
import { components, layerNames } from '../domain/settlement.ts';
import { parseSeed } from './seed-error.ts';
import {
  amount,
  day,
  diseaseCode,
  name,
  placeCode,
  ratio,
  regionCode,
  source,
  textThat,
} from './shapes.ts';

/** A policy file as published: what it says, and the hash of its text. */
export interface PolicyFile {
  policy: Policy;
  hash: string; // sha256 of the text, hexadecimal
  text: string;
}

type Complain = (path: PropertyKey[], message: string) => void;
/** Checks what only the whole can tell, once each part is known to be well written. */
const checked = <S extends z.ZodType>(
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

const isDistinct = (items: readonly unknown[]): boolean => new Set(items).size === items.length;
const distinct = { error: 'the same one twice' };
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.array(z.enum(values)).min(1).refine(isDistinct, distinct);
/** For an editor: what the key means, and the form of text that zod itself cannot tell. */
const text = <S extends z.ZodType>(schema: S, pattern: string, description: string): S =>
  schema.meta({ type: 'string', pattern, description });

const yuanText = text(amount, '^\\d{1,14}(\\.\\d{1,2})?$', "金额，元，加引号，例如 '300.00'");
const share = text(ratio, '^(0(\\.\\d{1,4})?|1(\\.0{1,4})?)$', "比例，0 到 1，加引号，例如 '0.85'");
const multiple = text(
  textThat(isMultiple, "a rate of a parameter is quoted text such as '0.06' or '6'"),
  '^\\d{1,2}(\\.\\d{1,6})?$',
  "年度参数的倍数，加引号，例如 '0.06'",
);
const change = text(
  textThat(isPoints, "points are quoted text from '-1' to '1', such as '-0.10'"),
  '^-?[01](\\.\\d{1,4})?$',
  "百分点，以小数表示，加引号，例如 '-0.10'",
);
const citation = text(source, '\\S', '依据：文号和条款，或 illustrative；不写则沿用上一层');
const cited = { source: citation.exactOptional() };
const disease = text(
  textThat<Disease>(
    (code) => code === 'none' || isDiseaseCode(code),
    'a disease is M and five digits, or `none` for ordinary outpatient care',
  ),
  '^(M\\d{5}|none)$',
  '病种代码；none 是普通门诊',
);
const startDay = text(day, '^\\d{4}-\\d{2}-\\d{2}$', '施行第一天');
const word = z.string().trim().min(1, { error: 'text that is not empty' });
const words = z.array(word).min(1).refine(isDistinct, distinct);

const count = z.number().int().min(0);
const numbers = z
  .union([z.array(count).min(1), z.strictObject({ from: count })], {
    error: 'a list of whole numbers, or { from: n }',
  })
  .describe('等于其中之一，或 { from: n }（不小于 n）');
const filings = [
  'LT_RETIRED',
  'LT_RESIDENT',
  'LT_WORKER',
  'TMP_REFERRAL',
  'TMP_EMERGENCY',
  'TMP_OTHER',
  'local',
  'none',
] as const;
const selectors = z
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
  .describe('适用条件；各项都满足才适用');
const when = selectors
  .refine((selected) => Object.keys(selected).length > 0, { error: 'nothing is selected by this' })
  .exactOptional();
const ofRow = { when, ...cited };

/** Exactly the last row has no selectors: it takes whoever is left, and no row is out of reach. */
const rows = <T extends { when?: unknown }>(row: z.ZodType<T>) =>
  checked(z.array(row).min(1), (list, complain) => {
    list.forEach(({ when: selected }, index) => {
      const isLast = index === list.length - 1;
      if (isLast && selected) complain([index], 'the last row takes whoever is left: no `when`');
      if (!isLast && !selected) complain([index], 'a row without `when` hides the rows after it');
    });
  });

/** What stands where an amount should; a union by itself would only say that nothing fits. */
const notAnAmount = ({ input }: { input: unknown }): string => {
  if (input === undefined) return 'missing';
  const form = "an amount is quoted text of yuan, such as '120.00', not below zero";
  if (typeof input === 'number') return `not in quotes; ${form}`;
  if (typeof input !== 'object') return form;
  return "a rate of a parameter is { rate: '0.06', of: its name }, with yearsBefore: n if need be";
};
const sum = z
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
  .describe('金额，或年度参数的倍数');
const sumOrNone = z
  .union([sum, z.literal('none')], { error: notAnAmount })
  .describe('金额；none 为不设限额');
const accumulatorName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, { error: 'a name is lower case with hyphens' })
  .describe('累计名称；同名即共用');
const key = z
  .union([z.enum(['disease', 'all']), z.strictObject({ group: word })], {
    error: '`key` is disease, all or { group: name }',
  })
  .describe('按病种、全部合计、或按病种组累计');
const perVisit = z.strictObject({ per: z.literal('visit') });
const kept = z.strictObject({
  per: z.enum(['month', 'quarter', 'year']),
  name: accumulatorName,
  key,
});
const accumulator = z
  .discriminatedUnion('per', [perVisit, kept], { error: '`per` is visit, month, quarter or year' })
  .describe('累计口径：按次，或按月、季、年');
const amounts = rows(z.strictObject({ ...ofRow, amount: sum }));
const deductible = checked(
  z
    .strictObject({
      ...cited,
      accumulator: z.discriminatedUnion(
        'per',
        [perVisit, z.strictObject({ per: z.literal('institutionYear') }), kept],
        { error: '`per` is visit, institutionYear, month, quarter or year' },
      ),
      basis: z.enum(['inScope', 'charged']).describe('累计范围内费用，或累计已付起付线'),
      levelOf: z
        .enum(['visit', 'highestOfYear'])
        .describe('按本次机构级别，或本年度最高级别')
        .exactOptional(),
      amounts,
    })
    .describe('起付标准'),
  ({ accumulator: { per }, basis, amounts: list }, complain) => {
    if (per === 'visit' || per === 'institutionYear' || basis === 'charged') return;
    const at = list.findIndex((row) => row.when?.level);
    if (at >= 0) complain(['amounts', at], 'by level it is topped up: `basis` must be charged');
  },
);

/** Ascending, and exactly the last without an end. */
const bands = checked(
  z.array(z.strictObject({ ...cited, upTo: sum.exactOptional(), ratio: share })).min(1),
  (list, complain) => {
    let end = zero;
    list.forEach(({ upTo }, index) => {
      const isLast = index === list.length - 1;
      if (isLast !== (upTo === undefined)) complain([index], 'only the last band has no `upTo`');
      if (typeof upTo !== 'string') return;
      if (compare(yuan(upTo), end) <= 0) complain([index, 'upTo'], 'bands must rise');
      end = yuan(upTo);
    });
  },
);
const cover = {
  ...cited,
  deductible: deductible.exactOptional(),
  axis: z
    .strictObject({ ...cited, accumulator, bandsFrom: z.enum(['zero', 'deductible']) })
    .describe('分段的起算：费用在哪个累计上，从零或从起付线起'),
  ratios: rows(z.strictObject({ ...ofRow, bands })).describe('支付比例'),
};
const component = z.enum(components);
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
  .describe('同组多病种限额的合并方式');
/** Several diseases become one limit where they share one accumulator. */
const combinesGroup = (
  { accumulator: of, combine: how }: { accumulator: Accumulator; combine?: unknown },
  complain: Complain,
): void => {
  if (how === undefined || (of.per !== 'visit' && typeof of.key === 'object')) return;
  complain(['combine'], 'it combines the diseases of a group: `key` must be { group: name }');
};
const capKeys = {
  ...cited,
  accumulator,
  amounts: rows(z.strictObject({ ...ofRow, amount: sumOrNone })),
  combine: combine.exactOptional(),
};
const limit = checked(
  z
    .strictObject({
      ...capKeys,
      meaning: z
        .enum(['fundPayment', 'inScope', 'total', 'fixedAmount'])
        .describe('限额口径：基金支付、范围内费用、费用总额、基金支付定额'),
      component: z.enum(['overPoolCap', 'overDiseaseLimit']).describe('超出部分归入'),
    })
    .describe('最高支付限额'),
  (value, complain) => {
    combinesGroup(value, complain);
    const isBefore = value.meaning === 'inScope' || value.meaning === 'total';
    if (!isBefore || value.component === 'overDiseaseLimit') return;
    complain(['component'], 'money beyond this limit is overDiseaseLimit');
  },
);
const layer = z.strictObject({
  name: z.enum(layerNames).exclude(['pool']).describe('基金'),
  base: oneOf(components).describe('纳入的个人负担部分，按此顺序冲减'),
  ...cover,
  cap: checked(z.strictObject(capKeys), combinesGroup).exactOptional(),
});
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
).describe('跨省就医：先行自付、降点、乘系数、换行、不支付');
const retiree = z
  .discriminatedUnion('form', [
    z.strictObject({ ...cited, form: z.literal('none') }),
    z.strictObject({ ...cited, form: z.literal('points'), points: change }),
    z.strictObject({ ...cited, form: z.literal('personFactor'), factor: share }),
  ])
  .describe('退休人员：加点，或个人负担打折');
const ruleKeys = z.strictObject({
  inForceFrom: startDay,
  source: citation,
  area,
  pool: z.strictObject({ ...cover, retiree, limits: z.array(limit) }).describe('统筹基金'),
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
});
/** A replaced deductible has one to replace. */
const rule = checked(ruleKeys, ({ area: areas, pool }, complain) => {
  const at = areas.findIndex((row) => row.form === 'replace' && row.deductible !== undefined);
  if (at >= 0 && !pool.deductible) {
    complain(['area', at, 'deductible'], 'the pool has no deductible to replace');
  }
});
const lapse = z
  .strictObject({ inForceFrom: startDay, source: citation, lapse: name })
  .describe('自此日起没有此待遇，及其原因');

/** A lapse is known by its key, so that the faults of a rule are told as a rule's. */
const entry = z.unknown().transform((value, context): EntryText => {
  const isLapse = typeof value === 'object' && value !== null && 'lapse' in value;
  const result = (isLapse ? lapse : rule).safeParse(value);
  if (result.success) return result.data;
  // An issue that was told is the raw form of itself.
  context.issues.push(...(result.error.issues as z.core.$ZodRawIssue[]));
  return z.NEVER;
});
const entries = checked(z.array(entry).min(1), (list, complain) => {
  list.forEach(({ inForceFrom }, index) => {
    const first = list.findIndex((other) => other.inForceFrom === inForceFrom);
    if (first !== index) complain([index, 'inForceFrom'], `two entries start on ${inForceFrom}`);
  });
});

/** What a use of an accumulator counts; one name may count only one thing. */
interface Use {
  path: PropertyKey[];
  accumulator: Deductible['accumulator'];
  counts: string;
}
const limitCounts: Record<LimitMeaning, string> = {
  fundPayment: 'what pool paid',
  fixedAmount: 'what pool paid',
  inScope: 'in-scope money',
  total: 'totals',
};
/** What each accumulator that a pool or a layer names counts. */
function usesOf(fund: string, path: PropertyKey[], { deductible: first, axis }: Cover): Use[] {
  const whole = `what ${fund} may pay of`;
  const onAxis: Use = {
    path: [...path, 'axis', 'accumulator'],
    accumulator: axis.accumulator,
    counts: axis.bandsFrom === 'zero' ? whole : `${whole}, above its deductible`,
  };
  if (!first) return [onAxis];
  const counts = first.basis === 'inScope' ? whole : `the deductible of ${fund}`;
  const { accumulator: of } = first;
  return [onAxis, { path: [...path, 'deductible', 'accumulator'], accumulator: of, counts }];
}
function usesIn({ pool, layers }: RuleText): Use[] {
  const ofLimits = pool.limits.map(({ accumulator: of, meaning }, index): Use => {
    const path = ['pool', 'limits', index, 'accumulator'];
    return { path, accumulator: of, counts: limitCounts[meaning] };
  });
  const ofLayers = layers.flatMap((of, index): Use[] => {
    const uses = usesOf(of.name, ['layers', index], of);
    if (!of.cap) return uses;
    const path = ['layers', index, 'cap', 'accumulator'];
    return [...uses, { path, accumulator: of.cap.accumulator, counts: `what ${of.name} paid` }];
  });
  return [...usesOf('pool', ['pool'], pool), ...ofLimits, ...ofLayers];
}

type Path = PropertyKey[];
interface Written {
  path: Path; // policies, insurance type, disease, index
  rule: RuleText;
}
/** Every rule of the file, and where it is written. */
function rulesOf({ policies }: Policy): Written[] {
  return Object.entries(policies).flatMap(([type, diseases]) =>
    Object.entries(diseases).flatMap(([code, list = []]) =>
      list.flatMap((item, index) =>
        'lapse' in item ? [] : [{ path: ['policies', type, code, index], rule: item }],
      ),
    ),
  );
}

/** A name means one accumulator throughout the file: one period, one key, one thing counted. */
function checkNames(policy: Policy, complain: Complain): void {
  const firstOf = new Map<string, string>();
  for (const { path, rule: of } of rulesOf(policy)) {
    for (const { path: within, accumulator: used, counts } of usesIn(of)) {
      if (!('name' in used)) continue;
      const meaning = JSON.stringify([used.per, used.key, counts]);
      const first = firstOf.get(used.name) ?? meaning;
      const message = `\`${used.name}\` is already another accumulator`;
      if (first !== meaning) complain([...path, ...within], message);
      firstOf.set(used.name, first);
    }
  }
}

interface NamedAt {
  path: Path;
  of: Named;
  name: string;
}
/** The names of groups and parameters that an element uses, and where. */
function namesIn(element: unknown, path: Path): NamedAt[] {
  if (typeof element !== 'object' || element === null) return [];
  return Object.entries(element).flatMap(([key, value]: [string, unknown]): NamedAt[] => {
    const at = [...path, Array.isArray(element) ? Number(key) : key];
    if (key === 'of') return [{ path: at, of: 'parameters', name: String(value) }];
    if (key !== 'group') return namesIn(value, at);
    return [value].flat().map((group) => ({ path: at, of: 'groups', name: String(group) }));
  });
}
type Named = 'parameters' | 'groups';
/** A limit that combines a group's diseases limits one of them. */
function checkCombined({ groups }: Policy, { path, rule: of }: Written, complain: Complain): void {
  of.pool.limits.forEach(({ combine: how, accumulator: used }, index) => {
    if (!how || used.per === 'visit' || typeof used.key !== 'object') return;
    const { group } = used.key;
    if (groups?.[group]?.diseases.some((each) => each === path[2])) return;
    complain([...path, 'pool', 'limits', index, 'combine'], `${group} has no ${String(path[2])}`);
  });
}
/** What a rule names is declared at the top of the file. */
function checkDeclared(policy: Policy, complain: Complain): void {
  for (const { path, rule: of } of rulesOf(policy)) {
    for (const { path: at, of: kind, name: used } of namesIn(of, path)) {
      if (policy[kind]?.[used] === undefined) complain(at, `\`${kind}\` has no ${used}`);
    }
    checkCombined(policy, { path, rule: of }, complain);
  }
}

const file = checked(
  z.strictObject({
    place: text(placeCode, '^\\d{2}0000$', '省级区划'),
    region: text(regionCode, '^\\d{6}$', '统筹区'),
    name: text(name, '\\S', '统筹区名称'),
    parameters: z
      .record(
        word,
        z.record(
          z.string().regex(/^\d{4}$/, { error: 'a year has four digits, in quotes' }),
          z.strictObject({ amount: yuanText, source: citation }),
        ),
      )
      .describe('年度参数，如上年度平均工资，按年')
      .exactOptional(),
    groups: z
      .record(
        word,
        z.strictObject({
          diseases: z
            .array(text(diseaseCode, '^M\\d{5}$', '病种代码'))
            .min(1)
            .refine(isDistinct, distinct),
          source: citation,
        }),
      )
      .describe('病种组：病种分类，或共用限额的病种')
      .exactOptional(),
    policies: z.partialRecord(z.enum(['310', '390']), z.record(disease, entries)),
  }),
  (policy: Policy, complain) => {
    if (placeOf(policy.region) !== policy.place) complain(['region'], 'does not lie in the place');
    checkNames(policy, complain);
    checkDeclared(policy, complain);
  },
);

/** The keys of a policy file as JSON Schema, for editors. What only the whole can tell it leaves out. */
export const policyJsonSchema = (): z.core.JSONSchema.BaseSchema =>
  z.toJSONSchema(file, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if ((zodSchema as unknown) !== entry) return;
      const options = { io: 'input', unrepresentable: 'any' } as const;
      jsonSchema.anyOf = [ruleKeys, lapse].map((form) => {
        const schema = z.toJSONSchema(form, options);
        delete schema.$schema;
        return schema;
      });
    },
  });

/**
 * Reads a policy file: strict, every amount in quotes, every entry with its source.
 *
 * @throws SeedError with the line and column of every fault
 */
export function parsePolicyFile(content: string, fileName: string): PolicyFile {
  const policy: Policy = parseSeed(content, fileName, file);
  return { policy, hash: createHash('sha256').update(content).digest('hex'), text: content };
}
