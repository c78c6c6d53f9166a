import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Seed files as small as they can be: two places, three diseases. The tests count their lines. */
export const smallWorld: Readonly<Record<string, string>> = {
  'places.yaml': `places:
  - code: '500000'
    name: 重庆市
    source: GB/T 2260
    connected: { from: 2021-01-01, source: illustrative }
  - { code: '510000', name: 四川省, source: GB/T 2260 }
`,
  'diseases.yaml': `diseases:
  - { number: 1, code: M03900, group: 高血压, name: 高血压, source: 附件 }
  - { number: 2, code: M08301, group: 器官移植, name: 肾移植, source: 附件 }
  - number: 3
    code: M08302
    name: 骨髓移植
    source: 附件
    aliases: [{ name: 骨髓, source: 备注 }]
`,
  'institutions/500000.yaml': `place: '500000'
openings:
  - disease: M03900
    qualification: { from: 2020-01-01, source: illustrative }
    settlement: { from: 2021-01-01, source: illustrative }
  - disease: M08301
    qualification: { from: 2021-12-01, source: 二 }
    settlement: { from: 2021-12-25, source: 二 }
institutions:
  - region: '500000'
    source: 附件
    designated: { from: 2021-01-01, source: illustrative }
    opens:
      - { disease: M03900, from: 2021-01-01, to: 2030-12-31, source: illustrative }
      - { disease: M08301, from: 2021-12-25, source: 二 }
    rows:
      - [1, 市本级, '5000001000003', 第一医院, 三级]
      - [2, '', '5000001000004', 第二医院, 二级]
      - [3, 万州区, '5000001000008', 万州医院, 一级]
`,
  'scopes/500000.yaml': `place: '500000'
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
        source: illustrative
      - inForceFrom: 2024-01-01
        class: A
        restricted: true
        priceLimit: null
        firstShareRatio: '0'
        source: illustrative
  - code: '001102000010000'
    name: 诊察费
    kind: service
    entries:
      - { inForceFrom: 2021-01-01, class: A, restricted: false, priceLimit: null, firstShareRatio: '0', source: x }
`,
  'persons/500000.yaml': `place: '500000'
persons:
  - id: '50000000000000000001'
    region: '500000'
    bornOn: 1970-01-01
    source: illustrative
    insurances:
      - type: '310'
        from: 2010-01-01
        retired: false
        source: illustrative
    account: { balance: '500.00', source: illustrative }
    qualifications:
      - { disease: M03900, from: 2022-01-01, to: 2023-12-31, source: illustrative }
      - { disease: M08301, from: 2021-12-01, source: illustrative }
    filings:
      - { for: '510100', category: LT_RESIDENT, from: 2022-01-01, source: illustrative }
    suspensions:
      - { from: 2024-01-01, to: 2024-06-30, source: illustrative }
    used:
      - { name: pool-fund, period: '2026', key: all, value: '100.00', source: illustrative }
`,
  'policies/500000.yaml': `place: '500000'
region: '500000'
name: 重庆市
policies:
  '310':
    M03900:
      - inForceFrom: 2021-12-25
        source: illustrative
        area: [{ form: none }]
        pool:
          axis: { accumulator: { per: visit }, bandsFrom: zero }
          ratios: [{ bands: [{ ratio: '0.80' }] }]
          retiree: { form: none }
          limits:
            - meaning: fundPayment
              accumulator: { per: year, name: pool-fund, key: all }
              amounts: [{ amount: '1000.00' }]
              component: overPoolCap
        layers: []
        account: { pays: [] }
`,
};

/** The small world with some files written otherwise, on disk while the work runs. */
export function withWorld<T>(changes: Record<string, string>, work: (directory: string) => T): T {
  const home = mkdtempSync(join(tmpdir(), 'kuasheng-seeds-'));
  const directory = join(home, 'seeds');
  try {
    for (const [path, text] of Object.entries({ ...smallWorld, ...changes })) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    return work(directory);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
