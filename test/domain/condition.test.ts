import { expect, test } from 'vitest';
import { whomText } from '../../domain/insured-place/condition.ts';
import { computeBenefit } from '../../domain/insured-place/benefit.ts';
import type { Selectors } from '../../domain/insured-place/policy.ts';
import { aBenefitInput, aRule, aSplit } from '../builders.ts';

test.each<[string, Selectors | undefined]>([
  ['', undefined],
  ['（三级医疗机构）', { level: ['tertiary'] }],
  [
    '（一级或二级医疗机构，选定的定点机构，退休）',
    { level: ['primary', 'secondary'], selected: true, retired: true },
  ],
  ['（满 70 周岁，连续参保满 36 个月）', { age: { from: 70 }, insuredMonths: { from: 36 } }],
  ['（6或7 周岁）', { age: [6, 7] }],
  [
    '（缴费档次 一档，低保对象，公务员 科级）',
    { tier: ['一档'], hardship: ['低保对象'], civilServant: ['科级'] },
  ],
  ['（异地转诊或异地急诊抢救）', { filing: ['TMP_REFERRAL', 'TMP_EMERGENCY'] }],
  ['（签约家庭医生开方，定点药店）', { prescriber: ['family-doctor'], channel: ['pharmacy'] }],
  [
    '（本年度第 2 次就诊，总额不低于 30000.00 元）',
    { visitOrdinal: [2], total: { from: '30000.00' } },
  ],
  [
    '（本年度第 3 次及以后就诊，病种组 甲类，人员类别 军转）',
    { visitOrdinal: { from: 3 }, group: ['甲类'], personType: ['军转'] },
  ],
  ['（不是选定的定点机构，在职或未退休）', { selected: false, retired: false }],
])('a row is said to be for %s', (text, when) => {
  expect(whomText(when)).toBe(text);
});

test('each step says whom the row that decided it is for', () => {
  const base = aRule();
  const rule = aRule({
    area: [
      { when: { filing: ['TMP_REFERRAL'] }, form: 'firstShare', rate: '0.10' },
      { form: 'none' },
    ],
    pool: {
      ...base.pool,
      deductible: {
        accumulator: { per: 'visit' },
        basis: 'inScope',
        amounts: [{ when: { level: ['tertiary'] }, amount: '100.00' }, { amount: '0.00' }],
      },
      ratios: [
        { when: { retired: false }, bands: [{ ratio: '0.50' }] },
        { bands: [{ ratio: '1' }] },
      ],
      limits: [
        {
          meaning: 'fundPayment',
          accumulator: { per: 'visit' },
          amounts: [{ when: { age: { from: 18 } }, amount: '200.00' }, { amount: 'none' }],
          component: 'overPoolCap',
        },
      ],
    },
  });
  const input = aBenefitInput({
    rule,
    totals: aSplit({ inScope: '1000.00' }),
    filing: 'TMP_REFERRAL',
  });
  const { steps } = computeBenefit(input);
  const what = (component: string) => steps.filter((step) => step.component === component)[0]?.what;
  expect(what('areaFirstShare')).toBe('跨省就医先行自付（异地转诊）：按备案类别由个人先付的部分');
  expect(what('deductible')).toBe('本次起付标准 100.00 元（三级医疗机构）');
  expect(what('pool')).toBe(
    '统筹基金支付（在职或未退休）：本年度累计费用 100.00 元至 500.00 元部分',
  );
  expect(what('overPoolCap')).toBe('超统筹封顶线：本次最高支付限额 200.00 元（满 18 周岁）');
});
