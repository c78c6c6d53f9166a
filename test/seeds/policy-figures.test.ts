import { expect, test } from 'vitest';
import { day } from '../../domain/calendar.ts';
import { diseaseCode } from '../../domain/identifiers.ts';
import { computeBenefit } from '../../domain/insured-place/benefit.ts';
import { ruleInForce } from '../../domain/insured-place/policy.ts';
import { figuresOf } from '../../seeds/policy-figures.ts';
import { parsePolicyFile } from '../../seeds/policy-file.ts';
import { aBenefitInput, aSplit } from '../builders.ts';

const text = `parameters:
  平均工资: { '2025': { amount: '100000.00', source: 统计公报 } }
policies:
  '310':
    M03900:
      - inForceFrom: 2021-12-25
        source: illustrative
        area: &area
          - when: { age: { from: 60 }, total: { from: '5000.00' } }
            source: 医保发〔2022〕1号 三
            form: points
            points: '-0.05'
          - form: none
        pool:
          ratios:
            - bands: [{ upTo: '1000.00', ratio: '0.80', source: 'C.7 [U], to be confirmed' }, { ratio: '0.90' }]
          limits:
            - amounts: [{ amount: { rate: '0.5', of: 平均工资, yearsBefore: 1 } }, { amount: none }]
              source: 市医保〔2023〕2号
    M01600:
      - inForceFrom: 2022-01-01
        source: 市医保〔2022〕9号
        area: *area
        pool:
          ratios: &ratios
            - bands: [{ ratio: '0.70' }]
      - inForceFrom: 2023-01-01
        source: illustrative
        area: *area
        pool:
          ratios: *ratios
`;

test('every number is told where it is written, with the nearest source; shared text once for each source', () => {
  const told = figuresOf(text).map(
    ({ line, column, kind, value, standing, source }) =>
      `${line}:${column} ${kind} ${value} ${standing} ${source}`,
  );
  expect(told).toEqual([
    '2:29 amount 100000.00 sourced 统计公报',
    '9:34 number 60 sourced 医保发〔2022〕1号 三',
    '9:55 amount 5000.00 sourced 医保发〔2022〕1号 三',
    '12:21 ratio -0.05 sourced 医保发〔2022〕1号 三',
    '16:31 amount 1000.00 toBeConfirmed C.7 [U], to be confirmed',
    '16:49 ratio 0.80 toBeConfirmed C.7 [U], to be confirmed',
    '16:104 ratio 0.90 illustrative illustrative',
    '18:43 ratio 0.5 sourced 市医保〔2023〕2号',
    '18:73 number 1 sourced 市医保〔2023〕2号',
    '26:32 ratio 0.70 sourced 市医保〔2022〕9号',
    '26:32 ratio 0.70 illustrative illustrative',
  ]);
});

test('the path is that of the first use', () => {
  expect(figuresOf(text).map(({ path }) => path)[3]).toBe('policies.310.M03900.0.area.0.points');
});

const nested = `place: '510000'
region: '510100'
name: 成都市
groups: { 两病: { diseases: [M03900, M01600], source: illustrative } }
policies:
  '310':
    M03900:
      - inForceFrom: 2021-12-25
        source: 条目
        area: [{ form: none }]
        pool:
          source: 统筹
          deductible:
            accumulator: { per: visit }
            basis: charged
            amounts: [{ amount: '100.00' }]
          axis: { accumulator: { per: visit }, bandsFrom: zero }
          ratios: [{ bands: [{ ratio: '1.00' }] }]
          retiree: { form: none }
          limits:
            - meaning: inScope
              accumulator: { per: year, name: scope-limit, key: { group: 两病 } }
              amounts: [{ amount: '5000.00' }]
              combine: { way: sum }
              component: overDiseaseLimit
            - meaning: fundPayment
              accumulator: { per: visit }
              amounts: [{ amount: '3000.00' }]
              component: overPoolCap
        layers:
          - name: largeAmount
            source: 大额
            base: [overPoolCap]
            deductible:
              accumulator: { per: visit }
              basis: charged
              amounts: [{ amount: '200.00' }]
            axis: { accumulator: { per: visit }, bandsFrom: zero }
            ratios: [{ bands: [{ ratio: '1.00' }] }]
            cap: { accumulator: { per: visit }, amounts: [{ amount: '400.00' }] }
        account: { pays: [] }
`;

test('what names no source has that of the pool or layer it lies in, in the list and in the steps', () => {
  const sources = figuresOf(nested).map(({ value, source }) => [value, source]);
  expect(sources).toEqual([
    ['100.00', '统筹'],
    ['1.00', '统筹'],
    ['5000.00', '统筹'],
    ['3000.00', '统筹'],
    ['200.00', '大额'],
    ['1.00', '大额'],
    ['400.00', '大额'],
  ]);
  const { policy } = parsePolicyFile(nested, 'f.yaml');
  const rule = ruleInForce(policy, '310', diseaseCode('M03900'), day('2026-03-05'));
  if (!rule.ok) throw new Error(rule.refusal.reason);
  const { steps } = computeBenefit(
    aBenefitInput({ rule: rule.value, totals: aSplit({ inScope: '6000.00' }) }),
  );
  // 1,000 beyond 5,000; 100; 3,000 of 4,900; of 1,900 above: 200, then 400 of 1,700
  const told = steps.map(({ component, amount, source }) => [component, amount, source]);
  expect(told).toEqual([
    ['overDiseaseLimit', '1000.00', '统筹'],
    ['deductible', '100.00', '统筹'],
    ['pool', '3000.00', '统筹'],
    ['overPoolCap', '1900.00', '统筹'],
    ['largeAmount', '0.00', '大额'], // its deductible
    ['largeAmount', '400.00', '大额'],
    ['largeAmount', '0.00', '大额'], // its cap
    ['overPoolCap', '-400.00', '大额'],
  ]);
});
