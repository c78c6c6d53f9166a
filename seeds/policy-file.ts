import { createHash } from 'node:crypto';
import { z } from 'zod';
import { placeOf } from '../domain/identifiers.ts';
import type { Policy } from '../domain/insured-place/policy.ts';
import { checkDeclared, checkNames } from './policy-names.ts';
import { entries, lapse, ruleKeys } from './policy-rule.ts';
import {
  checked,
  citation,
  disease,
  distinct,
  isDistinct,
  text,
  word,
  yuanText,
} from './policy-shapes.ts';
import { parseSeed } from './seed-error.ts';
import { diseaseCode, name, placeCode, regionCode } from './shapes.ts';

/** A policy file as published: what it says, and the hash of its text. */
export interface PolicyFile {
  policy: Policy;
  hash: string; // sha256 of the text, hexadecimal
  text: string;
}

const ofDisease = { $ref: '#/$defs/diseases' };
const file = checked(
  z.strictObject({
    place: text(placeCode, 'place', '^[1-9]\\d0000$', "省级区划，加引号，例如 '510000'"),
    region: text(regionCode, 'region', '^[1-9]\\d{5}$', "统筹区，加引号，例如 '510100'"),
    name: text(name, 'name', '\\S', '统筹区名称'),
    parameters: z
      .record(
        word,
        z.record(
          z.string().regex(/^\d{4}$/, { error: "年份写四位数字，加引号，例如 '2025'" }),
          z.strictObject({ amount: yuanText, source: citation }),
        ),
      )
      .describe('年度参数，如上年度平均工资，按年')
      .exactOptional(),
    groups: z
      .record(
        word,
        z.strictObject({
          diseases: z
            .array(text(diseaseCode, 'diseaseCode', '^M\\d{5}$', '病种代码'))
            .min(1)
            .refine(isDistinct, distinct),
          source: citation,
        }),
      )
      .describe('病种组：病种分类，或共用限额的病种')
      .exactOptional(),
    policies: z
      .partialRecord(
        z.enum(['310', '390']),
        z.record(disease, entries).meta({ id: 'diseases', description: '按病种；none 是普通门诊' }),
      )
      .meta({
        description: "按险种：'310' 职工，'390' 城乡居民",
        properties: { 310: ofDisease, 390: ofDisease }, // an editor offers what is named
      }),
  }),
  (policy: Policy, complain) => {
    if (placeOf(policy.region) !== policy.place)
      complain(['region'], '不在 place 所写的省；两处应写同一个省');
    checkNames(policy, complain);
    checkDeclared(policy, complain);
  },
);

const ofInput = { io: 'input', unrepresentable: 'any' } as const;
/** The keys of a policy file as JSON Schema, for editors. What only the whole can tell it leaves out. */
export function policyJsonSchema(): z.core.JSONSchema.BaseSchema {
  const whole = z.toJSONSchema(file, ofInput);
  const ofEntry = z.toJSONSchema(z.union([ruleKeys, lapse]), ofInput); // `entry` only names them
  return {
    ...whole,
    title: '统筹区待遇政策',
    description: '一个统筹区的门诊待遇政策：按险种、病种、施行日期',
    $defs: { ...ofEntry.$defs, ...whole.$defs },
  };
}

/**
 * Reads a policy file: strict, every amount in quotes, every entry with its source.
 *
 * @throws SeedError with the line and column of every fault
 */
export function parsePolicyFile(content: string, fileName: string): PolicyFile {
  const policy: Policy = parseSeed(content, fileName, file);
  return { policy, hash: createHash('sha256').update(content).digest('hex'), text: content };
}
