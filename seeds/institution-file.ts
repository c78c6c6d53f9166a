import { z } from 'zod';
import type { Day } from '../domain/calendar.ts';
import {
  placeOf,
  type DiseaseCode,
  type InstitutionCode,
  type InstitutionLevel,
  type PlaceCode,
} from '../domain/identifiers.ts';
import type { InstitutionRow, OpeningRow } from '../db/seeding.ts';
import type { InstitutionDiseaseChange } from '../domain/registry.ts';
import {
  carryDown,
  checkedBy,
  days,
  diseaseCode,
  isOrdered,
  name,
  refuseRepeats,
  regionCode,
  source,
  sourcedDay,
  textThat,
  toBeforeFrom,
  type Complain,
} from './shapes.ts';

/** What other files say that an institutions file must agree with. */
export interface InstitutionContext {
  place: PlaceCode; // of the file's name
  connectedFrom: Day | null;
  diseases: ReadonlySet<DiseaseCode>;
  taken: ReadonlySet<InstitutionCode>; // by the files of other places
}
export interface InstitutionSeeds {
  openings: OpeningRow[];
  institutions: InstitutionRow[];
  institutionDiseases: InstitutionDiseaseChange[];
}

const levels = { 三级: 'tertiary', 二级: 'secondary', 一级: 'primary' } as const satisfies Record<
  string,
  InstitutionLevel
>;
const grade = z.literal(['三级', '二级', '一级'], { error: 'a grade is 三级, 二级 or 一级' });
// As the lists print them: Chongqing's 13 digits of 2021, or the national H, for a pharmacy P, and 11 digits.
const institutionCode = textThat<InstitutionCode>(
  (text) => /^(\d{13}|[HP]\d{11})$/.test(text),
  'an institution has 13 digits, or H (a pharmacy P) and 11 digits',
);
const district = z.string({ error: 'a district is text, empty where the print leaves it out' });

const opening = z.strictObject({
  disease: diseaseCode,
  qualification: sourcedDay,
  settlement: sourcedDay,
});
const designated = z
  .strictObject({ ...days, source })
  .refine(isOrdered, { error: toBeforeFrom, path: ['to'] });
const opens = z
  .strictObject({ disease: diseaseCode, ...days, source })
  .refine(isOrdered, { error: toBeforeFrom, path: ['to'] });
const row = z.tuple([z.int(), district, institutionCode, name, grade], {
  error: 'a row has number, district, code, name, grade',
});
const list = z.strictObject({
  region: regionCode,
  kind: z
    .literal(['hospital', 'pharmacy'], { error: 'a kind is hospital or pharmacy' })
    .default('hospital'),
  source,
  designated,
  opens: z.array(opens),
  rows: z.array(row),
});
type Opening = z.infer<typeof opening>;
type InstitutionList = z.infer<typeof list>;
interface InstitutionFile {
  openings: Opening[];
  institutions: InstitutionList[];
}

function checkOpenings(
  openings: Opening[],
  { diseases, connectedFrom }: InstitutionContext,
  complain: Complain,
): void {
  for (const [index, { disease, qualification, settlement }] of openings.entries()) {
    const path = ['openings', index];
    if (!diseases.has(disease))
      complain([...path, 'disease'], `${disease} is not in diseases.yaml`);
    if (settlement.from < qualification.from) {
      complain([...path, 'settlement', 'from'], 'settles before it qualifies anyone');
    }
    if (connectedFrom === null || settlement.from < connectedFrom) {
      complain([...path, 'settlement', 'from'], 'settles before places.yaml connects the place');
    }
  }
  refuseRepeats(
    openings,
    ({ disease }) => disease,
    (index, disease) => {
      complain(['openings', index, 'disease'], `${disease} is there twice`);
    },
  );
}

function whyNotOpen(
  { disease, from }: z.infer<typeof opens>,
  { openings }: InstitutionFile,
  designatedFrom: Day,
): { at: 'disease' | 'from'; reason: string } | undefined {
  const ofPlace = openings.find((each) => each.disease === disease);
  if (!ofPlace) return { at: 'disease', reason: `the place has not opened ${disease}` };
  if (from < ofPlace.settlement.from) {
    return { at: 'from', reason: `before the place settles it, ${ofPlace.settlement.from}` };
  }
  return from < designatedFrom
    ? { at: 'from', reason: `before the institutions are designated, ${designatedFrom}` }
    : undefined;
}

function checkList(file: InstitutionFile, index: number, complain: Complain): void {
  const each = file.institutions[index];
  if (!each) return;
  for (const [at, opened] of each.opens.entries()) {
    const wrong = whyNotOpen(opened, file, each.designated.from);
    if (wrong) complain(['institutions', index, 'opens', at, wrong.at], wrong.reason);
  }
  refuseRepeats(
    each.opens,
    (opened) => `${opened.disease} from ${opened.from}`,
    (at, key) => {
      complain(['institutions', index, 'opens', at, 'disease'], `${key} is there twice`);
    },
  );
  for (const [at, [number]] of each.rows.entries()) {
    if (number !== at + 1) complain(['institutions', index, 'rows', at, 0], 'out of order');
  }
  if (each.rows[0]?.[1] === '') {
    complain(['institutions', index, 'rows', 0, 1], 'no district above to carry down');
  }
}

function checkCodes(
  lists: InstitutionList[],
  { place, taken }: InstitutionContext,
  complain: Complain,
): void {
  const codes = lists.flatMap(({ rows }, index) =>
    rows.map(([, , code], at) => ({ code, path: ['institutions', index, 'rows', at, 2] })),
  );
  for (const { code, path } of codes) {
    if (taken.has(code)) complain(path, `${code} is another place's`);
  }
  refuseRepeats(
    codes,
    ({ code }) => code,
    (index, code) => {
      complain(codes[index]?.path ?? [], `${code} is there twice`);
    },
  );
  for (const [index, { region }] of lists.entries()) {
    if (placeOf(region) !== place) complain(['institutions', index, 'region'], `not in ${place}`);
  }
}

const openingRow = ({ disease, qualification, settlement }: Opening): OpeningRow => ({
  disease,
  qualificationFrom: qualification.from,
  settlementFrom: settlement.from,
  source:
    qualification.source === settlement.source
      ? settlement.source
      : `qualification: ${qualification.source}; settlement: ${settlement.source}`,
});

function institutionRows({
  region,
  kind,
  source,
  designated,
  rows,
}: InstitutionList): InstitutionRow[] {
  const districts = carryDown(rows.map(([, cell]) => cell));
  return rows.map(([, , code, name, printedGrade], index) => {
    const level = levels[printedGrade];
    const [designatedFrom, designatedTo] = [designated.from, designated.to ?? null];
    const district = districts[index] ?? '';
    return { code, region, district, name, level, kind, designatedFrom, designatedTo, source };
  });
}

const diseaseRows = ({ rows, opens }: InstitutionList): InstitutionDiseaseChange[] =>
  rows.flatMap(([, , institution]) =>
    opens.map(({ disease, from, to }) => ({
      institution,
      disease,
      openFrom: from,
      openTo: to ?? null,
    })),
  );

/** `institutions/<place>.yaml`: the first days of the place's diseases, and its institutions. */
export const institutionFile = (context: InstitutionContext) =>
  z
    .strictObject({
      place: z.literal(context.place, { error: `the file is named for ${context.place}` }),
      openings: z.array(opening),
      institutions: z.array(list),
    })
    .superRefine(
      checkedBy((file: InstitutionFile, complain) => {
        checkOpenings(file.openings, context, complain);
        checkCodes(file.institutions, context, complain);
        for (const index of file.institutions.keys()) checkList(file, index, complain);
      }),
    )
    .transform(({ openings, institutions }): InstitutionSeeds => ({
      openings: openings.map(openingRow),
      institutions: institutions.flatMap(institutionRows),
      institutionDiseases: institutions.flatMap(diseaseRows),
    }));
