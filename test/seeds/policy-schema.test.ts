import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parsePolicyFile, policyJsonSchema } from '../../seeds/policy-file.ts';
import { SeedError } from '../../seeds/seed-error.ts';
import { smallWorld } from './small-world.ts';

/** seeds/policy.schema.json is written from the code: KUASHENG_TEST_RECORD=1 writes it anew. */
const seeds = join(import.meta.dirname, '..', '..', 'seeds');
const file = join(seeds, 'policy.schema.json');
const recording = process.env['KUASHENG_TEST_RECORD'] === '1';

const policies = readdirSync(join(seeds, 'policies')).filter((name) => /^\d{6}\.yaml$/.test(name));
const textOf = (name: string): string => readFileSync(join(seeds, 'policies', name), 'utf8');
const validate = new Ajv2020().compile(policyJsonSchema());

test('seeds/policy.schema.json says what the reader reads', () => {
  const written = JSON.stringify(policyJsonSchema());
  if (recording) writeFileSync(file, written); // npm run format makes it readable
  expect(JSON.stringify(JSON.parse(readFileSync(file, 'utf8')))).toBe(written);
});

test('it is small, of draft 2020-12, and each shape in it has a name and a Chinese description', () => {
  const { $schema, $defs = {} } = policyJsonSchema();
  expect($schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(readFileSync(file).byteLength).toBeLessThan(40_000);
  expect(Object.keys($defs)).toEqual(
    expect.arrayContaining(['rule', 'lapse', 'selectors', 'deductible', 'limit', 'layer']),
  );
  expect(Object.keys($defs).filter((name) => name.startsWith('__'))).toEqual([]);
  const undescribed = Object.entries($defs).filter(
    ([, shape]) => typeof shape === 'object' && !/\p{Script=Han}/u.test(shape.description ?? ''),
  );
  expect(undescribed.map(([name]) => name)).toEqual([]);
});

test.each(policies)('%s is what the schema describes, and its first line tells editors', (name) => {
  validate(parse(textOf(name), { maxAliasCount: 10_000 }));
  expect(validate.errors).toBeNull();
  const [first] = textOf(name).split('\n');
  expect(first).toBe('# yaml-language-server: $schema=../policy.schema.json');
});

const good = smallWorld['policies/500000.yaml'] ?? '';
const isFault = (text: string): boolean => {
  try {
    parsePolicyFile(text, 'f.yaml');
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(SeedError);
    return true;
  }
};
test.each([
  ['nothing wrong', 'name: 重庆市', 'name: 重庆市', true],
  ['a lapse', /- inForceFrom[^]*/, '- { inForceFrom: 2021-12-25, source: x, lapse: 无 }', true],
  ['a rate of a parameter', "'1000.00'", "{ rate: '0.5', of: 平均工资, yearsBefore: 2 }", true],
  ['an unknown key', 'layers: []', 'layers: []\n        ceiling: 1', false],
  ['an unquoted amount', "'1000.00'", '1000.00', false],
  ['three decimals', "'1000.00'", "'1000.001'", false],
  ['a ratio above 1', "'0.80'", "'1.80'", false],
  ['no source', '        source: illustrative\n', '', false],
  ['a disease that is none', 'M03900', 'X03900', false],
  ['an insurance type that is none', "'310'", "'340'", false],
  ['a region of five digits', "region: '500000'", "region: '50000'", false],
  ['a place that is a region', "place: '500000'", "place: '500100'", false],
  ['an area form that is none', 'form: none', 'form: nothing', false],
  ['a limit of no meaning', 'meaning: fundPayment', 'meaning: money', false],
  ['no rows', "[{ bands: [{ ratio: '0.80' }] }]", '[]', false],
  ['a lapse without its reason', /- inForceFrom[^]*/, '- { inForceFrom: 2021-12-25 }', false],
])('the schema and the reader agree on %s', (_name, from, to, isRight) => {
  const text = good.replace(from, to);
  const parameters = "parameters: { 平均工资: { '2019': { amount: '1', source: x } } }";
  const whole = text.includes('平均工资') ? `${parameters}\n${text}` : text;
  expect(validate(parse(whole))).toBe(isRight);
  expect(isFault(whole)).toBe(!isRight);
});
