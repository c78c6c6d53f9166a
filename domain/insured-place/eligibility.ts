import { isWithin, type Day } from '../calendar.ts';
import { placeOf, type Disease, type FilingCategory, type RegionCode } from '../identifiers.ts';
import { accept, refuse, type Outcome, type Refusal } from '../refusal.ts';

/** Days on which something holds; an open end is null. */
export interface Span {
  from: Day;
  to: Day | null;
}
export interface Filing extends Span {
  filedFor: RegionCode; // a pooling region, or a whole place
  category: FilingCategory;
}
/** What is known of a person when a visit is checked: by the registry, or by the insured place itself. */
export interface PersonFacts {
  qualifications: readonly Span[]; // for the disease asked about
  unmigrated: readonly (Span & { localCode: string })[]; // that may become the disease asked about
  filings: readonly Filing[];
  suspensions: readonly Span[];
}
export interface Visit {
  disease: Disease;
  on: Day;
  treatingRegion: RegionCode;
}

const holds = (on: Day) => (span: Span) => isWithin(on, span.from, span.to);
/** Of several spans that miss the day, the one a clerk would name: the latest to begin. */
const latest = <T extends Span>(spans: readonly T[]): T | undefined =>
  spans.reduce<T | undefined>(
    (last, span) => (last && last.from >= span.from ? last : span),
    undefined,
  );

/**
 * Ordinary outpatient care (普通门诊) needs a filing but no qualification. One that holds under a local
 * code only is named before one under the national code that does not hold: it is what to migrate.
 *
 * @law 渝医保办〔2021〕54号 二
 */
function qualificationRefusal(person: PersonFacts, { disease, on }: Visit): Refusal | null {
  const { qualifications, unmigrated } = person;
  if (disease === 'none' || qualifications.some(holds(on))) return null;
  const old = latest(unmigrated.filter(holds(on)));
  if (old) {
    return { reason: 'qualification-not-migrated', disease, localCode: old.localCode, on };
  }
  const last = latest(qualifications);
  if (!last) return { reason: 'not-qualified', disease };
  return { reason: 'qualification-not-in-force', disease, on, from: last.from, to: last.to };
}

/** A filing names a pooling region or a whole place, never a hospital. */
const covers = (region: RegionCode) => (filing: Filing) =>
  filing.filedFor === region || (filing.filedFor as string) === placeOf(region);

function filingOn(filings: readonly Filing[], { on, treatingRegion }: Visit): Outcome<Filing> {
  if (filings.length === 0) return refuse({ reason: 'not-filed' });
  const here = filings.filter(covers(treatingRegion));
  const last = latest(here);
  if (!last) {
    const filedFor = [...new Set(filings.map((filing) => filing.filedFor))].sort();
    return refuse({ reason: 'filing-for-other-place', place: placeOf(treatingRegion), filedFor });
  }
  const valid = latest(here.filter(holds(on)));
  if (!valid) return refuse({ reason: 'filing-not-in-force', on, from: last.from, to: last.to });
  return accept(valid);
}

/**
 * Whether the person may settle across provinces for this visit: not suspended, qualified for the
 * disease and filed for the treating place on the visit day.
 *
 * @returns the filing that covers the visit; its category decides the benefit
 * @law 医保办函〔2021〕4号 二(一); 渝医保办〔2021〕54号 一
 */
export function checkEligibility(person: PersonFacts, visit: Visit): Outcome<Filing> {
  const suspension = person.suspensions.find(holds(visit.on));
  if (suspension) {
    return refuse({ reason: 'settlement-suspended', on: visit.on, to: suspension.to });
  }
  const refusal = qualificationRefusal(person, visit);
  return refusal ? refuse(refusal) : filingOn(person.filings, visit);
}
