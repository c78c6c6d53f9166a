import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isDiseaseCode, placeOf, type Disease } from '../domain/identifiers.ts';
import type {
  Accumulator,
  Cover,
  EntryText,
  Policy,
  RuleText,
} from '../domain/insured-place/policy.ts';
import { compare, isPoints, yuan, zero } from '../domain/money.ts';
import { components, layerNames } from '../domain/settlement.ts';
import { parseSeed } from './seed-error.ts';
import { amount, day, name, placeCode, ratio, regionCode, source, textThat } from './shapes.ts';

/** A policy file as published: what it says, and the hash of its text. */
export interface PolicyFile {
  policy: Policy;
  hash: string; // sha256 of the text, hexadecimal
}

const change = textThat(isPoints, "points are quoted text from '-1' to '1', such as '-0.10'");
const disease = textThat<Disease>(
  (code) => code === 'none' || isDiseaseCode(code),
  'a disease is M and five digits, or `none` for ordinary outpatient care',
);

type Complain = (path: PropertyKey[], message: string) => void;
/** Checks what only the whole can tell, once each part is known to be well written. */
const checked = <S extends z.ZodType>(
  schema: S,
  check: (value: z.output<S>, complain: Complain) => void,
) =>
  schema.transform((value, context) => {
    if (context.issues.length > 0) return value; // zod lets a value with unknown keys through
    check(value, (path, message) => {
      context.addIssue({ code: 'custom', path, message });
    });
    return value;
  });

const isDistinct = (items: readonly unknown[]): boolean => new Set(items).size === items.length;
const distinct = { error: 'the same one twice' };
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.array(z.enum(values)).min(1).refine(isDistinct, distinct);

const selectors = z.strictObject({
  level: oneOf(['primary', 'secondary', 'tertiary']).exactOptional(),
  retired: z.boolean().exactOptional(),
  filing: oneOf([
    'LT_RETIRED',
    'LT_RESIDENT',
    'LT_WORKER',
    'TMP_REFERRAL',
    'TMP_EMERGENCY',
    'TMP_OTHER',
    'local',
  ]).exactOptional(),
});
const when = selectors
  .refine((selected) => Object.keys(selected).length > 0, { error: 'nothing is selected by this' })
  .exactOptional();

/** Exactly the last row has no selectors: it takes whoever is left, and no row is out of reach. */
const rows = <T extends { when?: unknown }>(row: z.ZodType<T>) =>
  checked(z.array(row).min(1), (list, complain) => {
    list.forEach(({ when: selected }, index) => {
      const isLast = index === list.length - 1;
      if (isLast && selected) complain([index], 'the last row takes whoever is left: no `when`');
      if (!isLast && !selected) complain([index], 'a row without `when` hides the rows after it');
    });
  });

const accumulator = z.discriminatedUnion(
  'per',
  [
    z.strictObject({ per: z.literal('visit') }),
    z.strictObject({
      per: z.enum(['month', 'quarter', 'year']),
      name: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'a name is lower case with hyphens' }),
      key: z.enum(['disease', 'all']),
    }),
  ],
  { error: '`per` is visit, month, quarter or year' },
);
const amounts = rows(z.strictObject({ when, amount }));
const deductible = z.strictObject({ accumulator, basis: z.enum(['inScope', 'charged']), amounts });

/** Ascending, and exactly the last without an end. */
const bands = checked(
  z.array(z.strictObject({ upTo: amount.exactOptional(), ratio })).min(1),
  (list, complain) => {
    let end = zero;
    list.forEach(({ upTo }, index) => {
      const isLast = index === list.length - 1;
      if (isLast !== (upTo === undefined)) complain([index], 'only the last band has no `upTo`');
      if (upTo === undefined) return;
      if (compare(yuan(upTo), end) <= 0) complain([index, 'upTo'], 'bands must rise');
      end = yuan(upTo);
    });
  },
);
const cover = {
  deductible: deductible.exactOptional(),
  axis: z.strictObject({ accumulator, bandsFrom: z.enum(['zero', 'deductible']) }),
  ratios: rows(z.strictObject({ when, bands })),
};
const component = z.enum(components);
const limit = z.strictObject({
  meaning: z.literal('fundPayment'),
  accumulator,
  amounts,
  component: z.enum(['overPoolCap', 'overDiseaseLimit']),
});
const layer = z.strictObject({
  name: z.enum(layerNames).exclude(['pool']),
  base: oneOf(components),
  ...cover,
  cap: z.strictObject({ accumulator, amounts }).exactOptional(),
});
const area = rows(
  z.discriminatedUnion('form', [
    z.strictObject({ when, form: z.literal('none') }),
    z.strictObject({ when, form: z.literal('firstShare'), rate: ratio }),
    z.strictObject({ when, form: z.literal('points'), points: change }),
    z.strictObject({ when, form: z.literal('factor'), factor: ratio }),
    z.strictObject({ when, form: z.literal('zero') }),
  ]),
);
const retiree = z.discriminatedUnion('form', [
  z.strictObject({ form: z.literal('none') }),
  z.strictObject({ form: z.literal('points'), points: change }),
  z.strictObject({ form: z.literal('personFactor'), factor: ratio }),
]);
const rule = z.strictObject({
  inForceFrom: day,
  source,
  area,
  pool: z.strictObject({ ...cover, retiree, limits: z.array(limit) }),
  layers: z.array(layer).refine((list) => isDistinct(list.map(({ name }) => name)), distinct),
  account: z.strictObject({ pays: z.array(component).refine(isDistinct, distinct) }),
});
const lapse = z.strictObject({ inForceFrom: day, source, lapse: name });

/** A lapse is known by its key, so that the faults of a rule are told as a rule's. */
const entry = z.unknown().transform((value, context): EntryText => {
  const isLapse = typeof value === 'object' && value !== null && 'lapse' in value;
  const result = (isLapse ? lapse : rule).safeParse(value);
  if (result.success) return result.data;
  // An issue that was told is the raw form of itself.
  context.issues.push(...(result.error.issues as z.core.$ZodRawIssue[]));
  return z.NEVER;
});
const entries = checked(z.array(entry).min(1), (list, complain) => {
  list.forEach(({ inForceFrom }, index) => {
    const first = list.findIndex((other) => other.inForceFrom === inForceFrom);
    if (first !== index) complain([index, 'inForceFrom'], `two entries start on ${inForceFrom}`);
  });
});

interface Use {
  path: PropertyKey[];
  accumulator: Accumulator;
  counts: string;
}
/** What each accumulator that a pool or a layer names counts. */
function usesOf(
  fund: string,
  path: PropertyKey[],
  { deductible, axis }: Cover<string, string>,
): Use[] {
  const whole = `what ${fund} may pay of`;
  const onAxis: Use = {
    path: [...path, 'axis', 'accumulator'],
    accumulator: axis.accumulator,
    counts: axis.bandsFrom === 'zero' ? whole : `${whole}, above its deductible`,
  };
  if (!deductible) return [onAxis];
  const counts = deductible.basis === 'inScope' ? whole : `the deductible of ${fund}`;
  const { accumulator: of } = deductible;
  return [onAxis, { path: [...path, 'deductible', 'accumulator'], accumulator: of, counts }];
}
function usesIn({ pool, layers }: RuleText): Use[] {
  const ofLimits = pool.limits.map(({ accumulator: of }, index) => {
    const path = ['pool', 'limits', index, 'accumulator'];
    return { path, accumulator: of, counts: 'what pool paid' };
  });
  const ofLayers = layers.flatMap((of, index): Use[] => {
    const uses = usesOf(of.name, ['layers', index], of);
    if (!of.cap) return uses;
    const path = ['layers', index, 'cap', 'accumulator'];
    return [...uses, { path, accumulator: of.cap.accumulator, counts: `what ${of.name} paid` }];
  });
  return [...usesOf('pool', ['pool'], pool), ...ofLimits, ...ofLayers];
}
/** Every use of every accumulator in the file. */
function allUses({ policies }: Policy): Use[] {
  return Object.entries(policies).flatMap(([type, diseases]) =>
    Object.entries(diseases).flatMap(([code, list = []]) =>
      list.flatMap((item, index) =>
        ('lapse' in item ? [] : usesIn(item)).map((use) => {
          return { ...use, path: ['policies', type, code, index, ...use.path] };
        }),
      ),
    ),
  );
}

/** A name means one accumulator throughout the file: one period, one key, one thing counted. */
function checkNames(policy: Policy, complain: Complain): void {
  const firstOf = new Map<string, string>();
  for (const { path, accumulator: of, counts } of allUses(policy)) {
    if (of.per === 'visit') continue;
    const meaning = [of.per, of.key, counts].join();
    const first = firstOf.get(of.name) ?? meaning;
    if (first !== meaning) complain(path, `\`${of.name}\` is already another accumulator`);
    firstOf.set(of.name, first);
  }
}
const file = checked(
  z.strictObject({
    place: placeCode,
    region: regionCode,
    name,
    policies: z.partialRecord(z.enum(['310', '390']), z.record(disease, entries)),
  }),
  (policy: Policy, complain) => {
    if (placeOf(policy.region) !== policy.place) complain(['region'], 'does not lie in the place');
    checkNames(policy, complain);
  },
);

/**
 * Reads a policy file: strict, every amount in quotes, every entry with its source.
 *
 * @throws SeedError with the line and column of every fault
 */
export function parsePolicyFile(text: string, fileName: string): PolicyFile {
  const policy: Policy = parseSeed(text, fileName, file);
  return { policy, hash: createHash('sha256').update(text).digest('hex') };
}
