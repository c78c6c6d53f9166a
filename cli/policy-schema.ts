import type { Command } from 'commander';
import { billJsonSchema } from '../seeds/bill-file.ts';
import { casesJsonSchema } from '../seeds/case-file.ts';
import { policyJsonSchema } from '../seeds/policy-file.ts';
import { personJsonSchema } from '../seeds/quoted-person-file.ts';
import { scopeJsonSchema } from '../seeds/scope-file.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { aCommand } from './command.ts';
import { endingWith, fine, type Status } from './ending.ts';

/** The files that are written by hand, each with its JSON Schema. */
const schemas: Readonly<Record<string, () => object>> = {
  policy: policyJsonSchema,
  scope: scopeJsonSchema,
  bill: billJsonSchema,
  person: personJsonSchema,
  cases: casesJsonSchema,
};
const names = Object.keys(schemas);

function print(name: string): Status {
  const schemaOf = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (!schemaOf) {
    throw new StartFailure(`没有「${name}」的格式，可以写 ${names.join('、')}，请更正后再执行。`);
  }
  console.log(JSON.stringify(schemaOf(), null, 2));
  return fine;
}

/** `schema` of the group `policy`. */
export const schemaCommand = (): Command =>
  aCommand('schema')
    .argument('[哪种文件]', names.join('、'), 'policy')
    .description('打印文件格式（JSON Schema），供编辑器补全和检查')
    .action(endingWith(print));
