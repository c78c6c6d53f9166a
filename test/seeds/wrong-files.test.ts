import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../db/database.ts';
import { placeCode } from '../../domain/identifiers.ts';
import { loadCentreSeeds, loadPlaceSeeds } from '../../seeds/load.ts';
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
    '7:1 Flow map in block collection must be sufficiently indented and end with a }',
  ],
  [
    'a key written twice',
    'places.yaml',
    '    name: 重庆市',
    '    name: 重庆市\n    name: 重庆',
    '4:5 Map keys must be unique',
  ],
  [
    'a place with five digits',
    'places.yaml',
    "'510000'",
    "'51000'",
    '6:13 places.1.code: a place has six digits, 0000 at the end',
  ],
  [
    'a place that is no province',
    'places.yaml',
    "'510000'",
    "'510100'",
    '6:13 places.1.code: a place has six digits, 0000 at the end',
  ],
  [
    'an unquoted place',
    'places.yaml',
    "'510000'",
    '510000',
    '6:13 places.1.code: not in quotes; a place has six digits, 0000 at the end',
  ],
  [
    'a place twice',
    'places.yaml',
    "'510000'",
    "'500000'",
    '6:13 places.1.code: 500000 is there twice',
  ],
  [
    'a place without a source',
    'places.yaml',
    ', source: GB/T 2260 }',
    ' }',
    '6:5 places.1.source: missing',
  ],
  [
    'a place connected without a source',
    'places.yaml',
    '2021-01-01, source: illustrative',
    '2021-01-01',
    '5:5 places.0.connected.source: missing',
  ],
  [
    'an unknown key of a place',
    'places.yaml',
    '    name: 重庆市',
    '    名: 重庆市\n    name: 重庆市',
    '3:8 places.0.名: unknown key',
  ],
  [
    'a disease of four digits',
    'diseases.yaml',
    'M08302',
    'M0830',
    '5:11 diseases.2.code: a disease is M and five digits',
  ],
  [
    'a disease twice',
    'diseases.yaml',
    'M08302',
    'M08301',
    '5:11 diseases.2.code: M08301 is there twice',
  ],
  [
    'a disease out of order',
    'diseases.yaml',
    'number: 3',
    'number: 4',
    '4:13 diseases.2.number: out of order',
  ],
  [
    'no group to carry down',
    'diseases.yaml',
    'group: 高血压, ',
    '',
    '2:5 diseases.0: no group in a row above to carry down',
  ],
  [
    'an empty source',
    'diseases.yaml',
    '    source: 附件',
    "    source: ''",
    '7:13 diseases.2.source: a source is a document and article, `illustrative` or `to be confirmed`',
  ],
  [
    'an alias twice',
    'diseases.yaml',
    '[{ name: 骨髓, source: 备注 }]',
    '[{ name: 骨髓, source: 备注 }, { name: 骨髓, source: 附件 }]',
    '8:49 diseases.2.aliases.1.name: 骨髓 is there twice',
  ],
] as const;

const institutions = [
  [
    'another place’s file',
    "place: '500000'",
    "place: '510000'",
    '1:8 place: the file is named for 500000',
  ],
  [
    'a disease that is not in the list',
    '  - disease: M08301',
    '  - disease: M99999',
    '6:14 openings.1.disease: M99999 is not in diseases.yaml\n15:20 institutions.0.opens.1.disease: the place has not opened M08301',
  ],
  [
    'a disease opened twice',
    '  - disease: M08301',
    '  - disease: M03900',
    '6:14 openings.1.disease: M03900 is there twice\n15:20 institutions.0.opens.1.disease: the place has not opened M08301',
  ],
  [
    'a settlement before any qualification',
    '{ from: 2020-01-01',
    '{ from: 2021-06-01',
    '5:25 openings.0.settlement.from: settles before it qualifies anyone',
  ],
  [
    'a settlement before the place is connected',
    'settlement: { from: 2021-01-01',
    'settlement: { from: 2020-12-31',
    '5:25 openings.0.settlement.from: settles before places.yaml connects the place',
  ],
  [
    'a first day without a source',
    '{ from: 2020-01-01, source: illustrative }',
    '{ from: 2020-01-01 }',
    '4:5 openings.0.qualification.source: missing',
  ],
  [
    'a day that does not exist',
    'designated: { from: 2021-01-01',
    'designated: { from: 2021-02-29',
    '12:25 institutions.0.designated.from: a day is YYYY-MM-DD and exists',
  ],
  [
    'a designation that ends before it begins',
    'designated: { from: 2021-01-01',
    'designated: { from: 2021-01-01, to: 2020-12-31',
    '12:41 institutions.0.designated.to: the last day is before the first',
  ],
  [
    'a region of another place',
    "region: '500000'",
    "region: '510100'",
    '10:13 institutions.0.region: not in 500000',
  ],
  [
    'open before the place settles the disease',
    'disease: M08301, from: 2021-12-25',
    'disease: M08301, from: 2021-12-24',
    '15:34 institutions.0.opens.1.from: before the place settles it, 2021-12-25',
  ],
  [
    'open before it is designated',
    'designated: { from: 2021-01-01',
    'designated: { from: 2021-01-02',
    '14:34 institutions.0.opens.0.from: before the institutions are designated, 2021-01-02',
  ],
  [
    'open for a disease that the place has not opened',
    '{ disease: M08301',
    '{ disease: M08302',
    '15:20 institutions.0.opens.1.disease: the place has not opened M08302',
  ],
  [
    'opened without a source',
    'from: 2021-12-25, source: 二 }\n    rows',
    'from: 2021-12-25 }\n    rows',
    '15:9 institutions.0.opens.1.source: missing',
  ],
  [
    'open until before it opens',
    'to: 2030-12-31',
    'to: 2020-12-31',
    '14:50 institutions.0.opens.0.to: the last day is before the first',
  ],
  [
    'the same opening twice',
    '{ disease: M08301, from: 2021-12-25, source: 二 }',
    '{ disease: M03900, from: 2021-01-01, source: 二 }',
    '15:20 institutions.0.opens.1.disease: M03900 from 2021-01-01 is there twice',
  ],
  ['no source of the list', '    source: 附件\n', '', '10:5 institutions.0.source: missing'],
  [
    'no district above the first row',
    '市本级',
    "''",
    '17:13 institutions.0.rows.0.1: no district above to carry down',
  ],
  ['a number left out', '[2,', '[3,', '18:10 institutions.0.rows.1.0: out of order'],
  [
    'a code of twelve digits',
    "'5000001000004'",
    "'500000100000'",
    '18:17 institutions.0.rows.1.2: an institution has 13 digits, or H (a pharmacy P) and 11 digits',
  ],
  [
    'an unquoted code',
    "'5000001000004'",
    '5000001000004',
    '18:17 institutions.0.rows.1.2: not in quotes; an institution has 13 digits, or H (a pharmacy P) and 11 digits',
  ],
  [
    'a code twice',
    "'5000001000008'",
    "'5000001000003'",
    '19:18 institutions.0.rows.2.2: 5000001000003 is there twice',
  ],
  [
    'a grade that nobody prints',
    '二级',
    '二甲',
    '18:40 institutions.0.rows.1.4: a grade is 三级, 二级 or 一级',
  ],
  [
    'a row without its grade',
    ', 二级]',
    ']',
    '18:9 institutions.0.rows.1: a row has number, district, code, name, grade',
  ],
] as const;

const scopes = [
  [
    'another place’s file',
    "place: '500000'",
    "place: '510000'",
    '1:8 place: the file is named for 500000',
  ],
  [
    'a drug with a service’s code',
    'XC08CAA001A001010199001',
    "'001102000010001'",
    '3:11 items.0.code: a drug is X, Z or T and 9 to 29 letters or digits',
  ],
  [
    'a service with a drug’s code',
    "'001102000010000'",
    'XC08CAA001A001010199002',
    '19:11 items.1.code: a service has fifteen digits',
  ],
  [
    'a code twice',
    "- code: '001102000010000'\n    name: 诊察费\n    kind: service",
    '- code: XC08CAA001A001010199001\n    name: 诊察费\n    kind: drug',
    '19:11 items.1.code: XC08CAA001A001010199001 is there twice',
  ],
  [
    'an unknown class',
    'class: B',
    'class: 乙',
    '8:16 items.0.entries.0.class: a class is A, B or C',
  ],
  [
    'an unknown kind',
    'kind: service',
    'kind: bed',
    '21:11 items.1.kind: a kind is drug, service or consumable',
  ],
  [
    'an unquoted ratio',
    "'0.05'",
    '0.05',
    "11:26 items.0.entries.0.firstShareRatio: not in quotes; a ratio is quoted text from '0' to '1'",
  ],
  [
    'a ratio above 1',
    "'0.05'",
    "'1.01'",
    "11:26 items.0.entries.0.firstShareRatio: a ratio is quoted text from '0' to '1'",
  ],
  [
    'a ratio in per cent',
    "'0.05'",
    "'5%'",
    "11:26 items.0.entries.0.firstShareRatio: a ratio is quoted text from '0' to '1'",
  ],
  [
    'an unquoted price limit',
    "'1.50'",
    '1.50',
    "10:21 items.0.entries.0.priceLimit: a price limit is quoted text such as '1.25', or null",
  ],
  [
    'a price limit left out',
    "        priceLimit: '1.50'\n",
    '',
    '7:9 items.0.entries.0.priceLimit: missing; null says that there is none',
  ],
  [
    'restricted in words',
    'restricted: true',
    'restricted: yes',
    '15:21 items.0.entries.1.restricted: restricted is true or false',
  ],
  [
    'an entry without a source',
    "        firstShareRatio: '0.05'\n        source: illustrative",
    "        firstShareRatio: '0.05'",
    '7:9 items.0.entries.0.source: missing',
  ],
  [
    'a later entry that starts earlier',
    '2024-01-01',
    '2021-01-01',
    '13:22 items.0.entries.1.inForceFrom: not later than the entry before it',
  ],
  [
    'an unknown kind of ratio',
    'firstShareRatio',
    'selfPayType',
    '11:22 items.0.entries.0.selfPayType: unknown key\n7:9 items.0.entries.0.firstShareRatio: missing',
  ],
] as const;

const persons = [
  [
    'another place’s file',
    "place: '500000'",
    "place: '510000'",
    '1:8 place: the file is named for 500000',
  ],
  [
    'a person of another place',
    "region: '500000'",
    "region: '510100'",
    '4:13 persons.0.region: not in 500000\n21:17 persons.0.used.0.name: no policy of 510100 counts pool-fund by all in 2026',
  ],
  [
    'an id with a space',
    "'50000000000000000001'",
    "'5000 0001'",
    '3:9 persons.0.id: a person has 1 to 30 characters, and no space',
  ],
  [
    'born on no day',
    '1970-01-01',
    '1970-13-01',
    '5:13 persons.0.bornOn: a day is YYYY-MM-DD and exists',
  ],
  [
    'no source of the person',
    '    bornOn: 1970-01-01\n    source: illustrative',
    '    bornOn: 1970-01-01',
    '3:5 persons.0.source: missing',
  ],
  [
    'an unquoted insurance type',
    "'310'",
    '310',
    "8:15 persons.0.insurances.0.type: an insurance type is '310' or '390', in quotes",
  ],
  [
    'an unknown insurance type',
    "'310'",
    "'330'",
    "8:15 persons.0.insurances.0.type: an insurance type is '310' or '390', in quotes",
  ],
  [
    'no insurance',
    "insurances:\n      - type: '310'\n        from: 2010-01-01\n        retired: false\n        source: illustrative",
    'insurances: []',
    '7:5 persons.0.insurances: a person has at least one insurance',
  ],
  [
    'an insurance that ends before it begins',
    'from: 2010-01-01',
    'from: 2010-01-01\n        to: 2009-12-31',
    '10:13 persons.0.insurances.0.to: the last day is before the first',
  ],
  [
    'a benefit suspended backwards',
    'retired: false',
    'retired: false\n        suspended: { from: 2024-02-01, to: 2024-01-31 }',
    '11:44 persons.0.insurances.0.suspended.to: the last day is before the first',
  ],
  [
    'an unquoted amount',
    "balance: '500.00'",
    'balance: 500.00',
    "12:25 persons.0.account.balance: not in quotes; an amount is quoted text of yuan, such as '120.00', not below zero",
  ],
  [
    'an amount of three decimals',
    "balance: '500.00'",
    "balance: '500.001'",
    "12:25 persons.0.account.balance: an amount is quoted text of yuan, such as '120.00', not below zero",
  ],
  [
    'an account below zero',
    "balance: '500.00'",
    "balance: '-0.01'",
    "12:25 persons.0.account.balance: an amount is quoted text of yuan, such as '120.00', not below zero",
  ],
  [
    'qualified under a code before its first day',
    'M08301, from: 2021-12-01',
    'M08301, from: 2021-11-30',
    '15:34 persons.0.qualifications.1.from: before the place qualifies under it, 2021-12-01',
  ],
  [
    'qualified for a disease that the place has not opened',
    'M08301, from',
    'M08302, from',
    '15:20 persons.0.qualifications.1.disease: the place has not opened M08302',
  ],
  [
    'a qualification that ends before it begins',
    'to: 2023-12-31',
    'to: 2021-12-31',
    '14:50 persons.0.qualifications.0.to: the last day is before the first',
  ],
  [
    'a qualification twice',
    '- { disease: M08301, from: 2021-12-01',
    '- { disease: M03900, from: 2022-01-01',
    '15:9 persons.0.qualifications.1: M03900 from 2022-01-01 is there twice',
  ],
  [
    'a qualification without a source',
    'from: 2021-12-01, source: illustrative }',
    'from: 2021-12-01 }',
    '15:9 persons.0.qualifications.1.source: missing',
  ],
  [
    'filed for a place that is not there',
    "for: '510100'",
    "for: '990000'",
    '17:16 persons.0.filings.0.for: places.yaml has no 990000',
  ],
  [
    'filed for home',
    "for: '510100'",
    "for: '500000'",
    '17:16 persons.0.filings.0.for: a filing is for another place',
  ],
  [
    'filed for five digits',
    "for: '510100'",
    "for: '51010'",
    '17:16 persons.0.filings.0.for: a region has six digits',
  ],
  [
    'an unknown category',
    'LT_RESIDENT',
    'RESIDENT',
    '17:36 persons.0.filings.0.category: a category is one of rules A-2, such as LT_RESIDENT',
  ],
  [
    'a suspension that ends before it begins',
    'to: 2024-06-30',
    'to: 2023-06-30',
    '19:33 persons.0.suspensions.0.to: the last day is before the first',
  ],
  [
    'used in no period',
    "'2026'",
    "'2026-13'",
    "21:36 persons.0.used.0.period: a period is quoted text: '2026', '2026-Q1' or '2026-03'",
  ],
  [
    'used under a name that no policy has',
    'pool-fund',
    'pool',
    '21:17 persons.0.used.0.name: no policy of 500000 counts pool by all in 2026',
  ],
  [
    'used in a month of what is counted by year',
    "'2026'",
    "'2026-01'",
    '21:17 persons.0.used.0.name: no policy of 500000 counts pool-fund by all in 2026-01',
  ],
  [
    'used under a disease of what is counted for all',
    'key: all',
    'key: M03900',
    '21:17 persons.0.used.0.name: no policy of 500000 counts pool-fund by M03900 in 2026',
  ],
  [
    'a fact of an unknown kind',
    '    suspensions:',
    "    facts: [{ kind: poverty, value: '低保', from: 2024-01-01, source: x }]\n    suspensions:",
    '18:21 persons.0.facts.0.kind: a kind of fact is one of personType, tier, hardship, civilServant',
  ],
  [
    'a fact without a source',
    '    suspensions:',
    "    facts: [{ kind: hardship, value: '低保', from: 2024-01-01 }]\n    suspensions:",
    '18:13 persons.0.facts.0.source: missing',
  ],
  [
    'a fact twice on one first day',
    '    suspensions:',
    `    facts:
      - { kind: tier, value: '一档', from: 2024-01-01, source: x }
      - { kind: tier, value: '二档', from: 2024-01-01, source: x }
    suspensions:`,
    '20:9 persons.0.facts.1: tier from 2024-01-01 is there twice',
  ],
  [
    'a selection that ends before it begins',
    '    suspensions:',
    '    selections: [{ institution: H1, from: 2024-01-02, to: 2024-01-01, source: x }]\n    suspensions:',
    '18:59 persons.0.selections.0.to: the last day is before the first',
  ],
  [
    'a family doctor with a space',
    '    suspensions:',
    '    familyDoctors: [{ doctor: D 1, from: 2024-01-01, source: x }]\n    suspensions:',
    '18:31 persons.0.familyDoctors.0.doctor: a doctor has 1 to 30 characters, and no space',
  ],
  [
    'a visit elsewhere at no level',
    '    suspensions:',
    '    visits: [{ on: 2024-01-01, institution: H1, level: 三级, source: x }]\n    suspensions:',
    '18:56 persons.0.visits.0.level: a level is primary, secondary or tertiary',
  ],
  [
    'a visit elsewhere twice on a day',
    '    suspensions:',
    `    visits:
      - { on: 2024-01-01, institution: H1, level: primary, source: x }
      - { on: 2024-01-01, institution: H1, level: tertiary, source: x }
    suspensions:`,
    '20:9 persons.0.visits.1: H1 on 2024-01-01 is there twice',
  ],
  ['a misspelt list', '    filings:', '    fillings:', '16:5 persons.0.fillings: unknown key'],
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
      'seeds/scopes/990000.yaml:1:1 places.yaml has no 990000',
    );
  });

  test('a file that is named for no code', () => {
    expect(complaintOf({ 'persons/500000.yml': '' })).toBe(
      'seeds/persons/500000.yml:1:1 a file here is named for a code, such as 500000.yaml',
    );
  });

  test('a policy under another region’s name', () => {
    const text = smallWorld['policies/500000.yaml'] ?? '';
    expect(complaintOf({ 'policies/510100.yaml': text })).toBe(
      'seeds/policies/510100.yaml:1:1 it is for 500000',
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
      "seeds/institutions/510000.yaml:9:18 institutions.0.rows.0.2: 5000001000008 is another place's",
    );
  });

  test.each([
    ['code: M03900', 'code', '25:11', 'code: M03900 is a national code'],
    ['disease: M99999', 'disease', '27:51', 'entries.0.disease: M99999 is not in diseases.yaml'],
    [
      'oneOf: [M08301, M99999]',
      'oneOf',
      '27:58',
      'entries.0.oneOf.1: M99999 is not in diseases.yaml',
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
      inFile(file, '11:11 institutions.0.kind: a kind is hospital or pharmacy'),
    );
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
      'seeds/institutions/510000.yaml:5:25 openings.0.settlement.from: settles before places.yaml connects the place',
    );
  });

  test('an empty file', () => {
    expect(complaintOf({ 'diseases.yaml': '' })).toMatch(/^seeds\/diseases\.yaml:1:1 /);
  });
});

describe('a load', () => {
  test('reads all files before it touches the database, other places’ too', async () => {
    const nowhere = openDatabase('postgresql://nobody@127.0.0.1:1/none');
    const loads = withWorld({ 'persons/510000.yaml': 'place: [' }, (directory) => [
      loadPlaceSeeds(nowhere, placeCode('500000'), directory),
      loadCentreSeeds(nowhere, directory),
    ]);
    for (const load of loads) await expect(load).rejects.toBeInstanceOf(SeedError);
    await nowhere.end();
  });
});
