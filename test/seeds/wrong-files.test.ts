import { describe, expect, test } from 'vitest';
import { placeCode } from '../../domain/identifiers.ts';
import { prepareParties } from '../../workers/parties.ts';
import { readSeeds } from '../../seeds/read.ts';
import { SeedError } from '../../seeds/seed-error.ts';
import { smallWorld, withWorld } from './small-world.ts';

/** What the reader says of the small world with some files written otherwise. */
const complaintOf = (changes: Record<string, string>): string =>
  withWorld(changes, (directory) => {
    try {
      readSeeds(directory);
    } catch (error) {
      if (error instanceof SeedError) return error.message;
      throw error;
    }
    return 'nothing wrong';
  });

/** What it says after one edit of one file. */
function complaint(file: string, edit: (text: string) => string): string {
  const text = smallWorld[file] ?? '';
  const edited = edit(text);
  expect(edited).not.toBe(text);
  return complaintOf({ [file]: edited });
}

const national = [
  [
    'bad YAML syntax',
    'places.yaml',
    'name: 四川省, source: GB/T 2260 }',
    'name: 四川省, source: GB/T 2260',
    '7:1 括号没有配对，或换行后缩进不够：请补上右括号',
  ],
  [
    'a key written twice',
    'places.yaml',
    '    name: 重庆市',
    '    name: 重庆市\n    name: 重庆',
    '4:5 同一个键写了两次，请去掉一个',
  ],
  [
    'a place with five digits',
    'places.yaml',
    "'510000'",
    "'51000'",
    "6:13 places.1.code: 省级区划写六位数字，末四位 0000，加引号，例如 '510000'",
  ],
  [
    'a place that is no province',
    'places.yaml',
    "'510000'",
    "'510100'",
    "6:13 places.1.code: 省级区划写六位数字，末四位 0000，加引号，例如 '510000'",
  ],
  [
    'an unquoted place',
    'places.yaml',
    "'510000'",
    '510000',
    "6:13 places.1.code: 没有加引号；省级区划写六位数字，末四位 0000，加引号，例如 '510000'",
  ],
  [
    'a place twice',
    'places.yaml',
    "'510000'",
    "'500000'",
    '6:13 places.1.code: 500000 写了两次，请去掉一个',
  ],
  [
    'a place without a source',
    'places.yaml',
    ', source: GB/T 2260 }',
    ' }',
    '6:5 places.1.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
  ],
  [
    'a place connected without a source',
    'places.yaml',
    '2021-01-01, source: illustrative',
    '2021-01-01',
    '5:5 places.0.connected.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
  ],
  [
    'an unknown key of a place',
    'places.yaml',
    '    name: 重庆市',
    '    名: 重庆市\n    name: 重庆市',
    '3:8 places.0.名: 没有这个键；可写 code、name、source、connected',
  ],
  [
    'a disease of four digits',
    'diseases.yaml',
    'M08302',
    'M0830',
    '5:11 diseases.2.code: 病种写 M 加五位数字，例如 M03900',
  ],
  [
    'a disease twice',
    'diseases.yaml',
    'M08302',
    'M08301',
    '5:11 diseases.2.code: M08301 写了两次，请去掉一个',
  ],
  [
    'a disease 序号不对，应从 1 起依次写',
    'diseases.yaml',
    'number: 3',
    'number: 4',
    '4:13 diseases.2.number: 序号不对，应从 1 起依次写',
  ],
  [
    'no group to carry down',
    'diseases.yaml',
    'group: 高血压, ',
    '',
    '2:5 diseases.0: 第一行要写 group，上面没有可沿用的',
  ],
  [
    'an empty source',
    'diseases.yaml',
    '    source: 附件',
    "    source: ''",
    '7:13 diseases.2.source: 依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
  ],
  [
    'an alias twice',
    'diseases.yaml',
    '[{ name: 骨髓, source: 备注 }]',
    '[{ name: 骨髓, source: 备注 }, { name: 骨髓, source: 附件 }]',
    '8:49 diseases.2.aliases.1.name: 骨髓 写了两次，请去掉一个',
  ],
] as const;

const institutions = [
  [
    'another place’s file',
    "place: '500000'",
    "place: '510000'",
    '1:8 place: 文件名是 500000，place 应与它一致',
  ],
  [
    'a disease that is not in the list',
    '  - disease: M08301',
    '  - disease: M99999',
    '6:14 openings.1.disease: M99999 不在 diseases.yaml 中\n15:20 institutions.0.opens.1.disease: 本地没有开通 M08301，请先写在 openings 中',
  ],
  [
    'a disease opened twice',
    '  - disease: M08301',
    '  - disease: M03900',
    '6:14 openings.1.disease: M03900 写了两次，请去掉一个\n15:20 institutions.0.opens.1.disease: 本地没有开通 M08301，请先写在 openings 中',
  ],
  [
    'a settlement before any qualification',
    '{ from: 2020-01-01',
    '{ from: 2021-06-01',
    '5:25 openings.0.settlement.from: 直接结算的第一天早于资格认定的第一天',
  ],
  [
    'a settlement before the place is connected',
    'settlement: { from: 2021-01-01',
    'settlement: { from: 2020-12-31',
    '5:25 openings.0.settlement.from: 直接结算的第一天早于 places.yaml 中接入的日期',
  ],
  [
    'a first day without a source',
    '{ from: 2020-01-01, source: illustrative }',
    '{ from: 2020-01-01 }',
    '4:5 openings.0.qualification.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
  ],
  [
    'a day that does not exist',
    'designated: { from: 2021-01-01',
    'designated: { from: 2021-02-29',
    '12:25 institutions.0.designated.from: 日期写成 2026-03-05 的样子，且要有这一天',
  ],
  [
    'a designation that ends before it begins',
    'designated: { from: 2021-01-01',
    'designated: { from: 2021-01-01, to: 2020-12-31',
    '12:41 institutions.0.designated.to: 最后一天早于第一天，请核对两个日期',
  ],
  [
    'a region of another place',
    "region: '500000'",
    "region: '510100'",
    '10:13 institutions.0.region: 不在 500000 之内，请核对区划',
  ],
  [
    'open before the place settles the disease',
    'disease: M08301, from: 2021-12-25',
    'disease: M08301, from: 2021-12-24',
    '15:34 institutions.0.opens.1.from: 早于本地开始结算的 2021-12-25',
  ],
  [
    'open before it is designated',
    'designated: { from: 2021-01-01',
    'designated: { from: 2021-01-02',
    '14:34 institutions.0.opens.0.from: 早于机构定点的 2021-01-02',
  ],
  [
    'open for a disease that the place has not opened',
    '{ disease: M08301',
    '{ disease: M08302',
    '15:20 institutions.0.opens.1.disease: 本地没有开通 M08302，请先写在 openings 中',
  ],
  [
    'opened without a source',
    'from: 2021-12-25, source: 二 }\n    rows',
    'from: 2021-12-25 }\n    rows',
    '15:9 institutions.0.opens.1.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
  ],
  [
    'open until before it opens',
    'to: 2030-12-31',
    'to: 2020-12-31',
    '14:50 institutions.0.opens.0.to: 最后一天早于第一天，请核对两个日期',
  ],
  [
    'the same opening twice',
    '{ disease: M08301, from: 2021-12-25, source: 二 }',
    '{ disease: M03900, from: 2021-01-01, source: 二 }',
    '15:20 institutions.0.opens.1.disease: M03900（2021-01-01 起） 写了两次，请去掉一个',
  ],
  [
    'no source of the list',
    '    source: 附件\n',
    '',
    '10:5 institutions.0.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
  ],
  [
    'no district above the first row',
    '市本级',
    "''",
    '17:13 institutions.0.rows.0.1: 第一行要写区县，上面没有可沿用的',
  ],
  ['a number left out', '[2,', '[3,', '18:10 institutions.0.rows.1.0: 序号不对，应从 1 起依次写'],
  [
    'a code of twelve digits',
    "'5000001000004'",
    "'500000100000'",
    '18:17 institutions.0.rows.1.2: 机构代码写 13 位数字，加引号，或 H（药店 P）加 11 位数字',
  ],
  [
    'an unquoted code',
    "'5000001000004'",
    '5000001000004',
    '18:17 institutions.0.rows.1.2: 没有加引号；机构代码写 13 位数字，加引号，或 H（药店 P）加 11 位数字',
  ],
  [
    'a code twice',
    "'5000001000008'",
    "'5000001000003'",
    '19:18 institutions.0.rows.2.2: 5000001000003 写了两次，请去掉一个',
  ],
  [
    'a grade that nobody prints',
    '二级',
    '二甲',
    '18:40 institutions.0.rows.1.4: 等级写 三级、二级 或 一级',
  ],
  [
    'a row without its grade',
    ', 二级]',
    ']',
    '18:9 institutions.0.rows.1: 每行依次写 序号、区县、代码、名称、等级',
  ],
] as const;

const scopes = [
  [
    'another place’s file',
    "place: '500000'",
    "place: '510000'",
    '1:8 place: 文件名是 500000，place 应与它一致',
  ],
  [
    'a drug with a service’s code',
    'XC08CAA001A001010199001',
    "'001102000010001'",
    '3:11 items.0.code: 药品代码写 X、Z 或 T 加 9 到 29 位字母或数字',
  ],
  [
    'a service with a drug’s code',
    "'001102000010000'",
    'XC08CAA001A001010199002',
    '19:11 items.1.code: 诊疗项目代码写十五位数字，加引号',
  ],
  [
    'a code twice',
    "- code: '001102000010000'\n    name: 诊察费\n    kind: service",
    '- code: XC08CAA001A001010199001\n    name: 诊察费\n    kind: drug',
    '19:11 items.1.code: XC08CAA001A001010199001 写了两次，请去掉一个',
  ],
  [
    'an unknown class',
    'class: B',
    'class: 乙',
    '8:16 items.0.entries.0.class: 项目等级写 A（甲）、B（乙）或 C（丙）',
  ],
  [
    'an unknown kind',
    'kind: service',
    'kind: bed',
    '21:11 items.1.kind: 类别写 drug（药品）、service（诊疗）或 consumable（耗材）',
  ],
  [
    'an unquoted ratio',
    "'0.05'",
    '0.05',
    "11:26 items.0.entries.0.firstShareRatio: 没有加引号；比例写 0 到 1 的小数，加引号，例如 '0.85'",
  ],
  [
    'a ratio above 1',
    "'0.05'",
    "'1.01'",
    "11:26 items.0.entries.0.firstShareRatio: 比例写 0 到 1 的小数，加引号，例如 '0.85'",
  ],
  [
    'a ratio in per cent',
    "'0.05'",
    "'5%'",
    "11:26 items.0.entries.0.firstShareRatio: 比例写 0 到 1 的小数，加引号，例如 '0.85'",
  ],
  [
    'an unquoted price limit',
    "'1.50'",
    '1.50',
    "10:21 items.0.entries.0.priceLimit: 定价上限加引号，例如 '1.25'；没有写 null",
  ],
  [
    'a price limit left out',
    "        priceLimit: '1.50'\n",
    '',
    '7:9 items.0.entries.0.priceLimit: 缺少这一项；没有限价写 null',
  ],
  [
    'restricted in words',
    'restricted: true',
    'restricted: yes',
    '15:21 items.0.entries.1.restricted: restricted（限制使用）写 true 或 false',
  ],
  [
    'an entry without a source',
    "        firstShareRatio: '0.05'\n        source: illustrative",
    "        firstShareRatio: '0.05'",
    '7:9 items.0.entries.0.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
  ],
  [
    'a later entry that starts earlier',
    '2024-01-01',
    '2021-01-01',
    '13:22 items.0.entries.1.inForceFrom: 施行日不晚于前一条；各条按日期由早到晚写',
  ],
  [
    'an unknown kind of ratio',
    'firstShareRatio',
    'selfPayType',
    "11:22 items.0.entries.0.selfPayType: 没有这个键；可写 inForceFrom、class、restricted、priceLimit、priceLimits、aboveLimit、firstShareType、firstShareRatio、firstShareRatios、diseases、source\n7:9 items.0.entries.0.firstShareRatio: 缺少这一项；比例写 0 到 1 的小数，加引号，例如 '0.05'",
  ],
] as const;

const persons = [
  [
    'another place’s file',
    "place: '500000'",
    "place: '510000'",
    '1:8 place: 文件名是 500000，place 应与它一致',
  ],
  [
    'a person of another place',
    "region: '500000'",
    "region: '510100'",
    '4:13 persons.0.region: 不在 500000 之内，请核对区划\n21:17 persons.0.used.0.name: 510100 的政策不累计 pool-fund（2026，all），请核对名称、期间和范围',
  ],
  [
    'an id with a space',
    "'50000000000000000001'",
    "'5000 0001'",
    '3:9 persons.0.id: 人员编号写 1 到 30 个字符，不含空格',
  ],
  [
    'born on no day',
    '1970-01-01',
    '1970-13-01',
    '5:13 persons.0.bornOn: 日期写成 2026-03-05 的样子，且要有这一天',
  ],
  [
    'no source of the person',
    '    bornOn: 1970-01-01\n    source: illustrative',
    '    bornOn: 1970-01-01',
    '3:5 persons.0.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
  ],
  [
    'an unquoted insurance type',
    "'310'",
    '310',
    "8:15 persons.0.insurances.0.type: 险种写 '310'（职工）或 '390'（城乡居民），加引号",
  ],
  [
    'an unknown insurance type',
    "'310'",
    "'330'",
    "8:15 persons.0.insurances.0.type: 险种写 '310'（职工）或 '390'（城乡居民），加引号",
  ],
  [
    'no insurance',
    "insurances:\n      - type: '310'\n        from: 2010-01-01\n        retired: false\n        source: illustrative",
    'insurances: []',
    '7:5 persons.0.insurances: 每个人至少写一条参保（insurances）',
  ],
  [
    'an insurance that ends before it begins',
    'from: 2010-01-01',
    'from: 2010-01-01\n        to: 2009-12-31',
    '10:13 persons.0.insurances.0.to: 最后一天早于第一天，请核对两个日期',
  ],
  [
    'a benefit suspended backwards',
    'retired: false',
    'retired: false\n        suspended: { from: 2024-02-01, to: 2024-01-31 }',
    '11:44 persons.0.insurances.0.suspended.to: 最后一天早于第一天，请核对两个日期',
  ],
  [
    'an unquoted amount',
    "balance: '500.00'",
    'balance: 500.00',
    "12:25 persons.0.account.balance: 没有加引号；金额写元，加引号，最多两位小数，不能为负，例如 '120.00'",
  ],
  [
    'an amount of three decimals',
    "balance: '500.00'",
    "balance: '500.001'",
    "12:25 persons.0.account.balance: 金额写元，加引号，最多两位小数，不能为负，例如 '120.00'",
  ],
  [
    'an account below zero',
    "balance: '500.00'",
    "balance: '-0.01'",
    "12:25 persons.0.account.balance: 金额写元，加引号，最多两位小数，不能为负，例如 '120.00'",
  ],
  [
    'qualified under a code before its first day',
    'M08301, from: 2021-12-01',
    'M08301, from: 2021-11-30',
    '15:34 persons.0.qualifications.1.from: 早于本地开始认定的 2021-12-01',
  ],
  [
    'qualified for a disease that the place has not opened',
    'M08301, from',
    'M08302, from',
    '15:20 persons.0.qualifications.1.disease: 本地没有开通 M08302，请先写在 openings 中',
  ],
  [
    'a qualification that ends before it begins',
    'to: 2023-12-31',
    'to: 2021-12-31',
    '14:50 persons.0.qualifications.0.to: 最后一天早于第一天，请核对两个日期',
  ],
  [
    'a qualification twice',
    '- { disease: M08301, from: 2021-12-01',
    '- { disease: M03900, from: 2022-01-01',
    '15:9 persons.0.qualifications.1: M03900（2022-01-01 起） 写了两次，请去掉一个',
  ],
  [
    'a qualification without a source',
    'from: 2021-12-01, source: illustrative }',
    'from: 2021-12-01 }',
    '15:9 persons.0.qualifications.1.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
  ],
  [
    'filed for a place that is not there',
    "for: '510100'",
    "for: '990000'",
    '17:16 persons.0.filings.0.for: places.yaml 中没有 990000',
  ],
  [
    'filed for home',
    "for: '510100'",
    "for: '500000'",
    '17:16 persons.0.filings.0.for: 备案应是去外省，不能是本省',
  ],
  [
    'filed for five digits',
    "for: '510100'",
    "for: '51010'",
    "17:16 persons.0.filings.0.for: 统筹区写六位数字，加引号，例如 '510100'",
  ],
  [
    'an unknown category',
    'LT_RESIDENT',
    'RESIDENT',
    '17:36 persons.0.filings.0.category: 备案类别写 LT_RETIRED、LT_RESIDENT、LT_WORKER、TMP_REFERRAL、TMP_EMERGENCY 或 TMP_OTHER',
  ],
  [
    'a suspension that ends before it begins',
    'to: 2024-06-30',
    'to: 2023-06-30',
    '19:33 persons.0.suspensions.0.to: 最后一天早于第一天，请核对两个日期',
  ],
  [
    'used in no period',
    "'2026'",
    "'2026-13'",
    "21:36 persons.0.used.0.period: 期间写年、季或月，加引号：'2026'、'2026-Q1' 或 '2026-03'",
  ],
  [
    'used under a name that no policy has',
    'pool-fund',
    'pool',
    '21:17 persons.0.used.0.name: 500000 的政策不累计 pool（2026，all），请核对名称、期间和范围',
  ],
  [
    'used in a month of what is counted by year',
    "'2026'",
    "'2026-01'",
    '21:17 persons.0.used.0.name: 500000 的政策不累计 pool-fund（2026-01，all），请核对名称、期间和范围',
  ],
  [
    'used under a disease of what is counted for all',
    'key: all',
    'key: M03900',
    '21:17 persons.0.used.0.name: 500000 的政策不累计 pool-fund（2026，M03900），请核对名称、期间和范围',
  ],
  [
    'a fact of an unknown kind',
    '    suspensions:',
    "    facts: [{ kind: poverty, value: '低保', from: 2024-01-01, source: x }]\n    suspensions:",
    '18:21 persons.0.facts.0.kind: kind 写 personType、tier、hardship、civilServant 之一',
  ],
  [
    'a fact without a source',
    '    suspensions:',
    "    facts: [{ kind: hardship, value: '低保', from: 2024-01-01 }]\n    suspensions:",
    '18:13 persons.0.facts.0.source: 缺少这一项；依据写文号和条款，例如 渝医保办〔2021〕54号 二；自拟的写 illustrative，待确认的写 to be confirmed',
  ],
  [
    'a fact twice on one first day',
    '    suspensions:',
    `    facts:
      - { kind: tier, value: '一档', from: 2024-01-01, source: x }
      - { kind: tier, value: '二档', from: 2024-01-01, source: x }
    suspensions:`,
    '20:9 persons.0.facts.1: tier（2024-01-01 起） 写了两次，请去掉一个',
  ],
  [
    'a selection that ends before it begins',
    '    suspensions:',
    '    selections: [{ institution: H1, from: 2024-01-02, to: 2024-01-01, source: x }]\n    suspensions:',
    '18:59 persons.0.selections.0.to: 最后一天早于第一天，请核对两个日期',
  ],
  [
    'a family doctor with a space',
    '    suspensions:',
    '    familyDoctors: [{ doctor: D 1, from: 2024-01-01, source: x }]\n    suspensions:',
    '18:31 persons.0.familyDoctors.0.doctor: 医生代码写 1 到 30 个字符，不含空格',
  ],
  [
    'a visit elsewhere at no level',
    '    suspensions:',
    '    visits: [{ on: 2024-01-01, institution: H1, level: 三级, source: x }]\n    suspensions:',
    '18:56 persons.0.visits.0.level: 级别写 primary（一级）、secondary（二级）或 tertiary（三级）',
  ],
  [
    'a visit elsewhere twice on a day',
    '    suspensions:',
    `    visits:
      - { on: 2024-01-01, institution: H1, level: primary, source: x }
      - { on: 2024-01-01, institution: H1, level: tertiary, source: x }
    suspensions:`,
    '20:9 persons.0.visits.1: H1（2024-01-01） 写了两次，请去掉一个',
  ],
  [
    'a misspelt list',
    '    filings:',
    '    fillings:',
    '16:5 persons.0.fillings: 没有这个键；可写 id、region、bornOn、source、insurances、account、qualifications、filings、suspensions、used、facts、selections、familyDoctors、visits',
  ],
] as const;

const replacing = (found: string, written: string) => (text: string) =>
  text.replace(found, written);
/** One line for each fault, each with its file. */
const inFile = (file: string, faults: string): string =>
  faults
    .split('\n')
    .map((fault) => `seeds/${file}:${fault}`)
    .join('\n');

test('the small world is right before it is made wrong', () => {
  expect(complaintOf({})).toBe('nothing wrong');
});

type Edit = readonly [name: string, found: string, written: string, faults: string];
const editsOf = (file: string, edits: readonly Edit[]) =>
  edits.map(([name, ...edit]) => [`${file}: ${name}`, [file, ...edit]] as const);
const cases = [
  ...national.map(([name, ...edit]) => [`${edit[0]}: ${name}`, edit] as const),
  ...editsOf('institutions/500000.yaml', institutions),
  ...editsOf('scopes/500000.yaml', scopes),
  ...editsOf('persons/500000.yaml', persons),
];

describe('a wrong seed file stops the load with file, line, column and reason', () => {
  test.each(cases)('%s', (_name, [file, found, written, faults]) => {
    expect(complaint(file, replacing(found, written))).toBe(inFile(file, faults));
  });

  test('a file that is named for no place', () => {
    expect(complaintOf({ 'scopes/990000.yaml': '' })).toBe(
      'seeds/scopes/990000.yaml:1:1 places.yaml 中没有 990000',
    );
  });

  test('a file that is named for no code', () => {
    expect(complaintOf({ 'persons/500000.yml': '' })).toBe(
      'seeds/persons/500000.yml:1:1 这里的文件以区划代码命名，例如 500000.yaml',
    );
  });

  test('a policy under another region’s name', () => {
    const text = smallWorld['policies/500000.yaml'] ?? '';
    expect(complaintOf({ 'policies/510100.yaml': text })).toBe(
      'seeds/policies/510100.yaml:1:1 文件里写的是 500000，文件名应为 500000.yaml',
    );
  });

  test('an institution that another place has', () => {
    const text = `place: '510000'
openings: []
institutions:
  - region: '510100'
    source: illustrative
    designated: { from: 2021-01-01, source: illustrative }
    opens: []
    rows:
      - [1, 武侯区, '5000001000008', 成都医院, 三级]
`;
    expect(complaintOf({ 'institutions/510000.yaml': text })).toBe(
      'seeds/institutions/510000.yaml:9:18 institutions.0.rows.0.2: 5000001000008 已是别省的机构，请核对代码',
    );
  });

  test.each([
    ['code: M03900', 'code', '25:11', 'code: M03900 是国家编码，不是地方编码'],
    ['disease: M99999', 'disease', '27:51', 'entries.0.disease: M99999 不在 diseases.yaml 中'],
    [
      'oneOf: [M08301, M99999]',
      'oneOf',
      '27:58',
      'entries.0.oneOf.1: M99999 不在 diseases.yaml 中',
    ],
  ])('a local disease code that says %s', (said, key, where, reason) => {
    const code = key === 'code' ? said : 'code: CQ-1';
    const meaning = key === 'code' ? 'disease: M03900' : said;
    const table = `diseaseCodes:
  - ${code}
    name: 地方病种
    entries: [{ inForceFrom: 2021-01-01, ${meaning}, source: x }]
`;
    const text = (smallWorld['scopes/500000.yaml'] ?? '') + table;
    expect(complaintOf({ 'scopes/500000.yaml': text })).toBe(
      `seeds/scopes/500000.yaml:${where} diseaseCodes.0.${reason}`,
    );
  });

  test('an institution of an unknown kind', () => {
    const file = 'institutions/500000.yaml';
    const edit = replacing("region: '500000'", "region: '500000'\n    kind: shop");
    expect(complaint(file, edit)).toBe(
      inFile(file, '11:11 institutions.0.kind: kind 写 hospital（医院）或 pharmacy（药店）'),
    );
  });

  test.each<[string, string]>([
    [
      "'5000001000009', whenLate: refuse",
      '21:20 profiles.0.institution: 5000001000009 不在本文件的机构中',
    ],
    [
      "'5000001000008', whenLate: wait",
      '21:47 profiles.0.whenLate: wait 要有「已受理」的状态码 pendingCode，医院系统只认得成功和失败',
    ],
    [
      "'5000001000008', whenLate: later",
      '21:47 profiles.0.whenLate: whenLate 写 refuse（到时不结算）或 wait（继续等待）',
    ],
    ...['0', '1', '-1', '02', '10000'].map((code): [string, string] => [
      `'5000001000008', whenLate: wait, pendingCode: '${code}'`,
      "21:66 profiles.0.pendingCode: 「已受理」的状态码写 2 到 9999 的数字，加引号，例如 '2001'；0、1 是成功",
    ]),
  ])('a profile of %s', (profile, reason) => {
    const file = 'institutions/500000.yaml';
    const row = `profiles:\n  - { institution: ${profile}, source: illustrative }\n`;
    expect(complaintOf({ [file]: (smallWorld[file] ?? '') + row })).toBe(inFile(file, reason));
  });

  test('a disease opened by a place that is not connected', () => {
    const text = `place: '510000'
openings:
  - disease: M03900
    qualification: { from: 2021-01-01, source: illustrative }
    settlement: { from: 2021-12-25, source: illustrative }
institutions: []
`;
    expect(complaintOf({ 'institutions/510000.yaml': text })).toBe(
      'seeds/institutions/510000.yaml:5:25 openings.0.settlement.from: 直接结算的第一天早于 places.yaml 中接入的日期',
    );
  });

  test('an empty file', () => {
    expect(complaintOf({ 'diseases.yaml': '' })).toMatch(/^seeds\/diseases\.yaml:1:1 /);
  });
});

describe('a load', () => {
  test('reads all files before it touches a database, other places’ too', async () => {
    const nowhere = 'postgresql://nobody@127.0.0.1:1/none';
    const load = withWorld({ 'persons/510000.yaml': 'place: [' }, (seedDirectory) =>
      prepareParties({
        urlTemplate: nowhere,
        serverUrl: nowhere,
        places: [placeCode('500000')],
        seedDirectory,
        progress: () => undefined,
      }),
    );
    await expect(load).rejects.toBeInstanceOf(SeedError);
  });
});
