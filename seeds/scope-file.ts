import type { CatalogueRow, ScopeRows } from '../db/seeding-scope.ts';
import type { CatalogueEntry, LineKind } from '../domain/bill.ts';
import { inForceOn, type Day } from '../domain/calendar.ts';
import { meaningOn, type DiseaseCodeMeaning } from '../domain/disease-code.ts';
import type { DiseaseCode, PlaceCode } from '../domain/identifiers.ts';
import * as money from '../domain/money.ts';
import { defaultScopeRules, type ScopeRules } from '../domain/treating-place/payment-scope.ts';
import { localCodesOf } from './disease-codes.ts';
import { scopeKeys, type Written, type WrittenEntry, type WrittenItem } from './scope-keys.ts';
import { parseSeed } from './seed-error.ts';
import { checkedBy, refuseRepeats, type Complain } from './shapes.ts';

export { scopeJsonSchema } from './scope-keys.ts';

/** A treating place's scope, looked up without a database. */
export interface ScopeFile extends ScopeRows {
  place: PlaceCode;
  /** The entry of an item in force on the day; null where the catalogue has none by then. */
  itemOn: (code: string, on: Day) => CatalogueEntry | null;
  /** What the place sets for all items on the day; the law's defaults before its first entry. */
  rulesOn: (on: Day) => ScopeRules;
  /** What one of the place's own disease codes means on the day; null where it is none of them by then. */
  diseaseOn: (code: string, on: Day) => DiseaseCodeMeaning | null;
}

const codeShapes: Record<LineKind, { shape: RegExp; reason: string }> = {
  drug: {
    shape: /^[XZT][A-Z0-9]{9,29}$/,
    reason: '药品代码写 X、Z 或 T 加 9 到 29 位字母或数字',
  },
  service: { shape: /^\d{15}(-[A-Z0-9]{1,20})?$/, reason: '诊疗项目代码写十五位数字，加引号' },
  consumable: { shape: /^C\d{19,29}$/, reason: '耗材代码写 C 加 19 到 29 位数字' },
};

type Path = (string | number)[];
function checkStarts(
  entries: readonly { inForceFrom: Day }[],
  path: Path,
  complain: Complain,
): void {
  for (const [at, { inForceFrom }] of entries.entries()) {
    const before = entries[at - 1];
    if (before && inForceFrom <= before.inForceFrom) {
      complain([...path, at, 'inForceFrom'], '施行日不晚于前一条；各条按日期由早到晚写');
    }
  }
}
function refuseTwice(list: readonly { code: string }[], key: string, complain: Complain): void {
  refuseRepeats(
    list,
    ({ code }) => code,
    (index, code) => {
      complain([key, index, 'code'], `${code} 写了两次，请去掉一个`);
    },
  );
}
function checkItems({ items }: Written, complain: Complain): void {
  for (const [index, { code, kind, entries }] of items.entries()) {
    const { shape, reason } = codeShapes[kind];
    if (!shape.test(code)) complain(['items', index, 'code'], reason);
    checkStarts(entries, ['items', index, 'entries'], complain);
  }
  refuseTwice(items, 'items', complain);
}
/** A local code is none of the national list, and means only what the list has. */
function checkAgainstList(
  { diseaseCodes = [] }: Written,
  list: ReadonlySet<string>,
  complain: Complain,
): void {
  for (const [index, { code, entries }] of diseaseCodes.entries()) {
    const path = ['diseaseCodes', index];
    if (list.has(code)) complain([...path, 'code'], `${code} 是国家编码，不是地方编码`);
    const said = entries.flatMap(({ disease, oneOf = [] }, at) => [
      { code: disease, path: [...path, 'entries', at, 'disease'] },
      ...oneOf.map((each, of) => ({ code: each, path: [...path, 'entries', at, 'oneOf', of] })),
    ]);
    for (const { code: each, path: where } of said) {
      if (each !== undefined && !list.has(each)) complain(where, `${each} 不在 diseases.yaml 中`);
    }
  }
}
function checkLocalCodes({ diseaseCodes = [] }: Written, complain: Complain): void {
  for (const [index, { entries }] of diseaseCodes.entries()) {
    checkStarts(entries, ['diseaseCodes', index, 'entries'], complain);
  }
  refuseTwice(diseaseCodes, 'diseaseCodes', complain);
}

function catalogueRow(
  { code, name: called, kind }: WrittenItem,
  written: WrittenEntry,
): CatalogueRow {
  const { inForceFrom, class: itemClass, restricted, source: from } = written;
  const limit = written.priceLimit ?? null;
  const of = written.firstShareRatio ?? '0';
  return {
    ...{ code, name: called, kind, inForceFrom, class: itemClass, restricted, source: from },
    priceLimits: written.priceLimits ?? { primary: limit, secondary: limit, tertiary: limit },
    aboveLimit: written.aboveLimit ?? 'person',
    firstShareRatios: written.firstShareRatios ?? { '310': of, '390': of, other: of },
    diseases: written.diseases ?? null,
  };
}
const rowsOf = ({ items, rules: set = [], diseaseCodes = [] }: Written): ScopeRows => ({
  catalogue: items.flatMap((each) => each.entries.map((written) => catalogueRow(each, written))),
  scopeRules: set,
  diseaseCodes: diseaseCodes.flatMap(({ code, name: called, entries }) =>
    entries.map(({ inForceFrom, disease, oneOf, lapse, source: from }) => ({
      ...{ code, name: called, inForceFrom, source: from },
      disease: disease ?? null,
      oneOf: oneOf ?? null,
      lapse: lapse ?? null,
    })),
  ),
});

/** What other files say that a scope file must agree with. */
export interface ScopeContext {
  place: PlaceCode; // of the file's name
  diseases: ReadonlySet<DiseaseCode>;
}
/** `scopes/<place>.yaml`: what the place's catalogue says of each item, by date. */
export const scopeFile = (context?: ScopeContext) =>
  scopeKeys
    .superRefine(
      checkedBy((file, complain) => {
        if (context && file.place !== context.place) {
          complain(['place'], `文件名是 ${context.place}，place 应与它一致`);
        }
        checkItems(file, complain);
        checkStarts(file.rules ?? [], ['rules'], complain);
        checkLocalCodes(file, complain);
        if (context) checkAgainstList(file, context.diseases, complain);
      }),
    )
    .transform((file) => ({ place: file.place, ...rowsOf(file) }));

function entryOf(row: CatalogueRow): CatalogueEntry {
  const { code, kind, class: itemClass, restricted, aboveLimit, diseases } = row;
  const limit = (text: string | null) => (text === null ? null : money.price(text));
  const { primary, secondary, tertiary } = row.priceLimits;
  const { '310': employee, '390': resident, other } = row.firstShareRatios;
  return {
    ...{ code, kind, class: itemClass, restricted, aboveLimit, diseases },
    priceLimits: {
      primary: limit(primary),
      secondary: limit(secondary),
      tertiary: limit(tertiary),
    },
    firstShareRatios: {
      '310': money.ratio(employee),
      '390': money.ratio(resident),
      other: money.ratio(other),
    },
  };
}
function byCode<T extends { code: string }>(rows: readonly T[]): ReadonlyMap<string, T[]> {
  const of = new Map<string, T[]>();
  for (const row of rows) of.set(row.code, [...(of.get(row.code) ?? []), row]);
  return of;
}
/**
 * Reads a scope file by itself; whether its diseases are of the national list only a load of all seeds
 * can tell.
 *
 * @throws SeedError with the line and column of every fault
 */
export function parseScopeFile(text: string, fileName: string): ScopeFile {
  const { place, ...rows } = parseSeed(text, fileName, scopeFile());
  const items = byCode(rows.catalogue);
  const codes = localCodesOf(rows.diseaseCodes);
  return {
    place,
    ...rows,
    itemOn: (code, on) => {
      const row = inForceOn(items.get(code) ?? [], on);
      return row ? entryOf(row) : null;
    },
    rulesOn: (on) => {
      const row = inForceOn(rows.scopeRules, on);
      if (!row) return defaultScopeRules;
      return { firstShareBase: row.firstShareBase, tolerance: money.yuan(row.tolerance) };
    },
    diseaseOn: (code, on) => meaningOn(codes.get(code) ?? [], on),
  };
}
