import type { Day } from './calendar.ts';
import type { DiseaseCode, InstitutionLevel, InsuranceType } from './identifiers.ts';
import type { Price, Quantity, Ratio, Yuan } from './money.ts';

export type LineKind = 'drug' | 'service' | 'consumable';
/** 甲 A, 乙 B, 丙 C. */
export type ItemClass = 'A' | 'B' | 'C';
/** 医院审批标志: what the hospital declares for a restricted item. */
export type Approval = 'none' | 'approved' | 'refused';

/** One line of a bill as the hospital declares it. Quantity and amount are negative only together. */
export interface FeeLine {
  no: string; // feedetl_sn
  item: string; // national catalogue code
  price: Price;
  quantity: Quantity;
  amount: Yuan; // declared; never recomputed
  approval: Approval;
}

/** The four parts of a line; they always add up to its amount. */
export interface Parts {
  excluded: Yuan; // 全自费
  overPriceLimit: Yuan; // 超限价
  firstShare: Yuan; // 先行自付
  inScope: Yuan; // 符合政策范围金额
}

export interface SplitLine extends Parts {
  no: string;
  kind: LineKind;
  amount: Yuan;
  hospitalShare: Yuan; // the part of overPriceLimit that the institution bears
}

/** What the treating place tells the insured place about a bill: sums, never lines. */
export interface SplitTotals extends Parts {
  total: Yuan;
  overPriceLimitOf: Record<LineKind, Yuan>; // adds up to overPriceLimit
  hospitalShareOf: Record<LineKind, Yuan>; // within overPriceLimitOf: what the institution bears
}

/** Who bears the money above a price limit (overlmt_dspo_way). */
export type AboveLimit = 'person' | 'hospital';
/** Catalogue 1319 knows three; only a first share can be split (rules.md D-4). */
export type FirstShareType =
  | '10' // 先行自付
  | '20' // direct reimbursement ratio
  | '30'; // by unit-price band

/** What the treating place's catalogue says about an item on the visit day. */
export interface CatalogueEntry {
  code: string;
  kind: LineKind;
  class: ItemClass;
  restricted: boolean; // 限制使用
  priceLimits: Record<InstitutionLevel, Price | null>; // 999999 and above also means none
  aboveLimit: AboveLimit;
  firstShareRatios: Record<InsuranceType | 'other', Ratio>;
  diseases: readonly DiseaseCode[] | null; // the only ones it is in scope for; null: any care
}
/** The same for one institution level and one insurance type. */
export interface CatalogueItem extends Pick<
  CatalogueEntry,
  'code' | 'kind' | 'class' | 'restricted' | 'aboveLimit' | 'diseases'
> {
  priceLimit: Price | null;
  firstShareRatio: Ratio;
}
/** What of a catalogue a bill needs: some codes, on the visit day, for one level and one type. */
export interface CatalogueAsked {
  codes: readonly string[];
  on: Day;
  level: InstitutionLevel;
  insuranceType: InsuranceType | 'other';
}
