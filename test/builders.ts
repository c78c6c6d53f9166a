import type { CatalogueItem, FeeLine, SplitTotals } from '../domain/bill.ts';
import { day } from '../domain/calendar.ts';
import { diseaseCode, institutionCode, type InstitutionLevel } from '../domain/identifiers.ts';
import type { BenefitRule, Groups, Parameters, RuleText } from '../domain/insured-place/policy.ts';
import type { BenefitInput, Insured } from '../domain/insured-place/visit-facts.ts';
import { defaultScopeRules, type SplitFor } from '../domain/treating-place/payment-scope.ts';
import { add, price, quantity, ratio, yuan, zero } from '../domain/money.ts';

/** Valid by default, one line to deviate. */

/** For fast-check: fixed in `npm test`, others and more of them in `npm run test:long`. */
export const runs = {
  seed: Number(process.env['KUASHENG_TEST_SEED'] ?? '20260305'),
  numRuns: Number(process.env['KUASHENG_TEST_RUNS'] ?? '200'),
};

/** 12345 → '123.45' */
export function fenText(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0');
  return `${fen < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export const aFeeLine = (changes: Partial<FeeLine> = {}): FeeLine => ({
  no: '1',
  item: 'XC03AAB001',
  price: price('10'),
  quantity: quantity('1'),
  amount: yuan('10.00'),
  approval: 'none',
  ...changes,
});
export const anItem = (changes: Partial<CatalogueItem> = {}): CatalogueItem => ({
  code: 'XC03AAB001',
  kind: 'drug',
  class: 'A',
  restricted: false,
  priceLimit: null,
  aboveLimit: 'person',
  diseases: null,
  firstShareRatio: ratio('0'),
  ...changes,
});

export const aSplitFor = (changes: Partial<SplitFor> = {}): SplitFor => ({
  disease: diseaseCode('M03900'),
  rules: defaultScopeRules,
  ...changes,
});

interface SplitText {
  inScope?: string;
  excluded?: string;
  firstShare?: string;
  drug?: string; // over the price limit, by kind
  service?: string;
  consumable?: string;
  hospital?: string; // of what is over the price limit of drugs
}
const nothing: Required<SplitText> = {
  inScope: '0',
  excluded: '0',
  firstShare: '0',
  drug: '0',
  service: '0',
  consumable: '0',
  hospital: '0',
};
/** Totals whose parts add up. */
export function aSplit(parts: SplitText = {}): SplitTotals {
  const { inScope, excluded, firstShare, drug, service, consumable, hospital } = {
    ...nothing,
    ...parts,
  };
  const overPriceLimit = [drug, service, consumable].map(yuan).reduce(add);
  const split = {
    excluded: yuan(excluded),
    overPriceLimit,
    firstShare: yuan(firstShare),
    inScope: yuan(inScope),
  };
  return {
    ...split,
    total: Object.values(split).reduce(add),
    overPriceLimitOf: {
      drug: yuan(drug),
      service: yuan(service),
      consumable: yuan(consumable),
    },
    hospitalShareOf: { drug: yuan(hospital), service: zero, consumable: zero },
  };
}

type RuleChanges = Partial<Omit<RuleText, 'pool'>> & { pool?: Partial<RuleText['pool']> };
/** 300 a year for all; 80 % up to 1,000 in scope a year, then 90 %; the pool pays 2,000 a year. */
export function aRuleText({ pool, ...changes }: RuleChanges = {}): RuleText {
  return {
    inForceFrom: day('2021-12-25'),
    source: 'illustrative',
    area: [{ form: 'none' }],
    pool: {
      deductible: {
        accumulator: { per: 'year', name: 'deductible', key: 'all' },
        basis: 'charged',
        amounts: [{ amount: '300.00' }],
      },
      axis: { accumulator: { per: 'year', name: 'in-scope', key: 'all' }, bandsFrom: 'zero' },
      ratios: [{ bands: [{ upTo: '1000.00', ratio: '0.80' }, { ratio: '0.90' }] }],
      retiree: { form: 'none' },
      limits: [
        {
          meaning: 'fundPayment',
          accumulator: { per: 'year', name: 'pool-fund', key: 'all' },
          amounts: [{ amount: '2000.00' }],
          component: 'overPoolCap',
        },
      ],
      ...pool,
    },
    layers: [],
    account: { pays: [] },
    ...changes,
  };
}
/** With no parameters and no groups unless given. */
export const ruleOf = (
  text: RuleText,
  refers: { parameters?: Parameters; groups?: Groups } = {},
): BenefitRule => ({ ...text, parameters: {}, groups: {}, ...refers });
export const aRule = (changes: RuleChanges = {}): BenefitRule => ruleOf(aRuleText(changes));
/** No deductible, one ratio, no limit, counted per visit. */
export const aPlainPool = (share: string): Partial<RuleText['pool']> => ({
  deductible: {
    accumulator: { per: 'visit' },
    basis: 'charged',
    amounts: [{ amount: '0.00' }],
  },
  axis: { accumulator: { per: 'visit' }, bandsFrom: 'zero' },
  ratios: [{ bands: [{ ratio: share }] }],
  limits: [],
});

export const aPerson = (changes: Partial<Insured> = {}): Insured => ({
  bornOn: day('1960-01-01'),
  retired: false,
  personType: null,
  insuredMonths: null,
  tier: null,
  hardship: null,
  civilServant: null,
  qualifiedFor: [],
  ...changes,
});
/** The institution that the person visits, at a level. */
export const atLevel = (
  level: InstitutionLevel,
  { code = 'H1', selected = false } = {},
): BenefitInput['institution'] => ({ code: institutionCode(code), level, selected });

export const aBenefitInput = (changes: Partial<BenefitInput> = {}): BenefitInput => ({
  totals: aSplit({ inScope: '1000.00' }),
  visitedOn: day('2026-03-05'),
  disease: diseaseCode('M03900'),
  institution: { code: institutionCode('H1'), level: 'tertiary', selected: false },
  channel: 'hospital',
  prescriber: 'other',
  filing: 'LT_RESIDENT',
  person: aPerson(),
  visits: [],
  rule: aRule(),
  used: () => zero,
  account: { use: 'none', balance: zero, family: zero },
  ...changes,
});
