import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Calculated } from '../../domain/insured-place/benefit.ts';
import { admitMoney, roomUnder } from '../../domain/insured-place/limit.ts';
import type { BenefitRule, Cap, Row } from '../../domain/insured-place/policy.ts';
import type { BenefitInput } from '../../domain/insured-place/visit-facts.ts';
import {
  add,
  asText,
  compare,
  isNegative,
  max,
  subtract,
  sum,
  toWire,
  yuan,
  zero,
  type Yuan,
} from '../../domain/money.ts';
import { assertSums, components } from '../../domain/settlement.ts';
import { aSplit, runs as usual } from '../builders.ts';
import { anyRule, anyVisit, fen, Memory, type Visit } from './generated-policies.ts';

/** What holds for any policy that a file can say, and any bills (rules.md C). */

const runs = { ...usual, numRuns: Math.ceil(usual.numRuns / 2) }; // each builds a whole policy
const someVisits = fc.array(anyVisit, { minLength: 1, maxLength: 4 });
const stepsOf = ({ steps }: Calculated, component: string): string =>
  toWire(
    sum(steps.filter((step) => step.component === component).map((step) => yuan(step.amount))),
  );
const texts = ({ benefit, accumulators, steps }: Calculated) =>
  JSON.stringify([asText(benefit), asText(accumulators), steps]);
const inputOf = (memory: Memory, visit: Visit, rule: BenefitRule): BenefitInput => ({
  ...visit,
  rule,
  used: memory.used,
  visits: [...memory.visits],
});
const moneyOf = ({ benefit, accumulators, accountBalance, familyBalance }: Calculated): Yuan[] => [
  ...Object.values(benefit.components),
  ...benefit.layers.flatMap(({ base, amount }) => [base, amount]),
  ...accumulators.map(({ added }) => added),
  ...[benefit.areaFirstShare, benefit.deductible, benefit.fundTotal, benefit.personShare],
  ...[benefit.personalAccount, benefit.cash, benefit.hospitalShare],
  ...[accountBalance, familyBalance],
];

test('parts add up, nothing is negative, and the steps add up per component', () => {
  fc.assert(
    fc.property(anyRule, someVisits, (rule, visits) => {
      const person = new Memory();
      for (const visit of visits) {
        const calculated = person.settle(visit, rule);
        const { benefit } = calculated;
        assertSums(visit.totals, benefit);
        expect(moneyOf(calculated).some(isNegative)).toBe(false);
        expect(stepsOf(calculated, 'personalAccount')).toBe(toWire(benefit.personalAccount));
        expect(stepsOf(calculated, 'hospitalShare')).toBe(toWire(benefit.hospitalShare));
        const told = [...components, ...benefit.layers.map(({ name }) => name)];
        expect(told.map((name) => stepsOf(calculated, name))).toEqual([
          ...components.map((name) => toWire(benefit.components[name])),
          ...benefit.layers.map(({ amount }) => toWire(amount)),
        ]);
      }
    }),
    runs,
  );
});

test('every step says who says so, and writes its amounts one way', () => {
  const amount = /^-?\d+\.\d{2}$/;
  fc.assert(
    fc.property(anyRule, anyVisit, (rule, visit) => {
      const { steps } = new Memory().settle(visit, rule);
      const isWell = (step: (typeof steps)[number]) =>
        step.what !== '' &&
        step.source !== '' &&
        [step.base, step.amount].every((text) => amount.test(text)) &&
        /^(|[01]\.\d{4,})$/.test(step.rate);
      expect(steps.filter((step) => !isWell(step))).toEqual([]);
    }),
    runs,
  );
});

describe('the fund never pays above a limit', () => {
  const isOfFund = ({ meaning }: { meaning: string }) =>
    meaning === 'fundPayment' || meaning === 'fixedAmount';
  test('whatever was used before: what is counted stays within the limit that applies', () => {
    fc.assert(
      fc.property(anyRule, someVisits, (rule, visits) => {
        const person = new Memory();
        for (const visit of visits) {
          const input = inputOf(person, visit, rule);
          const roomOf = (cap: Cap) => roomUnder(input, cap, rule)?.left;
          const pool = rule.pool.limits.filter(isOfFund).map(roomOf);
          const above = rule.layers.map(({ cap }) => [cap && roomOf(cap)]);
          const { layers } = person.settle(visit, rule).benefit;
          for (const [index, rooms] of [pool, ...above].entries()) {
            for (const left of rooms) {
              if (left) expect(compare(layers[index]!.amount, left)).toBeLessThanOrEqual(0);
            }
          }
        }
      }),
      runs,
    );
  });
  test('over a year of bills, for a plain yearly cap on the pool and on a layer', () => {
    const capped = (name: string, amount: string): Cap => ({
      accumulator: { per: 'year', name, key: 'all' },
      amounts: [{ amount }],
    });
    fc.assert(
      fc.property(anyRule, someVisits, fen(300_000), fen(300_000), (rule, visits, most, more) => {
        const limit = { ...capped('cap', most), meaning: 'fundPayment', component: 'overPoolCap' };
        const pool = { ...rule.pool, limits: [...rule.pool.limits, limit as never] };
        const layers = rule.layers.map((each) => ({ ...each, cap: capped(each.name, more) }));
        const person = new Memory();
        const results = visits.map((visit) => person.settle(visit, { ...rule, pool, layers }));
        for (const index of [0, ...layers.map((_, at) => at + 1)]) {
          const paid = sum(results.map(({ benefit }) => benefit.layers[index]!.amount));
          const cap = yuan(index === 0 ? most : more);
          expect(compare(paid, cap)).toBeLessThanOrEqual(0);
        }
      }),
      runs,
    );
  });
  test('nor more than the overall share of all funds', () => {
    fc.assert(
      fc.property(anyRule, anyVisit, fc.integer({ min: 0, max: 9999 }), (rule, visit, n) => {
        const rate = `0.${String(n).padStart(4, '0')}`;
        const { inScope } = visit.totals;
        const { benefit } = new Memory().settle(visit, { ...rule, shareCeiling: [{ rate }] });
        // In whole hundredths of a fen: paid × 10000 ≤ in scope × n, or half a fen above it.
        const [paid, all] = [benefit.fundTotal, inScope].map((each) =>
          BigInt(toWire(each).replace('.', '')),
        );
        expect(paid! * 10_000n <= all! * BigInt(n) + 5_000n).toBe(true);
      }),
      runs,
    );
  });
});

test('a limit of the total or of in-scope money admits no more than it leaves', () => {
  fc.assert(
    fc.property(anyRule, someVisits, (rule, visits) => {
      const person = new Memory();
      for (const visit of visits) {
        const input = inputOf(person, visit, rule);
        const { total, inScope } = visit.totals;
        const { money } = admitMoney(input, inScope);
        for (const limit of rule.pool.limits) {
          const left = roomUnder(input, limit, rule.pool)?.left;
          if (!left || (limit.meaning !== 'inScope' && limit.meaning !== 'total')) continue;
          const outside = limit.meaning === 'total' ? subtract(total, inScope) : zero;
          const most = max(zero, subtract(left, outside));
          expect(compare(money, most)).toBeLessThanOrEqual(0);
        }
        person.settle(visit, rule);
      }
    }),
    runs,
  );
});

test('a bill settled in two halves never bears less deductible than settled at once', () => {
  fc.assert(
    fc.property(anyRule, anyVisit, fen(500_000), (rule, visit, second) => {
      const { deductible, ...pool } = rule.pool;
      if (deductible?.accumulator.per === 'institutionYear') return; // only the first visit of a year
      const limits = rule.pool.limits.filter(({ meaning }) => meaning.startsWith('f'));
      // One standard, whoever comes and however often.
      const one = deductible && { ...deductible, amounts: deductible.amounts.slice(-1) };
      const area = [{ form: 'none' as const }];
      const plain = { ...rule, area, pool: { ...pool, limits, ...(one && { deductible: one }) } };
      const first = visit.totals.inScope;
      const settle = (person: Memory, inScope: Yuan) =>
        person.settle({ ...visit, totals: aSplit({ inScope: toWire(inScope) }) }, plain).benefit
          .deductible;
      const whole = settle(new Memory(), add(first, yuan(second)));
      const person = new Memory();
      const halves = add(settle(person, first), settle(person, yuan(second)));
      expect(compare(halves, whole)).toBeGreaterThanOrEqual(0);
    }),
    runs,
  );
});

test('settle, then reverse: nothing is left of it, and the next visit sees what it would have seen', () => {
  fc.assert(
    fc.property(anyRule, someVisits, anyVisit, anyVisit, (rule, before, reversed, next) => {
      const [untouched, restored] = [new Memory(), new Memory()];
      for (const visit of before) {
        untouched.settle(visit, rule);
        restored.settle(visit, rule);
      }
      restored.reverse(reversed, restored.settle(reversed, rule));
      expect(restored.counted()).toEqual(untouched.counted());
      expect(texts(restored.settle(next, rule))).toBe(texts(untouched.settle(next, rule)));
    }),
    runs,
  );
});

test('more in-scope money never pays less, of the pool or of all funds', () => {
  fc.assert(
    fc.property(
      anyRule,
      fc.array(anyVisit, { maxLength: 2 }),
      anyVisit,
      fc.constantFrom('0.01', '0.02', '0.03', '99.99'),
      (rule, before, visit, more) => {
        const settle = (totals: Visit['totals']) => {
          const person = new Memory();
          for (const earlier of before) person.settle(earlier, rule);
          return person.settle({ ...visit, totals }, rule).benefit;
        };
        const { inScope, total } = visit.totals;
        const extra = yuan(more);
        const less = settle(visit.totals);
        const then = settle({
          ...visit.totals,
          inScope: add(inScope, extra),
          total: add(total, extra),
        });
        expect(compare(then.fundTotal, less.fundTotal)).toBeGreaterThanOrEqual(0);
        if (rule.shareCeiling) return; // what is taken back comes out of the layers above the pool first
        expect(compare(then.layers[0]!.amount, less.layers[0]!.amount)).toBeGreaterThanOrEqual(0);
      },
    ),
    runs,
  );
});

describe('the order in which a policy lists things matters only where it must', () => {
  const byLevel = <T extends object>(rows: readonly Row<T>[]): Row<T>[] =>
    (['primary', 'secondary', 'tertiary'] as const).map((level, index) => ({
      ...rows[index % rows.length]!,
      when: { level: [level] },
    }));
  test('rows that take different people', () => {
    fc.assert(
      fc.property(anyRule, someVisits, (rule, visits) => {
        const { area, pool } = rule;
        const ordered = {
          ...rule,
          area: byLevel(area),
          pool: { ...pool, ratios: byLevel(pool.ratios) },
        };
        const turned = {
          ...ordered,
          area: ordered.area.toReversed(),
          pool: { ...ordered.pool, ratios: ordered.pool.ratios.toReversed() },
        };
        const [one, other] = [new Memory(), new Memory()];
        for (const visit of visits) {
          expect(texts(one.settle(visit, ordered))).toBe(texts(other.settle(visit, turned)));
        }
      }),
      runs,
    );
  });
  test('limits: the pool pays the same, whichever of equal ones is named', () => {
    fc.assert(
      fc.property(anyRule, anyVisit, (rule, visit) => {
        const turned = { ...rule, pool: { ...rule.pool, limits: rule.pool.limits.toReversed() } };
        const pool = (of: BenefitRule) =>
          asText(new Memory().settle(visit, { ...of, layers: [] }).benefit.layers);
        expect(pool(turned)).toEqual(pool(rule));
      }),
      runs,
    );
  });
  test('what is not in scope never changes what the pool pays, unless a limit counts the total', () => {
    fc.assert(
      fc.property(anyRule, anyVisit, fen(90_000), (rule, visit, excluded) => {
        const limits = rule.pool.limits.filter(({ meaning }) => meaning !== 'total');
        const free = { ...rule, pool: { ...rule.pool, limits }, layers: [] };
        const totals = aSplit({ inScope: toWire(visit.totals.inScope), excluded });
        const pool = (each: Visit) => asText(new Memory().settle(each, free).benefit.layers);
        expect(pool({ ...visit, totals })).toEqual(pool(visit));
      }),
      runs,
    );
  });
});
