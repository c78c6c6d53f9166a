import { z } from 'zod';
import { isYuan, toWire, yuan } from '../domain/money.ts';
import type { QuotedPerson } from '../domain/quoted.ts';
import { components, layerNames } from '../domain/settlement.ts';
import { bill, checkBills, reversal, settledKeys, type BillOrReversal } from './bill-file.ts';
import { readLater, has, jsonSchemaOf, told } from './forms.ts';
import { personKeys, quotedPerson } from './quoted-person-file.ts';
import { checkAgainst } from './reasons.ts';
import { locateSeed, type Located } from './seed-error.ts';
import { name, refuseRepeats, source, textThat } from './shapes.ts';

/** `<name>.cases.yaml`: what a policy must give, worked out by hand. */

type Path = (string | number)[];
/** An amount that a bill must have, as text with two decimals. */
export interface Wanted {
  key: string; // such as `fundTotal` or `layers.pool`
  amount: string;
  path: Path; // where the file says it
}
/** What is expected of one bill: amounts, or the reason of its refusal. */
export interface Expectation {
  bill: string;
  amounts: Wanted[];
  refusal: { reason: string; path: Path } | null;
}
export interface PolicyCase {
  name: string;
  source: string;
  person: QuotedPerson;
  bills: BillOrReversal[];
  expect: Expectation[];
  path: Path;
  pathOfBill: (index: number, within: Path) => Path; // where the file says it, defaults included
}
export interface CaseFile {
  policy: string; // file names, beside this file
  scope: string | null;
  cases: PolicyCase[];
}

const amount = told(
  textThat(isYuan, "金额写元，加引号，最多两位小数，例如 '10.00'"),
  '^-?\\d{1,14}(\\.\\d{1,2})?$',
  "金额，元，加引号，例如 '10.00'",
);
const amounts = [
  ...(['total', 'excluded', 'overPriceLimit', 'firstShare', 'inScope'] as const),
  ...(['areaFirstShare', 'deductible', 'fundTotal', 'personalAccount', 'cash'] as const),
  ...(['personShare', 'hospitalShare'] as const),
] as const;
const amountKeys = Object.fromEntries(
  amounts.map((key) => [key, amount.exactOptional()]),
) as Record<(typeof amounts)[number], z.ZodExactOptional<typeof amount>>;

const expectation = z
  .strictObject({
    bill: told(name, '\\S', '单据编号'),
    ...amountKeys,
    layers: z.partialRecord(z.enum(layerNames), amount).describe('各项基金支付').exactOptional(),
    components: z
      .partialRecord(z.enum(components), amount)
      .describe('个人负担的各部分')
      .exactOptional(),
    accumulators: z.record(z.string(), amount).describe('结算后的累计，按累计名称').exactOptional(),
    refusal: told(name, '\\S', '不予结算的原因，例如 not-qualified').exactOptional(),
  })
  .describe('一张单据应得的结果，写几项查几项');

const policyCase = z.strictObject({
  name: told(name, '\\S', '一句话说明'),
  source: told(source, '\\S', '期望结果的依据：文号和条款，或 illustrative'),
  person: readLater([personKeys.partial()]).exactOptional(),
  bills: z.array(readLater([settledKeys.partial(), reversal])).min(1),
  expect: z.array(expectation).min(1, { error: '没有写期望，这个例子什么也查不出；请至少写一项' }),
});
const file = z.strictObject({
  policy: told(name, '\\S', '政策文件，相对于本文件'),
  scope: told(name, '\\S', '就医地支付范围文件，相对于本文件').exactOptional(),
  defaults: z
    .strictObject({
      person: readLater([personKeys.partial()]).exactOptional(),
      bill: readLater([settledKeys.partial()]).exactOptional(),
    })
    .describe('各例共用：并入每例的 person 和每张单据，例中写了的以例中为准')
    .exactOptional(),
  cases: z.array(policyCase).min(1, { error: '至少写一个例子' }),
});
type FileText = z.output<typeof file>;
type CaseText = FileText['cases'][number];

/** Own keys over the defaults, and where each key is written. */
interface Merged {
  value: Record<string, unknown>;
  pathOf: (within: readonly PropertyKey[]) => Path;
}
function merge(
  own: Record<string, unknown>,
  ownPath: Path,
  defaults: Record<string, unknown>,
  defaultsPath: Path,
): Merged {
  return {
    value: { ...defaults, ...own },
    pathOf: (within) => {
      const key = String(within[0]);
      const isDefault = !has(own, key) && has(defaults, key);
      return [...(isDefault ? defaultsPath : ownPath), ...(within as Path)];
    },
  };
}
const mergePerson = ({ defaults }: FileText, { person = {} }: CaseText, at: number): Merged =>
  merge(person, ['cases', at, 'person'], defaults?.person ?? {}, ['defaults', 'person']);
/** A reversal names its bill and needs nothing else. */
const mergeBills = ({ defaults }: FileText, { bills }: CaseText, at: number): Merged[] =>
  bills.map((own, index) => {
    const shared = has(own, 'reverses') ? {} : (defaults?.bill ?? {});
    const ownPath = ['cases', at, 'bills', index];
    return merge(own, ownPath, shared, ['defaults', 'bill']);
  });

type Context = z.core.$RefinementCtx;
/** Reads a merged part; its faults are told where they are written. */
function readMerged<T>(
  schema: z.ZodType<T>,
  { value, pathOf }: Merged,
  context: Context,
): T | null {
  const result = checkAgainst(schema, value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    // An issue of a key knows only the path around it: the key decides where it is written.
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [null];
    for (const key of keys) {
      const path = pathOf(key === null ? issue.path : [...issue.path, key]);
      context.issues.push({ code: 'custom', message: issue.message, path, input: value });
    }
  }
  return null;
}

/** Amounts nested under `layers`, `components` and `accumulators` get keys such as `layers.pool`. */
function wantedOf(value: object, path: Path, prefix = ''): Wanted[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): Wanted[] => {
    const at = [...path, key];
    if (typeof inner === 'string') {
      return [{ key: `${prefix}${key}`, amount: toWire(yuan(inner)), path: at }];
    }
    return wantedOf(inner as object, at, `${prefix}${key}.`);
  });
}
function expectationOf(text: CaseText['expect'][number], path: Path): Expectation {
  const { bill: of, refusal, ...wanted } = text;
  return {
    bill: of,
    amounts: wantedOf(wanted, path),
    refusal: refusal === undefined ? null : { reason: refusal, path: [...path, 'refusal'] },
  };
}

type Complain = (path: Path, message: string) => void;
function checkExpected(list: readonly Expectation[], ids: readonly string[], complain: Complain) {
  refuseRepeats(
    list,
    (each) => each.bill,
    (index, repeated) => {
      complain([index, 'bill'], `${repeated} 写了两次，请去掉一个`);
    },
  );
  list.forEach(({ bill: of, amounts: wanted, refusal }, index) => {
    if (!ids.includes(of)) complain([index, 'bill'], `例子里没有单据 ${of}`);
    if (refusal && wanted.length > 0) complain([index], '不予结算的单据不能再写金额');
    if (!refusal && wanted.length === 0)
      complain([index], '没有写这张单据的期望；请写金额，或写 refusal');
  });
}

function readCase(text: FileText, at: number, context: Context): PolicyCase[] {
  const own = text.cases[at];
  if (!own) return [];
  const person = readMerged(quotedPerson, mergePerson(text, own, at), context);
  const merged = mergeBills(text, own, at);
  const bills = merged.map((each) => readMerged(bill, each, context));
  const whole = bills.filter((each) => each !== null);
  if (!person || whole.length < bills.length) return [];
  const complain = (path: PropertyKey[], message: string): void => {
    context.issues.push({ code: 'custom', message, path: ['cases', at, ...path], input: text });
  };
  checkBills(whole, (path, message) => {
    complain(['bills', ...path], message);
  });
  const expect = own.expect.map((each, index) =>
    expectationOf(each, ['cases', at, 'expect', index]),
  );
  checkExpected(
    expect,
    whole.map(({ id }) => id),
    (path, message) => {
      complain(['expect', ...path], message);
    },
  );
  const { name: title, source } = own;
  const pathOfBill = (index: number, within: Path): Path => merged[index]?.pathOf(within) ?? [];
  return [{ name: title, source, person, bills: whole, expect, path: ['cases', at], pathOfBill }];
}

const caseFile = file.transform((text, context): CaseFile => {
  if (context.issues.length > 0) return z.NEVER;
  const { policy, scope = null } = text;
  return { policy, scope, cases: text.cases.flatMap((_, at) => readCase(text, at, context)) };
});

export const casesJsonSchema = (): z.core.JSONSchema.BaseSchema => jsonSchemaOf(caseFile);

/**
 * Reads a file of cases. A case that expects nothing is a fault: a check that cannot fail is none.
 *
 * @throws SeedError with the line and column of every fault
 */
export const parseCaseFile = (content: string, fileName: string): Located<CaseFile> =>
  locateSeed(content, fileName, caseFile);
