import { z } from 'zod';
import {
  amount,
  checkedBy,
  day,
  diseaseCode,
  forEditor,
  name,
  placeCode,
  price,
  ratio,
  source,
  textThat,
} from './shapes.ts';

/** The keys of a scope file, each with its form; what only the whole can tell is checked elsewhere. */

const startDay = forEditor(day, '^\\d{4}-\\d{2}-\\d{2}$', '施行第一天');
const named = forEditor(name, '\\S', '名称');
const citation = forEditor(source, '\\S', '依据：文号和条款，或 illustrative');
const national = forEditor(diseaseCode, '^M\\d{5}$', '国家病种编码');
const share = forEditor(
  ratio,
  '^(0(\\.\\d{1,4})?|1(\\.0{1,4})?)$',
  "比例，0 到 1，加引号，例如 '0.05'",
);
const priceText = forEditor(price, '^\\d{1,10}(\\.\\d{1,6})?$', "单价，元，加引号，例如 '1.25'");
const priceLimit = z
  .union([priceText, z.null()], {
    error: ({ input }) =>
      input === undefined
        ? '缺少这一项；没有限价写 null'
        : "定价上限加引号，例如 '1.25'；没有写 null",
  })
  .describe('定价上限；null 为无上限');
const nationalCodes = z
  .array(national)
  .min(1, { error: '至少写一个国家病种编码，例如 [M08301]' })
  .refine((codes) => new Set(codes).size === codes.length, { error: '同一项写了两次，请去掉一个' });

const onlyFirstShares = '只有先行自付（10）能分成四部分（rules.md D-4），请去掉这个项目';
const refusedTypes: Readonly<Record<string, string>> = {
  '20': `直接报销比例（20）不能载入：${onlyFirstShares}`,
  '30': `按单价分段的自付（30）不能载入：${onlyFirstShares}`,
};
const entry = z
  .strictObject({
    inForceFrom: startDay,
    class: z
      .literal(['A', 'B', 'C'], { error: '项目等级写 A（甲）、B（乙）或 C（丙）' })
      .describe('甲 A、乙 B、丙 C'),
    restricted: z
      .boolean({ error: 'restricted（限制使用）写 true 或 false' })
      .describe('是否限制使用'),
    priceLimit: priceLimit.exactOptional(),
    priceLimits: z
      .strictObject({ primary: priceLimit, secondary: priceLimit, tertiary: priceLimit })
      .describe('按医疗机构级别的定价上限')
      .exactOptional(),
    aboveLimit: z
      .literal(['person', 'hospital'], {
        error: '超限价由谁负担写 person（个人）或 hospital（医院）',
      })
      .describe('超限价部分由谁负担；不写为个人')
      .exactOptional(),
    firstShareType: z
      .literal('10', {
        error: ({ input }) =>
          refusedTypes[String(input)] ?? "自付比例类别写 '10'，加引号（rules.md D-4）",
      })
      .describe('自付比例类别：10 先行自付')
      .exactOptional(),
    firstShareRatio: share.exactOptional(),
    firstShareRatios: z
      .strictObject({ '310': share, '390': share, other: share })
      .describe('按险种的先行自付比例')
      .exactOptional(),
    diseases: nationalCodes.describe('仅在这些病种的支付范围内；不写为不限').exactOptional(),
    source: citation,
  })
  .superRefine(
    checkedBy((value, complain) => {
      const { priceLimit: limit, priceLimits, firstShareRatio, firstShareRatios } = value;
      const needsOne = (
        one: unknown,
        all: unknown,
        [key, keys]: [string, string],
        missing: string,
      ) => {
        if (one === undefined && all === undefined) complain([key], missing);
        if (one !== undefined && all !== undefined)
          complain([keys], `已写了 ${key}，两个只能写一个`);
      };
      const none = '缺少这一项；没有限价写 null';
      needsOne(limit, priceLimits, ['priceLimit', 'priceLimits'], none);
      needsOne(
        firstShareRatio,
        firstShareRatios,
        ['firstShareRatio', 'firstShareRatios'],
        "缺少这一项；比例写 0 到 1 的小数，加引号，例如 '0.05'",
      );
    }),
  );
const item = z.strictObject({
  code: forEditor(
    textThat((text) => text !== '', '项目代码写文字，例如 XC08CAA001A001010199001'),
    '\\S',
    '国家医保目录编码',
  ),
  name: named,
  kind: z
    .literal(['drug', 'service', 'consumable'], {
      error: '类别写 drug（药品）、service（诊疗）或 consumable（耗材）',
    })
    .describe('药品、医疗服务、耗材'),
  entries: z.array(entry).min(1, '每个项目至少写一条 entries'),
});

const rules = z.strictObject({
  inForceFrom: startDay,
  firstShareBase: z
    .literal(['capped', 'gross'], {
      error: '先行自付的基数写 capped（扣除超限价后）或 gross（申报总额）',
    })
    .describe('先行自付的基数：扣除超限价后，或申报总额'),
  tolerance: forEditor(
    amount,
    '^\\d{1,14}(\\.\\d{1,2})?$',
    "单价乘数量与申报金额的误差，元，加引号，例如 '0.01'",
  ),
  source: citation,
});

const meaning = z
  .strictObject({
    inForceFrom: startDay,
    disease: national.exactOptional(),
    oneOf: nationalCodes.describe('尚未换码：可能换成的国家编码').exactOptional(),
    lapse: named.describe('自此日起不再使用，及其原因').exactOptional(),
    source: citation,
  })
  .superRefine(
    checkedBy(({ disease, oneOf, lapse }, complain) => {
      const said = [disease, oneOf, lapse].filter((each) => each !== undefined);
      if (said.length !== 1) complain([], 'disease、oneOf、lapse 三个中写一个，且只写一个');
    }),
  );
const localCode = z.strictObject({
  code: forEditor(
    textThat(
      (text) => /^[\x21-\x7e]{1,30}$/.test(text),
      '地方病种编码写 1 到 30 个字符，不含空格；全是数字的加引号',
    ),
    '^[\\x21-\\x7e]{1,30}$',
    '地方病种编码',
  ),
  name: named,
  entries: z.array(meaning).min(1, '每个编码至少写一条 entries'),
});

export const scopeKeys = z.strictObject({
  place: forEditor(placeCode, '^\\d{2}0000$', '省级区划'),
  rules: z.array(rules).describe('适用于全部项目的规则，按施行日').exactOptional(),
  items: z.array(item).describe('支付范围：按项目、按施行日'),
  diseaseCodes: z
    .array(localCode)
    .describe('地方病种编码与国家编码的对照，按施行日')
    .exactOptional(),
});

type Keys = z.infer<typeof scopeKeys>;
export type WrittenItem = Keys['items'][number];
export type WrittenEntry = WrittenItem['entries'][number];
export type Written = Omit<Keys, 'place'>;

/** One of two keys, told to an editor; the check itself says which is wrong. */
const oneKeyOf = (pair: readonly string[]) => ({ oneOf: pair.map((key) => ({ required: [key] })) });

/** The keys of a scope file as JSON Schema, for editors. What only the whole can tell it leaves out. */
export const scopeJsonSchema = (): z.core.JSONSchema.BaseSchema =>
  z.toJSONSchema(scopeKeys, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if ((zodSchema as unknown) === entry) {
        jsonSchema.allOf = [
          oneKeyOf(['priceLimit', 'priceLimits']),
          oneKeyOf(['firstShareRatio', 'firstShareRatios']),
        ];
      }
      if ((zodSchema as unknown) === meaning) {
        jsonSchema.allOf = [oneKeyOf(['disease', 'oneOf', 'lapse'])];
      }
    },
  });
