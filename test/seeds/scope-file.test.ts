import { describe, expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { priceToWire, ratioToWire, toWire } from '../../domain/money.ts';
import { parseScopeFile, scopeJsonSchema } from '../../seeds/scope-file.ts';
import { SeedError } from '../../seeds/seed-error.ts';

const text = `place: '500000'
rules:
  - { inForceFrom: 2022-01-01, firstShareBase: gross, tolerance: '0.00', source: x }
  - { inForceFrom: 2023-01-01, firstShareBase: capped, tolerance: '0.05', source: x }
items:
  - code: XC08CAA001A001010199001
    name: 氨氯地平
    kind: drug
    entries:
      - inForceFrom: 2021-01-01
        class: B
        restricted: false
        priceLimit: '1.50'
        firstShareRatio: '0.05'
        source: x
      - inForceFrom: 2024-01-01
        class: A
        restricted: true
        priceLimits: { primary: '1.10', secondary: null, tertiary: '999999' }
        aboveLimit: hospital
        firstShareType: '10'
        firstShareRatios: { '310': '0.1', '390': '0.2', other: '0.3' }
        diseases: [M03900, M01600]
        source: x
diseaseCodes:
  - code: CQ-1
    name: 移植抗排异
    entries:
      - { inForceFrom: 2021-12-01, oneOf: [M08301, M08306], source: x }
      - { inForceFrom: 2022-07-01, disease: M08301, source: x }
      - { inForceFrom: 2024-01-01, lapse: 停用, source: x }
`;
const code = 'XC08CAA001A001010199001';
const scope = parseScopeFile(text, 'scopes/500000.yaml');

/** What the reader says after one edit. */
function complaint(found: string, written: string): string {
  const edited = text.replace(found, written);
  expect(edited).not.toBe(text);
  try {
    parseScopeFile(edited, 'f');
  } catch (error) {
    if (error instanceof SeedError) return error.message;
    throw error;
  }
  return 'nothing wrong';
}

describe('a scope file by itself', () => {
  test('says whose it is', () => {
    expect(scope.place).toBe('500000');
  });

  test.each([
    ['2020-12-31', null],
    ['2021-01-01', ['B', false, '1.500000', '1.500000', '0.0500', '0.0500', 'person', null]],
    ['2023-12-31', ['B', false, '1.500000', '1.500000', '0.0500', '0.0500', 'person', null]],
    [
      '2024-01-01',
      ['A', true, '1.100000', null, '0.1000', '0.3000', 'hospital', ['M03900', 'M01600']],
    ],
  ])('its item on %s', (on, expected) => {
    const item = scope.itemOn(code, day(on));
    const limits = item && [item.priceLimits.primary, item.priceLimits.secondary];
    expect(
      item && [
        ...[item.class, item.restricted],
        ...(limits ?? []).map((limit) => limit && priceToWire(limit)),
        ...[item.firstShareRatios['310'], item.firstShareRatios.other].map(ratioToWire),
        ...[item.aboveLimit, item.diseases],
      ],
    ).toEqual(expected);
  });
  test('an item that is not there', () => {
    expect(scope.itemOn('XC08CAA001A001010199002', day('2024-01-01'))).toBeNull();
  });

  test.each([
    ['2021-12-31', 'capped', '0.01'], // the law's own
    ['2022-01-01', 'gross', '0.00'],
    ['2022-12-31', 'gross', '0.00'],
    ['2023-01-01', 'capped', '0.05'],
  ])('its rules on %s: %s, %s', (on, base, tolerance) => {
    const rules = scope.rulesOn(day(on));
    expect([rules.firstShareBase, toWire(rules.tolerance)]).toEqual([base, tolerance]);
  });

  test.each([
    ['2021-11-30', null],
    ['2021-12-01', { oneOf: ['M08301', 'M08306'] }],
    ['2022-06-30', { oneOf: ['M08301', 'M08306'] }],
    ['2022-07-01', { disease: 'M08301' }],
    ['2024-01-01', { lapse: '停用' }],
  ])('4号 三(三) its own disease code on %s', (on, expected) => {
    const meaning = scope.diseaseOn('CQ-1', day(on));
    if (expected === null) expect(meaning).toBeNull();
    else expect(meaning).toMatchObject(expected);
    expect(scope.diseaseOn('CQ-2', day(on))).toBeNull();
  });
});

describe('what is wrong is told with line, column and reason', () => {
  const path = 'items.0.entries.1';
  const only = '只有先行自付（10）能分成四部分（rules.md D-4），请去掉这个项目';
  test.each([
    [
      'direct reimbursement, which cannot be split',
      "firstShareType: '10'",
      "firstShareType: '20'",
      `f:21:25 ${path}.firstShareType: 直接报销比例（20）不能载入：${only}`,
    ],
    [
      'a share by unit-price band, which cannot be split',
      "firstShareType: '10'",
      "firstShareType: '30'",
      `f:21:25 ${path}.firstShareType: 按单价分段的自付（30）不能载入：${only}`,
    ],
    [
      'a type that the catalogue does not know',
      "firstShareType: '10'",
      "firstShareType: '11'",
      `f:21:25 ${path}.firstShareType: 自付比例类别写 '10'，加引号（rules.md D-4）`,
    ],
    [
      'one limit and limits by level',
      '        priceLimits: {',
      "        priceLimit: '2'\n        priceLimits: {",
      `f:20:9 ${path}.priceLimits: 已写了 priceLimit，两个只能写一个`,
    ],
    [
      'one ratio and ratios by type',
      '        firstShareRatios: {',
      "        firstShareRatio: '0'\n        firstShareRatios: {",
      `f:23:9 ${path}.firstShareRatios: 已写了 firstShareRatio，两个只能写一个`,
    ],
    [
      'a level without its limit',
      ', secondary: null',
      '',
      `f:19:9 ${path}.priceLimits.secondary: 缺少这一项；没有限价写 null`,
    ],
    [
      'an unquoted limit of a level',
      "primary: '1.10'",
      'primary: 1.10',
      `f:19:33 ${path}.priceLimits.primary: 定价上限加引号，例如 '1.25'；没有写 null`,
    ],
    [
      'a type without its ratio',
      ", other: '0.3'",
      '',
      `f:22:9 ${path}.firstShareRatios.other: 缺少这一项；比例写 0 到 1 的小数，加引号，例如 '0.85'`,
    ],
    [
      'somebody else who bears the excess',
      'aboveLimit: hospital',
      'aboveLimit: fund',
      `f:20:21 ${path}.aboveLimit: 超限价由谁负担写 person（个人）或 hospital（医院）`,
    ],
    [
      'a disease that is none',
      '[M03900, M01600]',
      '[M03900, 高血压]',
      `f:23:28 ${path}.diseases.1: 病种写 M 加五位数字，例如 M03900`,
    ],
    [
      'in scope for no disease',
      '[M03900, M01600]',
      '[]',
      `f:23:9 ${path}.diseases: 至少写一个国家病种编码，例如 [M08301]`,
    ],
    [
      'a base that nobody knows',
      'firstShareBase: gross',
      'firstShareBase: net',
      'f:3:48 rules.0.firstShareBase: 先行自付的基数写 capped（扣除超限价后）或 gross（申报总额）',
    ],
    [
      'an unquoted tolerance',
      "tolerance: '0.05'",
      'tolerance: 0.05',
      "f:4:67 rules.1.tolerance: 没有加引号；金额写元，加引号，最多两位小数，不能为负，例如 '120.00'",
    ],
    [
      'rules of one day twice',
      '2023-01-01',
      '2022-01-01',
      'f:4:20 rules.1.inForceFrom: 施行日不晚于前一条；各条按日期由早到晚写',
    ],
    [
      'a rule without a source',
      "tolerance: '0.00', source: x",
      "tolerance: '0.00'",
      'f:3:5 rules.0.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
    ],
    [
      'a local code that means two things',
      'disease: M08301, source',
      'disease: M08301, lapse: x, source',
      'f:30:9 diseaseCodes.0.entries.1: disease、oneOf、lapse 三个中写一个，且只写一个',
    ],
    [
      'a local code that means nothing',
      'disease: M08301, source',
      'source',
      'f:30:9 diseaseCodes.0.entries.1: disease、oneOf、lapse 三个中写一个，且只写一个',
    ],
    [
      'the same national code twice',
      '[M08301, M08306]',
      '[M08301, M08301]',
      'f:29:36 diseaseCodes.0.entries.0.oneOf: 同一项写了两次，请去掉一个',
    ],
    [
      'a local code with a space',
      'code: CQ-1',
      'code: CQ 1',
      'f:26:11 diseaseCodes.0.code: 地方病种编码写 1 到 30 个字符，不含空格；全是数字的加引号',
    ],
    [
      'entries of a local code 序号不对，应从 1 起依次写',
      '2024-01-01, lapse',
      '2022-06-30, lapse',
      'f:31:24 diseaseCodes.0.entries.2.inForceFrom: 施行日不晚于前一条；各条按日期由早到晚写',
    ],
    [
      'a misspelt list',
      'diseaseCodes:',
      'diseasecodes:',
      'f:25:1 diseasecodes: 没有这个键；可写 place、rules、items、diseaseCodes',
    ],
  ])('%s', (_name, found, written, fault) => {
    expect(complaint(found, written)).toBe(fault);
  });

  test('a local code twice', () => {
    const again = `\n  - { code: CQ-1, name: 再, entries: [{ inForceFrom: 2021-12-01, lapse: x, source: x }] }\n`;
    expect(() => parseScopeFile(text + again.slice(1), 'f')).toThrow(
      'f:32:13 diseaseCodes.1.code: CQ-1 写了两次，请去掉一个',
    );
  });
});

interface Keyed {
  properties: Record<string, Keyed>;
  items: Keyed;
  required: string[];
  allOf: unknown[];
  pattern: string;
  additionalProperties: boolean;
}
test('an editor learns the keys, which of two are needed, and the form of amounts', () => {
  const schema = JSON.parse(JSON.stringify(scopeJsonSchema())) as Keyed;
  expect(schema.required).toEqual(['place', 'items']);
  expect(schema.additionalProperties).toBe(false);
  const entry = schema.properties['items']!.items.properties['entries']!.items;
  expect(entry.required).toEqual(['inForceFrom', 'class', 'restricted', 'source']);
  expect(entry.allOf).toEqual([
    { oneOf: [{ required: ['priceLimit'] }, { required: ['priceLimits'] }] },
    { oneOf: [{ required: ['firstShareRatio'] }, { required: ['firstShareRatios'] }] },
  ]);
  const meaning = schema.properties['diseaseCodes']!.items.properties['entries']!.items;
  expect(meaning.allOf).toEqual([
    {
      oneOf: [{ required: ['disease'] }, { required: ['oneOf'] }, { required: ['lapse'] }],
    },
  ]);
  const { tolerance } = schema.properties['rules']!.items.properties;
  expect(new RegExp(tolerance!.pattern).test('0.01')).toBe(true);
});
