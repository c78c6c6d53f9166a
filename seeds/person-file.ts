import { z } from 'zod';
import type {
  AccountRow,
  AccumulatorOpeningRow,
  InsuranceRow,
  OpeningRow,
  PersonRow,
} from '../db/seeding.ts';
import type {
  FactRow,
  FamilyDoctorRow,
  FilingRow,
  PersonFactRows,
  SelectionRow,
  SuspensionRow,
  VisitOpeningRow,
} from '../db/seeding-persons.ts';
import {
  isInstitutionCode,
  placeOf,
  type InstitutionCode,
  type PlaceCode,
  type RegionCode,
} from '../domain/identifiers.ts';
import { factKinds } from '../domain/insured-place/person-record.ts';
import { isKeptBy, type Kept } from './accumulators.ts';
import type { LocalCodes } from './disease-codes.ts';
import { checkQualifications, qualification, qualificationRows } from './qualifications.ts';
import {
  amount,
  checkedBy,
  day,
  days,
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
  localCodes: LocalCodes; // of the place
  accumulators: ReadonlyMap<RegionCode, readonly Kept[]>; // that the regions' policies name
}
export interface PersonSeeds extends PersonFactRows {
  persons: PersonRow[];
  insurances: InsuranceRow[];
  accounts: AccountRow[];
  accumulatorOpenings: AccumulatorOpeningRow[];
}

const ordered = { error: toBeforeFrom, path: ['to'] };
const period = textThat(
  (text) => /^\d{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$/.test(text),
  "期间写年、季或月，加引号：'2026'、'2026-Q1' 或 '2026-03'",
);
const insurance = z
  .strictObject({
    type: z.literal(['310', '390'], { error: "险种写 '310'（职工）或 '390'（城乡居民），加引号" }),
    ...days,
    retired: z.boolean({ error: 'retired（是否退休）写 true 或 false' }),
    suspended: z.strictObject(days).refine(isOrdered, ordered).optional(), // 待遇暂停
    source,
  })
  .refine(isOrdered, ordered);
const filing = z
  .strictObject({
    for: regionCode,
    category: z.literal(
      ['LT_RETIRED', 'LT_RESIDENT', 'LT_WORKER', 'TMP_REFERRAL', 'TMP_EMERGENCY', 'TMP_OTHER'],
      {
        error:
          '备案类别写 LT_RETIRED、LT_RESIDENT、LT_WORKER、TMP_REFERRAL、TMP_EMERGENCY 或 TMP_OTHER',
      },
    ),
    ...days,
    source,
  })
  .refine(isOrdered, ordered);
const suspension = z.strictObject({ ...days, source }).refine(isOrdered, ordered);
const used = z.strictObject({ name, period, key: name, value: amount, source });
const fact = z
  .strictObject({
    kind: z.literal(factKinds, { error: `kind 写 ${factKinds.join('、')} 之一` }),
    value: name,
    ...days,
    source,
  })
  .refine(isOrdered, ordered);
const institution = textThat<InstitutionCode>(
  isInstitutionCode,
  '医疗机构代码写 1 到 30 位字母或数字',
);
const selection = z.strictObject({ institution, ...days, source }).refine(isOrdered, ordered);
const doctor = textThat(
  (text) => /^[\x21-\x7e]{1,30}$/.test(text),
  '医生代码写 1 到 30 个字符，不含空格',
);
const familyDoctor = z.strictObject({ doctor, ...days, source }).refine(isOrdered, ordered);
const visit = z.strictObject({
  on: day,
  institution,
  level: z.literal(['primary', 'secondary', 'tertiary'], {
    error: '级别写 primary（一级）、secondary（二级）或 tertiary（三级）',
  }),
  source,
});
const person = z.strictObject({
  id: personId,
  region: regionCode,
  bornOn: day,
  source,
  insurances: z.array(insurance).min(1, '每个人至少写一条参保（insurances）'),
  account: z.strictObject({ balance: amount, source }).optional(),
  qualifications: z.array(qualification).default([]),
  filings: z.array(filing).default([]),
  suspensions: z.array(suspension).default([]),
  used: z.array(used).default([]), // elsewhere before: opens the accumulators
  facts: z.array(fact).default([]), // that a policy may select by
  selections: z.array(selection).default([]), // 定点, of any place
  familyDoctors: z.array(familyDoctor).default([]), // 签约
  visits: z.array(visit).default([]), // elsewhere: each counts in its year
});
type Person = z.infer<typeof person>;

/** Complaints about one person, each at a path below the person's own. */
type Check = (each: Person, context: PersonContext, complain: Complain) => void;

const checkPlaces: Check = ({ region, filings }, { place, places }, complain) => {
  if (placeOf(region) !== place) complain(['region'], `不在 ${place} 之内，请核对区划`);
  for (const [index, filed] of filings.entries()) {
    const filedPlace = placeOf(filed.for);
    if (!places.has(filedPlace))
      complain(['filings', index, 'for'], `places.yaml 中没有 ${filedPlace}`);
    if (filedPlace === place) complain(['filings', index, 'for'], '备案应是去外省，不能是本省');
  }
};

const checkCodes: Check = ({ qualifications }, context, complain) => {
  checkQualifications(qualifications, context, complain);
};

/** What was used under a name that no policy looks up would never count. */
const checkUsed: Check = ({ region, used }, { accumulators }, complain) => {
  for (const [index, row] of used.entries()) {
    if (accumulators.get(region)?.some(isKeptBy(row))) continue;
    const what = `${row.name}（${row.period}，${row.key}）`;
    complain(['used', index, 'name'], `${region} 的政策不累计 ${what}，请核对名称、期间和范围`);
  }
};

const checkRepeats: Check = (each, _context, complain) => {
  const keys = {
    insurances: each.insurances.map(({ type, from }) => `${type}（${from} 起）`),
    filings: each.filings.map((filed) => `${filed.for}（${filed.from} 起）`),
    suspensions: each.suspensions.map(({ from }) => `${from} 起`),
    used: each.used.map((row) => `${row.name} ${row.period} ${row.key}`),
    facts: each.facts.map(({ kind, from }) => `${kind}（${from} 起）`),
    selections: each.selections.map((chosen) => `${chosen.institution}（${chosen.from} 起）`),
    familyDoctors: each.familyDoctors.map(({ doctor: of, from }) => `${of}（${from} 起）`),
    visits: each.visits.map((visited) => `${visited.institution}（${visited.on}）`),
  };
  for (const [list, all] of Object.entries(keys)) {
    refuseRepeats(
      all,
      (key) => key,
      (index, key) => {
        complain([list, index], `${key} 写了两次，请去掉一个`);
      },
    );
  }
};

function checkPersons(persons: Person[], context: PersonContext, complain: Complain): void {
  for (const [index, each] of persons.entries()) {
    for (const check of [checkPlaces, checkCodes, checkUsed, checkRepeats]) {
      check(each, context, (path, reason) => {
        complain(['persons', index, ...path], reason);
      });
    }
  }
  refuseRepeats(
    persons,
    ({ id }) => id,
    (index, id) => {
      complain(['persons', index, 'id'], `${id} 写了两次，请去掉一个`);
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

const factRows = ({ id, facts }: Person): FactRow[] =>
  facts.map(({ to = null, ...row }) => ({ person: id, ...row, to }));
const selectionRows = ({ id, selections }: Person): SelectionRow[] =>
  selections.map(({ to = null, ...row }) => ({ person: id, ...row, to }));
const familyDoctorRows = ({ id, familyDoctors }: Person): FamilyDoctorRow[] =>
  familyDoctors.map(({ to = null, ...row }) => ({ person: id, ...row, to }));
const visitRows = ({ id, visits }: Person): VisitOpeningRow[] =>
  visits.map((row) => ({ person: id, ...row }));

function rowsOf(persons: Person[], context: PersonContext): PersonSeeds {
  const qualified = persons.map(({ id, qualifications }) =>
    qualificationRows(id, qualifications, context),
  );
  return {
    persons: persons.map(({ id, region, bornOn, source }) => ({ id, region, bornOn, source })),
    insurances: persons.flatMap(insuranceRows),
    accounts: persons.flatMap(({ id, account }) =>
      account ? [{ person: id, balance: account.balance }] : [],
    ),
    accumulatorOpenings: persons.flatMap(({ id, used }) =>
      used.map((row) => ({ person: id, ...row })),
    ),
    qualifications: qualified.flatMap((of) => of.qualifications),
    unmigratedQualifications: qualified.flatMap((of) => of.unmigratedQualifications),
    filings: persons.flatMap(filingRows),
    suspensions: persons.flatMap(suspensionRows),
    facts: persons.flatMap(factRows),
    selections: persons.flatMap(selectionRows),
    familyDoctors: persons.flatMap(familyDoctorRows),
    visitOpenings: persons.flatMap(visitRows),
  };
}

/** `persons/<place>.yaml`: people insured in the place, and what it has decided for them. */
export const personFile = (context: PersonContext) =>
  z
    .strictObject({
      place: z.literal(context.place, { error: `文件名是 ${context.place}，place 应与它一致` }),
      persons: z.array(person),
    })
    .superRefine(
      checkedBy(({ persons }: { persons: Person[] }, complain) => {
        checkPersons(persons, context, complain);
      }),
    )
    .transform(({ persons }) => rowsOf(persons, context));
