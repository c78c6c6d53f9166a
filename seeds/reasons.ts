import type { YAMLParseError } from 'yaml';
import { z } from 'zod';

/** Why a file is refused, in Chinese, where our schemas do not say it themselves. */

type Issue = z.core.$ZodRawIssue;

const forms: Readonly<Record<string, string>> = {
  object: '这里应写「键: 值」',
  record: '这里应写「键: 值」',
  array: '这里应写列表，例如 [a, b]',
  tuple: '这里应写列表，例如 [a, b]',
  string: '这里应写文字',
  number: '这里应写整数，不加引号，例如 3',
  int: '这里应写整数，不加引号，例如 3',
  boolean: '这里应写 true 或 false',
};
/** As a clerk has to write it: what looks like a number needs its quotes. */
const written = (value: unknown): string =>
  typeof value === 'string' && /^\d+$/.test(value) ? `'${value}'` : String(value);
const listed = (values: readonly unknown[]): string => values.map(written).join('、');

function allowedKeys({ inst }: Issue): string {
  if (inst instanceof z.ZodObject) return `；可写 ${listed(Object.keys(inst.shape))}`;
  const keys = inst instanceof z.ZodRecord ? inst.keyType : null;
  return keys instanceof z.ZodEnum ? `；可写 ${listed(keys.options)}` : '';
}
function tooSmall({ origin, minimum }: Issue & { code: 'too_small' }): string {
  if (origin === 'array') return `至少写 ${minimum} 项`;
  return origin === 'string' ? '不能空着' : `不能小于 ${minimum}`;
}
function ofUnion(issue: Issue & { code: 'invalid_union' }): string | undefined {
  const { discriminator, options } = issue;
  if (discriminator === undefined || !Array.isArray(options)) return undefined;
  return `${discriminator} 只能写 ${listed(options)}`;
}
function reasonOf(issue: Issue): string | undefined {
  const { code } = issue;
  if (code === 'invalid_type') return forms[issue.expected];
  if (code === 'invalid_value') return `只能写 ${listed(issue.values)}`;
  if (code === 'too_small') return tooSmall(issue);
  if (code === 'invalid_union') return ofUnion(issue);
  return code === 'unrecognized_keys' ? `没有这个键${allowedKeys(issue)}` : undefined;
}
export const missing = '缺少这一项';
const toldByItself = new Set(['unrecognized_keys', 'invalid_key', 'custom']);
const { localeError: inLibrarysWords } = z.locales.zhCN();
const inChinese: z.core.$ZodErrorMap = (issue) => {
  const reason = reasonOf(issue);
  if (reason === undefined) return inLibrarysWords(issue);
  const isMissing = issue.input === undefined && !toldByItself.has(issue.code);
  return isMissing ? `${missing}；${reason}` : reason;
};

/** Checks a value; what zod itself finds wrong is told in Chinese. */
export const checkAgainst = <T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> =>
  schema.safeParse(value, { error: inChinese });

const close = '括号没有配对，或换行后缩进不够：请补上右括号';
const indent = '缩进不对：同一层的各行左边要对齐';
const ofYaml: Partial<Record<YAMLParseError['code'], string>> = {
  BAD_ALIAS: '「*名」「&名」写得不对：名称紧跟在符号后面，不留空格',
  ALIAS_PROPS: '「*名」前后不能再写「&名」',
  MULTIPLE_ANCHORS: '一处只能写一个「&名」',
  BAD_DQ_ESCAPE: '双引号里的「\\」写得不对：文字请改用单引号',
  BAD_SCALAR_START: '不能以这个符号开头：请给整段文字加引号',
  BLOCK_AS_IMPLICIT_KEY: '一行里有两个冒号，或缩进不对：含冒号的文字请加引号',
  BLOCK_IN_FLOW: '括号里不能换行写「- 」列表：请改用 [a, b]',
  DUPLICATE_KEY: '同一个键写了两次，请去掉一个',
  MISSING_CHAR: '少了引号、括号或冒号，请补上',
  MULTILINE_IMPLICIT_KEY: '键要写在一行里：请核对缩进和冒号',
  MULTIPLE_DOCS: '一个文件只能写一份，请去掉「---」以下的部分',
  TAB_AS_INDENT: '不能用制表符缩进，请改用空格',
  TAG_RESOLVE_FAILED: '不认识「!」标记：请去掉它，或给文字加引号',
  UNEXPECTED_TOKEN: '多了或错放了符号：请核对引号、括号、逗号和缩进',
};

/** What is wrong with the YAML itself; rare faults in the library's own words. */
export function reasonOfYaml({ code, message }: Pick<YAMLParseError, 'code' | 'message'>): string {
  if (code === 'BAD_INDENT') return message.includes('must be sufficiently') ? close : indent;
  return ofYaml[code] ?? `YAML 写法有误：${message}`;
}
