import { createHash } from 'node:crypto';

import { canonical } from './wire/json.ts';

/** SHA-256 over the canonical JSON of the content: the same for the same content, whatever its order. */
export const digestOf = (content: unknown): string =>
  createHash('sha256').update(canonical(content)).digest('hex');
