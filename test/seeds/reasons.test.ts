import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseSeed, SeedError } from '../../seeds/seed-error.ts';

/** What the reader says of a text. */
function faultOf(text: string, schema: z.ZodType = z.unknown()): string {
  try {
    parseSeed(text, 'f', schema);
  } catch (error) {
    if (error instanceof SeedError) return error.message;
    throw error;
  }
  return 'nothing wrong';
}

describe('a fault of YAML itself is told in Chinese, with line and column', () => {
  test.each([
    ['a bracket left open', 'a: [1', 'f:1:6 括号没有配对，或换行后缩进不够：请补上右括号'],
    ['columns that do not agree', 'a:\n  - b\n c: 1', 'f:3:1 缩进不对：同一层的各行左边要对齐'],
    ['a tab', 'a:\n\t- b', 'f:2:1 不能用制表符缩进，请改用空格'],
    ['two colons', 'a: b: c', 'f:1:4 一行里有两个冒号，或缩进不对：含冒号的文字请加引号'],
    ['a key twice', 'a: 1\na: 2', 'f:2:1 同一个键写了两次，请去掉一个'],
    ['a quote left open', "a: 'x", 'f:1:6 少了引号、括号或冒号，请补上'],
    ['a reserved sign', 'a: @b', 'f:1:4 不能以这个符号开头：请给整段文字加引号'],
    ['two documents', 'a: 1\n---\nb: 2', 'f:2:1 一个文件只能写一份，请去掉「---」以下的部分'],
    ['a sign too many', 'a: [1,,2]', 'f:1:7 多了或错放了符号：请核对引号、括号、逗号和缩进'],
    ['an alias of nothing', 'a: *b', 'f:1:4 *b 在前面没有：请先在被引用处写 &b'],
    [
      'what is rare, in the library’s words',
      '%YAML\n---\na: 1',
      'f:1:1 YAML 写法有误：%YAML directive should contain exactly one part',
    ],
  ])('%s', (_, text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });
});

describe('what zod itself finds is told in Chinese', () => {
  const form = z.discriminatedUnion('form', [
    z.strictObject({ form: z.literal('none') }),
    z.strictObject({ form: z.literal('points') }),
  ]);
  test.each([
    ['no map', z.strictObject({}), '[]', 'f:1:1 这里应写「键: 值」'],
    ['nothing at all', z.strictObject({}), '', 'f:1:1 这里应写「键: 值」'],
    [
      'no list',
      z.strictObject({ a: z.array(z.int()) }),
      'a: 1',
      'f:1:4 a: 这里应写列表，例如 [a, b]',
    ],
    [
      'half a number',
      z.strictObject({ a: z.int() }),
      'a: 1.5',
      'f:1:4 a: 这里应写整数，不加引号，例如 3',
    ],
    ['a number below', z.strictObject({ a: z.int().min(0) }), 'a: -1', 'f:1:4 a: 不能小于 0'],
    [
      'a list of none',
      z.strictObject({ a: z.array(z.int()).min(1) }),
      'a: []',
      'f:1:1 a: 至少写 1 项',
    ],
    [
      'another word',
      z.strictObject({ a: z.enum(['visit', '310']) }),
      'a: month',
      "f:1:4 a: 只能写 '310'、visit",
    ],
    [
      'a word that is missing',
      z.strictObject({ a: z.enum(['visit', 'year']) }),
      '{}',
      'f:1:1 a: 缺少这一项；只能写 visit、year',
    ],
    [
      'another form',
      z.strictObject({ a: form }),
      'a: { form: half }',
      'f:1:12 a.form: form 只能写 none、points',
    ],
    ['no form', z.strictObject({ a: form }), 'a: {}', 'f:1:1 a.form: form 只能写 none、points'],
    [
      'two unknown keys',
      z.strictObject({ a: z.int() }),
      'a: 1\nb: 2\nc: 3',
      'f:2:4 b: 没有这个键；可写 a\nf:3:4 c: 没有这个键；可写 a',
    ],
    [
      'a key of another list',
      z.partialRecord(z.enum(['310', '390']), z.string()),
      "'340': x",
      "f:1:8 340: 没有这个键；可写 '310'、'390'",
    ],
    [
      'what only the library words',
      z.strictObject({ a: z.int().multipleOf(5) }),
      'a: 3',
      'f:1:4 a: 无效数字：必须是 5 的倍数',
    ],
  ])('%s', (_, schema, text, fault) => {
    expect(faultOf(text, schema)).toBe(fault);
  });
});
