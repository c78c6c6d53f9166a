import { expect, test } from 'vitest';
import { figuresOf } from '../../seeds/policy-figures.ts';

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
