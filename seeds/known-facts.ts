/** What a policy may be written with, but a settlement does not know yet: nothing is computed by guess. */
const unknownKeys: ReadonlySet<string> = new Set([
  'selected',
  'personType',
  'age',
  'insuredMonths',
  'tier',
  'hardship',
  'civilServant',
  'prescriber',
  'channel',
  'visitOrdinal',
  'combine',
  'levelOf',
]);
const unknownPeriods: ReadonlySet<unknown> = new Set(['institutionYear']);

const isUnknown = (key: string, value: unknown): boolean =>
  unknownKeys.has(key) || (key === 'per' && unknownPeriods.has(value));

/** The first element of a policy that settlements cannot serve yet, as a dotted path; null if none. */
export function firstUnknownFact(value: unknown, path: readonly string[] = []): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, item] of Object.entries(value)) {
    const here = [...path, key];
    if (isUnknown(key, item)) return here.join('.');
    const found = firstUnknownFact(item, here);
    if (found !== null) return found;
  }
  return null;
}
