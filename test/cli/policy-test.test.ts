import { afterAll, describe, expect, test } from 'vitest';
import { aFolder, plainBill, policyText, runHere } from './samples.ts';

const runTest = (paths: readonly string[]) => runHere(['test', ...paths]);

const folder = aFolder();
afterAll(folder.remove);
folder.write('510100.yaml', policyText);

const good = `policy: 510100.yaml
defaults:
  person: { insuranceType: '310', filing: LT_RESIDENT, qualifications: [{ disease: M03900, from: 2025-01-01 }] }
  bill: { disease: M03900, institution: { code: H1, place: '500000', level: tertiary } }
cases:
  - name: 起付线三百，再按八成支付
    source: illustrative
    bills:
      - id: b1
        visitedOn: 2026-03-05
        lines: &lines [{ no: 1, kind: drug, amount: '1000.00', parts: { excluded: '0.00', overPriceLimit: '0.00', firstShare: '0.00', inScope: '1000.00' } }]
      - { id: b2, reverses: b1 }
    expect:
      - bill: b1
        total: '1000.00'
        deductible: '300'
        layers: { pool: '560.00' }
        components: { poolSelf: '140.00' }
        accumulators: { pool-fund: '560.00', deductible: '300.00' }
        personShare: '440.00'
      - { bill: b2, fundTotal: '-560.00', accumulators: { pool-fund: '0.00' } }
  - name: 未备案不予结算
    source: illustrative
    person: { filing: none }
    bills: [{ id: b1, visitedOn: 2026-03-05, lines: *lines }]
    expect: [{ bill: b1, refusal: not-filed }]
`;
let written = 0;
/** A case file beside the policy, after one change. */
function withChange(from = '', to = ''): string {
  expect(good).toContain(from);
  written += 1;
  return folder.write(`${written}.cases.yaml`, good.replace(from, to));
}

describe('the cases that come with the project', () => {
  test('all pass, and none is lost', async () => {
    const { status, output, errors } = await runTest(['seeds/policies', 'test/policies']);
    expect({ status, errors }).toEqual({ status: 0, errors: '' });
    const [, count, passed, differ] = /^共 (\d+) 例：通过 (\d+)，不符 (\d+)。$/m.exec(output) ?? [];
    expect([passed, differ]).toEqual([count, '0']);
    expect(Number(count)).toBeGreaterThanOrEqual(134);
  });
});

describe('kuasheng policy test', () => {
  test('a line for each case, the totals, status 0', async () => {
    const file = withChange();
    expect(await runTest([file])).toEqual({
      status: 0,
      output: `${file}\n  通过  起付线三百，再按八成支付\n  通过  未备案不予结算\n共 2 例：通过 2，不符 0。\n`,
      errors: '',
    });
  });

  test('a difference is told with place, amounts and the step that made it; status 1', async () => {
    const file = withChange("pool: '560.00'", "pool: '570.00'");
    const { status, output } = await runTest([file]);
    expect(status).toBe(1);
    expect(output).toContain(
      `  不符  起付线三百，再按八成支付
        b1 layers.pool：应为 570.00，得 560.00（${file}:17:25）
            统筹基金  700.00 × 0.8000  560.00  统筹基金支付：本年度累计费用 300.00 元至 1000.00 元部分  〔illustrative〕
  通过  未备案不予结算
共 2 例：通过 1，不符 1。`,
    );
  });

  test.each([
    [
      'a deductible one fen off',
      "deductible: '300'",
      "deductible: '300.01'",
      'b1 deductible：应为 300.01，得 300.00',
    ],
    [
      'a layer that the policy does not have',
      'layers: { pool:',
      'layers: { catastrophic:',
      'b1 layers.catastrophic：应为 560.00，得 没有这一项',
    ],
    [
      'an accumulator after',
      "pool-fund: '0.00'",
      "pool-fund: '560.00'",
      'b2 accumulators.pool-fund：应为 560.00，得 0.00',
    ],
    [
      'another reason',
      'refusal: not-filed',
      'refusal: not-qualified',
      'b1：应不予结算（not-qualified），得 不予结算（not-filed）',
    ],
    [
      'a refusal that nobody expects',
      'refusal: not-filed',
      "total: '1000.00'",
      'b1：应予结算，得 不予结算（not-filed）',
    ],
    [
      'a refusal that does not come',
      'person: { filing: none }',
      'person: { filing: local }',
      'b1：应不予结算（not-filed），得 结算了，个人负担 440.00',
    ],
  ])('%s differs', async (_, from, to, what) => {
    const { status, output } = await runTest([withChange(from, to)]);
    expect(status).toBe(1);
    expect(output).toContain(what);
  });

  test('a bill without expectation must at least be settled', async () => {
    const second = good.replace(
      '      - { id: b2, reverses: b1 }\n',
      `      - { id: b2, reverses: b1 }\n      - { id: b3, visitedOn: 2023-01-01, lines: *lines }\n`,
    );
    const { status, output } = await runTest([folder.write('third.cases.yaml', second)]);
    expect(status).toBe(1);
    expect(output).toContain('b3：应予结算，得 不予结算（qualification-not-in-force）');
  });

  test.each([
    [
      'a case that expects nothing',
      '    expect: [{ bill: b1, refusal: not-filed }]\n',
      '    expect: []\n',
      /:26:5 cases\.1\.expect: 没有写期望/,
    ],
    [
      'a bill of which nothing is expected',
      "{ bill: b2, fundTotal: '-560.00', accumulators: { pool-fund: '0.00' } }",
      '{ bill: b2 }',
      /:21:9 cases\.0\.expect\.1: 没有写这张单据的期望；请写金额，或写 refusal/,
    ],
    [
      'an expectation of no bill',
      'bill: b2, fundTotal',
      'bill: b9, fundTotal',
      /:21:17 cases\.0\.expect\.1\.bill: 例子里没有单据 b9/,
    ],
    [
      'no source',
      '    source: illustrative\n    person',
      '    person',
      /cases\.1\.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed/,
    ],
    [
      'an amount without quotes',
      "'440.00'",
      '440.00',
      /:20:22 cases\.0\.expect\.0\.personShare: 没有加引号/,
    ],
    [
      'a wrong default',
      'level: tertiary',
      'level: third',
      /:4:77 defaults\.bill\.institution\.level: 级别写 primary/,
    ],
    [
      'an unknown key of a person',
      'filing: none',
      'filling: none',
      /:24:24 cases\.1\.person\.filling: 没有这个键/,
    ],
    ['a fund that is none', 'layers: { pool', 'layers: { pol', /cases\.0\.expect\.0\.layers/],
    [
      'a policy that is not there',
      'policy: 510100.yaml',
      'policy: 510101.yaml',
      /找不到文件 .*510101\.yaml/,
    ],
  ])('%s is unusable, with its place; status 2', async (_, from, to, fault) => {
    const { status, errors } = await runTest([withChange(from, to)]);
    expect(status).toBe(2);
    expect(errors).toMatch(fault);
  });

  test('takes a policy file for the cases beside it, and a folder for all of them', async () => {
    const other = aFolder();
    try {
      const policy = other.write('510100.yaml', policyText);
      expect(await runTest([policy])).toMatchObject({ status: 2, output: '' });
      other.write('510100.cases.yaml', good);
      expect(await runTest([policy])).toMatchObject({ status: 0 });
      const all = await runTest([policy.replace(/\/510100\.yaml$/, '')]);
      expect(all.output).toMatch(/^共 2 例：通过 2，不符 0。$/m);
    } finally {
      other.remove();
    }
  });

  test('an item line without a scope is told where it is written', async () => {
    const bill = plainBill('b1', '10.00').trim();
    expect(bill).toContain('no: 1');
    const { status, errors } = await runTest([
      withChange(
        '[{ id: b1, visitedOn: 2026-03-05, lines: *lines }]',
        "[{ id: b1, visitedOn: 2026-03-05, lines: [{ no: 1, item: X1, price: '1', quantity: '1', amount: '1.00' }] }]",
      ),
    ]);
    expect(status).toBe(2);
    expect(errors).toMatch(
      /:25:69 cases\.1\.bills\.0\.lines\.0\.item: 明细 1：按项目代码写的明细要有就医地支付范围/,
    );
  });
});
