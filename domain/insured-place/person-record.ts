import { completedMonths, dayAfter, isWithin, type Day } from '../calendar.ts';
import type { DiseaseCode } from '../identifiers.ts';
import type { Span } from './eligibility.ts';
import type { Prescriber } from './policy.ts';
import type { EarlierVisit, Insured } from './visit-facts.ts';

/** What the insured place decides of a person by dated facts; a hospital's word on them does not count. */
export const factKinds = ['personType', 'tier', 'hardship', 'civilServant'] as const;
export type FactKind = (typeof factKinds)[number];

/** What the insured place has on record of a person, as of the visit day. */
export interface PersonRecord {
  bornOn: Day;
  facts: Partial<Record<FactKind, string>>; // in force on the day; of several the latest to begin
  qualifiedFor: DiseaseCode[];
  isSelected: boolean; // the person selected the institution (定点)
  familyDoctors: string[]; // contracted (签约)
  visits: EarlierVisit[]; // of the year
}

/**
 * Completed months insured without a break until the day; null when not insured on it.
 *
 * @param spans of one insurance type; spans that touch day by day are no break
 * @assumes a suspended benefit is no break of the insurance
 */
export function insuredMonthsOn(spans: readonly Span[], on: Day): number | null {
  let first: Day | null = null;
  for (const { from, to } of spans.toSorted((a, b) => (a.from > b.from ? -1 : 1))) {
    const reaches: boolean =
      first === null ? isWithin(on, from, to) : to === null || dayAfter(to) >= first;
    if (reaches) first = from;
  }
  return first === null ? null : completedMonths(first, on);
}

/** The family doctor's bill is one that nobody else prescribed a line of. */
export const prescriberOf = (
  doctors: readonly string[],
  familyDoctors: readonly string[],
): Prescriber =>
  doctors.length > 0 && doctors.every((doctor) => familyDoctors.includes(doctor))
    ? 'family-doctor'
    : 'other';

/** The person as a policy may select by them. */
export const insuredOn = (
  { bornOn, facts, qualifiedFor }: PersonRecord,
  insurance: { spans: readonly Span[]; retired: boolean },
  on: Day,
): Insured => ({
  bornOn,
  retired: insurance.retired,
  personType: facts.personType ?? null,
  insuredMonths: insuredMonthsOn(insurance.spans, on),
  tier: facts.tier ?? null,
  hardship: facts.hardship ?? null,
  civilServant: facts.civilServant ?? null,
  qualifiedFor,
});
