import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { day } from '../../domain/calendar.ts';
import {
  diseaseCode,
  type Disease,
  type InsuranceType,
  type PlaceCode,
} from '../../domain/identifiers.ts';
import { computeBenefit } from '../../domain/insured-place/benefit.ts';
import { ruleInForce, type EntryText, type Policy } from '../../domain/insured-place/policy.ts';
import { toWire } from '../../domain/money.ts';
import { parsePolicyFile } from '../../seeds/policy-file.ts';
import { readSeeds } from '../../seeds/read.ts';
import { aBenefitInput, aSplit } from '../builders.ts';

/** The sample policies of five cities, and the structures of others as small policies beside their cases. */

const project = new URL('../../', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, project), 'utf8');
const known = new Map<string, Policy>();
function policyOf(file: string): Policy {
  const policy = known.get(file) ?? parsePolicyFile(textOf(file), file).policy;
  known.set(file, policy);
  return policy;
}
const seeds = readSeeds();
const filesIn = (folder: string): string[] =>
  readdirSync(new URL(folder, project))
    .sort()
    .map((name) => `${folder}/${name}`);
const isCases = (file: string): boolean => file.endsWith('.cases.yaml');
const casesOf = (file: string): string => file.replace(/\.yaml$/, '.cases.yaml');

const cities = ['110000', '360100', '440100', '500000', '510100'];
const samples = cities.map((region) => `seeds/policies/${region}.yaml`);
const fixtures = filesIn('test/policies').filter((file) => !isCases(file));
const all = [...samples, ...fixtures];
const caseFiles = all.map(casesOf);

/** Every figure of an element with the source nearest to it. */
function* figuresIn(element: unknown, outer = ''): Generator<[figure: string, source: string]> {
  if (typeof element !== 'object' || element === null) return;
  const { source = outer } = element as { source?: string };
  for (const [key, value] of Object.entries(element)) {
    if (isFigure.has(key) && typeof value === 'string') yield [value, source];
    else yield* figuresIn(value, source);
  }
}
const isFigure = new Set(
  'amount rate ratio upTo points factor step ceiling rateOfOwn deductible'.split(' '),
);
function* sourcesIn(element: unknown): Generator<string> {
  if (typeof element !== 'object' || element === null) return;
  for (const [key, value] of Object.entries(element)) {
    if (key === 'source') yield String(value);
    else yield* sourcesIn(value);
  }
}

describe('the five cities', () => {
  test('are what the loader finds, each with its place; cases beside them are not policies', () => {
    const found = [...seeds.ofPlace.values()].flatMap(({ policies }) =>
      policies.map(({ policy }) => policy.region),
    );
    expect(found).toEqual(cities);
    expect(filesIn('seeds/policies')).toEqual([...samples, ...samples.map(casesOf)].sort());
  });

  const diseases: Disease[] = [...seeds.diseases.map(({ code }) => code), 'none'];
  /** The place's own first day of the disease, or the pilot's where it has none. */
  const firstDay = (place: PlaceCode, disease: Disease): string =>
    seeds.ofPlace.get(place)?.openings.find((each) => each.disease === disease)?.settlementFrom ??
    '2021-12-25';
  const isCovered = ({ place, policies }: Policy, type: InsuranceType, disease: Disease): boolean =>
    policies[type]?.[disease]?.some(({ inForceFrom }) => inForceFrom <= firstDay(place, disease)) ??
    false;
  test.each(samples)('%s has for both types a rule or a lapse of every disease', (file) => {
    const asked = diseases.flatMap((disease) =>
      (['310', '390'] as const).map((type) => ({ type, disease })),
    );
    expect(asked).toHaveLength(22);
    const missing = asked.filter(({ type, disease }) => !isCovered(policyOf(file), type, disease));
    expect(missing).toEqual([]);
  });

  test.each([
    ['310', 'M03900', false],
    ['390', 'M01600', false],
    ['310', 'M00500', true],
    ['390', 'M07801', true],
    ['310', 'M08301', true],
    ['310', 'M08302', false],
    ['390', 'M08303', false],
    ['310', 'M08304', true],
    ['390', 'M08305', false],
    ['390', 'M08306', true],
  ] as const)('B-12: Beijing %s %s has a rule: %s', (type, disease, expected) => {
    const rule = ruleInForce(
      policyOf('seeds/policies/110000.yaml'),
      type,
      diseaseCode(disease),
      day('2026-03-05'),
    );
    expect(rule.ok).toBe(expected);
  });
});

// A mark is a tag of rules.md; what is read out of two marks says both.
const ofRules =
  /^rules\.md [A-C][-.]\d+[^[\]]* \[(S|S2|S2a|U|I)(: [^\]]+)?\](, to be confirmed|; (upTo|ratio|base) illustrative)?$/;
const ofNotice = /^[一-龥]+〔20\d\d〕\d+号 [一-龥()]+$/;
const isKnown = (source: string): boolean =>
  source === 'illustrative' || ofRules.test(source) || ofNotice.test(source);

describe('sources', () => {
  test.each([...all, ...caseFiles])(
    '%s: each is a mark of rules.md, a notice or illustrative',
    (file) => {
      const sources = [...sourcesIn(parse(textOf(file), { maxAliasCount: -1 }))];
      expect(sources.length).toBeGreaterThan(0);
      expect(sources.filter((source) => !isKnown(source))).toEqual([]);
    },
  );
  test.each(all)('%s: what is general knowledge says that it is to be confirmed', (file) => {
    const sources = [...sourcesIn(policyOf(file))];
    const unsure = sources.filter((source) => source.includes('[U]'));
    expect(unsure.filter((source) => !source.endsWith(', to be confirmed'))).toEqual([]);
  });
  test.each(all)('%s: no figure takes a mark from its entry', (file) => {
    const entries: EntryText[] = Object.values(policyOf(file).policies).flatMap((byDisease) =>
      Object.values(byDisease).flatMap((list = []) => list),
    );
    const marked = entries.filter(
      (entry) => !('lapse' in entry) && entry.source !== 'illustrative',
    );
    expect(marked).toEqual([]);
  });

  const cmi = '[S2: CMI]';
  test.each([
    ['500000', `rules.md C.7 Chongqing ${cmi}`, '220.00 440.00 880.00 0.95 0.90 0.87 0.85'],
    ['500000', `rules.md C.7 Chongqing ${cmi}`, '200.00 100.00 0.60 0.50 3000.00 4000.00'],
    ['500000', `rules.md C.7 Chongqing ${cmi}`, '100.00 300.00 800.00 0.80 0.70 0.50'],
    ['500000', 'rules.md C.7 Chongqing 门特 [U], to be confirmed', '0.80 0.60 0.40 1000.00'],
    ['500000', 'rules.md C.7 Chongqing 门特, C-20 [U], to be confirmed', '200.00'],
    ['500000', `rules.md C.7 Chongqing, C-28 ${cmi}`, '500.00 300.00'],
    ['500000', 'rules.md C-26 [S2]', '0.10'],
    ['500000', `rules.md C-44 ${cmi}`, '18797.00 19856.00 0.60'],
    ['500000', `rules.md C-45 ${cmi}`, '47000.00 500000.00'],
    ['510100', `rules.md C.7 Chengdu ${cmi}`, '500.00 0.68'],
    ['110000', 'rules.md C.7 Beijing [S: art. 36]', '1300.00 650.00 1800.00 100.00 550.00'],
    ['110000', 'rules.md C-24 [S: art. 36]', '30000.00 40000.00 0.85 0.90 0.95 0.87 0.92 0.97'],
    ['110000', 'rules.md C-25 [S]', '0.60'],
    ['110000', 'rules.md C-45 [S]', '0.80 0.90'],
    ['110000', `rules.md C-44 ${cmi}`, '30404.00 50000.00 0.60 0.70'],
    ['440100', `rules.md C-30 ${cmi}`, '0.85 0.70 0.05'],
    ['440100', `rules.md C-44 ${cmi}`, '18000.00 0.70 450000.00'],
    ['360100', 'rules.md C-20 [S2: JX]', '4000.00 7000.00'],
    ['360100', 'rules.md C-21 [S2: JX]', '500000.00 100000.00'],
    ['360100', 'rules.md C-31 [S2: JX]', '0.95 0.90 0.85 0.80 0.60'],
    ['360100', 'rules.md C-33 [S2: JX]', '0.70 0.60'],
    ['360100', 'rules.md C-35 [S2: JX]', '0.10 0.20'],
    ['360100', 'rules.md C-44 [S2: JX]', '34000.00 0.5 0.25 0.60 0.65 300000.00'],
    ['360100', 'rules.md C-45 [S2: JX]', '100000.00 0.90 500000.00'],
    ['360100', 'rules.md C-46 [S2: JX]', '1.00 0.98 0.96 0.20'],
  ])('%s: under %s stand %s', (region, source, figures) => {
    const policy = policyOf(`seeds/policies/${region}.yaml`);
    const standing = [...figuresIn(policy)].filter(([, of]) => of === source);
    expect(standing.map(([figure]) => figure)).toEqual(expect.arrayContaining(figures.split(' ')));
  });
});

describe('cases', () => {
  interface Case {
    name: string;
    source: string;
    bills: { id: string }[];
    expect: Record<string, unknown>[];
  }
  const read = (file: string): { policy: string; cases: Case[] } =>
    parse(textOf(file)) as { policy: string; cases: Case[] };

  test.each(all)('%s has cases beside it', (file) => {
    expect(existsSync(new URL(casesOf(file), project))).toBe(true);
    expect(read(casesOf(file)).policy).toBe(file.split('/').at(-1));
  });
  test.each(samples)('%s has at least eight', (file) => {
    expect(read(casesOf(file)).cases.length).toBeGreaterThanOrEqual(8);
  });
  test.each(caseFiles)('%s: each names its source and expects something of each bill', (file) => {
    for (const { name, bills, expect: expected } of read(file).cases) {
      const told = expected.filter((of) => Object.keys(of).length > 1).map(({ bill }) => bill);
      expect([name, told]).toEqual([name, bills.map(({ id }) => id)]);
    }
  });
});

describe('rules.md C.2 to C.6: each structure in scope is written somewhere', () => {
  const [beijing, nanchang, guangzhou, chongqing, chengdu] = samples;
  const city = (name: string): string => `test/policies/${name}.yaml`;
  test.each([
    ['C-5', city('jiamusi'), 'accumulator: { per: visit }'],
    ['C-6', city('jiegou'), 'per: quarter'],
    ['C-7', city('jiegou'), 'per: institutionYear'],
    ['C-8', chongqing, 'basis: charged'],
    ['C-10', city('taizhou'), 'visitOrdinal: [2]'],
    ['C-10', city('wulanchabu'), 'visitOrdinal: [3]'],
    ['C-10', city('yanan'), 'visitOrdinal: [2]'],
    ['C-10', city('tianjin'), 'visitOrdinal: { from: 2 }'],
    ['C-12', city('wulanchabu'), 'per: year, name: deductible'],
    ['C-13', guangzhou, 'pool: # C-13'],
    ['C-13', nanchang, 'inForceFrom: 2024-01-01'],
    ['C-14', chongqing, 'levelOf: highestOfYear'],
    ['C-14', city('jiegou'), 'name: shared-deductible'],
    ['C-15', chongqing, 'basis: inScope'],
    ['C-16', city('jiegou'), 'meaning: total'],
    ['C-17', city('jiegou'), 'accumulator'],
    ['C-18', city('jiegou'), 'meaning: fixedAmount'],
    ['C-19', chengdu, 'per: quarter'],
    ['C-19', guangzhou, 'per: month'],
    ['C-19', city('yanan'), "amount: '20.00'"],
    ['C-20', nanchang, "way: sum, ceiling: '7000.00'"],
    ['C-20', chongqing, 'way: highestPlusStep'],
    ['C-20', guangzhou, 'atMost: 3'],
    ['C-20', city('jiegou'), 'rateOfOwn'],
    ['C-21', nanchang, 'name: pool-fund'],
    ['C-22', city('shenzhen'), 'yearsBefore: 2'],
    ['C-23', chongqing, 'level: [primary]'],
    ['C-24', beijing, "upTo: '40000.00'"],
    ['C-25', beijing, 'form: personFactor'],
    ['C-26', city('yanan'), "form: points, points: '0.10'"],
    ['C-27', city('shenzhen'), 'insuredMonths: { from: 36 }'],
    ['C-28', city('shenzhen'), 'tier: [一档]'],
    ['C-29', city('shenzhen'), 'prescriber: [family-doctor]'],
    ['C-30', guangzhou, 'selected: true'],
    ['C-31', nanchang, 'level: [secondary]'],
    ['C-32', city('wulanchabu'), 'group: [甲类]'],
    ['C-32', chengdu, 'group: [三类]'],
    ['C-33', nanchang, 'channel: [pharmacy]'],
    ['C-34', city('wulanchabu'), 'shareCeiling'],
    ['C-35', nanchang, 'form: firstShare'],
    ['C-36', city('shangluo'), "points: '-0.15'"],
    ['C-36', city('weinan'), "points: '-0.20'"],
    ['C-37', city('suzhou'), 'form: factor'],
    ['C-38', city('jiamusi'), 'form: replace'],
    ['C-39', city('wulanchabu'), 'form: zero'],
    ['C-40', city('jiegou'), "factor: '0.95'"],
    ['C-41', city('changzhou'), 'inForceFrom: 2025-11-20'],
    ['C-42', city('yaan'), 'overPriceLimit.consumable'],
    ['C-43', city('yaan'), '[deductible, poolSelf, firstShare]'],
    ['C-44', city('jiamusi'), 'amount: none'],
    ['C-44', beijing, 'bandsFrom: deductible'],
    ['C-45', nanchang, 'name: largeAmount'],
    ['C-46', nanchang, 'civilServant: [科级]'],
    ['C-47', city('wulanchabu'), "total: { from: '30000.01' }"],
    ['C-48', city('wulanchabu'), 'name: medicalAid'],
    ['C-49', guangzhou, 'pays: [poolSelf'],
    ['C-50', city('shanghai'), 'age: { from: 45 }'],
  ])('%s in %s, by %s', (structure, file = '', words) => {
    const text = textOf(file);
    expect(`${text}\n${textOf(casesOf(file))}`).toMatch(new RegExp(`${structure}(?!\\d)`));
    expect(text.replaceAll(/^#.*$/gm, '')).toContain(words);
  });
});

describe('an unfiled person, whom no settlement reaches', () => {
  test.each([
    // 1,500 first, 40 %; what no fund pays stays with the person
    ['C-38', 'jiamusi', '2018-06-01', '2500.00', '1500.00', '400.00'],
    ['C-39', 'wulanchabu', '2026-03-05', '2500.00', '800.00', '0.00'],
  ])('%s %s on %s: of %s a deductible of %s, the pool pays %s', (...row) => {
    const [, name, on, inScope, deductible, pool] = row;
    const disease = diseaseCode('M00500');
    const rule = ruleInForce(policyOf(`test/policies/${name}.yaml`), '390', disease, day(on));
    if (!rule.ok) throw new Error(rule.refusal.reason);
    const { benefit } = computeBenefit(
      aBenefitInput({
        rule: rule.value,
        disease,
        visitedOn: day(on),
        filing: 'none',
        totals: aSplit({ inScope }),
      }),
    );
    expect(toWire(benefit.deductible)).toBe(deductible);
    expect(benefit.layers.map(({ amount }) => toWire(amount))[0]).toBe(pool);
  });
});
