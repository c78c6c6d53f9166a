import type { InstitutionLevel } from '../identifiers.ts';
import type { Channel, FilingStatus, Numbers, Prescriber, Selectors } from './policy.ts';

/** Says in words whom a row of the policy is for, so that a reader sees why it was this one. */

const levels: Record<InstitutionLevel, string> = {
  primary: '一级',
  secondary: '二级',
  tertiary: '三级',
};
const filings: Record<FilingStatus, string> = {
  LT_RETIRED: '异地安置退休',
  LT_RESIDENT: '异地长期居住',
  LT_WORKER: '常驻异地工作',
  TMP_REFERRAL: '异地转诊',
  TMP_EMERGENCY: '异地急诊抢救',
  TMP_OTHER: '其他临时外出就医',
  local: '参保地就医',
  none: '未备案',
};
const prescribers: Record<Prescriber, string> = {
  'family-doctor': '签约家庭医生开方',
  other: '其他医生开方',
};
const channels: Record<Channel, string> = { hospital: '医院', pharmacy: '定点药店' };

const either = (words: readonly string[]): string => words.join('或');
const numbersText = (wanted: Numbers, unit: string): string =>
  'from' in wanted ? `满 ${wanted.from} ${unit}` : `${either(wanted.map(String))} ${unit}`;
const ordinalText = (wanted: Numbers): string =>
  'from' in wanted
    ? `本年度第 ${wanted.from} 次及以后就诊`
    : `本年度第 ${either(wanted.map(String))} 次就诊`;

type Words = { [K in keyof Selectors]-?: (wanted: Required<Selectors>[K]) => string };
const words: Words = {
  level: (wanted) => `${either(wanted.map((each) => levels[each]))}医疗机构`,
  selected: (wanted) => (wanted ? '选定的定点机构' : '不是选定的定点机构'),
  disease: (wanted) => `病种 ${either(wanted)}`,
  group: (wanted) => `病种组 ${either(wanted)}`,
  personType: (wanted) => `人员类别 ${either(wanted)}`,
  retired: (wanted) => (wanted ? '退休' : '在职或未退休'),
  age: (wanted) => numbersText(wanted, '周岁'),
  insuredMonths: (wanted) => `连续参保${numbersText(wanted, '个月')}`,
  tier: (wanted) => `缴费档次 ${either(wanted)}`,
  hardship: (wanted) => either(wanted),
  civilServant: (wanted) => `公务员 ${either(wanted)}`,
  filing: (wanted) => either(wanted.map((each) => filings[each])),
  prescriber: (wanted) => either(wanted.map((each) => prescribers[each])),
  channel: (wanted) => either(wanted.map((each) => channels[each])),
  visitOrdinal: ordinalText,
  total: ({ from }) => `总额不低于 ${from} 元`,
};

/** 「（三级医疗机构，退休）」; nothing for the row that takes whoever is left. */
export function whomText(when: Selectors | undefined): string {
  if (!when) return '';
  const said = (Object.keys(when) as (keyof Selectors)[]).map((key) => {
    const say = words[key] as (wanted: unknown) => string;
    return say(when[key]);
  });
  return `（${said.join('，')}）`;
}
