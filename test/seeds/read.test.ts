import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { day, isWithin, type Day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  placeCode,
  regionCode,
  type Disease,
  type PlaceCode,
} from '../../domain/identifiers.ts';
import { checkEligibility } from '../../domain/insured-place/eligibility.ts';
import { ruleInForce } from '../../domain/insured-place/policy.ts';
import { connectedPlaces, readSeeds, type PlaceSeeds } from '../../seeds/read.ts';

const seeds = readSeeds();
const [chongqing, sichuan] = [placeCode('500000'), placeCode('510000')];
const of = (place: PlaceCode): PlaceSeeds => seeds.ofPlace.get(place)!;

describe('医保办函〔2021〕4号 附件, 备注: the ten diseases', () => {
  test('codes, groups and names are as printed, the group carried down for the transplants', () => {
    expect(seeds.diseases.map(({ code, group, name }) => [code, group, name])).toEqual([
      ['M03900', '高血压', '高血压'],
      ['M01600', '糖尿病', '糖尿病'],
      ['M00500', '恶性肿瘤门诊治疗', '恶性肿瘤门诊治疗'],
      ['M07801', '慢性肾功能衰竭', '透析'],
      ['M08301', '器官移植抗排异治疗', '肾移植抗排异治疗'],
      ['M08302', '器官移植抗排异治疗', '骨髓移植抗排异治疗'],
      ['M08303', '器官移植抗排异治疗', '心移植抗排异治疗'],
      ['M08304', '器官移植抗排异治疗', '肝移植抗排异治疗'],
      ['M08305', '器官移植抗排异治疗', '肺移植抗排异治疗'],
      ['M08306', '器官移植抗排异治疗', '肝肾移植抗排异治疗'],
    ]);
    expect(new Set(seeds.diseases.map(({ source }) => source))).toEqual(
      new Set(['医保办函〔2021〕4号 附件']),
    );
  });

  test('related care is sent under two of them', () => {
    const aliases = seeds.diseases.flatMap(({ code, aliases: names }) =>
      names.map(({ name, source }) => [code, name, source]),
    );
    expect(aliases).toEqual([
      ['M00500', '恶性肿瘤门诊放化疗', '医保办函〔2021〕4号 二(二)'],
      ['M00500', '恶性肿瘤门诊放化疗和其他相关的门诊治疗', '医保办函〔2021〕4号 备注'],
      ['M07801', '尿毒症透析', '医保办函〔2021〕4号 备注'],
      ['M07801', '血液透析', '医保办函〔2021〕4号 备注'],
      ['M07801', '腹膜透析', '医保办函〔2021〕4号 备注'],
    ]);
  });
});

describe('places', () => {
  test('31 provinces and the Corps, each with its own code', () => {
    expect(seeds.places).toHaveLength(32);
    expect(seeds.places.filter(({ source }) => source === 'GB/T 2260')).toHaveLength(31);
    expect(seeds.places.map(({ code }) => code).join(' ')).toBe(
      '110000 120000 130000 140000 150000 210000 220000 230000 310000 320000 330000 340000 350000 ' +
        '360000 370000 410000 420000 430000 440000 450000 460000 500000 510000 520000 530000 540000 ' +
        '610000 620000 630000 640000 650000 660000',
    );
    expect(seeds.places.at(-1)).toMatchObject({
      name: '新疆生产建设兵团',
      source: 'to be confirmed',
    });
  });

  test('Chongqing and Sichuan are connected, and nobody else', () => {
    expect(connectedPlaces(seeds)).toEqual([chongqing, sichuan]);
  });
});

describe('渝医保办〔2021〕54号 附件: the institutions of Chongqing', () => {
  const { institutions, institutionDiseases, profiles } = of(chongqing);

  test('one waits, one may, and neither is what the notice says', () => {
    const row = { pendingCode: '2001', source: 'illustrative' };
    expect(profiles).toEqual([
      { institution: '5000001000003', whenLate: 'refuse', ...row },
      { institution: '5000001000004', whenLate: 'wait', ...row },
    ]);
  });
  const row = (number: number) => {
    const { district, code, name, level } = institutions[number - 1]!;
    return [district, code, name, level];
  };

  test('95 of them, 21 of grade 三级 and 74 of grade 二级, in 41 districts', () => {
    expect(institutions).toHaveLength(95);
    expect(new Set(institutions.map(({ code }) => code)).size).toBe(95);
    expect(institutions.filter(({ level }) => level === 'tertiary')).toHaveLength(21);
    expect(institutions.filter(({ level }) => level === 'secondary')).toHaveLength(74);
    expect(new Set(institutions.map(({ district }) => district)).size).toBe(41);
  });

  test('every character is that of the print', () => {
    const grades = { tertiary: '三级', secondary: '二级', primary: '一级' };
    const lines = institutions.map(({ district, code, name, level }, index) =>
      [index + 1, district, code, name, grades[level]].join(' '),
    );
    // Of the notice's own text, its cells joined in the same way.
    expect(createHash('sha256').update(lines.join('\n')).digest('hex')).toBe(
      '96c048f003b3b56f9af83f4dd2276a21a5f35840da5fe80db13e972fb7334f5c',
    );
  });

  test.each([
    [1, '市本级', '5000001000003', '陆军军医大学第一附属医院', 'tertiary'],
    [14, '市本级', '5000001000018', '重庆市中医院（道门口院部）', 'tertiary'],
    [16, '万州区', '5000001007333', '重庆市万州区第一人民医院', 'secondary'],
    [17, '黔江区', '5000001000102', '重庆市黔江区中医院', 'secondary'],
    [53, '大足区', '5000001000124', '重庆市大足区中医院', 'secondary'],
    [84, '石柱县', '5000001000043', '石柱土家族自治县人民医院', 'secondary'],
    [94, '万盛经开区', '5000001000092', '重庆南桐矿业有限责任公司总医院', 'secondary'],
    [95, '万盛经开区', '5000001000045', '重庆市万盛经济技术开发区人民医院', 'secondary'],
  ])('number %s', (number, ...printed) => {
    expect(row(number)).toEqual(printed);
  });

  test('each opens the ten codes on the place’s own first days', () => {
    expect(institutionDiseases).toHaveLength(950);
    const firstDays = new Map(
      of(chongqing).openings.map(({ disease, settlementFrom }) => [disease, settlementFrom]),
    );
    for (const { disease, openFrom, openTo } of institutionDiseases) {
      expect([openFrom, openTo]).toEqual([firstDays.get(disease), null]);
    }
  });
});

describe('渝医保办〔2021〕54号 首段, 二: first days', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'M0830%s qualifies from 2021-12-01, settles from 2021-12-25',
    (n) => {
      expect(of(chongqing).openings).toContainEqual({
        disease: `M0830${n}`,
        qualificationFrom: '2021-12-01',
        settlementFrom: '2021-12-25',
        source: '渝医保办〔2021〕54号 二',
      });
    },
  );

  test.each(['M00500', 'M07801'])('%s settles from 2021-12-25', (disease) => {
    expect(of(chongqing).openings).toContainEqual({
      disease,
      qualificationFrom: '2020-01-01',
      settlementFrom: '2021-12-25',
      source: 'qualification: illustrative; settlement: 渝医保办〔2021〕54号 首段',
    });
  });

  test.each(['M03900', 'M01600'])('%s is older than the notice, on an invented day', (disease) => {
    const opening = of(chongqing).openings.find((each) => each.disease === disease)!;
    expect(opening.settlementFrom < '2021-12-25').toBe(true);
    expect(opening.source).toBe('illustrative');
  });
});

describe('scopes', () => {
  test.each([chongqing, sichuan])(
    'that of %s has every kind and class, restricted items, limits',
    (place) => {
      const { catalogue } = of(place);
      expect(new Set(catalogue.map(({ code }) => code)).size).toBeGreaterThanOrEqual(25);
      expect(new Set(catalogue.map(({ kind }) => kind))).toEqual(
        new Set(['drug', 'service', 'consumable']),
      );
      expect(new Set(catalogue.map((item) => item.class))).toEqual(new Set(['A', 'B', 'C']));
      expect(catalogue.some(({ restricted }) => restricted)).toBe(true);
      expect(new Set(catalogue.map(({ priceLimits }) => priceLimits.tertiary === null)).size).toBe(
        2,
      );
      expect(new Set(catalogue.map(({ source }) => source))).toEqual(new Set(['illustrative']));
    },
  );
});

describe('渝医保办〔2021〕54号 二: old codes of transplant patients', () => {
  test('one of the six national codes each, until they are moved', () => {
    const { diseaseCodes } = of(chongqing);
    expect(diseaseCodes.map(({ code, inForceFrom }) => [code, inForceFrom])).toEqual([
      ['CQ-KPY', '2021-12-01'],
      ['CQ-KPY', '2024-01-01'],
      ['CQ-KPY-S', '2021-12-01'],
      ['CQ-KPY-S', '2022-07-01'],
    ]);
    expect(diseaseCodes[0]?.oneOf).toEqual([1, 2, 3, 4, 5, 6].map((n) => `M0830${n}`));
    expect(diseaseCodes[3]).toMatchObject({ disease: 'M08301', oneOf: null, lapse: null });
    expect(new Set(diseaseCodes.map(({ source }) => source))).toEqual(new Set(['illustrative']));
  });
});

test('a pharmacy is told from the hospitals', () => {
  const pharmacies = of(sichuan).institutions.filter(({ kind }) => kind === 'pharmacy');
  expect(pharmacies.map(({ code }) => code)).toEqual(['P51010400941']);
  expect(of(chongqing).institutions.every(({ kind }) => kind === 'hospital')).toBe(true);
});

const today = day('2026-11-22');
interface Asked {
  person: string;
  from: PlaceCode;
  disease: Disease;
  region: string;
}
/** What the law says of a seed person who visits a pooling region today. */
function reasonAt({ person, from, disease, region }: Asked, on: Day = today): string {
  const { qualifications, unmigratedQualifications, filings, suspensions } = of(from);
  const outcome = checkEligibility(
    {
      qualifications: qualifications
        .filter((each) => each.person === person && each.disease === disease)
        .map(({ validFrom, validTo }) => ({ from: validFrom, to: validTo })),
      unmigrated: unmigratedQualifications
        .filter((each) => each.person === person && each.oneOf.some((code) => code === disease))
        .map(({ localCode, validFrom, validTo }) => {
          return { localCode, from: validFrom, to: validTo };
        }),
      filings: filings
        .filter((each) => each.person === person)
        .map(({ filedFor, category, validFrom, validTo }) => {
          return { filedFor, category, from: validFrom, to: validTo };
        }),
      suspensions: suspensions
        .filter((each) => each.person === person)
        .map(({ suspendedFrom, suspendedTo }) => ({ from: suspendedFrom, to: suspendedTo })),
    },
    { disease, on, treatingRegion: regionCode(region) },
  );
  return outcome.ok ? 'eligible' : outcome.refusal.reason;
}

describe('persons', () => {
  test('the demonstration: Chengdu, employee, working, hypertension, filed for Chongqing', () => {
    const { persons, insurances, accounts, qualifications, filings } = of(sichuan);
    const person = '51010000000000000001';
    expect(persons.find(({ id }) => id === person)?.region).toBe('510100');
    expect(insurances.filter((each) => each.person === person)).toMatchObject([
      { insuranceType: '310', insuredTo: null, suspendedFrom: null, retired: false },
    ]);
    expect(accounts).toContainEqual({ person, balance: '500.00' });
    expect(qualifications.filter((each) => each.person === person)).toMatchObject([
      { disease: 'M03900', validTo: null },
    ]);
    expect(filings.filter((each) => each.person === person)).toMatchObject([
      { filedFor: '500000', validTo: null },
    ]);
  });

  test.each([
    ['51010000000000000001', 'M03900', 'eligible'],
    ['51010000000000000002', 'M03900', 'eligible'],
    ['51010000000000000002', 'M01600', 'eligible'],
    ['51010000000000000003', 'M00500', 'eligible'],
    ['51010000000000000004', 'M07801', 'eligible'],
    ['51010000000000000005', 'M08301', 'eligible'],
    ['51010000000000000006', 'M01600', 'eligible'],
    ['51010000000000000007', 'M03900', 'eligible'],
    ['51010000000000000008', 'M03900', 'eligible'],
    ['51010000000000000009', 'M08301', 'eligible'],
    ['51010000000000000011', 'M03900', 'not-qualified'],
    ['51010000000000000012', 'M03900', 'not-qualified'],
    ['51010000000000000013', 'M03900', 'qualification-not-in-force'],
    ['51010000000000000014', 'M03900', 'qualification-not-in-force'],
    ['51010000000000000015', 'M03900', 'not-filed'],
    ['51010000000000000016', 'M03900', 'filing-not-in-force'],
    ['51010000000000000017', 'M03900', 'filing-not-in-force'],
    ['51010000000000000018', 'M03900', 'filing-for-other-place'],
    ['51010000000000000019', 'M03900', 'settlement-suspended'],
    ['51010000000000000022', 'M08301', 'qualification-not-migrated'],
    ['51010000000000000022', 'M08306', 'not-qualified'],
    // Refused by the insured place only:
    ['51010000000000000020', 'M03900', 'eligible'],
    ['51010000000000000021', 'M03900', 'eligible'],
    ['51030000000000000001', 'M03900', 'eligible'],
  ])('%s of Sichuan in Chongqing under %s: %s', (person, code, expected) => {
    const asked = { person, from: sichuan, disease: diseaseCode(code), region: '500000' };
    expect(reasonAt(asked)).toBe(expected);
  });

  test.each([
    ['50000000000000000001', 'M01600', '510100', 'eligible'],
    ['50000000000000000001', 'M01600', '510700', 'filing-for-other-place'],
    ['50000000000000000002', 'M03900', '510700', 'eligible'],
    ['50000000000000000003', 'M08301', '510100', 'eligible'],
    ['50000000000000000004', 'M08306', '510100', 'eligible'],
    ['50000000000000000005', 'M00500', '510100', 'eligible'],
    ['50000000000000000006', 'M07801', '510100', 'eligible'],
    ['50000000000000000011', 'M01600', '510100', 'not-qualified'],
    ['50000000000000000012', 'M01600', '510100', 'qualification-not-in-force'],
    ['50000000000000000013', 'M01600', '510100', 'not-filed'],
    ['50000000000000000014', 'M01600', '510100', 'filing-not-in-force'],
    ['50000000000000000015', 'M01600', '510100', 'filing-for-other-place'],
    ['50000000000000000016', 'M01600', '510100', 'settlement-suspended'],
    // Refused by the insured place only:
    ['50000000000000000017', 'M01600', '510100', 'eligible'],
    ['50000000000000000018', 'M01600', '510100', 'eligible'],
  ])('%s of Chongqing under %s in %s: %s', (person, code, region, expected) => {
    const asked = { person, from: chongqing, disease: diseaseCode(code), region };
    expect(reasonAt(asked)).toBe(expected);
  });

  test('a suspension that has ended refused only while it lasted', () => {
    const disease = diseaseCode('M03900');
    const asked = { person: '51010000000000000007', from: sichuan, disease, region: '500000' };
    expect(reasonAt(asked, day('2022-06-30'))).toBe('settlement-suspended');
    expect(reasonAt(asked, day('2022-07-01'))).toBe('eligible');
  });

  test.each([
    ['51010000000000000020', sichuan, true, true],
    ['50000000000000000017', chongqing, true, true],
    ['51010000000000000021', sichuan, false, false],
    ['50000000000000000018', chongqing, false, false],
    ['51010000000000000001', sichuan, true, false],
  ])('%s of %s today: insured %s, benefit suspended %s', (person, place, insured, suspended) => {
    const found = of(place).insurances.filter(
      (each) => each.person === person && isWithin(today, each.insuredFrom, each.insuredTo),
    );
    expect(found.length > 0).toBe(insured);
    const isSuspended = found.some(
      ({ suspendedFrom, suspendedTo }) =>
        suspendedFrom !== null && isWithin(today, suspendedFrom, suspendedTo),
    );
    expect(isSuspended).toBe(suspended);
  });

  test('one lives in a region without a policy', () => {
    const regions = of(sichuan).policies.map(({ policy }) => policy.region);
    const without = of(sichuan).persons.filter(({ region }) => !regions.includes(region));
    expect(without.map(({ id }) => id)).toEqual(['51030000000000000001']);
  });
});

describe('policies', () => {
  const entries = [chongqing, sichuan].flatMap((place) =>
    of(place).policies.flatMap(({ policy }) =>
      of(place).openings.flatMap(({ disease, settlementFrom }) =>
        (['310', '390'] as const).map((type) => ({ policy, disease, type, from: settlementFrom })),
      ),
    ),
  );

  test('each region has a rule for each disease from its place’s first day on', () => {
    expect(entries).toHaveLength(2 * (10 + 9));
    const without = entries.filter(
      ({ policy, disease, type, from }) => !ruleInForce(policy, type, disease, from).ok,
    );
    expect(without.map(({ policy, disease, type }) => [policy.region, type, disease])).toEqual([]);
  });
});
