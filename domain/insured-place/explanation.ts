import type { LineKind, SplitTotals } from '../bill.ts';
import {
  add,
  isZero,
  isZeroRatio,
  negate,
  pointsToWire,
  ratioToWire,
  toWire,
  zero,
  type Ratio,
  type RatioEffect,
  type Yuan,
} from '../money.ts';
import type { Component, LayerName, Step } from '../settlement.ts';
import type { Mark } from './accumulator.ts';
import { whomText } from './condition.ts';
import type { Covered } from './cover.ts';
import type { Cover, Deductible, Limit, Selectors } from './policy.ts';
import { lengthOf, type Piece } from './slice.ts';

/** A step with its money. The result is the sum of its entries: what computes is what explains. */
export interface Entry {
  component: Step['component'];
  what: string;
  source: string;
  base: Yuan;
  rate: Ratio | null;
  amount: Yuan;
}

export const componentLabels: Record<Component, string> = {
  excluded: '全自费',
  'overPriceLimit.drug': '药品超限价',
  'overPriceLimit.service': '服务项目超限价',
  'overPriceLimit.consumable': '耗材超限价',
  firstShare: '先行自付',
  areaFirstShare: '跨省就医先行自付',
  deductible: '起付标准',
  poolSelf: '统筹段个人自付',
  overPoolCap: '超统筹封顶线',
  overDiseaseLimit: '超病种限额',
};
export const fundLabels: Record<LayerName, string> = {
  pool: '统筹基金',
  largeAmount: '大额医疗补助',
  catastrophic: '大病保险',
  civilServant: '公务员医疗补助',
  enterprise: '企业补充医疗保险',
  medicalAid: '医疗救助',
  other: '其他基金',
};
const perLabels: Record<Deductible['accumulator']['per'], string> = {
  visit: '本次',
  month: '本月',
  quarter: '本季度',
  year: '本年度',
  institutionYear: '本年度首次在该机构就诊',
};

/** Writes an entry down as a step of the stored explanation. */
export const asStep = ({ component, what, source, base, rate, amount }: Entry): Step => ({
  component,
  what,
  source,
  base: toWire(base),
  rate: rate === null ? '' : ratioToWire(rate),
  amount: toWire(amount),
});

const scopeArticle = '医保办函〔2021〕4号 三(一)'; // the scope is the treating place's

interface ScopePart {
  component: Entry['component'];
  what: string;
  of: (totals: SplitTotals) => Yuan;
}
function borneByHospital(kind: LineKind): ScopePart[] {
  const component: Component = `overPriceLimit.${kind}`;
  const what = `${componentLabels[component]}：按就医地目录由医疗机构承担`;
  return [
    { component, what, of: ({ hospitalShareOf }) => negate(hospitalShareOf[kind]) },
    { component: 'hospitalShare', what, of: ({ hospitalShareOf }) => hospitalShareOf[kind] },
  ];
}
function abovePriceLimit(kind: LineKind, name: string): ScopePart {
  const what = `${name}超过就医地限价的部分`;
  return { component: `overPriceLimit.${kind}`, what, of: (each) => each.overPriceLimitOf[kind] };
}
const scopeParts: readonly ScopePart[] = [
  {
    component: 'excluded',
    what: '全自费：不在就医地支付范围内',
    of: ({ excluded }) => excluded,
  },
  abovePriceLimit('drug', '药品'),
  abovePriceLimit('service', '服务项目'),
  abovePriceLimit('consumable', '耗材'),
  {
    component: 'firstShare',
    what: '先行自付：按就医地规定由个人先付的部分',
    of: ({ firstShare }) => firstShare,
  },
  ...borneByHospital('drug'),
  ...borneByHospital('service'),
  ...borneByHospital('consumable'),
];
/** The parts of the bill that the treating place's scope leaves to the person, or to the institution. */
export function explainScope(totals: SplitTotals): Entry[] {
  const base = totals.total;
  return scopeParts.flatMap(({ component, what, of }) => {
    const amount = of(totals);
    if (isZero(amount)) return [];
    return [{ component, what, source: scopeArticle, base, rate: null, amount }];
  });
}

function countedText({ accumulator: { per }, before }: Mark): string {
  if (per === 'visit') return '';
  if (per !== 'institutionYear') return `，此前已计 ${toWire(before)} 元`;
  return isZero(before) ? '' : '，此前已在该机构就诊，不再扣除'; // whatever the first visit was charged
}
/** 「本年度起付标准 300.00 元，此前已计 100.00 元」 */
const markText = (what: string, mark: Mark): string =>
  `${perLabels[mark.accumulator.per]}${what} ${toWire(mark.amount)} 元${whomText(mark.when)}${countedText(mark)}`;

/** 「本年度累计费用 300.00 元至 1000.00 元部分」; a layer counts what its base took in. */
function pieceText(fund: LayerName, { axis }: Cover, { from, to }: Piece<unknown>): string {
  const { per } = axis.accumulator;
  const beyond = axis.bandsFrom === 'deductible' ? '起付标准以上' : '';
  const money = `${per === 'visit' ? '' : '累计'}${fund === 'pool' ? '费用' : '纳入金额'}`;
  return `${perLabels[per]}${beyond}${money} ${toWire(from)} 元至 ${toWire(to)} 元部分`;
}

/** A row of the policy that was selected: who says so, and whom it is for. */
export interface Selected {
  source: string;
  when: Selectors | undefined;
}
export function explainAreaShare(
  { source, when }: Selected,
  base: Yuan,
  rate: Ratio,
  amount: Yuan,
): Entry[] {
  const what = `跨省就医先行自付${whomText(when)}：按备案类别由个人先付的部分`;
  return [{ component: 'areaFirstShare', what, source, base, rate, amount }];
}

/** 「退休人员：支付比例 +0.0500」 */
function effectText(effect: RatioEffect): string {
  switch (effect.form) {
    case 'points':
      return `支付比例 ${pointsToWire(effect.points)}`;
    case 'factor':
      if (isZeroRatio(effect.factor)) return '统筹基金不支付';
      return `支付比例乘以 ${ratioToWire(effect.factor)}`;
    case 'personFactor':
      return `个人负担比例乘以 ${ratioToWire(effect.factor)}`;
  }
}
/** An entry that explains and moves no money. */
const note = (component: LayerName, what: string, source: string, base: Yuan): Entry => {
  return { component, what, source, base, rate: null, amount: zero };
};
export const explainEffect = (source: string, who: string, effect: RatioEffect): Entry =>
  note('pool', `${who}：${effectText(effect)}`, source, zero);
export const explainReplaced = ({ source, when }: Selected): Entry =>
  note('pool', `跨省就医备案类别${whomText(when)}：适用另行规定的支付比例`, source, zero);

/** The pool's deductible is borne by the person; a layer's stays in the components of its base. */
export function explainDeductible(fund: LayerName, { deductible, rest }: Covered): Entry[] {
  if (!deductible || isZero(deductible.amount)) return [];
  const { charged, source } = deductible;
  const base = add(charged, rest);
  if (fund !== 'pool') {
    const what = markText(`${fundLabels[fund]}起付标准`, deductible);
    return [note(fund, `${what}，本次扣除 ${toWire(charged)} 元`, source, base)];
  }
  const what = markText('起付标准', deductible);
  return [{ component: 'deductible', what, source, base, rate: null, amount: charged }];
}

/** What a fund pays, band by band; one line that says so when it pays nothing. */
export function explainPaid(
  fund: LayerName,
  source: string,
  rule: Cover,
  { paid, rest }: Covered,
): Entry[] {
  const name = fundLabels[fund];
  if (paid.length === 0) return [note(fund, `${name}本次没有可支付的金额`, source, rest)];
  return paid.map((piece) => ({
    component: fund,
    what: `${name}支付${whomText(piece.band.when)}：${pieceText(fund, rule, piece)}`,
    source: piece.band.source,
    base: lengthOf(piece),
    rate: piece.band.ratio,
    amount: piece.fund,
  }));
}

/** What the pool leaves to the person, band by band. */
export const explainPoolSelf = (rule: Cover, { paid }: Covered): Entry[] =>
  paid
    .filter((piece) => !isZero(piece.person))
    .map((piece) => ({
      component: 'poolSelf',
      what: `统筹基金支付后个人自付：${pieceText('pool', rule, piece)}`,
      source: piece.band.source,
      base: lengthOf(piece),
      rate: null,
      amount: piece.person,
    }));

/** The money beyond a limit of the pool, in the component that the limit names. */
export function explainBeyond(
  component: Limit['component'],
  limit: Mark,
  base: Yuan,
  amount: Yuan,
): Entry[] {
  if (isZero(amount)) return [];
  const what = `${componentLabels[component]}：${markText('最高支付限额', limit)}`;
  return [{ component, what, source: limit.source, base, rate: null, amount }];
}

/** The money above a layer's cap stays in its components. */
export function explainCap(fund: LayerName, cap: Mark, { above }: Covered): Entry[] {
  if (isZero(above)) return [];
  const what = markText(`${fundLabels[fund]}最高支付限额`, cap);
  return [note(fund, `${what}，超过部分不再支付`, cap.source, above)];
}

/** Money out of one component. */
export interface Taken {
  component: Component;
  amount: Yuan;
}
type Borne = Record<Component, Yuan>;
/** A layer's payment leaves the components of its base. */
export const explainTaken = (
  fund: LayerName,
  source: string,
  borne: Borne,
  taken: readonly Taken[],
): Entry[] =>
  taken.map(({ component, amount }) => ({
    component,
    what: `${fundLabels[fund]}已支付其中的${componentLabels[component]}`,
    source,
    base: borne[component],
    rate: null,
    amount: negate(amount),
  }));

/** What all layers pay together beyond the ceiling goes back from a fund to the components. */
export function explainTakenBack(
  fund: LayerName,
  { source, base, rate }: Pick<Entry, 'source' | 'base' | 'rate'>,
  amount: Yuan,
  returned: readonly Taken[],
): Entry[] {
  const what = `各项基金合计超过总支付比例上限，${fundLabels[fund]}少支付的部分`;
  return [
    { component: fund, what, source, base, rate, amount: negate(amount) },
    ...returned.map((part) => ({ ...part, what, source, base, rate: null })),
  ];
}

/** The personal account is a means of payment: the components stay with the person. */
export const explainAccount = (source: string, borne: Borne, taken: readonly Taken[]): Entry[] =>
  taken.map(({ component, amount }) => ({
    component: 'personalAccount',
    what: `个人账户支付${componentLabels[component]}`,
    source,
    base: borne[component],
    rate: null,
    amount,
  }));
