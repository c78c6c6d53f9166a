import { z } from 'zod';
import type { CatalogueRow } from '../db/seeding.ts';
import type { LineKind } from '../domain/bill.ts';
import type { PlaceCode } from '../domain/identifiers.ts';
import {
  checkedBy,
  day,
  name,
  price,
  ratio,
  refuseRepeats,
  source,
  textThat,
  type Complain,
} from './shapes.ts';

const codeShapes: Record<LineKind, { shape: RegExp; reason: string }> = {
  drug: {
    shape: /^[XZT][A-Z0-9]{9,29}$/,
    reason: 'a drug is X, Z or T and 9 to 29 letters or digits',
  },
  service: { shape: /^\d{15}(-[A-Z0-9]{1,20})?$/, reason: 'a service has fifteen digits' },
  consumable: { shape: /^C\d{19,29}$/, reason: 'a consumable is C and 19 to 29 digits' },
};

const entry = z.strictObject({
  inForceFrom: day,
  class: z.literal(['A', 'B', 'C'], { error: 'a class is A, B or C' }),
  restricted: z.boolean({ error: 'restricted is true or false' }),
  priceLimit: z.union([price, z.null()], {
    error: ({ input }) =>
      input === undefined
        ? 'missing; null says that there is none'
        : "a price limit is quoted text such as '1.25', or null",
  }),
  firstShareRatio: ratio,
  source,
});
const item = z.strictObject({
  code: textThat((text) => text !== '', 'a code is text'),
  name,
  kind: z.literal(['drug', 'service', 'consumable'], {
    error: 'a kind is drug, service or consumable',
  }),
  entries: z.array(entry).min(1, 'an item has at least one entry'),
});
interface ScopeFile {
  items: z.infer<typeof item>[];
}

function checkScope({ items }: ScopeFile, complain: Complain): void {
  for (const [index, { code, kind, entries }] of items.entries()) {
    const { shape, reason } = codeShapes[kind];
    if (!shape.test(code)) complain(['items', index, 'code'], reason);
    for (const [at, { inForceFrom }] of entries.entries()) {
      const before = entries[at - 1];
      if (before && inForceFrom <= before.inForceFrom) {
        complain(
          ['items', index, 'entries', at, 'inForceFrom'],
          'not later than the entry before it',
        );
      }
    }
  }
  refuseRepeats(
    items,
    ({ code }) => code,
    (index, code) => {
      complain(['items', index, 'code'], `${code} is there twice`);
    },
  );
}

/** `scopes/<place>.yaml`: what the place's catalogue says of each item, by date. */
export const scopeFile = (place: PlaceCode) =>
  z
    .strictObject({
      place: z.literal(place, { error: `the file is named for ${place}` }),
      items: z.array(item),
      diseaseCodes: z.unknown().optional(), // read by disease-codes.ts
    })
    .superRefine(checkedBy(checkScope))
    .transform(({ items }): CatalogueRow[] =>
      items.flatMap(({ code, name, kind, entries }) =>
        entries.map((inForce) => ({ code, name, kind, ...inForce })),
      ),
    );
