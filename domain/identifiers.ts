import { InvariantViolation } from './invariant.ts';

declare const kind: unique symbol;
type Id<K extends string> = string & { readonly [kind]: K };

/** A provincial unit (31 provinces and the XPCC), six digits ending in 0000. */
export type PlaceCode = Id<'place'>;
/** A pooling region (统筹区), six digits. */
export type RegionCode = Id<'region'>;
/** As printed by its place; opaque text of at most 30 characters. */
export type InstitutionCode = Id<'institution'>;
/** National code of the person at the insured place (psn_no); opaque text of at most 30 characters. */
export type PersonId = Id<'person'>;
/** The hospital's message id: the national idempotency key; at most 30 characters. */
export type MessageId = Id<'message'>;
/** Ours, issued by the centre. */
export type SettlementId = Id<'settlement'>;
/**
 * One code for one disease in every place: `M` and five digits.
 *
 * @law 医保办函〔2021〕4号 二(二); 医保办函〔2021〕4号 附件
 */
export type DiseaseCode = Id<'disease'>;
/** A disease of the national list, or `none` for ordinary outpatient care (普通门诊). */
export type Disease = DiseaseCode | 'none';
/** 310 职工, 390 城乡居民. */
export type InsuranceType = '310' | '390';
/** 双通道 pharmacies dispense beside the hospitals. */
export type InstitutionKind = 'hospital' | 'pharmacy';
export type InstitutionLevel = 'primary' | 'secondary' | 'tertiary';
/** Person categories of the filing (rules.md A-2). */
export type FilingCategory =
  | 'LT_RETIRED'
  | 'LT_RESIDENT'
  | 'LT_WORKER'
  | 'TMP_REFERRAL'
  | 'TMP_EMERGENCY'
  | 'TMP_OTHER';

const shapes = {
  place: /^[1-9]\d0000$/,
  region: /^[1-9]\d{5}$/,
  institution: /^[A-Za-z0-9]{1,30}$/,
  person: /^[\x21-\x7e]{1,30}$/,
  message: /^[A-Za-z0-9_-]{1,30}$/,
  disease: /^M\d{5}$/,
  settlement: /^[A-Za-z0-9-]{1,30}$/,
} as const;
type Kind = keyof typeof shapes;

const is = (of: Kind, text: string): boolean => shapes[of].test(text);
function identify<K extends Kind>(of: K, text: string): Id<K> {
  if (!is(of, text)) throw new InvariantViolation(`not a ${of} code: ${text}`);
  return text as Id<K>;
}

export const placeCode = (text: string): PlaceCode => identify('place', text);
export const regionCode = (text: string): RegionCode => identify('region', text);
export const institutionCode = (text: string): InstitutionCode => identify('institution', text);
export const personId = (text: string): PersonId => identify('person', text);
export const messageId = (text: string): MessageId => identify('message', text);
export const settlementId = (text: string): SettlementId => identify('settlement', text);
export const diseaseCode = (text: string): DiseaseCode => identify('disease', text);

export const isRegionCode = (text: string): text is RegionCode => is('region', text);
export const isPlaceCode = (text: string): text is PlaceCode => is('place', text);
export const isMessageId = (text: string): text is MessageId => is('message', text);
export const isInstitutionCode = (text: string): text is InstitutionCode => is('institution', text);
export const isPersonId = (text: string): text is PersonId => is('person', text);
export const isDiseaseCode = (text: string): text is DiseaseCode => is('disease', text);
export const isSettlementId = (text: string): text is SettlementId => is('settlement', text);
export const isInsuranceType = (text: string): text is InsuranceType =>
  text === '310' || text === '390';

/** The place that a district or pooling region lies in. */
export const placeOf = (region: RegionCode): PlaceCode => placeCode(`${region.slice(0, 2)}0000`);
