import { z } from 'zod';
import type {
  AccountRow,
  AccumulatorOpeningRow,
  FilingRow,
  InsuranceRow,
  OpeningRow,
  PersonRow,
  QualificationRow,
  SuspensionRow,
} from '../db/seeding.ts';
import { placeOf, type PlaceCode, type RegionCode } from '../domain/identifiers.ts';
import { isKeptBy, type Kept } from './accumulators.ts';
import {
  amount,
  checkedBy,
  day,
  days,
  diseaseCode,
  isOrdered,
  name,
  personId,
  refuseRepeats,
  regionCode,
  source,
  textThat,
  toBeforeFrom,
  type Complain,
} from './shapes.ts';

/** What other files say that a persons file must agree with. */
export interface PersonContext {
  place: PlaceCode; // of the file's name
  places: ReadonlySet<PlaceCode>;
  openings: readonly OpeningRow[]; // of the place
  accumulators: ReadonlyMap<RegionCode, readonly Kept[]>; // that the regions' policies name
}
export interface PersonSeeds {
  persons: PersonRow[];
  insurances: InsuranceRow[];
  accounts: AccountRow[];
  qualifications: QualificationRow[];
  filings: FilingRow[];
  suspensions: SuspensionRow[];
  accumulatorOpenings: AccumulatorOpeningRow[];
}

const ordered = { error: toBeforeFrom, path: ['to'] };
const period = textThat(
  (text) => /^\d{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$/.test(text),
  "a period is quoted text: '2026', '2026-Q1' or '2026-03'",
);
const insurance = z
  .strictObject({
    type: z.literal(['310', '390'], { error: "an insurance type is '310' or '390', in quotes" }),
    ...days,
    retired: z.boolean({ error: 'retired is true or false' }),
    suspended: z.strictObject(days).refine(isOrdered, ordered).optional(), // 待遇暂停
    source,
  })
  .refine(isOrdered, ordered);
const qualification = z
  .strictObject({ disease: diseaseCode, ...days, source })
  .refine(isOrdered, ordered);
const filing = z
  .strictObject({
    for: regionCode,
    category: z.literal(
      ['LT_RETIRED', 'LT_RESIDENT', 'LT_WORKER', 'TMP_REFERRAL', 'TMP_EMERGENCY', 'TMP_OTHER'],
      { error: 'a category is one of rules A-2, such as LT_RESIDENT' },
    ),
    ...days,
    source,
  })
  .refine(isOrdered, ordered);
const suspension = z.strictObject({ ...days, source }).refine(isOrdered, ordered);
const used = z.strictObject({ name, period, key: name, value: amount, source });
const person = z.strictObject({
  id: personId,
  region: regionCode,
  bornOn: day,
  source,
  insurances: z.array(insurance).min(1, 'a person has at least one insurance'),
  account: z.strictObject({ balance: amount, source }).optional(),
  qualifications: z.array(qualification).default([]),
  filings: z.array(filing).default([]),
  suspensions: z.array(suspension).default([]),
  used: z.array(used).default([]), // elsewhere before: opens the accumulators
});
type Person = z.infer<typeof person>;

/** Complaints about one person, each at a path below the person's own. */
type Check = (each: Person, context: PersonContext, complain: Complain) => void;

const checkPlaces: Check = ({ region, filings }, { place, places }, complain) => {
  if (placeOf(region) !== place) complain(['region'], `not in ${place}`);
  for (const [index, filed] of filings.entries()) {
    const filedPlace = placeOf(filed.for);
    if (!places.has(filedPlace))
      complain(['filings', index, 'for'], `places.yaml has no ${filedPlace}`);
    if (filedPlace === place) complain(['filings', index, 'for'], 'a filing is for another place');
  }
};

const checkQualifications: Check = ({ qualifications }, { openings }, complain) => {
  for (const [index, { disease, from }] of qualifications.entries()) {
    const opening = openings.find((each) => each.disease === disease);
    if (!opening) {
      complain(['qualifications', index, 'disease'], `the place has not opened ${disease}`);
    } else if (from < opening.qualificationFrom) {
      const first = opening.qualificationFrom;
      complain(['qualifications', index, 'from'], `before the place qualifies under it, ${first}`);
    }
  }
};

/** What was used under a name that no policy looks up would never count. */
const checkUsed: Check = ({ region, used }, { accumulators }, complain) => {
  for (const [index, row] of used.entries()) {
    if (accumulators.get(region)?.some(isKeptBy(row))) continue;
    const what = `${row.name} by ${row.key} in ${row.period}`;
    complain(['used', index, 'name'], `no policy of ${region} counts ${what}`);
  }
};

const checkRepeats: Check = (each, _context, complain) => {
  const keys = {
    insurances: each.insurances.map(({ type, from }) => `${type} from ${from}`),
    qualifications: each.qualifications.map(({ disease, from }) => `${disease} from ${from}`),
    filings: each.filings.map((filed) => `${filed.for} from ${filed.from}`),
    suspensions: each.suspensions.map(({ from }) => `from ${from}`),
    used: each.used.map((row) => `${row.name} ${row.period} ${row.key}`),
  };
  for (const [list, all] of Object.entries(keys)) {
    refuseRepeats(
      all,
      (key) => key,
      (index, key) => {
        complain([list, index], `${key} is there twice`);
      },
    );
  }
};

function checkPersons(persons: Person[], context: PersonContext, complain: Complain): void {
  for (const [index, each] of persons.entries()) {
    for (const check of [checkPlaces, checkQualifications, checkUsed, checkRepeats]) {
      check(each, context, (path, reason) => {
        complain(['persons', index, ...path], reason);
      });
    }
  }
  refuseRepeats(
    persons,
    ({ id }) => id,
    (index, id) => {
      complain(['persons', index, 'id'], `${id} is there twice`);
    },
  );
}

const insuranceRows = ({ id, insurances }: Person): InsuranceRow[] =>
  insurances.map(({ type, from, to, suspended, retired }) => ({
    person: id,
    insuranceType: type,
    insuredFrom: from,
    insuredTo: to ?? null,
    suspendedFrom: suspended?.from ?? null,
    suspendedTo: suspended?.to ?? null,
    retired,
  }));
const qualificationRows = ({ id, qualifications }: Person): QualificationRow[] =>
  qualifications.map(({ disease, from, to, source }) => ({
    person: id,
    disease,
    validFrom: from,
    validTo: to ?? null,
    source,
  }));
const filingRows = ({ id, filings }: Person): FilingRow[] =>
  filings.map(({ for: filedFor, category, from, to, source }) => ({
    person: id,
    filedFor,
    category,
    validFrom: from,
    validTo: to ?? null,
    source,
  }));
const suspensionRows = ({ id, suspensions }: Person): SuspensionRow[] =>
  suspensions.map(({ from, to }) => ({
    person: id,
    suspendedFrom: from,
    suspendedTo: to ?? null,
  }));

const rowsOf = (persons: Person[]): PersonSeeds => ({
  persons: persons.map(({ id, region, bornOn, source }) => ({ id, region, bornOn, source })),
  insurances: persons.flatMap(insuranceRows),
  accounts: persons.flatMap(({ id, account }) =>
    account ? [{ person: id, balance: account.balance }] : [],
  ),
  qualifications: persons.flatMap(qualificationRows),
  filings: persons.flatMap(filingRows),
  suspensions: persons.flatMap(suspensionRows),
  accumulatorOpenings: persons.flatMap(({ id, used }) =>
    used.map((row) => ({ person: id, ...row })),
  ),
});

/** `persons/<place>.yaml`: people insured in the place, and what it has decided for them. */
export const personFile = (context: PersonContext) =>
  z
    .strictObject({
      place: z.literal(context.place, { error: `the file is named for ${context.place}` }),
      persons: z.array(person),
    })
    .superRefine(
      checkedBy(({ persons }: { persons: Person[] }, complain) => {
        checkPersons(persons, context, complain);
      }),
    )
    .transform(({ persons }) => rowsOf(persons));
