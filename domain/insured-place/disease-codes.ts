import { dayBefore, type Day } from '../calendar.ts';
import type { DiseaseCodeEntry } from '../disease-code.ts';
import type { DiseaseCode } from '../identifiers.ts';
import type { Span } from './eligibility.ts';

/** A qualification (待遇资格) of the days from … to, under a national code. */
export interface NationalQualification extends Span {
  disease: DiseaseCode;
}
/** A qualification of the days from … to, under a local code that may become one of several national ones. */
export interface UnmigratedQualification extends Span {
  localCode: string;
  oneOf: readonly DiseaseCode[];
}
export interface TranslatedQualification {
  qualifications: NationalQualification[];
  unmigrated: UnmigratedQualification[];
}

const earlier = (a: Day | null, b: Day | null): Day | null => {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
};
/** The days that both have; null where there are none. */
function overlap(a: Span, b: Span): Span | null {
  const from = a.from > b.from ? a.from : b.from;
  const to = earlier(a.to, b.to);
  return to !== null && to < from ? null : { from, to };
}

/**
 * What a qualification under a local code is worth, day by day: that of a national code where the
 * place's table says which; not migrated where it names several; nothing where the code does not hold.
 *
 * @param entries of the local code, in any order
 * @law 渝医保办〔2021〕54号 二
 */
export function translateQualification(
  { localCode, ...days }: Span & { localCode: string },
  entries: readonly DiseaseCodeEntry[],
): TranslatedQualification {
  const translated: TranslatedQualification = { qualifications: [], unmigrated: [] };
  const inOrder = entries.toSorted((a, b) => (a.inForceFrom < b.inForceFrom ? -1 : 1));
  for (const [index, entry] of inOrder.entries()) {
    const next = inOrder[index + 1];
    const to = next ? dayBefore(next.inForceFrom) : null;
    const span = overlap(days, { from: entry.inForceFrom, to });
    if (!span) continue;
    if ('disease' in entry) translated.qualifications.push({ disease: entry.disease, ...span });
    if ('oneOf' in entry) translated.unmigrated.push({ localCode, oneOf: entry.oneOf, ...span });
  }
  return translated;
}
