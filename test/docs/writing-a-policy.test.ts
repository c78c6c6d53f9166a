import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { quote } from '../../domain/quote.ts';
import { isRefused } from '../../domain/quoted.ts';
import { bill as billForm } from '../../seeds/bill-file.ts';
import { parseCaseFile } from '../../seeds/case-file.ts';
import { parsePolicyFile, type PolicyFile } from '../../seeds/policy-file.ts';
import { quotedPerson } from '../../seeds/quoted-person-file.ts';

/** Every example of the guide is loaded, and every row of its tables is computed. */

const guide = readFileSync(join(import.meta.dirname, '../../docs/writing-a-policy.md'), 'utf8');

type Keys = Record<string, unknown>;
const isMap = (value: unknown): value is Keys =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** Maps are merged, anything else takes the place of what was there. */
function merged(base: unknown, changes: unknown): unknown {
  if (!isMap(base) || !isMap(changes)) return changes;
  const keys = [...Object.keys(base), ...Object.keys(changes)];
  return Object.fromEntries(
    keys.map((key) => [key, key in changes ? merged(base[key], changes[key]) : base[key]]),
  );
}

interface Row {
  line: number;
  what: string;
  changes: unknown; // of person and bill
  inScope: string;
  amounts: Record<string, string>;
}
interface Example {
  line: number;
  kind: 'base' | 'cases' | 'part';
  text: string;
  rows: Row[];
}

const amountNames = ['deductible', 'fundTotal', 'personalAccount', 'personShare'] as const;
function rowOf(text: string, line: number): Row | null {
  const cells = text
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  const [what = '', inScope = '', ...amounts] = cells;
  if (!/^\d+\.\d\d$/.test(inScope) || amounts.length !== amountNames.length) return null;
  const written = /`(\{.*\})`/.exec(what)?.[1];
  return {
    line,
    what: what.replace(/`.*`/, '').trim(),
    changes: written === undefined ? {} : parse(written),
    inScope,
    amounts: Object.fromEntries(amountNames.map((name, at) => [name, amounts[at] ?? ''])),
  };
}

const lineAt = (index: number): number => guide.slice(0, index).split('\n').length;
/** The YAML blocks, each with the rows of the tables below it. */
const block = /(?:<!-- (base|cases) -->\s+)?```yaml\n(.*?)\n```(.*?)(?=<!-- |```yaml|$)/gs;
const examplesOf = (): Example[] =>
  [...guide.matchAll(block)].map(({ index, 0: all, 1: kind, 2: text = '', 3: below = '' }) => {
    const first = lineAt(index + all.length - below.length);
    const rows = below.split('\n').flatMap((each, at) => rowOf(each, first + at) ?? []);
    return { line: lineAt(index), kind: (kind ?? 'part') as Example['kind'], text, rows };
  });
const examples = examplesOf();
const textOf = (kind: 'base' | 'cases'): string =>
  examples.find((example) => example.kind === kind)?.text ?? '';
const parts = examples.filter(({ kind }) => kind === 'part');

/** The guide's first policy with a part of it written differently. */
function policyWith(part: string): PolicyFile {
  const { groups, parameters, ...ofEntry } = parse(part) as Keys;
  const whole = parse(textOf('base')) as { policies: { '310': { M03900: unknown[] } } } & Keys;
  const entry = merged(whole.policies['310'].M03900[0], ofEntry);
  const changed = merged(whole, {
    policies: { '310': { M03900: [entry] } },
    ...(groups !== undefined && { groups }),
    ...(parameters !== undefined && { parameters }),
  });
  return parsePolicyFile(stringify(changed, { aliasDuplicateObjects: false }), 'guide.yaml');
}

function compute(policy: PolicyFile, { changes, inScope }: Row): Record<string, string> {
  const zero = { excluded: '0.00', overPriceLimit: '0.00', firstShare: '0.00' };
  const line = { no: 1, kind: 'drug', amount: inScope, parts: { ...zero, inScope } };
  const given = merged(
    {
      person: {
        insuranceType: '310',
        bornOn: '1966-06-01',
        filing: 'LT_RESIDENT',
        qualifications: [{ disease: 'M03900', from: '2025-01-01' }],
      },
      bill: {
        id: 'b1',
        visitedOn: '2026-03-05',
        disease: 'M03900',
        institution: { code: 'H1', place: '500000', level: 'tertiary' },
        lines: [line],
      },
    },
    changes,
  ) as { person: unknown; bill: unknown };
  const bill = billForm.parse(given.bill);
  const quoted = quote({
    policy,
    scope: null,
    person: quotedPerson.parse(given.person),
    bills: [bill],
  });
  if (!quoted.ok) throw new Error('the line cannot be split');
  const [result] = quoted.results;
  if (!result || isRefused(result)) throw new Error(JSON.stringify(result));
  const { benefit } = result;
  return Object.fromEntries(amountNames.map((name) => [name, benefit[name]]));
}

describe.each(parts.map((part) => [part.line, part] as const))(
  'line %i of the guide',
  (_, part) => {
    const policy = policyWith(part.text);
    it('shows what it computes', () => {
      expect(part.rows.length).toBeGreaterThan(0);
    });
    test.each(part.rows.map((row) => [`${row.line} ${row.what}`, row] as const))(
      '%s',
      (_name, row) => {
        expect(compute(policy, row)).toEqual(row.amounts);
      },
    );
  },
);

it('the guide has examples of every kind of element, and computes more than forty bills', () => {
  const keys = parts.map(({ text }) => text).join('\n');
  const elements = [
    'deductible',
    'institutionYear',
    'visitOrdinal',
    'bands',
    'axis',
    'when',
    'retiree',
  ];
  const more = [
    'firstShare',
    'points',
    'factor',
    'replace',
    'zero',
    'fundPayment',
    'inScope',
    'fixedAmount',
  ];
  const last = [
    'combine',
    'groups',
    'layers',
    'cap',
    'shareCeiling',
    'account',
    'parameters',
    'total',
  ];
  for (const element of [...elements, ...more, ...last]) expect(keys).toContain(element);
  expect(parts.flatMap(({ rows }) => rows).length).toBeGreaterThan(40);
});

it('the first policy and the case file of the guide load as they stand', () => {
  expect(parsePolicyFile(textOf('base'), 'base.yaml').policy.name).toBe('示例市');
  expect(parseCaseFile(textOf('cases'), 'cases.yaml').value.cases).toHaveLength(1);
});
