import { z } from 'zod';
import type { Day } from '../domain/calendar.ts';
import {
  placeOf,
  type DiseaseCode,
  type InstitutionCode,
  type InstitutionLevel,
  type PlaceCode,
} from '../domain/identifiers.ts';
import type { InstitutionRow, OpeningRow, ProfileRow } from '../db/seeding.ts';
import type { InstitutionDiseaseChange } from '../domain/registry.ts';
import { isPendingCode, whenLate } from '../domain/treating-place/profile.ts';
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
  profiles: ProfileRow[];
}

const levels = { 三级: 'tertiary', 二级: 'secondary', 一级: 'primary' } as const satisfies Record<
  string,
  InstitutionLevel
>;
const grade = z.literal(['三级', '二级', '一级'], { error: '等级写 三级、二级 或 一级' });
// As the lists print them: Chongqing's 13 digits of 2021, or the national H, for a pharmacy P, and 11 digits.
const institutionCode = textThat<InstitutionCode>(
  (text) => /^(\d{13}|[HP]\d{11})$/.test(text),
  '机构代码写 13 位数字，加引号，或 H（药店 P）加 11 位数字',
);
const district = z.string({ error: "区县写文字；原表空着的写 ''" });

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
  error: '每行依次写 序号、区县、代码、名称、等级',
});
const list = z.strictObject({
  region: regionCode,
  kind: z
    .literal(['hospital', 'pharmacy'], { error: 'kind 写 hospital（医院）或 pharmacy（药店）' })
    .default('hospital'),
  source,
  designated,
  opens: z.array(opens),
  rows: z.array(row),
});
const profile = z
  .strictObject({
    institution: institutionCode,
    whenLate: z.literal(whenLate, { error: 'whenLate 写 refuse（到时不结算）或 wait（继续等待）' }),
    pendingCode: textThat(
      isPendingCode,
      "「已受理」的状态码写 2 到 9999 的数字，加引号，例如 '2001'；0、1 是成功",
    ).optional(),
    source,
  })
  .refine(({ whenLate, pendingCode }) => whenLate === 'refuse' || pendingCode !== undefined, {
    error: 'wait 要有「已受理」的状态码 pendingCode，医院系统只认得成功和失败',
    path: ['whenLate'],
  });
type Opening = z.infer<typeof opening>;
type InstitutionList = z.infer<typeof list>;
interface InstitutionFile {
  openings: Opening[];
  institutions: InstitutionList[];
  profiles: z.infer<typeof profile>[];
}

function checkProfiles({ institutions, profiles }: InstitutionFile, complain: Complain): void {
  const known = new Set(institutions.flatMap(({ rows }) => rows.map(([, , code]) => code)));
  for (const [index, { institution }] of profiles.entries()) {
    if (!known.has(institution)) {
      complain(['profiles', index, 'institution'], `${institution} 不在本文件的机构中`);
    }
  }
  refuseRepeats(
    profiles,
    ({ institution }) => institution,
    (index, code) => {
      complain(['profiles', index, 'institution'], `${code} 写了两次，请去掉一个`);
    },
  );
}

function checkOpenings(
  openings: Opening[],
  { diseases, connectedFrom }: InstitutionContext,
  complain: Complain,
): void {
  for (const [index, { disease, qualification, settlement }] of openings.entries()) {
    const path = ['openings', index];
    if (!diseases.has(disease)) complain([...path, 'disease'], `${disease} 不在 diseases.yaml 中`);
    if (settlement.from < qualification.from) {
      complain([...path, 'settlement', 'from'], '直接结算的第一天早于资格认定的第一天');
    }
    if (connectedFrom === null || settlement.from < connectedFrom) {
      complain([...path, 'settlement', 'from'], '直接结算的第一天早于 places.yaml 中接入的日期');
    }
  }
  refuseRepeats(
    openings,
    ({ disease }) => disease,
    (index, disease) => {
      complain(['openings', index, 'disease'], `${disease} 写了两次，请去掉一个`);
    },
  );
}

function whyNotOpen(
  { disease, from }: z.infer<typeof opens>,
  { openings }: InstitutionFile,
  designatedFrom: Day,
): { at: 'disease' | 'from'; reason: string } | undefined {
  const ofPlace = openings.find((each) => each.disease === disease);
  if (!ofPlace) return { at: 'disease', reason: `本地没有开通 ${disease}，请先写在 openings 中` };
  if (from < ofPlace.settlement.from) {
    return { at: 'from', reason: `早于本地开始结算的 ${ofPlace.settlement.from}` };
  }
  return from < designatedFrom
    ? { at: 'from', reason: `早于机构定点的 ${designatedFrom}` }
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
    (opened) => `${opened.disease}（${opened.from} 起）`,
    (at, key) => {
      complain(['institutions', index, 'opens', at, 'disease'], `${key} 写了两次，请去掉一个`);
    },
  );
  for (const [at, [number]] of each.rows.entries()) {
    if (number !== at + 1)
      complain(['institutions', index, 'rows', at, 0], '序号不对，应从 1 起依次写');
  }
  if (each.rows[0]?.[1] === '') {
    complain(['institutions', index, 'rows', 0, 1], '第一行要写区县，上面没有可沿用的');
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
    if (taken.has(code)) complain(path, `${code} 已是别省的机构，请核对代码`);
  }
  refuseRepeats(
    codes,
    ({ code }) => code,
    (index, code) => {
      complain(codes[index]?.path ?? [], `${code} 写了两次，请去掉一个`);
    },
  );
  for (const [index, { region }] of lists.entries()) {
    if (placeOf(region) !== place)
      complain(['institutions', index, 'region'], `不在 ${place} 之内，请核对区划`);
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

/** `institutions/<place>.yaml`: the first days of the place's diseases, its institutions, their profiles. */
export const institutionFile = (context: InstitutionContext) =>
  z
    .strictObject({
      place: z.literal(context.place, { error: `文件名是 ${context.place}，place 应与它一致` }),
      openings: z.array(opening),
      institutions: z.array(list),
      profiles: z.array(profile).default([]),
    })
    .superRefine(
      checkedBy((file: InstitutionFile, complain) => {
        checkOpenings(file.openings, context, complain);
        checkCodes(file.institutions, context, complain);
        checkProfiles(file, complain);
        for (const index of file.institutions.keys()) checkList(file, index, complain);
      }),
    )
    .transform(({ openings, institutions, profiles }): InstitutionSeeds => ({
      openings: openings.map(openingRow),
      institutions: institutions.flatMap(institutionRows),
      institutionDiseases: institutions.flatMap(diseaseRows),
      profiles: profiles.map((row) => ({ ...row, pendingCode: row.pendingCode ?? null })),
    }));
