import { z } from 'zod';
import type { ItemClass, LineKind, Parts } from '../domain/bill.ts';
import { isDiseaseCode, isInstitutionCode, type Disease } from '../domain/identifiers.ts';
import type { InstitutionCode } from '../domain/identifiers.ts';
import {
  compare,
  isNegativeQuantity,
  isQuantity,
  isYuan,
  isZeroQuantity,
  magnitude,
  price,
  quantity,
  ratio,
  sum,
  toWire,
  yuan,
  zero,
  type Yuan,
} from '../domain/money.ts';
import type { QuotedBill, QuotedLine, QuotedReversal } from '../domain/quoted.ts';
import { readySplit } from '../domain/treating-place/payment-scope.ts';
import { has, jsonSchemaOf, oneOfForms, told } from './forms.ts';
import { locateSeed, type Located } from './seed-error.ts';
import {
  day,
  placeCode,
  price as priceText,
  ratio as ratioText,
  refuseRepeats,
  textThat,
} from './shapes.ts';

/** `bill.yaml`: bills that one person brings, settled in order (benefit.md section 8). */

export const signedAmount = told(
  textThat(isYuan, "金额写元，加引号，最多两位小数，例如 '10.00'"),
  '^-?\\d{1,14}(\\.\\d{1,2})?$',
  "金额，元，加引号，例如 '10.00'",
);
export const diseaseOrNone = told(
  textThat<Disease>(
    (code) => code === 'none' || isDiseaseCode(code),
    '病种写 M 加五位数字，例如 M03900；普通门诊写 none',
  ),
  '^(M\\d{5}|none)$',
  '病种代码；none 是普通门诊',
);
export const dayText = told(day, '^\\d{4}-\\d{2}-\\d{2}$', '日期');
export const institutionText = told(
  textThat<InstitutionCode>(isInstitutionCode, '医疗机构代码写 1 到 30 位字母或数字'),
  '^[A-Za-z0-9]{1,30}$',
  '医疗机构代码',
);
export const levelWord = z
  .enum(['primary', 'secondary', 'tertiary'], {
    error: '级别写 primary（一级）、secondary（二级）或 tertiary（三级）',
  })
  .describe('医疗机构级别');
const id = told(
  textThat((text) => text.trim() !== '', '编号写文字，不能空着'),
  '\\S',
  '单据编号，文件内不重复',
);
const kind = z
  .enum(['drug', 'service', 'consumable'], {
    error: '类别写 drug（药品）、service（诊疗）或 consumable（耗材）',
  })
  .describe('药品、诊疗项目、耗材');
const no = z
  .int({ error: '明细序号写整数，不加引号，例如 1' })
  .min(1, { error: '明细序号从 1 起' })
  .describe('明细序号，单据内不重复');
const isTrue = (what: string, description: string) =>
  z.boolean({ error: `${what} is true or false` }).describe(description);

type Complain = (path: PropertyKey[], message: string) => void;
/** Checks and reads a whole whose keys are all well written. */
const read = <S extends z.ZodType, T>(
  schema: S,
  reader: (value: z.output<S>, complain: Complain) => T,
) =>
  schema.transform((value, context): T => {
    if (context.issues.length > 0) return z.NEVER;
    return reader(value, (path, message) => {
      context.addIssue({ code: 'custom', path, message });
    });
  });

const partNames = ['excluded', 'overPriceLimit', 'firstShare', 'inScope'] as const;
const splitLine = read(
  z.strictObject({
    no,
    kind,
    amount: signedAmount,
    parts: z
      .strictObject({
        excluded: signedAmount,
        overPriceLimit: signedAmount,
        firstShare: signedAmount,
        inScope: signedAmount,
      })
      .describe('已分割的四部分，合计等于 amount'),
  }),
  (line, complain): QuotedLine => {
    const amount = yuan(line.amount);
    const parts = Object.fromEntries(
      partNames.map((name) => [name, yuan(line.parts[name])]),
    ) as Record<keyof Parts, typeof amount>;
    const sign = compare(amount, zero);
    const other = partNames.find((name) => compare(parts[name], zero) * sign < 0);
    if (other) complain(['parts', other], '各部分的正负应与 amount 相同');
    else if (!readySplit({ no: '', kind: line.kind, amount }, parts)) {
      complain(['amount'], '四部分之和不等于 amount');
    }
    return { form: 'split', no: line.no, kind: line.kind, amount, parts };
  },
);

const declaredKeys = {
  no,
  price: told(priceText, '^\\d{1,10}(\\.\\d{1,6})?$', '单价，元，加引号，最多六位小数'),
  quantity: told(
    textThat(isQuantity, "数量加引号，最多四位小数，例如 '5'"),
    '^-?\\d{1,12}(\\.\\d{1,4})?$',
    '数量，加引号，最多四位小数；退费为负',
  ),
  amount: signedAmount,
  approval: z
    .enum(['none', 'approved', 'refused'], {
      error: '审批写 none、approved（同意）或 refused（不同意）',
    })
    .default('none')
    .describe('医院对限制使用项目的审批；不写为 none'),
};
type Declared = Record<'price' | 'quantity' | 'amount', string> & {
  no: number;
  approval: 'none' | 'approved' | 'refused';
};
/** Quantity and amount are negative only together, and never a quantity of nothing. */
function declaredOf(line: Declared, item: string, complain: Complain) {
  const [count, amount] = [quantity(line.quantity), yuan(line.amount)];
  const sign = compare(amount, zero);
  if (isZeroQuantity(count)) complain(['quantity'], '数量不能是 0');
  else if (isNegativeQuantity(count) ? sign > 0 : sign < 0) {
    complain(['amount'], '数量和金额应同为正，或同为负（退费）');
  }
  const { approval } = line;
  return { no: String(line.no), item, price: price(line.price), quantity: count, amount, approval };
}

const codeLine = read(
  z.strictObject({
    ...declaredKeys,
    item: told(
      textThat((code) => code !== '', '项目代码写文字，例如 XC08CAA001A001010199001'),
      '\\S',
      '就医地目录中的项目代码，须与 --scope 同用',
    ),
    kind: kind.exactOptional(),
  }),
  (line, complain): QuotedLine => ({
    form: 'code',
    no: line.no,
    kind: line.kind ?? null,
    declared: declaredOf(line, line.item, complain),
  }),
);
const itemLine = read(
  z.strictObject({
    ...declaredKeys,
    kind,
    class: z
      .enum(['A', 'B', 'C'] satisfies ItemClass[], {
        error: '项目等级写 A（甲）、B（乙）或 C（丙）',
      })
      .describe('甲 A、乙 B、丙 C'),
    firstShareRatio: told(ratioText, '^(0(\\.\\d{1,4})?|1(\\.0{1,4})?)$', '先行自付比例，加引号'),
    priceLimit: z
      .union([told(priceText, '^\\d{1,10}(\\.\\d{1,6})?$', '元，加引号'), z.null()], {
        error: "定价上限加引号，例如 '1.25'；没有写 null",
      })
      .default(null)
      .describe('定价上限；null 或不写为没有'),
    restricted: isTrue('restricted', '限制使用；不写为 false').default(false),
  }),
  (line, complain): QuotedLine => ({
    form: 'item',
    no: line.no,
    declared: declaredOf(line, '', complain),
    item: {
      code: '',
      kind: line.kind satisfies LineKind,
      class: line.class,
      restricted: line.restricted,
      aboveLimit: 'person',
      diseases: null,
      priceLimit: line.priceLimit === null ? null : price(line.priceLimit),
      firstShareRatio: ratio(line.firstShareRatio),
    },
  }),
);
const line = oneOfForms<QuotedLine>(
  (value) => {
    if (has(value, 'parts')) return splitLine;
    return has(value, 'item') ? codeLine : itemLine;
  },
  [splitLine, codeLine, itemLine],
);

const amountOf = (each: QuotedLine): Yuan =>
  each.form === 'split' ? each.amount : each.declared.amount;
export const settledKeys = z.strictObject({
  id,
  visitedOn: dayText,
  disease: diseaseOrNone,
  institution: z
    .strictObject({
      code: institutionText,
      place: told(placeCode, '^\\d{2}0000$', '就医地，省级区划'),
      level: levelWord,
      selected: isTrue('selected', '是否本人选定的定点机构；不写为 false').default(false),
    })
    .describe('医疗机构'),
  channel: z
    .enum(['hospital', 'pharmacy'], {
      error: 'channel 写 hospital（医院）或 pharmacy（双通道药店）',
    })
    .default('hospital')
    .describe('医院或双通道药店；不写为 hospital'),
  prescriber: z
    .enum(['family-doctor', 'other'], {
      error: 'prescriber 写 family-doctor（签约家庭医生）或 other',
    })
    .default('other')
    .describe('开方医生；不写为 other'),
  lines: z.array(line).min(1, { error: '单据至少写一条明细' }),
});
const settled = read(settledKeys, (bill, complain): QuotedBill => {
  refuseRepeats(
    bill.lines,
    (each) => String(each.no),
    (index, repeated) => {
      complain(['lines', index, 'no'], `明细 ${repeated} 写了两次，请去掉一个`);
    },
  );
  const sizes = bill.lines.map((each) => magnitude(amountOf(each)));
  if (!isYuan(toWire(sum(sizes)))) complain(['lines'], '合计超过 14 位整数的元，请核对金额');
  return bill;
});
export const reversal = z.strictObject({
  id,
  reverses: told(
    textThat((text) => text !== '', '写此前一张单据的编号'),
    '\\S',
    '撤销此前的哪一张单据',
  ),
});
export type BillOrReversal = QuotedBill | QuotedReversal;
/** One bill, or the reversal of one before it. */
export const bill = oneOfForms<BillOrReversal>(
  (value) => (has(value, 'reverses') ? reversal : settled),
  [settled, reversal],
);

/** What only all bills can tell: ids once, and a reversal of a bill that came before it. */
export function checkBills(bills: readonly BillOrReversal[], complain: Complain): void {
  refuseRepeats(
    bills,
    (each) => each.id,
    (index, repeated) => {
      complain([index, 'id'], `${repeated} 写了两次，请去掉一个`);
    },
  );
  bills.forEach((each, index) => {
    if (!('reverses' in each)) return;
    const original = bills.slice(0, index).find((before) => before.id === each.reverses);
    if (!original) complain([index, 'reverses'], `此前没有编号为 ${each.reverses} 的单据`);
    else if ('reverses' in original) {
      complain([index, 'reverses'], `${each.reverses} 自己就是撤销单，不能再撤销`);
    }
  });
}
/** Bills in the order in which they are settled. */
export const bills = read(z.array(bill).min(1, { error: '至少写一张单据' }), (list, complain) => {
  checkBills(list, complain);
  return list;
});
const billFile = z.strictObject({ bills });

export const billJsonSchema = (): z.core.JSONSchema.BaseSchema => jsonSchemaOf(billFile);

/**
 * Reads a file of bills, YAML or JSON: strict, every amount in quotes. Left out: `selected`,
 * `restricted` are false, `priceLimit` is null, `approval` is none, `channel` is hospital and
 * `prescriber` is other.
 *
 * @throws SeedError with the line and column of every fault
 */
export const parseBillFile = (
  content: string,
  fileName: string,
): Located<{ bills: BillOrReversal[] }> => locateSeed(content, fileName, billFile);
