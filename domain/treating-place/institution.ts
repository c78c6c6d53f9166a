import { isWithin, type Day } from '../calendar.ts';
import type { Disease, InstitutionCode, PlaceCode } from '../identifiers.ts';
import type { Refusal } from '../refusal.ts';

/** What the registry holds of an institution for one disease, and of the disease in its place. */
export interface InstitutionFacts {
  code: InstitutionCode;
  place: PlaceCode;
  designated: { from: Day; to: Day | null } | null;
  openings: readonly { from: Day; to: Day | null }[]; // for the disease asked about
}

/**
 * Whether the institution is designated, and has opened the disease, on the visit day. Ordinary
 * outpatient care needs no opening of its own.
 *
 * @law 医保办函〔2021〕4号 二(三); 渝医保办〔2021〕54号 三
 */
export function institutionRefusal(
  institution: InstitutionFacts,
  disease: Disease,
  on: Day,
): Refusal | null {
  const { code, designated, openings } = institution;
  if (!designated || !isWithin(on, designated.from, designated.to)) {
    return { reason: 'institution-not-designated', institution: code, on };
  }
  const isOpen = openings.some((opening) => isWithin(on, opening.from, opening.to));
  if (disease !== 'none' && !isOpen) {
    return { reason: 'institution-not-open-for-disease', institution: code, disease, on };
  }
  return null;
}
