import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { diseaseCode, type Disease, type InsuranceType } from '../../domain/identifiers.ts';
import { computeBenefit } from '../../domain/insured-place/benefit.ts';
import { ruleInForce, type Policy } from '../../domain/insured-place/policy.ts';
import { asText, toWire, yuan, zero } from '../../domain/money.ts';
import type { Outcome } from '../../domain/refusal.ts';
import { parsePolicyFile, policyJsonSchema } from '../../seeds/policy-file.ts';
import { SeedError } from '../../seeds/seed-error.ts';
import { aBenefitInput, aPerson, aSplit } from '../builders.ts';

const good = `place: '500000'
region: '500000'
name: 重庆市
policies:
  '310':
    M03900:
      - inForceFrom: 2021-12-25
        source: illustrative
        area:
          - form: none
        pool:
          deductible:
            accumulator: { per: year, name: deductible, key: all }
            basis: charged
            amounts:
              - when: { level: [primary] }
                amount: '100.00'
              - amount: '300.00'
          axis: { accumulator: { per: visit }, bandsFrom: zero }
          ratios:
            - bands: [{ upTo: '1000.00', ratio: '0.80' }, { ratio: '0.90' }]
          retiree: { form: none }
          limits: []
        layers: []
        account: { pays: [] }
    M01600:
      - { inForceFrom: 2021-12-25, source: illustrative, lapse: 没有此病种待遇 }
`;
/** The message of the refusal after one change to a file that is right. */
function faultOf(from: string, to: string): string {
  expect(good).toContain(from);
  const text = good.replace(from, to);
  try {
    parsePolicyFile(text, 'f.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(SeedError);
    return (error as SeedError).message;
  }
  return 'no fault';
}

describe('a policy file that is wrong says where and why', () => {
  test('the file they all deviate from is right', () => {
    expect(parsePolicyFile(good, 'f.yaml').policy.name).toBe('重庆市');
  });
  test.each([
    ['an unquoted amount', "amount: '300.00'", 'amount: 300.00', /^f\.yaml:18:25 .*没有加引号/],
    ['an unquoted ratio', "ratio: '0.80'", 'ratio: 0.80', /^f\.yaml:21:49 .*没有加引号/],
    [
      'a negative amount',
      "'300.00'",
      "'-300.00'",
      /^f\.yaml:18:25 .*: 金额写元，加引号，最多两位小数，不能为负/,
    ],
    ['three decimals', "'300.00'", "'300.001'", /^f\.yaml:18:25 /],
    ['a ratio above 1', "'0.80'", "'1.80'", /^f\.yaml:21:49 .*: 比例写 0 到 1 的小数/],
    [
      'an unknown key',
      '        layers: []',
      '        layers: []\n        ceiling: 1',
      /^f\.yaml:25:18 .*ceiling: 没有这个键；可写 inForceFrom、source、area、pool、layers、/,
    ],
    [
      'an unknown key on top',
      'name: 重庆市',
      'name: 重庆市\nversion: 2',
      /^f\.yaml:4:10 version: 没有这个键；可写 place、region、name、parameters、groups、policies$/,
    ],
    ['no source', '        source: illustrative\n', '', /^f\.yaml:7:9 .*source: /],
    [
      'an empty source',
      'source: illustrative',
      "source: ''",
      /^f\.yaml:8:17 .*source: 依据写文号和条款/,
    ],
    [
      'a day that does not exist',
      '2021-12-25',
      '2021-02-30',
      /^f\.yaml:7:22 .*: 日期写成 2026-03-05 的样子，且要有这一天$/,
    ],
    [
      'a disease that is none',
      'M03900',
      'X03900',
      /^f\.yaml:6:5 .*: 病种写 M 加五位数字，例如 M03900；普通门诊写 none$/,
    ],
    ['an insurance type that is none', "'310'", "'340'", /^f\.yaml:5:3 /],
    [
      'a region elsewhere',
      "region: '500000'",
      "region: '510100'",
      /^f\.yaml:2:9 .*不在 place 所写的省；两处应写同一个省/,
    ],
    [
      'a lower layer name',
      '        layers: []',
      '        layers: [{ name: pool }]',
      /^f\.yaml:24:26 /,
    ],
    [
      'no row for the rest',
      "              - amount: '300.00'\n",
      '',
      /^f\.yaml:16:17 .*: 最后一行适用于其余的人，不能写 when/,
    ],
    [
      'a row that hides others',
      "- when: { level: [primary] }\n                amount: '100.00'",
      "- amount: '100.00'",
      /^f\.yaml:16:17 .*: 没有 when 的行适用于所有人，后面的行用不到/,
    ],
    ['an empty `when`', '{ level: [primary] }', '{}', /^f\.yaml:16:17 .*: when 里没有条件/],
    ['a level that is none', '[primary]', '[city]', /^f\.yaml:16:33 /],
    ['bands that end', ", { ratio: '0.90' }", '', /^f\.yaml:21:23 .*: 只有最后一段不写 upTo/],
    [
      'bands that fall',
      "{ ratio: '0.90' }",
      "{ upTo: '900.00', ratio: '0.90' }, { ratio: '0.90' }",
      /^f\.yaml:21:67 .*各段的 upTo 要由低到高/,
    ],
    [
      'one name for two things',
      '{ accumulator: { per: visit }',
      '{ accumulator: { per: year, name: deductible, key: all }',
      /前面已用来累计别的/,
    ],
    [
      'a name without a period',
      '{ per: year, name: deductible, key: all }',
      '{ per: visit, name: deductible, key: all }',
      /^f\.yaml:13:46 .*name: 没有这个键；可写 per\n/,
    ],
    [
      'a source of its own that is empty',
      "amount: '300.00'",
      "{ amount: '300.00', source: '' }",
      /^f\.yaml:18:/,
    ],
    [
      'a deductible by level that counts in-scope money',
      'basis: charged',
      'basis: inScope',
      /: 起付标准按机构级别不同，basis 应写 charged/,
    ],
    [
      'a group that is not declared',
      'key: all',
      'key: { group: 甲类 }',
      /: groups 中没有「甲类」；请先在文件的 groups 中写明$/,
    ],
    [
      'a parameter that is not declared',
      "- amount: '300.00'",
      "- amount: { rate: '0.06', of: 平均工资 }",
      /: parameters 中没有「平均工资」；/,
    ],
    [
      'a rate of a parameter without its name',
      "- amount: '300.00'",
      "- amount: { rate: '0.06' }",
      /^f\.yaml:18:17 .*年度参数的倍数写成/,
    ],
    [
      'a selector’s number that is none',
      'when: { level: [primary] }',
      "when: { age: { from: '45' } }",
      /age: 写整数列表，例如 \[1, 2\]，或 \{ from: 3 \}/,
    ],
    [
      'no deductible at all, which is right',
      "          deductible:\n            accumulator: { per: year, name: deductible, key: all }\n            basis: charged\n            amounts:\n              - when: { level: [primary] }\n                amount: '100.00'\n              - amount: '300.00'\n",
      '',
      /no fault/,
    ],
    [
      'a limit before the deductible that names the pool’s cap',
      'limits: []',
      "limits: [{ meaning: total, accumulator: { per: visit }, amounts: [{ amount: '1.00' }], component: overPoolCap }]",
      /超出这种限额的部分应归入 overDiseaseLimit/,
    ],
    [
      'a combination without a group',
      'limits: []',
      "limits: [{ meaning: total, accumulator: { per: visit }, amounts: [{ amount: '1.00' }], combine: { way: sum }, component: overDiseaseLimit }]",
      /combine: combine 用于病种组/,
    ],
    [
      'a limit that is none for some, which is right',
      'limits: []',
      "limits: [{ meaning: fundPayment, accumulator: { per: visit }, amounts: [{ when: { retired: true }, amount: none }, { amount: '120.00' }], component: overPoolCap }]",
      /no fault/,
    ],
    [
      'two limits that count the same in-scope money',
      'limits: []',
      "limits: [&one { meaning: inScope, accumulator: { per: year, name: money, key: all }, amounts: [{ amount: '1.00' }], component: overDiseaseLimit }, *one]",
      /^f\.yaml:23:45 policies\.310\.M03900\.0\.pool\.limits\.1\.accumulator: 前面的限额已用累计「money」/,
    ],
    ['broken YAML', 'name: 重庆市', 'name: [重庆市', /^f\.yaml:4:1 /],
    ['a key twice', 'name: 重庆市', 'name: 重庆市\nname: 成都市', /^f\.yaml:4:1 同一个键写了两次/],
    ['not even a map', good, '', /^f\.yaml:1:1 /],
  ])('%s', (_name, from, to, expected) => {
    expect(faultOf(from, to)).toMatch(expected);
  });
  test.each([
    [
      'limits: []',
      "limits: [{ meaning: fundPayment, accumulator: { per: year, name: cap, key: { group: 甲类 } }, amounts: [{ amount: '1.00' }], combine: { way: sum }, component: overPoolCap }]",
      'pool.limits.0.combine',
    ],
    [
      'layers: []',
      "layers: [{ name: other, base: [poolSelf], axis: { accumulator: { per: visit }, bandsFrom: zero }, ratios: [{ bands: [{ ratio: '1' }] }], cap: { accumulator: { per: year, name: cap, key: { group: 甲类 } }, amounts: [{ amount: '1.00' }], combine: { way: sum } } }]",
      'layers.0.cap.combine',
    ],
  ])('limits combined of a group without the disease: %s', (from, to, path) => {
    const groups = 'groups: { 甲类: { diseases: [M01600], source: illustrative } }\npolicies:';
    const text = good.replace('policies:', groups).replace(from, to);
    expect(() => parsePolicyFile(text, 'f.yaml')).toThrow(`${path}: 病种组「甲类」里没有 M03900`);
  });
  test('an alias of nothing is told where it stands', () => {
    expect(faultOf('layers: []', 'layers: *funds')).toMatch(
      /^f\.yaml:24:17 \*funds 在前面没有：请先在被引用处写 &funds$/,
    );
  });
  test('text with aliases in it may be used as often as a country has diseases', () => {
    const limits =
      "limits: [{ meaning: total, accumulator: &visit { per: visit }, amounts: [{ amount: '1.00' }], component: overDiseaseLimit }, { meaning: inScope, accumulator: *visit, amounts: [{ amount: '1.00' }], component: overDiseaseLimit }]";
    const codes = Array.from(
      { length: 200 },
      (_, index) => `    M1${String(index).padStart(4, '0')}: *shared\n`,
    );
    const text = good.replace('limits: []', limits).replace('M03900:', 'M03900: &shared');
    const { policies } = parsePolicyFile(`${text}${codes.join('')}`, 'f.yaml').policy;
    expect(Object.keys(policies['310'] ?? {})).toHaveLength(202);
  });
  test('aliases that multiply without end are refused, not followed', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let of = 1; of < 10; of += 1) {
      lines.push(`a${of}: &a${of} [${Array.from({ length: 10 }, () => `*a${of - 1}`).join(', ')}]`);
    }
    expect(() => parsePolicyFile(lines.join('\n'), 'f.yaml')).toThrow(
      /^f\.yaml:1:1 「\*名」用得太多/,
    );
  });
  test('two entries that start on one day', () => {
    const lapse = '- { inForceFrom: 2021-12-25, source: illustrative, lapse: 没有此病种待遇 }';
    const message = faultOf(lapse, `${lapse}\n      ${lapse}`);
    expect(message).toMatch(/^f\.yaml:28:24 .*2021-12-25 起施行的有两条，请去掉一条或改日期/);
  });
  test('every fault is told, each on its line', () => {
    const text = good.replace("'100.00'", '100').replace("'0.90'", '0.9');
    expect(() => parsePolicyFile(text, 'f.yaml')).toThrow(/^f\.yaml:17:25 .*\nf\.yaml:21:68 .*$/);
  });
  test('a fault in text that is used twice is told once, where it is written', () => {
    const text = good
      .replace('M03900:', 'M03900: &shared')
      .replace("ratio: '0.80'", 'ratio: 0.80')
      .replace(/ {4}M01600:[^]*$/, '    M01600: *shared\n');
    expect(() => parsePolicyFile(text, 'f.yaml')).toThrow(/^f\.yaml:21:49 .*$/);
  });
  test('the keys are there as JSON Schema, with a word for each', () => {
    const schema = JSON.stringify(policyJsonSchema());
    for (const word of [
      'inForceFrom',
      'shareCeiling',
      'highestPlusStep',
      'lapse',
      '最高支付限额',
    ]) {
      expect(schema).toContain(word);
    }
    expect(schema).toContain('"pattern":"^(M\\\\d{5}|none)$"');
  });
  test('the hash is of the text: a comment changes it, another reading does not', () => {
    const { hash } = parsePolicyFile(good, 'f.yaml');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(parsePolicyFile(good, 'g.yaml').hash).toBe(hash);
    expect(parsePolicyFile(`${good}# a remark\n`, 'f.yaml').hash).not.toBe(hash);
  });
  test('what is stored is text: it comes back the same from JSON', () => {
    const { policy } = parsePolicyFile(good, 'f.yaml');
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
  });
});

const diseases: Disease[] = [
  'M03900',
  'M01600',
  'M00500',
  'M07801',
  'M08301',
  'M08302',
  'M08303',
  'M08304',
  'M08305',
  'M08306',
].map(diseaseCode);
const read = (region: string) =>
  parsePolicyFile(
    readFileSync(new URL(`../../seeds/policies/${region}.yaml`, import.meta.url), 'utf8'),
    `${region}.yaml`,
  ).policy;
const valueOf = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(outcome.refusal.reason);
  return outcome.value;
};

describe.each(['500000', '510100'])('the sample policy of %s', (region) => {
  const policy = read(region);
  const all = (['310', '390'] as const).flatMap((type) =>
    [...diseases, 'none' as const].map((disease): [InsuranceType, Disease] => [type, disease]),
  );
  test.each(all)(
    '%s %s has an illustrative rule from the pilot’s first day on',
    (type, disease) => {
      for (const on of ['2021-12-25', '2026-03-05', '2099-12-31']) {
        const rule = valueOf(ruleInForce(policy, type, disease, day(on)));
        expect(rule.source).toBe('illustrative');
        const { benefit } = computeBenefit(
          aBenefitInput({ rule, disease, totals: aSplit({ inScope: '2000.00' }) }),
        );
        expect(toWire(benefit.fundTotal)).not.toBe('0.00');
      }
    },
  );
});

test('渝医保办〔2021〕54号: hypertension and diabetes were on trial before 2021-12-25, the others begin', () => {
  const policy = read('500000');
  const isInForce = (disease: Disease) => ruleInForce(policy, '310', disease, day('2021-12-24')).ok;
  expect(diseases.filter(isInForce)).toEqual(['M03900', 'M01600']);
});

describe('Chengdu, employee, hypertension, at a tertiary institution', () => {
  const rule = (policy: Policy, on: string) =>
    valueOf(ruleInForce(policy, '310', diseaseCode('M03900'), day(on)));
  const chengdu = read('510100');
  test.each([
    // 300 deductible; 80 % to 5,000, then 85 %; retired +5 points; other temporary −10 points
    ['2026-03-05', 'LT_RESIDENT', false, '1000.00', '560.00'],
    ['2026-03-05', 'LT_RESIDENT', true, '1000.00', '595.00'],
    ['2026-03-05', 'TMP_REFERRAL', false, '1000.00', '525.00'],
    ['2026-03-05', 'TMP_OTHER', false, '1000.00', '490.00'],
    ['2026-03-05', 'LT_RESIDENT', false, '6000.00', '4610.00'],
    // 4,700 × 80 % + 30,870.59 × 85 % = 30,000.00, then 4,429.41 × 75 % = 3,322.06
    ['2026-03-05', 'LT_RESIDENT', false, '40300.00', '33322.06'],
    // the older rule: 4,700 × 80 % + 19,105.88 × 85 % = 20,000.00
    ['2023-12-31', 'LT_RESIDENT', false, '24105.88', '20000.00'],
    ['2023-12-31', 'LT_RESIDENT', false, '24105.98', '20000.08'],
  ] as const)('%s %s, retired %s: %s in scope, funds pay %s', (...row) => {
    const [visitedOn, filing, retired, inScope, expected] = row;
    const { benefit } = computeBenefit(
      aBenefitInput({
        rule: rule(chengdu, visitedOn),
        visitedOn: day(visitedOn),
        filing,
        person: aPerson({ retired }),
        totals: aSplit({ inScope }),
      }),
    );
    expect(toWire(benefit.fundTotal)).toBe(expected);
  });
  test('the account pays what the policy names', () => {
    const { benefit } = computeBenefit(
      aBenefitInput({
        rule: rule(chengdu, '2026-03-05'),
        totals: aSplit({ inScope: '400.00', excluded: '50.00', firstShare: '5.00' }),
        account: { use: 'own', balance: yuan('500.00'), family: zero },
      }),
    );
    expect(asText(benefit)).toMatchObject({ personalAccount: '325.00', cash: '50.00' });
  });
});
