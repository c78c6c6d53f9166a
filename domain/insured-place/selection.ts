import { ageOn, yearOf } from '../calendar.ts';
import { invariant, InvariantViolation } from '../invariant.ts';
import { compare, multiple, multiply, remembering, yuan, type Yuan } from '../money.ts';
import {
  parameterYear,
  type Amount,
  type Numbers,
  type Selectors,
  type Sourced,
} from './policy.ts';
import type { BenefitInput, EarlierVisit } from './visit-facts.ts';

const isOneOf = (wanted: readonly string[], fact: string | null): boolean =>
  fact !== null && wanted.includes(fact);
function isAmong(wanted: Numbers, fact: number | null): boolean {
  if (fact === null) return false;
  return 'from' in wanted ? fact >= wanted.from : wanted.includes(fact);
}

/** The earlier settlements that count in the calendar year of this visit. */
export const visitsOfYear = ({ visits, visitedOn }: BenefitInput): EarlierVisit[] =>
  visits.filter(({ on }) => yearOf(on) === yearOf(visitedOn));
const ageOf = ({ person, visitedOn }: BenefitInput): number | null =>
  person.bornOn === null ? null : ageOn(person.bornOn, visitedOn);
const isInGroup = ({ rule, disease }: BenefitInput, group: string): boolean =>
  rule.groups[group]?.diseases.some((each) => each === disease) ?? false;

type Tests = {
  [K in keyof Selectors]-?: (wanted: Required<Selectors>[K], input: BenefitInput) => boolean;
};
const tests: Tests = {
  level: (wanted, { institution }) => wanted.includes(institution.level),
  selected: (wanted, { institution }) => institution.selected === wanted,
  disease: (wanted, { disease }) => wanted.includes(disease),
  group: (wanted, input) => wanted.some((group) => isInGroup(input, group)),
  personType: (wanted, { person }) => isOneOf(wanted, person.personType),
  retired: (wanted, { person }) => person.retired === wanted,
  age: (wanted, input) => isAmong(wanted, ageOf(input)),
  insuredMonths: (wanted, { person }) => isAmong(wanted, person.insuredMonths),
  tier: (wanted, { person }) => isOneOf(wanted, person.tier),
  hardship: (wanted, { person }) => isOneOf(wanted, person.hardship),
  civilServant: (wanted, { person }) => isOneOf(wanted, person.civilServant),
  filing: (wanted, { filing }) => wanted.includes(filing),
  prescriber: (wanted, { prescriber }) => wanted.includes(prescriber),
  channel: (wanted, { channel }) => wanted.includes(channel),
  visitOrdinal: (wanted, input) => isAmong(wanted, visitsOfYear(input).length + 1),
  total: (wanted, { totals }) => compare(totals.total, yuan(wanted.from)) >= 0,
};
const matches = (when: Selectors, input: BenefitInput): boolean =>
  (Object.keys(when) as (keyof Selectors)[]).every((key) => {
    const test = tests[key] as (wanted: unknown, of: BenefitInput) => boolean;
    return test(when[key], input);
  });

/** The source of the nearest element that names one, from the inside out; the entry always does. */
export function nearestSource(...elements: (Sourced | undefined)[]): string {
  for (const element of elements) if (element?.source !== undefined) return element.source;
  throw new InvariantViolation('nothing says where this comes from');
}

/**
 * The first row that matches the person and the visit.
 *
 * @throws InvariantViolation when none does; a loaded policy always ends with a row for the rest
 */
export function selectRow<R extends { when?: Selectors }>(
  rows: readonly R[],
  input: BenefitInput,
): R {
  const found = rows.find((row) => row.when === undefined || matches(row.when, input));
  invariant(found !== undefined, 'no row of the policy matches');
  return found;
}

const stated = remembering(yuan);
/** What an amount of the policy is for this visit. */
export function amountOf({ rule, visitedOn }: BenefitInput, amount: Amount): Yuan {
  if (typeof amount === 'string') return stated(amount);
  const year = parameterYear(amount, visitedOn);
  const figure = rule.parameters[amount.of]?.[year];
  invariant(figure !== undefined, `no ${amount.of} of ${year}`);
  return multiply(yuan(figure.amount), multiple(amount.rate));
}
