import type { DiseaseCode } from '../identifiers.ts';
import { applyRatio, compare, max, min, ratio, subtract, sum, zero, type Yuan } from '../money.ts';
import { count, usedBefore, type Counted, type Mark } from './accumulator.ts';
import { explainBeyond, type Entry } from './explanation.ts';
import type { Cap, Combination, Limit, Sourced } from './policy.ts';
import { amountOf, nearestSource, selectRow } from './selection.ts';
import type { BenefitInput } from './visit-facts.ts';

type Stated = Pick<Mark, 'amount' | 'source' | 'when'> | null; // null: no limit

function stated(input: BenefitInput, cap: Cap, within: Sourced): Stated {
  const row = selectRow(cap.amounts, input);
  if (row.amount === 'none') return null;
  return {
    amount: amountOf(input, row.amount),
    source: nearestSource(row, cap, within, input.rule),
    when: row.when,
  };
}

/** The diseases of the group that the person is qualified for; the one treated is one of them. */
function diseasesOf({ rule, person, disease }: BenefitInput, group: string): DiseaseCode[] {
  const all = rule.groups[group]?.diseases ?? [];
  return all.filter((each) => each === disease || person.qualifiedFor.includes(each));
}

/** What a further disease adds to the highest limit. */
function stepFor(input: BenefitInput, how: Combination, own: Yuan): Yuan {
  if (how.way === 'sum') return own;
  const { step } = how;
  return typeof step === 'object' && 'rateOfOwn' in step
    ? applyRatio(own, ratio(step.rateOfOwn))
    : amountOf(input, step);
}

interface Combined {
  cap: Cap;
  within: Sourced;
  how: Combination;
  group: string;
}
/**
 * The limits of the person's diseases in the group, made one: highest first, ceiling last.
 *
 * @law 医保办函〔2021〕4号 三(一)
 */
function combined(input: BenefitInput, { cap, within, how, group }: Combined): Stated {
  const each = diseasesOf(input, group).map((disease) =>
    stated({ ...input, disease }, cap, within),
  );
  const limits = each.filter((one) => one !== null).map(({ amount }) => amount);
  if (limits.length < each.length) return null;
  const ordered = limits.toSorted((a, b) => compare(b, a)).slice(0, how.atMost);
  const amount = sum(ordered.map((own, index) => (index === 0 ? own : stepFor(input, how, own))));
  const ceiling = how.ceiling === undefined ? amount : amountOf(input, how.ceiling);
  const source = nearestSource(how, cap, within, input.rule);
  return { amount: min(amount, ceiling), source, when: undefined }; // of several rows
}

/** A cap with what it leaves for this settlement: nothing when more than the cap was used before. */
export interface Room extends Mark {
  left: Yuan;
}
/** @param within the pool or the layer, whose source the cap has when it names none */
export function roomUnder(input: BenefitInput, cap: Cap, within: Sourced): Room | null {
  const { accumulator, combine } = cap;
  const group =
    accumulator.per !== 'visit' && typeof accumulator.key === 'object' && accumulator.key.group;
  const limit =
    combine && group
      ? combined(input, { cap, within, how: combine, group })
      : stated(input, cap, within);
  if (!limit) return null;
  const before = usedBefore(input, accumulator);
  const { amount, source, when } = limit;
  return { accumulator, amount, before, source, when, left: max(zero, subtract(amount, before)) };
}

/** What in-scope money a limit of meaning 2 or 3 admits. */
export interface Admitted {
  money: Yuan;
  entries: Entry[];
  counted: Counted[];
}
function admit(input: BenefitInput, limit: Limit, money: Yuan): Admitted {
  const { total, inScope } = input.totals;
  const isTotal = limit.meaning === 'total';
  const room = roomUnder(input, limit, input.rule.pool);
  const counted = count(input, limit.accumulator, isTotal ? total : money);
  if (!room) return { money, entries: [], counted };
  const outside = isTotal ? subtract(total, inScope) : zero; // uses the limit first
  const admitted = min(money, max(zero, subtract(room.left, outside)));
  const entries = explainBeyond(limit.component, room, money, subtract(money, admitted));
  return { money: admitted, entries, counted };
}

/**
 * Takes the in-scope money beyond the limits that apply before the deductible: first those of the
 * total, which the parts that are not in scope use first, then those of in-scope money.
 *
 * @assumes each limit counts what it limits before it cuts, and sees what the one before it left
 */
export function admitMoney(input: BenefitInput, afterAreaShare: Yuan): Admitted {
  const { limits } = input.rule.pool;
  const result: Admitted = { money: afterAreaShare, entries: [], counted: [] };
  for (const meaning of ['total', 'inScope'] as const) {
    for (const limit of limits.filter((each) => each.meaning === meaning)) {
      const step = admit(input, limit, result.money);
      result.money = step.money;
      result.entries.push(...step.entries);
      result.counted.push(...step.counted);
    }
  }
  return result;
}
