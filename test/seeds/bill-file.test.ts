import { describe, expect, test } from 'vitest';
import { billJsonSchema, parseBillFile } from '../../seeds/bill-file.ts';
import { casesJsonSchema } from '../../seeds/case-file.ts';
import { parseQuotedPerson, personJsonSchema } from '../../seeds/quoted-person-file.ts';
import { SeedError } from '../../seeds/seed-error.ts';

const bills = `bills:
  - id: b1
    visitedOn: 2026-03-05
    disease: M03900
    institution: { code: H1, place: '500000', level: tertiary, selected: false }
    channel: hospital
    prescriber: other
    lines:
      - { no: 1, kind: drug, class: B, firstShareRatio: '0.05', priceLimit: null, price: '2.0000', quantity: '5', amount: '10.00', restricted: false, approval: none }
      - { no: 2, kind: consumable, amount: '9.00', parts: { excluded: '0.00', overPriceLimit: '0.00', firstShare: '0.00', inScope: '9.00' } }
      - { no: 3, item: XC08CAA001, price: '2', quantity: '-1', amount: '-2.00' }
  - { id: b2, reverses: b1 }
`;
const person = `insuranceType: '310'
bornOn: 1960-01-01
retired: true
personType: null
insuredMonths: 40
tier: null
hardship: null
civilServant: null
filing: LT_RESIDENT
qualifications: [{ disease: M03900, from: 2025-01-01 }]
account: { use: own, balance: '50.00', family: '0.00' }
used: [{ name: pool-fund, period: '2026', key: all, value: '100.00' }]
visits: [{ on: 2026-01-02, institution: H1, level: primary }]
`;
/** The message of the refusal after one change to a file that is right. */
function faultOf(parse: (text: string, name: string) => unknown, text: string): string {
  try {
    parse(text, 'f.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(SeedError);
    return (error as SeedError).message;
  }
  return 'no fault';
}

describe('a file of bills', () => {
  test('what is left out has the value that the docstring says', () => {
    const bare = bills
      .replace(', selected: false', '')
      .replace('    channel: hospital\n    prescriber: other\n', '')
      .replace(', priceLimit: null', '')
      .replace(', restricted: false, approval: none', '');
    expect(parseBillFile(bare, 'f.yaml').value).toEqual(parseBillFile(bills, 'f.yaml').value);
  });
  test.each([
    [
      'an amount without quotes',
      "'10.00'",
      '10.00',
      /^f\.yaml:9:123 bills\.0\.lines\.0\.amount: 没有加引号/,
    ],
    [
      'an unknown key of a line',
      'priceLimit',
      'pricelimit',
      /^f\.yaml:9:77 bills\.0\.lines\.0\.pricelimit: 没有这个键；可写 no、price、quantity、amount、approval、kind、class、firstShareRatio、priceLimit、restricted$/,
    ],
    [
      'an unknown key of a bill',
      'channel: hospital',
      'chanel: hospital',
      /^f\.yaml:6:13 bills\.0\.chanel: 没有这个键；可写 id、visitedOn、disease、institution、channel、prescriber、lines$/,
    ],
    [
      'an unknown key of a reversal',
      'reverses: b1',
      'reverses: b1, disease: none',
      /^f\.yaml:12:38 bills\.1\.disease: 没有这个键；可写 id、reverses$/,
    ],
    [
      'both parts and a code',
      'no: 2,',
      'no: 2, item: X,',
      /bills\.0\.lines\.1\.item: 没有这个键；可写 no、kind、amount、parts$/,
    ],
    [
      'parts one fen too many',
      "inScope: '9.00'",
      "inScope: '9.01'",
      /bills\.0\.lines\.1\.amount: 四部分之和不等于 amount$/,
    ],
    [
      'parts of both signs',
      "excluded: '0.00', overPriceLimit: '0.00', firstShare: '0.00', inScope: '9.00'",
      "excluded: '-1.00', overPriceLimit: '0.00', firstShare: '0.00', inScope: '10.00'",
      /parts\.excluded: 各部分的正负应与 amount 相同$/,
    ],
    [
      'a negative quantity alone',
      "quantity: '5'",
      "quantity: '-5'",
      /lines\.0\.amount: 数量和金额应同为正，或同为负（退费）$/,
    ],
    [
      'a negative amount alone',
      "quantity: '-1'",
      "quantity: '1'",
      /lines\.2\.amount: 数量和金额应同为正，或同为负（退费）$/,
    ],
    [
      'a quantity of nothing',
      "quantity: '5'",
      "quantity: '0'",
      /lines\.0\.quantity: 数量不能是 0$/,
    ],
    [
      'five decimals of a quantity',
      "quantity: '5'",
      "quantity: '5.00001'",
      /lines\.0\.quantity: 数量加引号/,
    ],
    ['seven decimals of a price', "'2.0000'", "'2.0000001'", /lines\.0\.price: 单价写元/],
    [
      'a line twice',
      'no: 2',
      'no: 1',
      /^f\.yaml:10:15 bills\.0\.lines\.1\.no: 明细 1 写了两次，请去掉一个$/,
    ],
    ['a bill twice', 'id: b2', 'id: b1', /^f\.yaml:12:11 bills\.1\.id: b1 写了两次，请去掉一个$/],
    [
      'a reversal of no bill',
      'reverses: b1',
      'reverses: b9',
      /bills\.1\.reverses: 此前没有编号为 b9 的单据$/,
    ],
    [
      'a reversal of itself',
      'reverses: b1',
      'reverses: b2',
      /bills\.1\.reverses: 此前没有编号为 b2 的单据$/,
    ],
    [
      'a reversal of a reversal',
      '  - { id: b2, reverses: b1 }',
      '  - { id: b2, reverses: b1 }\n  - { id: b3, reverses: b2 }',
      /bills\.2\.reverses: b2 自己就是撤销单，不能再撤销$/,
    ],
    [
      'a day that does not exist',
      '2026-03-05',
      '2026-02-30',
      /bills\.0\.visitedOn: 日期写成 2026-03-05 的样子，且要有这一天$/,
    ],
    ['no lines', /lines:\n(.*\n){3}/, 'lines: []\n', /bills\.0\.lines: 单据至少写一条明细$/],
    [
      'more money than an amount can say',
      /'9\.00'/g,
      "'99999999999999.99'",
      /bills\.0\.lines: 合计超过 14 位整数的元，请核对金额$/,
    ],
    [
      'no disease',
      '    disease: M03900\n',
      '',
      /bills\.0\.disease: 缺少这一项；病种写 M 加五位数字，例如 M03900；普通门诊写 none$/,
    ],
    [
      'a key twice',
      'channel: hospital',
      'channel: hospital\n    channel: pharmacy',
      /^f\.yaml:7:5 同一个键写了两次，请去掉一个/,
    ],
    ['nothing at all', /[^]+/, '', /^f\.yaml:1:1/],
  ])('%s is refused, with its place', (_, from, to, fault) => {
    const changed = bills.replace(from, to);
    expect(changed).not.toBe(bills);
    expect(faultOf(parseBillFile, changed)).toMatch(fault);
  });
});

describe('a file of a person', () => {
  test('needs the insurance type and the filing only', () => {
    const bare = "insuranceType: '390'\nfiling: local\n";
    const { insured, account, ...rest } = parseQuotedPerson(bare, 'f.yaml').value;
    expect(insured).toEqual({
      bornOn: null,
      retired: false,
      personType: null,
      insuredMonths: null,
      tier: null,
      hardship: null,
      civilServant: null,
    });
    expect(account.use).toBe('none');
    const nothing = { qualifications: [], used: [], visits: [] };
    expect(rest).toEqual({ insuranceType: '390', filing: 'local', ...nothing });
    const missing = faultOf(parseQuotedPerson, '{}');
    expect(missing).toMatch(/insuranceType: /);
    expect(missing).toMatch(/filing: /);
  });
  test.each([
    [
      'an insurance type without quotes',
      "'310'",
      '310',
      /^f\.yaml:1:16 insuranceType: 险种写 '310'（职工）或 '390'（城乡居民），加引号$/,
    ],
    [
      'a filing of another list',
      'LT_RESIDENT',
      'resident',
      /^f\.yaml:9:9 filing: 备案类别写 LT_RETIRED/,
    ],
    [
      'an unknown key',
      'tier: null',
      'teir: null',
      /^f\.yaml:6:7 teir: 没有这个键；可写 insuranceType、bornOn、retired、personType、insuredMonths、tier、.*、visits$/,
    ],
    ['a period without quotes', "period: '2026'", 'period: 2026', /used\.0\.period: 没有加引号/],
    [
      'a value below zero',
      "value: '100.00'",
      "value: '-1.00'",
      /used\.0\.value: 金额写元，加引号，最多两位小数，不能为负，例如 '120\.00'$/,
    ],
    [
      'what was used twice',
      "value: '100.00' }",
      "value: '100.00' }, { name: pool-fund, period: '2026', key: all, value: '1.00' }",
      /used\.1\.name: pool-fund 2026 all 写了两次，请去掉一个$/,
    ],
    [
      'a qualification that ends before it begins',
      'from: 2025-01-01',
      'from: 2025-01-01, to: 2024-12-31',
      /qualifications\.0\.to: 最后一天早于第一天，请核对两个日期$/,
    ],
    [
      'months that are text',
      'insuredMonths: 40',
      "insuredMonths: '40'",
      /insuredMonths: 月数写整数，不加引号，例如 36；不详写 null$/,
    ],
    [
      'an account used somehow',
      'use: own',
      'use: all',
      /account\.use: 个人账户写 none（不用）、own（本人）或 family（家庭共济）$/,
    ],
  ])('%s is refused, with its place', (_, from, to, fault) => {
    const changed = person.replace(from, to);
    expect(changed).not.toBe(person);
    expect(faultOf(parseQuotedPerson, changed)).toMatch(fault);
  });
});

describe('the JSON Schemas', () => {
  interface Schema {
    properties?: Record<string, Schema>;
    items?: Schema;
    anyOf?: Schema[];
    required?: string[];
    additionalProperties?: boolean;
    pattern?: string;
  }
  const keysOf = (schema: Schema | undefined) => Object.keys(schema?.properties ?? {});

  const at = (schema: Schema | undefined, key: string) => schema?.properties?.[key];

  test('know every form of bill and line, with its keys', () => {
    const [settled, reversal] = at(billJsonSchema() as Schema, 'bills')!.items!.anyOf!;
    expect(keysOf(reversal)).toEqual(['id', 'reverses']);
    expect(settled?.required).toEqual(['id', 'visitedOn', 'disease', 'institution', 'lines']);
    expect(settled?.additionalProperties).toBe(false);
    const lines = at(settled, 'lines')!.items!.anyOf!;
    expect(lines.map((line) => line.required)).toEqual([
      ['no', 'kind', 'amount', 'parts'],
      ['no', 'price', 'quantity', 'amount', 'item'],
      ['no', 'price', 'quantity', 'amount', 'kind', 'class', 'firstShareRatio'],
    ]);
    expect(at(lines[0], 'amount')!.pattern).toBe('^-?\\d{1,14}(\\.\\d{1,2})?$');
  });
  test('know the person, and what a case may leave to the defaults', () => {
    expect((personJsonSchema() as Schema).required).toEqual(['insuranceType', 'filing']);
    const cases = at(casesJsonSchema() as Schema, 'cases')!.items;
    const [inCase] = at(cases, 'person')!.anyOf!;
    expect(inCase?.required).toBeUndefined();
    expect(keysOf(inCase)).toContain('personType');
    expect(keysOf(cases)).toEqual(['name', 'source', 'person', 'bills', 'expect']);
  });
});
