import { yearOf, type Day } from '../calendar.ts';
import type { Disease, InsuranceType } from '../identifiers.ts';
import { amountsOfParameters, parameterYear, type EntryText, type Policy } from './policy.ts';

/** The first day on which a region has to have an entry for a disease; null where nobody says it. */
export interface FirstDay {
  disease: Disease;
  from: Day | null;
}
/** Days on which nothing is in force and no lapse says why. */
export interface Gap {
  insuranceType: InsuranceType;
  disease: Disease | null; // null: all of them, since the policy leaves the insurance type out
  from: Day | null; // null: on any day
  before: Day | null; // the first day after the gap; null: it does not end
  lacks: 'entry' | { parameter: string; year: string };
}

const insuranceTypes: readonly InsuranceType[] = ['310', '390'];
const inOrder = (entries: readonly EntryText[]): EntryText[] =>
  entries.toSorted((one, other) => (one.inForceFrom < other.inForceFrom ? -1 : 1));
const earlier = (one: Day, other: Day | null): Day => (other === null || one < other ? one : other);
const later = (one: Day, other: Day): Day => (one > other ? one : other);
const newYear = (year: number): Day => `${String(year).padStart(4, '0')}-01-01` as Day;

function earliestOf(firstDays: readonly FirstDay[]): Day | null {
  const known = firstDays.map(({ from }) => from).filter((from) => from !== null);
  return known.toSorted()[0] ?? null;
}

/** Before the first entry of a disease, or for ever where it has none. */
function entryGaps(
  of: Policy['policies'],
  insuranceType: InsuranceType,
  firstDays: readonly FirstDay[],
): Gap[] {
  const diseases = of[insuranceType] ?? {};
  const gap = { insuranceType, before: null, lacks: 'entry' } as const;
  if (firstDays.length > 0 && Object.keys(diseases).length === 0) {
    return [{ ...gap, disease: null, from: earliestOf(firstDays) }];
  }
  return firstDays.flatMap(({ disease, from }): Gap[] => {
    const [first] = inOrder(diseases[disease] ?? []);
    if (!first) return [{ ...gap, disease, from }];
    if (from === null || first.inForceFrom <= from) return [];
    return [{ ...gap, disease, from, before: first.inForceFrom }];
  });
}

/** The years of a rule in which an amount is a rate of a figure that nobody declared. */
function figureGaps(
  { parameters = {} }: Policy,
  entry: EntryText,
  end: Day | null,
  until: Day,
): Pick<Gap, 'from' | 'before' | 'lacks'>[] {
  if ('lapse' in entry) return [];
  const used = [...amountsOfParameters(entry)];
  const gaps = new Map<string, Pick<Gap, 'from' | 'before' | 'lacks'>>();
  for (let year = Number(yearOf(entry.inForceFrom)); year <= Number(yearOf(until)); year += 1) {
    const from = later(entry.inForceFrom, newYear(year));
    const before = earlier(newYear(year + 1), end);
    if (from >= before) break; // the next entry has taken over
    for (const amount of used) {
      const figureYear = parameterYear(amount, from);
      if (parameters[amount.of]?.[figureYear] !== undefined) continue;
      const lacks = { parameter: amount.of, year: figureYear };
      gaps.set(`${from} ${amount.of} ${figureYear}`, { from, before, lacks });
    }
  }
  return [...gaps.values()];
}

/**
 * The days on which the policy leaves a disease without an entry or a rule without a yearly figure it
 * needs: each would be a refusal that nobody decided. A lapse is an entry.
 *
 * @param firstDays from when on each disease has to have an entry, of every insurance type
 * @param until yearly figures are asked for up to the year of this day
 */
export function gapsOf(policy: Policy, firstDays: readonly FirstDay[], until: Day): Gap[] {
  return insuranceTypes.flatMap((insuranceType) => {
    const diseases = Object.entries(policy.policies[insuranceType] ?? {}) as [
      Disease,
      readonly EntryText[],
    ][];
    const ofFigures = diseases.flatMap(([disease, list]) =>
      inOrder(list).flatMap((entry, index, all) =>
        figureGaps(policy, entry, all[index + 1]?.inForceFrom ?? null, until).map((gap): Gap => ({
          insuranceType,
          disease,
          ...gap,
        })),
      ),
    );
    return [...entryGaps(policy.policies, insuranceType, firstDays), ...ofFigures];
  });
}
