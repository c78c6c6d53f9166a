import type { Day } from './calendar.ts';
import type {
  Disease,
  DiseaseCode,
  InstitutionCode,
  InsuranceType,
  PlaceCode,
  RegionCode,
  SettlementId,
} from './identifiers.ts';

/** Every business "no": data, no prose. Returned, recorded, shown to the patient, never retried. */
export type Refusal =
  // eligibility 资格校验
  | { reason: 'place-not-connected'; place: PlaceCode; on: Day }
  | { reason: 'visit-in-future'; on: Day }
  | { reason: 'institution-not-designated'; institution: InstitutionCode; on: Day }
  | {
      reason: 'disease-not-open';
      place: PlaceCode;
      disease: DiseaseCode;
      on: Day;
      from: Day | null;
    }
  | {
      reason: 'institution-not-open-for-disease';
      institution: InstitutionCode;
      disease: Disease;
      on: Day;
    }
  | { reason: 'settlement-suspended'; on: Day; to: Day | null }
  | { reason: 'not-qualified'; disease: DiseaseCode }
  | {
      reason: 'qualification-not-in-force';
      disease: DiseaseCode;
      on: Day;
      from: Day;
      to: Day | null;
    }
  | { reason: 'qualification-not-migrated'; disease: DiseaseCode; localCode: string; on: Day }
  | { reason: 'not-filed' }
  | { reason: 'filing-not-in-force'; on: Day; from: Day; to: Day | null }
  | { reason: 'filing-for-other-place'; place: PlaceCode; filedFor: readonly RegionCode[] }
  | { reason: 'request-reversed' }
  | ({ reason: 'not-in-time' } & Silence)
  // reversal 撤销、冲正
  | { reason: 'reversal-crosses-year'; on: Day }
  | { reason: 'reversal-person-differs' }
  // split 费用分割
  | { reason: 'mixed-diseases'; diseases: readonly Disease[] }
  | { reason: 'sums-differ'; part: SummedPart; declared: string; computed: string }
  | { reason: 'part-below-zero'; part: SummedPart; computed: string }
  | { reason: 'batch-settled'; settlement: SettlementId }
  | { reason: 'batch-changed' }
  | { reason: 'batch-crosses-year'; on: Day; feeOn: Day }
  // calculate 待遇计算
  | { reason: 'person-unknown'; place: PlaceCode }
  | { reason: 'not-insured'; insuranceType: InsuranceType; on: Day }
  | { reason: 'benefit-suspended'; insuranceType: InsuranceType; on: Day; to: Day | null }
  | {
      reason: 'no-policy-in-force';
      region: RegionCode;
      insuranceType: InsuranceType;
      disease: Disease;
      on: Day;
    };

/** A party that did not answer in time, and what it said of a maintenance window if it said so. */
export interface Silence {
  party: PlaceCode | 'centre';
  until: string | null; // instant; null where nobody knows
  message: string | null;
}
export type SummedPart = 'total' | 'excluded' | 'overPriceLimit' | 'firstShare' | 'inScope';
export type RefusalReason = Refusal['reason'];

export type Outcome<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };
export const accept = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const refuse = (refusal: Refusal): { ok: false; refusal: Refusal } => ({
  ok: false,
  refusal,
});
