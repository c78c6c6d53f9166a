import { z } from 'zod';
import { checkAgainst } from './reasons.ts';

/** What several files written by hand share: forms known by their keys, and words for an editor. */

const formsOf = new Map<unknown, readonly z.ZodType[]>();

/** Whether something is a map that has the key. */
export const has = (value: unknown, key: string): boolean =>
  typeof value === 'object' && value !== null && key in value;

/** One of several forms, known by its keys, so that its faults are told as faults of that form. */
export function oneOfForms<T>(
  choose: (value: unknown) => z.ZodType<T>,
  forms: readonly z.ZodType<T>[],
) {
  const schema = z.unknown().transform((value, context): T => {
    const result = checkAgainst(choose(value), value);
    if (result.success) return result.data;
    // An issue that was told is the raw form of itself.
    context.issues.push(...(result.error.issues as z.core.$ZodRawIssue[]));
    return z.NEVER;
  });
  formsOf.set(schema, forms);
  return schema;
}

/** For an editor: what the key means, and the form of text that zod itself cannot tell. */
export const told = <S extends z.ZodType>(schema: S, pattern: string, description: string): S =>
  schema.meta({ type: 'string', pattern, description });

type Keys = Record<string, unknown>;
const isMap = (value: unknown): value is Keys =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A map that is read later, when more is known; an editor shall know it as one of these forms. */
export function readLater(forms: readonly z.ZodType[]) {
  const schema = z.custom<Keys>(isMap, { error: '这里应写「键: 值」' });
  formsOf.set(schema, forms);
  return schema;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;
/** The keys of a file as JSON Schema. What only the whole can tell it leaves out. */
export const jsonSchemaOf = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const forms = formsOf.get(zodSchema);
      if (!forms) return;
      jsonSchema.anyOf = forms.map((form) => {
        const schema = jsonSchemaOf(form);
        delete schema.$schema;
        return schema;
      });
    },
  });
