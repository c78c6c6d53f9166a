import { z } from 'zod';
import type { DiseaseCodeEntry } from '../domain/disease-code.ts';
import { checkedBy, day, diseaseCode, name, refuseRepeats, source, textThat } from './shapes.ts';

/** A local disease code as its place writes it. */
export const localCode = textThat(
  (text) => /^[\x21-\x7e]{1,30}$/.test(text),
  'a local code has 1 to 30 characters, and no space',
);

const meanings = ['disease', 'oneOf', 'lapse'] as const;
const entry = z
  .strictObject({
    inForceFrom: day,
    disease: diseaseCode.optional(), // the national code that it is
    oneOf: z.array(diseaseCode).min(1).optional(), // not migrated: a national code that it may become
    lapse: name.optional(), // why it no longer holds
    source,
  })
  .refine((written) => meanings.filter((key) => written[key] !== undefined).length === 1, {
    error: 'an entry has one of disease, oneOf, lapse',
  })
  .transform(({ disease, oneOf, lapse, ...since }): DiseaseCodeEntry => {
    if (disease !== undefined) return { ...since, disease };
    return oneOf === undefined ? { ...since, lapse: lapse ?? '' } : { ...since, oneOf };
  });

/** The entries of each local code. */
export type LocalCodes = ReadonlyMap<string, readonly DiseaseCodeEntry[]>;

/** `diseaseCodes` of `scopes/<place>.yaml`: what each local code of the place is, by date. */
export const diseaseCodes = z
  .array(z.strictObject({ code: localCode, name, entries: z.array(entry).min(1) }))
  .superRefine(
    checkedBy((codes, complain) => {
      for (const [index, { entries }] of codes.entries()) {
        for (const [at, { inForceFrom }] of entries.entries()) {
          const before = entries[at - 1];
          if (before && inForceFrom <= before.inForceFrom) {
            complain([index, 'entries', at, 'inForceFrom'], 'not later than the entry before it');
          }
        }
      }
      refuseRepeats(
        codes,
        ({ code }) => code,
        (index, code) => {
          complain([index, 'code'], `${code} is there twice`);
        },
      );
    }),
  );

/** The local codes of a place, whatever else its scope file says. */
export const localCodesFile = z
  .object({ diseaseCodes: diseaseCodes.default([]) })
  .transform(
    ({ diseaseCodes: codes }): LocalCodes =>
      new Map(codes.map(({ code, entries }) => [code, entries])),
  );
