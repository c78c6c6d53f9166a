import fc from 'fast-check';
import { day } from '../../domain/calendar.ts';
import { diseaseCode, type InstitutionLevel } from '../../domain/identifiers.ts';
import { computeBenefit, type Calculated } from '../../domain/insured-place/benefit.ts';
import type {
  Accumulator,
  Amount,
  AreaForm,
  BenefitRule,
  Cap,
  Combination,
  Cover,
  Deductible,
  FilingStatus,
  LayerRule,
  Limit,
  LimitMeaning,
  RetireeEffect,
  Row,
  Selectors,
} from '../../domain/insured-place/policy.ts';
import type { BenefitInput, EarlierVisit } from '../../domain/insured-place/visit-facts.ts';
import { add, isPositive, subtract, toWire, yuan, zero, type Yuan } from '../../domain/money.ts';
import { components, type Component } from '../../domain/settlement.ts';
import { aPerson, aSplit, atLevel, fenText } from '../builders.ts';

/**
 * Policies that use every structure a file may have, bills and persons to try them on. What a file may
 * not say is not generated: bands end in order, rows end with one for the rest, a name counts one thing.
 */

const levels: InstitutionLevel[] = ['primary', 'secondary', 'tertiary'];
const diseases = ['M03900', 'M01600', 'M05300'].map(diseaseCode);
const filings: FilingStatus[] = ['LT_RESIDENT', 'TMP_REFERRAL', 'TMP_OTHER', 'local', 'none'];
const group = { group: '慢病' };
const groups = { [group.group]: { diseases: diseases.slice(0, 2), source: 'illustrative' } };
const parameters = {
  平均工资: Object.fromEntries(
    ['2024', '2025', '2026'].map((year, index) => [
      year,
      { amount: `${1200 + index * 7}.55`, source: 'illustrative' },
    ]),
  ),
};

// Often a few fen, where rounding and limits meet.
const fens = (most: number) =>
  fc.oneof(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: 30 }));
export const fen = (most: number) => fens(most).map(fenText);
export const share = fc
  .oneof(fc.integer({ min: 0, max: 10_000 }), fc.constantFrom(0, 5000, 8000, 9999, 10_000))
  .map((n) => (n === 10_000 ? '1' : `0.${String(n).padStart(4, '0')}`));
const anyAmount = (most: number): fc.Arbitrary<Amount> =>
  fc.oneof(
    { weight: 4, arbitrary: fen(most) },
    fc.record({
      rate: fc
        .integer({ min: 0, max: 3_000_000 })
        .map((n) => `0.${String(n).padStart(7, '0').slice(0, 6)}`),
      of: fc.constant('平均工资'),
      yearsBefore: fc.constantFrom(0, 1, 2),
    }),
  );

// Selectors by facts that do not change with the money of the bill.
const anyWhen: fc.Arbitrary<Selectors> = fc.oneof<fc.Arbitrary<Selectors>[]>(
  fc.subarray(levels, { minLength: 1 }).map((level) => ({ level })),
  fc.boolean().map((retired) => ({ retired })),
  fc.boolean().map((selected) => ({ selected })),
  fc.subarray(diseases, { minLength: 1 }).map((disease) => ({ disease })),
  fc.constant({ group: [group.group] }),
  fc.constant({ hardship: ['特困'] }),
  fc.constantFrom(50, 66, 80).map((from) => ({ age: { from } })),
  fc.constantFrom(2, 3).map((from) => ({ visitOrdinal: { from } })),
  fc.subarray(filings, { minLength: 1 }).map((filing) => ({ filing })),
  fc.constant({ channel: ['pharmacy' as const], retired: true }),
);
const rowsOf = <T extends object>(row: fc.Arbitrary<T>): fc.Arbitrary<Row<T>[]> =>
  fc
    .tuple(fc.array(fc.tuple(anyWhen, row), { maxLength: 2 }), row)
    .map(([rows, rest]) => [...rows.map(([when, each]) => ({ ...each, when })), rest]);

const anyAccumulator = (name: string): fc.Arbitrary<Accumulator> =>
  fc
    .tuple(
      fc.constantFrom('visit', 'month', 'quarter', 'year', 'year'),
      fc.constantFrom('disease' as const, 'all' as const, group),
    )
    .map(([per, key]) => (per === 'visit' ? { per } : { per, name, key }));

const anyDeductible = (name: string): fc.Arbitrary<Deductible> =>
  fc.record(
    {
      accumulator: fc.oneof(
        { weight: 4, arbitrary: anyAccumulator(name) },
        fc.constant({ per: 'institutionYear' as const }),
      ),
      basis: fc.constantFrom('inScope', 'charged'),
      levelOf: fc.constantFrom('visit', 'highestOfYear'),
      amounts: rowsOf(fc.record({ amount: anyAmount(60_000) })),
    },
    { requiredKeys: ['accumulator', 'basis', 'amounts'] },
  );
const anyBands = fc
  .record({
    ends: fc.uniqueArray(
      fens(800_000).map((end) => end + 1),
      { maxLength: 3 },
    ),
    shares: fc.array(share, { minLength: 4, maxLength: 4 }),
  })
  .map(({ ends, shares }) => [
    ...ends
      .toSorted((a, b) => a - b)
      .map((end, index) => ({ upTo: fenText(end), ratio: shares[index]! })),
    { ratio: shares[3]! },
  ]);
const anyCover = (name: string): fc.Arbitrary<Cover> =>
  fc.record(
    {
      deductible: anyDeductible(`${name}-deductible`),
      axis: fc.record({
        accumulator: anyAccumulator(`${name}-axis`),
        bandsFrom: fc.constantFrom('zero', 'deductible'),
      }),
      ratios: rowsOf(fc.record({ bands: anyBands })),
    },
    { requiredKeys: ['axis', 'ratios'] },
  );

const anyCombination: fc.Arbitrary<Combination> = fc
  .tuple(
    fc.oneof(
      fc.constant({ way: 'sum' as const }),
      fc
        .oneof(
          anyAmount(20_000),
          share.map((rateOfOwn) => ({ rateOfOwn })),
        )
        .map((step) => ({ way: 'highestPlusStep' as const, step })),
    ),
    fc.record({ atMost: fc.constantFrom(1, 2), ceiling: anyAmount(300_000) }, { requiredKeys: [] }),
  )
  .map(([way, bounds]) => ({ ...way, ...bounds }));
const anyCap = (name: string): fc.Arbitrary<Cap> =>
  fc
    .record(
      {
        accumulator: anyAccumulator(name),
        amounts: rowsOf(
          fc.record({
            amount: fc.oneof({ weight: 6, arbitrary: anyAmount(300_000) }, fc.constant('none')),
          }),
        ),
        combine: anyCombination,
      },
      { requiredKeys: ['accumulator', 'amounts'] },
    )
    .map(({ combine, ...cap }) => {
      const { accumulator } = cap;
      const isOfGroup = accumulator.per !== 'visit' && typeof accumulator.key === 'object';
      return isOfGroup && combine ? { ...cap, combine } : cap;
    });
const anyLimit = (name: string): fc.Arbitrary<Limit> =>
  fc
    .record({
      cap: anyCap(name),
      meaning: fc.constantFrom<LimitMeaning[]>(
        'fundPayment',
        'fundPayment',
        'inScope',
        'total',
        'fixedAmount',
      ),
      component: fc.constantFrom<Limit['component'][]>('overPoolCap', 'overDiseaseLimit'),
    })
    .map(({ cap, ...limit }) => ({ ...cap, ...limit }));

const anyArea: fc.Arbitrary<AreaForm> = fc.oneof(
  fc.constant({ form: 'none' as const }),
  fc.constant({ form: 'zero' as const }),
  share.map((rate) => ({ form: 'firstShare' as const, rate })),
  share.map((factor) => ({ form: 'factor' as const, factor })),
  share.map((text) => ({ form: 'points' as const, points: `-${text}` })),
  fc.record(
    { form: fc.constant('replace' as const), bands: anyBands, deductible: anyAmount(60_000) },
    { requiredKeys: ['form', 'bands'] },
  ),
);
const anyRetiree: fc.Arbitrary<RetireeEffect> = fc.oneof(
  fc.constant({ form: 'none' as const }),
  share.map((text) => ({ form: 'points' as const, points: text })),
  share.map((factor) => ({ form: 'personFactor' as const, factor })),
);
const someComponents = fc.uniqueArray(fc.constantFrom<Component[]>(...components), {
  minLength: 1,
});
const anyLayer = (name: LayerRule['name']): fc.Arbitrary<LayerRule> =>
  fc
    .record({ cover: anyCover(name), base: someComponents, cap: fc.option(anyCap(`${name}-fund`)) })
    .map(({ cover, base, cap }) => ({ ...cover, name, base, ...(cap && { cap }) }));

const optional = <T>(of: fc.Arbitrary<T>) => fc.array(of, { maxLength: 1 });
/** Any policy entry, with its parameters and groups. */
export const anyRule: fc.Arbitrary<BenefitRule> = fc
  .record({
    area: rowsOf(anyArea),
    cover: anyCover('pool'),
    retiree: anyRetiree,
    limits: fc.tuple(
      ...['first', 'second', 'third'].map((name) => optional(anyLimit(`${name}-limit`))),
    ),
    layers: fc.tuple(
      optional(anyLayer('largeAmount')),
      optional(anyLayer('civilServant')),
      optional(anyLayer('medicalAid')),
    ),
    shareCeiling: fc.option(rowsOf(fc.record({ rate: share }))),
    pays: someComponents,
  })
  .map(({ area, cover, retiree, limits, layers, shareCeiling, pays }) => ({
    inForceFrom: day('2021-12-25'),
    source: 'illustrative',
    area,
    pool: { ...cover, retiree, limits: limits.flat() },
    layers: layers.flat(),
    ...(shareCeiling && { shareCeiling }),
    account: { pays },
    parameters,
    groups,
  }));

export type Visit = Omit<BenefitInput, 'rule' | 'used' | 'visits'>;
/** One bill of one person: all of them in 2026, so that the parameters suffice. */
export const anyVisit: fc.Arbitrary<Visit> = fc
  .record({
    parts: fc.record({
      inScope: fen(900_000),
      excluded: fen(50_000),
      firstShare: fen(50_000),
      drug: fen(5_000),
      service: fen(5_000),
      consumable: fen(5_000),
    }),
    hospital: fc.boolean(), // bears what is over the price limit of drugs
    level: fc.constantFrom(...levels),
    at: fc.record({ code: fc.constantFrom('H1', 'H2'), selected: fc.boolean() }),
    visitedOn: fc.constantFrom('2026-01-31', '2026-02-01', '2026-04-01', '2026-12-31').map(day),
    disease: fc.constantFrom(...diseases),
    filing: fc.constantFrom(...filings),
    channel: fc.constantFrom('hospital' as const, 'pharmacy' as const),
    person: fc.record({
      retired: fc.boolean(),
      hardship: fc.constantFrom(null, '特困'),
      qualifiedFor: fc.subarray(diseases),
    }),
    account: fc.record({
      use: fc.constantFrom('none' as const, 'own' as const, 'family' as const),
      own: fen(50_000),
      family: fen(50_000),
    }),
  })
  .map(({ parts, hospital, level, at, person, account, ...visit }) => ({
    ...visit,
    totals: aSplit({ ...parts, ...(hospital && { hospital: parts.drug }) }),
    institution: atLevel(level, at),
    prescriber: 'other' as const,
    person: aPerson(person),
    account: { use: account.use, balance: yuan(account.own), family: yuan(account.family) },
  }));

/** What the insured place remembers of a person: accumulators, and the visits that count. */
export class Memory {
  readonly values = new Map<string, Yuan>();
  readonly visits: EarlierVisit[] = [];
  readonly used = (...slot: string[]): Yuan => this.values.get(slot.join()) ?? zero;

  settle(visit: Visit, rule: BenefitRule): Calculated {
    const calculated = computeBenefit({
      ...visit,
      rule,
      used: this.used,
      visits: [...this.visits],
    });
    this.post(calculated, add);
    const { code, level } = visit.institution;
    if (isPositive(visit.totals.inScope)) {
      this.visits.push({ on: visit.visitedOn, institution: code, level });
    }
    return calculated;
  }
  /** Takes back the last settlement. */
  reverse(visit: Visit, calculated: Calculated): void {
    this.post(calculated, subtract);
    if (isPositive(visit.totals.inScope)) this.visits.pop();
  }
  /** What is counted, without what is back at nothing. */
  counted(): Record<string, string> {
    const texts = [...this.values].map(([slot, value]) => [slot, toWire(value)] as const);
    return Object.fromEntries(texts.filter(([, text]) => text !== '0.00'));
  }
  private post({ accumulators }: Calculated, move: (value: Yuan, by: Yuan) => Yuan): void {
    for (const { name, period, key, added } of accumulators) {
      this.values.set([name, period, key].join(), move(this.used(name, period, key), added));
    }
  }
}
