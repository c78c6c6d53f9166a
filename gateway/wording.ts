import type { Day } from '../domain/calendar.ts';
import type { Disease, InsuranceType, PlaceCode, RegionCode } from '../domain/identifiers.ts';
import type { Silence, SummedPart } from '../domain/refusal.ts';
import type { Phase } from '../workflows/contracts.ts';
import type { Progress } from './progress.ts';
import type { FieldCode } from './wire/fields.ts';

/** How the sentences say days, places, diseases and fields. */

/** Names are data; the caller supplies them. */
export interface Names {
  place: (code: PlaceCode | RegionCode) => string;
  knowsPlace: (code: PlaceCode) => boolean;
  disease: (code: string) => string | undefined;
}
export const dayText = (on: Day): string =>
  `${Number(on.slice(0, 4))}年${Number(on.slice(5, 7))}月${Number(on.slice(8, 10))}日`;
export const spanText = (from: Day, to: Day | null): string =>
  to === null ? `${dayText(from)}起` : `${dayText(from)}至${dayText(to)}`;
export const untilText = (to: Day | null): string =>
  to === null ? '恢复时间请向参保地经办机构查询' : `暂停至${dayText(to)}`;
export const diseaseText = (disease: Disease, names: Names): string => {
  if (disease === 'none') return '普通门诊';
  const name = names.disease(disease);
  return name === undefined ? disease : `${name}（${disease}）`;
};
/** A pooling region goes by the name of its place, and by its code. */
export const regionText = (code: PlaceCode | RegionCode, names: Names): string =>
  code.endsWith('0000') ? names.place(code) : `${names.place(code)}（统筹区 ${code}）`;
const shownItems = 3;
export const listText = (items: readonly string[]): string =>
  items.length > shownItems ? `${items.slice(0, shownItems).join('、')}等` : items.join('、');
const shownCodes = 10;
/** One of some codes: all of them, as far as a sentence has room. */
export const codesText = (codes: readonly string[]): string => {
  if (codes.length === 1) return `${codes.join('')} `;
  const more = codes.length > shownCodes ? '等' : ' ';
  return `${codes.slice(0, shownCodes).join('、')}${more}之一`;
};
/** 2026年11月23日6:00 */
const momentText = (instant: string): string => {
  const inChina = new Date(Date.parse(instant) + 8 * 3600 * 1000).toISOString();
  return `${dayText(inChina.slice(0, 10) as Day)}${inChina.slice(11, 16)}`;
};
const longestMessage = 60;
const partyText = (party: Silence['party'], names: Names): string =>
  party === 'centre' ? '国家级经办机构' : names.place(party);
/** What a party said of its maintenance. */
function maintenanceText(until: string | null, message: string): string {
  const told = Array.from(message).slice(0, longestMessage).join('');
  const end = until === null ? '恢复时间待定' : `至${momentText(until)}`;
  return `停机维护${end}${told === '' ? '' : `（${told}）`}`;
}
/** Who does not answer, and until when if that is maintenance. */
export function silenceText({ party, until, message }: Silence, names: Names): string {
  const who = `${partyText(party, names)}的医保系统`;
  return message === null ? `${who}没有及时应答` : `${who}${maintenanceText(until, message)}`;
}
/** What a settlement is at, as it is said at the counter. */
export const phaseText: Record<Phase, string> = {
  eligibility: '资格校验',
  split: '费用分割',
  calculation: '待遇计算',
  recording: '记账',
  returning: '结果回传',
  settled: '应答',
  refusing: '释放收费批次',
  refused: '应答',
  cleared: '应答',
  reversing: '撤销',
  reversed: '撤销',
  stopped: '运维人员处理',
};
/** What it waits for, of whom, and until when if that is maintenance. */
export function progressText({ phase, party, until, message }: Progress, names: Names): string {
  const what = phase === null ? '应答' : phaseText[phase];
  const waits = `等待${partyText(party, names)}的${what}`;
  return message === null ? waits : `${waits}，该方${maintenanceText(until, message)}`;
}
export const insuranceText: Record<InsuranceType, string> = {
  '310': '职工医保',
  '390': '居民医保',
};
export const rowText = (row: number | null): string => (row === null ? '' : `第 ${row} 行的`);
export const partField: Record<SummedPart, FieldCode> = {
  total: 'medfee_sumamt',
  excluded: 'fulamt_ownpay_amt',
  overPriceLimit: 'overlmt_selfpay',
  firstShare: 'preselfpay_amt',
  inScope: 'inscp_scp_amt',
};
