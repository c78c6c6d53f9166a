import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import {
  aFolder,
  billText,
  personText,
  plainBill,
  policyText,
  runHere,
  runProcess,
  wordsOf,
} from './samples.ts';

const runQuote = (options: Parameters<typeof wordsOf>[0]) =>
  runHere(['quote', ...wordsOf(options)]);

const folder = aFolder();
afterAll(folder.remove);
const policy = folder.write('policy.yaml', policyText);
const person = folder.write('person.yaml', personText);
const bill = folder.write('bill.yaml', billText);

const article = '医保办函〔2021〕4号 三(一)';
const step = (component: string, what: string, [base, rate, amount]: [string, string, string]) => {
  return { component, what, source: 'illustrative', base, rate, amount };
};
/**
 * Worked out by hand. Lines: 10.00 × 5 % = 0.50; 9.00; 450.00 − 50.00 over = 400.00, × 20 % = 80.00;
 * 12.00 excluded. In scope 9.50 + 9.00 + 320.00 = 338.50. Deductible 300 − 250 = 50.00. On the axis
 * 950…1000 at 85 % = 42.50 and 1000…1238.50 at 95 % = 226.575, half up 226.58. The account has 60.00.
 */
const byHand = {
  results: [
    {
      bill: 'b1',
      policy: {
        inForceFrom: '2024-01-01',
        hash: createHash('sha256').update(policyText).digest('hex'),
      },
      split: {
        lines: [
          {
            no: 1,
            amount: '10.00',
            excluded: '0.00',
            overPriceLimit: '0.00',
            firstShare: '0.50',
            inScope: '9.50',
          },
          {
            no: 2,
            amount: '9.00',
            excluded: '0.00',
            overPriceLimit: '0.00',
            firstShare: '0.00',
            inScope: '9.00',
          },
          {
            no: 3,
            amount: '450.00',
            excluded: '0.00',
            overPriceLimit: '50.00',
            firstShare: '80.00',
            inScope: '320.00',
          },
          {
            no: 4,
            amount: '12.00',
            excluded: '12.00',
            overPriceLimit: '0.00',
            firstShare: '0.00',
            inScope: '0.00',
          },
        ],
        totals: {
          total: '481.00',
          excluded: '12.00',
          overPriceLimit: '50.00',
          firstShare: '80.50',
          inScope: '338.50',
        },
      },
      benefit: {
        areaFirstShare: '0.00',
        deductible: '50.00',
        layers: [
          { name: 'pool', base: '288.50', amount: '269.08' },
          { name: 'largeAmount', base: '0.00', amount: '0.00' },
        ],
        components: {
          excluded: '12.00',
          'overPriceLimit.drug': '50.00',
          'overPriceLimit.service': '0.00',
          'overPriceLimit.consumable': '0.00',
          firstShare: '80.50',
          areaFirstShare: '0.00',
          deductible: '50.00',
          poolSelf: '19.42',
          overPoolCap: '0.00',
          overDiseaseLimit: '0.00',
        },
        fundTotal: '269.08',
        personalAccount: '60.00',
        cash: '151.92',
        personShare: '211.92',
        hospitalShare: '0.00',
      },
      accumulators: [
        { name: 'deductible', period: '2026', key: 'all', before: '250.00', after: '300.00' },
        { name: 'in-scope', period: '2026', key: 'all', before: '900.00', after: '1238.50' },
        { name: 'pool-fund', period: '2026', key: 'all', before: '100.00', after: '369.08' },
      ],
      steps: [
        {
          ...step('excluded', '全自费：不在就医地支付范围内', ['481.00', '', '12.00']),
          source: article,
        },
        {
          ...step('overPriceLimit.drug', '药品超过就医地限价的部分', ['481.00', '', '50.00']),
          source: article,
        },
        {
          ...step('firstShare', '先行自付：按就医地规定由个人先付的部分', ['481.00', '', '80.50']),
          source: article,
        },
        step('deductible', '本年度起付标准 300.00 元，此前已计 250.00 元', ['338.50', '', '50.00']),
        step('pool', '退休人员：支付比例 +0.0500', ['0.00', '', '0.00']),
        step('pool', '统筹基金支付：本年度累计费用 950.00 元至 1000.00 元部分', [
          '50.00',
          '0.8500',
          '42.50',
        ]),
        step('pool', '统筹基金支付：本年度累计费用 1000.00 元至 1238.50 元部分', [
          '238.50',
          '0.9500',
          '226.58',
        ]),
        step('poolSelf', '统筹基金支付后个人自付：本年度累计费用 950.00 元至 1000.00 元部分', [
          '50.00',
          '',
          '7.50',
        ]),
        step('poolSelf', '统筹基金支付后个人自付：本年度累计费用 1000.00 元至 1238.50 元部分', [
          '238.50',
          '',
          '11.92',
        ]),
        step('largeAmount', '大额医疗补助本次没有可支付的金额', ['0.00', '', '0.00']),
        step('personalAccount', '个人账户支付起付标准', ['50.00', '', '50.00']),
        step('personalAccount', '个人账户支付统筹段个人自付', ['19.42', '', '10.00']),
      ],
    },
  ],
};

interface Answer {
  results: Record<string, unknown>[];
}
const resultsOf = (output: string) => (JSON.parse(output) as Answer).results;

describe('kuasheng policy quote, with what it reads and writes', () => {
  test('prints the whole result as JSON, key by key, with status 0', async () => {
    const ended = await runQuote({ policy, bill, person, json: true });
    expect(ended).toEqual({
      status: 0,
      output: `${JSON.stringify(byHand, null, 2)}\n`,
      errors: '',
    });
  });

  test('as a process of its own: reads the bill from the standard input, also as JSON, and ends with 1 when it is refused', async () => {
    const json = JSON.stringify({
      bills: [
        {
          id: 'b1',
          visitedOn: '2026-03-05',
          disease: 'M01600',
          institution: { code: 'H1', place: '500000', level: 'primary' },
          lines: [
            {
              no: 1,
              kind: 'drug',
              class: 'A',
              firstShareRatio: '0',
              price: '3.00',
              quantity: '2',
              amount: '6.00',
            },
          ],
        },
      ],
    });
    const words = [
      'policy',
      'quote',
      '--policy',
      policy,
      '--bill',
      '-',
      '--person',
      person,
      '--json',
    ];
    const { status, output } = await runProcess(words, json.replaceAll('":', '":\t'));
    expect(status).toBe(1);
    expect(resultsOf(output)).toEqual([
      {
        bill: 'b1',
        policy: null,
        split: {
          lines: [
            {
              no: 1,
              amount: '6.00',
              excluded: '0.00',
              overPriceLimit: '0.00',
              firstShare: '0.00',
              inScope: '6.00',
            },
          ],
          totals: {
            total: '6.00',
            excluded: '0.00',
            overPriceLimit: '0.00',
            firstShare: '0.00',
            inScope: '6.00',
          },
        },
        refusal: { reason: 'not-qualified', disease: 'M01600' },
        accumulators: [],
        steps: [],
      },
    ]);
  });

  test('nothing on the standard input: status 2, a reason, and nothing on the output', async () => {
    const words = ['policy', 'quote', '--policy', policy, '--bill', '-', '--person', person];
    const { status, output, errors } = await runProcess(words);
    expect({ status, output }).toEqual({ status: 2, output: '' });
    expect(errors).toMatch(/^<stdin>:1:1/);
  });
});

describe('kuasheng policy quote', () => {
  const several = folder.write(
    'several.yaml',
    `bills:${plainBill('first', '100.00')}${plainBill('lapsed', '50.00', '2026-03-06', 'M01600')}${plainBill('early', '50.00', '2023-12-31', 'none')}${plainBill('last', '200.00', '2026-03-07')}`,
  );
  test('a refusal in the middle changes nothing, and later bills still run', async () => {
    const { status, output } = await runQuote({ policy, bill: several, person, json: true });
    expect(status).toBe(1);
    const told = resultsOf(output).map((result) => [
      result['bill'],
      (result['refusal'] as { reason: string } | undefined)?.reason ??
        (result['benefit'] as { fundTotal: string }).fundTotal,
      (result['accumulators'] as { name: string; after: string }[]).map(({ after }) => after),
    ]);
    // First: 50.00 deductible, 950…1000 at 85 %. Last: 1000…1200 at 95 %.
    expect(told).toEqual([
      ['first', '42.50', ['300.00', '1000.00', '142.50']],
      ['lapsed', 'not-qualified', []],
      ['early', 'no-policy-in-force', []],
      ['last', '190.00', ['300.00', '1200.00', '332.50']],
    ]);
  });

  test('--as-of replaces every visit day', async () => {
    const request = { policy, bill, person, asOf: '2027-01-01', json: true };
    const { status, output } = await runQuote(request);
    expect(status).toBe(0);
    // Nothing was used in 2027: 300.00 deductible, 300…338.50 at 85 % = 32.725, half up 32.73.
    expect(resultsOf(output)[0]?.['benefit']).toMatchObject({
      deductible: '300.00',
      fundTotal: '32.73',
    });
    expect(resultsOf(output)[0]?.['accumulators']).toContainEqual({
      name: 'pool-fund',
      period: '2027',
      key: 'all',
      before: '0.00',
      after: '32.73',
    });
    const before = await runQuote({ ...request, asOf: '2024-12-31' });
    expect(before.status).toBe(1);
    expect(resultsOf(before.output)[0]?.['refusal']).toEqual({
      reason: 'qualification-not-in-force',
      disease: 'M03900',
      on: '2024-12-31',
      from: '2025-01-01',
      to: null,
    });
  });

  test('tells a clerk the amounts, every step, what was counted, and the rule', async () => {
    const { status, output } = await runQuote({ policy, bill, person });
    expect(status).toBe(0);
    expect(output).toMatch(/【b1】 {2}2026-03-05 {2}高血压（M03900） {2}重庆市 H1（三级）/);
    expect(output).toMatch(/规则：2024-01-01 起施行，政策文件 sha256 [0-9a-f]{64}/);
    expect(output).toMatch(/^ {2}基金支付总额 +269\.08$/m);
    expect(output).toMatch(/^ {2}统筹基金 +238\.50 × 0\.9500 +226\.58 +统筹基金支付/m);
    expect(output).toMatch(/^ {2}pool-fund +2026 +all +100\.00 +369\.08$/m);
  });

  test('tells the refusal in a sentence', async () => {
    const unfiled = folder.write('unfiled.yaml', personText.replace('LT_RESIDENT', 'none'));
    const { status, output } = await runQuote({ policy, bill, person: unfiled });
    expect(status).toBe(1);
    expect(output).toMatch(/不予结算（not-filed）：未查到该参保人员的异地就医备案/);
  });

  test('says when what was used is counted by no accumulator of the policy', async () => {
    const text = personText.replace('name: pool-fund', 'name: pool-found');
    const misspelt = folder.write('misspelt.yaml', text);
    const { status, errors } = await runQuote({ policy, bill, person: misspelt, json: true });
    expect(status).toBe(0);
    expect(errors).toBe('提示：政策没有累计 pool-found（2026，all），未使用。\n');
  });

  test.each([
    ['a policy that is not there', { policy: 'none.yaml' }, /^找不到文件 none\.yaml/],
    ['a folder', { policy: '/' }, /是文件夹/],
    ['two files from the standard input', { bill: '-', person: '-' }, /^只能有一个文件从标准输入/],
    ['a day that is none', { asOf: '2026-02-30' }, /^日期应写成/],
    ['a bill that is no bill', { bill: person }, /person\.yaml:1:1 bills: .*\n.*没有这个键/],
  ])('%s is unusable', async (_, changes, reason) => {
    const ended = await runQuote({ policy, bill, person, ...changes });
    expect(ended).toMatchObject({ status: 2, output: '' });
    expect(ended.errors).toMatch(reason);
  });
});

describe('lines by the code of an item', () => {
  const code = 'XC08CAA001A001010199001';
  const scope = folder.write(
    'scope.yaml',
    `place: '500000'
items:
  - code: ${code}
    name: 苯磺酸氨氯地平片
    kind: drug
    entries:
      - { inForceFrom: 2025-01-01, class: B, restricted: false, priceLimit: '1.00', firstShareRatio: '0.10', source: illustrative }
      - { inForceFrom: 2026-01-01, class: B, restricted: false, priceLimit: '1.50', firstShareRatio: '0.10', source: illustrative }
`,
  );
  const byCode = (changes: Record<string, string> = {}) => {
    const { item = code, place = '500000', on = '2026-03-05', amount = '20.00' } = changes;
    return folder.write(
      'by-code.yaml',
      `bills:
  - id: b1
    visitedOn: ${on}
    disease: M03900
    institution: { code: H1, place: '${place}', level: tertiary }
    lines:
      - { no: 9, item: ${item}, price: '2.00', quantity: '10', amount: '${amount}' }
`,
    );
  };

  test.each([
    // 20.00 − 10 × 0.50 = 15.00, × 10 %; the year before 20.00 − 10 × 1.00 = 10.00, × 10 %
    ['2026-01-01', { overPriceLimit: '5.00', firstShare: '1.50', inScope: '13.50' }],
    ['2025-12-31', { overPriceLimit: '10.00', firstShare: '1.00', inScope: '9.00' }],
  ])('are split by the entry in force on %s', async (on, parts) => {
    const { output } = await runQuote({ policy, scope, bill: byCode({ on }), person, json: true });
    expect(resultsOf(output)[0]?.['split']).toMatchObject({ lines: [{ no: 9, ...parts }] });
  });

  test.each([
    [
      'an item that the scope lacks',
      { item: 'XC08CAA001A001010199002' },
      {},
      /by-code\.yaml:7:24 bills\.0\.lines\.0\.item: 明细 9：支付范围在 2026-03-05 没有 XC08CAA001A001010199002\n$/,
    ],
    [
      'an item before its first entry',
      { on: '2024-12-31' },
      {},
      /明细 9：支付范围在 2024-12-31 没有 XC08CAA001A001010199001\n$/,
    ],
    ['another place', { place: '110000' }, {}, /支付范围是 500000 的，医疗机构在 110000/],
    [
      'no scope',
      {},
      { scope: undefined },
      /by-code\.yaml:7:24 bills\.0\.lines\.0\.item: 明细 9：按项目代码写的明细要有就医地支付范围（--scope）\n$/,
    ],
    [
      'an amount two fen off',
      { amount: '20.02' },
      {},
      /lines\.0\.amount: 明细 9：与 2\.000000 × 10\.0000 相差超过 0\.01 元/,
    ],
  ])('%s is unusable', async (_, changes, options, reason) => {
    const request = { policy, scope, bill: byCode(changes), person, ...options };
    const ended = await runQuote(request);
    expect(ended).toMatchObject({ status: 2, output: '' });
    expect(ended.errors).toMatch(reason);
  });
});
