import { day, yearOf, type Day } from '../calendar.ts';
import type { Disease, InsuranceType } from '../identifiers.ts';
import {
  amountsOfParameters,
  parameterYear,
  ruleInForce,
  type EntryText,
  type Policy,
} from './policy.ts';

/** A day that has passed and that a new version of a policy would decide otherwise. */
export interface PastChange {
  insuranceType: InsuranceType;
  disease: Disease;
  firstOn: Day; // the first of the days that would change
}

type Subject = Omit<PastChange, 'firstOn'>;

/** The names of the policy's groups that an element uses, as a selector or as a key. */
function* groupsNamedIn(element: unknown): Generator<string> {
  if (typeof element !== 'object' || element === null) return;
  for (const [key, value] of Object.entries(element) as [string, unknown][]) {
    if (key === 'group') yield* [value].flat().map(String);
    else yield* groupsNamedIn(value);
  }
}

/** One text for one meaning: the keys of every object in order, lists as they are. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)),
        )
      : inner,
  );
}

/** What decides on a day: the entry with the groups and the figures it uses; empty where nothing is in force. */
function decisionOn(policy: Policy, { insuranceType, disease }: Subject, on: Day): string {
  const inForce = ruleInForce(policy, insuranceType, disease, on);
  if (!inForce.ok) return '';
  const { parameters, groups, ...entry } = inForce.value;
  const figures = [...amountsOfParameters(entry)].map((amount) => {
    const year = parameterYear(amount, on);
    return [amount.of, year, parameters[amount.of]?.[year]];
  });
  const named = [...new Set(groupsNamedIn(entry))].sort().map((name) => [name, groups[name]]);
  return canonical({ entry, figures, groups: named });
}

const entriesOf = (policy: Policy, { insuranceType, disease }: Subject): readonly EntryText[] =>
  policy.policies[insuranceType]?.[disease] ?? [];

function subjectsOf(versions: readonly Policy[]): Subject[] {
  const all = versions.flatMap(({ policies }) =>
    (Object.keys(policies) as InsuranceType[]).flatMap((insuranceType) =>
      (Object.keys(policies[insuranceType] ?? {}) as Disease[]).map(
        (disease) => `${insuranceType} ${disease}`,
      ),
    ),
  );
  return [...new Set(all)].sort().map((subject) => {
    const [insuranceType, disease] = subject.split(' ') as [InsuranceType, Disease];
    return { insuranceType, disease };
  });
}

/** Every day before `today` on which a decision may begin: the first of an entry or of a year. */
function turningDays(entries: readonly EntryText[], today: Day): Day[] {
  const starts = entries.map(({ inForceFrom }) => inForceFrom).filter((from) => from < today);
  const [first] = starts.toSorted();
  if (first === undefined) return [];
  const newYears: Day[] = [];
  for (let year = Number(yearOf(first)) + 1; year <= Number(yearOf(today)); year += 1) {
    newYears.push(day(`${String(year).padStart(4, '0')}-01-01`));
  }
  return [...new Set([...starts, ...newYears])].filter((on) => on < today).toSorted();
}

/**
 * Where a new version of a region's policy would decide a past day otherwise than the version in
 * force: other entries, or other groups or yearly figures that these use. Days that have passed keep
 * their rule, for settlements of these days may still come; today and later days may change.
 *
 * @param today in China; days before it have passed
 * @returns at most one for each insurance type and disease; empty when the version may be published
 */
export function pastChanges(inForce: Policy, next: Policy, today: Day): PastChange[] {
  return subjectsOf([inForce, next]).flatMap((subject) => {
    const entries = [...entriesOf(inForce, subject), ...entriesOf(next, subject)];
    const firstOn = turningDays(entries, today).find(
      (on) => decisionOn(inForce, subject, on) !== decisionOn(next, subject, on),
    );
    return firstOn === undefined ? [] : [{ ...subject, firstOn }];
  });
}

/** The first days of a policy's entries, each once, in order. */
export const firstDaysOf = ({ policies }: Policy): Day[] =>
  [
    ...new Set(
      Object.values(policies).flatMap((diseases) =>
        Object.values(diseases).flatMap((entries) =>
          (entries ?? []).map(({ inForceFrom }) => inForceFrom),
        ),
      ),
    ),
  ].toSorted();
