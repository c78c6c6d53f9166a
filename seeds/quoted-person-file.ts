import { z } from 'zod';
import { yuan } from '../domain/money.ts';
import type { QuotedPerson } from '../domain/quoted.ts';
import { dayText, institutionText, levelWord } from './bill-file.ts';
import { jsonSchemaOf, told } from './forms.ts';
import { filings } from './policy-shapes.ts';
import { locateSeed, type Located } from './seed-error.ts';
import {
  amount,
  diseaseCode,
  isOrdered,
  name,
  refuseRepeats,
  textThat,
  toBeforeFrom,
} from './shapes.ts';

/** `person.yaml`: one person, with what was used before (benefit.md section 8). */

const balance = told(amount, '^\\d{1,14}(\\.\\d{1,2})?$', "金额，元，加引号，例如 '50.00'");
const word = (description: string) =>
  z
    .union([told(name, '\\S', description), z.null()], { error: '写文字；没有写 null' })
    .default(null)
    .describe(`${description}；null 或不写为没有`);

const qualification = z
  .strictObject({
    disease: told(diseaseCode, '^M\\d{5}$', '病种代码'),
    from: dayText,
    to: z
      .union([dayText, z.null()], {
        error: '日期写成 2026-03-05 的样子，且要有这一天；没有写 null',
      })
      .default(null),
  })
  .refine(({ from, to }) => isOrdered({ from, to: to ?? undefined }), {
    error: toBeforeFrom,
    path: ['to'],
  });
const used = z.strictObject({
  name: told(name, '\\S', '累计名称，与政策文件一致'),
  period: told(
    textThat(
      (text) => /^\d{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$/.test(text),
      "期间写年、季或月，加引号：'2026'、'2026-Q1' 或 '2026-03'",
    ),
    '^\\d{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$',
    "期间，加引号：'2026'、'2026-Q1' 或 '2026-03'",
  ),
  key: told(name, '\\S', 'all、病种代码，或病种组名'),
  value: balance,
});
const visit = z.strictObject({ on: dayText, institution: institutionText, level: levelWord });

export const personKeys = z.strictObject({
  insuranceType: z
    .enum(['310', '390'], { error: "险种写 '310'（职工）或 '390'（城乡居民），加引号" })
    .describe('310 职工，390 城乡居民'),
  bornOn: z
    .union([dayText, z.null()], { error: '日期写成 2026-03-05 的样子，且要有这一天；没有写 null' })
    .default(null),
  retired: z
    .boolean({ error: 'retired（是否退休）写 true 或 false' })
    .default(false)
    .describe('是否退休；不写为 false'),
  personType: word('人员类别'),
  insuredMonths: z
    .union([z.int().min(0), z.null()], { error: '月数写整数，不加引号，例如 36；不详写 null' })
    .default(null)
    .describe('连续参保月数；null 或不写为不详'),
  tier: word('缴费档次'),
  hardship: word('困难人员类别'),
  civilServant: word('公务员级别'),
  filing: z
    .enum(filings, {
      error:
        '备案类别写 LT_RETIRED、LT_RESIDENT、LT_WORKER、TMP_REFERRAL、TMP_EMERGENCY、TMP_OTHER、local（参保地就医）或 none（未备案）',
    })
    .describe('备案类别；local 参保地就医，none 未备案'),
  qualifications: z.array(qualification).default([]).describe('门诊慢特病待遇资格'),
  account: z
    .strictObject({
      use: z
        .enum(['none', 'own', 'family'], {
          error: '个人账户写 none（不用）、own（本人）或 family（家庭共济）',
        })
        .describe('不用、本人账户，或本人后家庭共济'),
      balance: balance.default('0.00'),
      family: balance.default('0.00'),
    })
    .default({ use: 'none', balance: '0.00', family: '0.00' })
    .describe('个人账户；不写为不用'),
  used: z.array(used).default([]).describe('此前已计入的累计'),
  visits: z.array(visit).default([]).describe('此前的就诊（有范围内费用且未撤销）'),
});
type PersonText = z.output<typeof personKeys>;

function readPerson(person: PersonText): QuotedPerson {
  const {
    insuranceType,
    filing,
    qualifications,
    account,
    used: before,
    visits,
    ...insured
  } = person;
  return {
    insuranceType,
    filing,
    insured,
    qualifications,
    account: { ...account, balance: yuan(account.balance), family: yuan(account.family) },
    used: before.map((row) => ({ ...row, value: yuan(row.value) })),
    visits,
  };
}
/** A person as a file tells of them. */
export const quotedPerson = personKeys.transform((person, context) => {
  if (context.issues.length > 0) return z.NEVER;
  refuseRepeats(
    person.used,
    (row) => `${row.name} ${row.period} ${row.key}`,
    (index, repeated) => {
      const message = `${repeated} 写了两次，请去掉一个`;
      context.addIssue({ code: 'custom', path: ['used', index, 'name'], message });
    },
  );
  return readPerson(person);
});

export const personJsonSchema = (): z.core.JSONSchema.BaseSchema => jsonSchemaOf(quotedPerson);

/**
 * Reads a file of one person, YAML or JSON. Only `insuranceType` and `filing` must be there. Left out
 * or null: `bornOn`, `personType`, `insuredMonths`, `tier`, `hardship`, `civilServant` are not known and
 * match no row; `retired` is false; no qualification, no account, nothing used, no visit before.
 *
 * @throws SeedError with the line and column of every fault
 */
export const parseQuotedPerson = (content: string, fileName: string): Located<QuotedPerson> =>
  locateSeed(content, fileName, quotedPerson);
