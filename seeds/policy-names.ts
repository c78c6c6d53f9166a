import type {
  Cover,
  Deductible,
  LimitMeaning,
  Policy,
  RuleText,
} from '../domain/insured-place/policy.ts';
import type { Complain } from './policy-shapes.ts';

/** What only the whole file can tell: a name means one thing, and what is named is declared. */

/** What a use of an accumulator counts; one name may count only one thing. */
interface Use {
  path: PropertyKey[];
  accumulator: Deductible['accumulator'];
  counts: string;
}
const limitCounts: Record<LimitMeaning, string> = {
  fundPayment: 'what pool paid',
  fixedAmount: 'what pool paid',
  inScope: 'in-scope money',
  total: 'totals',
};
/** What each accumulator that a pool or a layer names counts. */
function usesOf(fund: string, path: PropertyKey[], { deductible: first, axis }: Cover): Use[] {
  const whole = `what ${fund} may pay of`;
  const onAxis: Use = {
    path: [...path, 'axis', 'accumulator'],
    accumulator: axis.accumulator,
    counts: axis.bandsFrom === 'zero' ? whole : `${whole}, above its deductible`,
  };
  if (!first) return [onAxis];
  const counts = first.basis === 'inScope' ? whole : `the deductible of ${fund}`;
  const { accumulator: of } = first;
  return [onAxis, { path: [...path, 'deductible', 'accumulator'], accumulator: of, counts }];
}
function usesIn({ pool, layers }: RuleText): Use[] {
  const ofLimits = pool.limits.map(({ accumulator: of, meaning }, index): Use => {
    const path = ['pool', 'limits', index, 'accumulator'];
    return { path, accumulator: of, counts: limitCounts[meaning] };
  });
  const ofLayers = layers.flatMap((of, index): Use[] => {
    const uses = usesOf(of.name, ['layers', index], of);
    if (!of.cap) return uses;
    const path = ['layers', index, 'cap', 'accumulator'];
    return [...uses, { path, accumulator: of.cap.accumulator, counts: `what ${of.name} paid` }];
  });
  return [...usesOf('pool', ['pool'], pool), ...ofLimits, ...ofLayers];
}

type Path = PropertyKey[];
interface Written {
  path: Path; // policies, insurance type, disease, index
  rule: RuleText;
}
/** Every rule of the file, and where it is written. */
function rulesOf({ policies }: Policy): Written[] {
  return Object.entries(policies).flatMap(([type, diseases]) =>
    Object.entries(diseases).flatMap(([code, list = []]) =>
      list.flatMap((item, index) =>
        'lapse' in item ? [] : [{ path: ['policies', type, code, index], rule: item }],
      ),
    ),
  );
}

/** A name means one accumulator throughout the file: one period, one key, one thing counted. */
export function checkNames(policy: Policy, complain: Complain): void {
  const firstOf = new Map<string, string>();
  for (const { path, rule: of } of rulesOf(policy)) {
    for (const { path: within, accumulator: used, counts } of usesIn(of)) {
      if (!('name' in used)) continue;
      const meaning = JSON.stringify([used.per, used.key, counts]);
      const first = firstOf.get(used.name) ?? meaning;
      const message = `累计「${used.name}」前面已用来累计别的；同名的期间、范围和所计的钱须相同，否则请另起名称`;
      if (first !== meaning) complain([...path, ...within], message);
      firstOf.set(used.name, first);
    }
  }
}

interface NamedAt {
  path: Path;
  of: Named;
  name: string;
}
/** The names of groups and parameters that an element uses, and where. */
function namesIn(element: unknown, path: Path): NamedAt[] {
  if (typeof element !== 'object' || element === null) return [];
  return Object.entries(element).flatMap(([key, value]: [string, unknown]): NamedAt[] => {
    const at = [...path, Array.isArray(element) ? Number(key) : key];
    if (key === 'of') return [{ path: at, of: 'parameters', name: String(value) }];
    if (key !== 'group') return namesIn(value, at);
    return [value].flat().map((group) => ({ path: at, of: 'groups', name: String(group) }));
  });
}
type Named = 'parameters' | 'groups';
/** A limit, or a layer's cap, that combines a group's diseases limits one of them. */
function checkCombined({ groups }: Policy, { path, rule: of }: Written, complain: Complain): void {
  const limits = of.pool.limits.map((cap, index) => ({ cap, at: ['pool', 'limits', index] }));
  const caps = of.layers.flatMap(({ cap }, index) =>
    cap ? [{ cap, at: ['layers', index, 'cap'] }] : [],
  );
  for (const { cap, at } of [...limits, ...caps]) {
    const { combine: how, accumulator: used } = cap;
    if (!how || used.per === 'visit' || typeof used.key !== 'object') continue;
    const { group } = used.key;
    if (groups?.[group]?.diseases.some((each) => each === path[2])) continue;
    complain(
      [...path, ...at, 'combine'],
      `病种组「${group}」里没有 ${String(path[2])}；请补进这个组，或去掉 combine`,
    );
  }
}
/** What a rule names is declared at the top of the file. */
export function checkDeclared(policy: Policy, complain: Complain): void {
  for (const { path, rule: of } of rulesOf(policy)) {
    for (const { path: at, of: kind, name: used } of namesIn(of, path)) {
      if (policy[kind]?.[used] === undefined)
        complain(at, `${kind} 中没有「${used}」；请先在文件的 ${kind} 中写明`);
    }
    checkCombined(policy, { path, rule: of }, complain);
  }
}
