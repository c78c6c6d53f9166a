import { add, compare, subtract, sum, toWire, yuan, zero, type Yuan } from './money.ts';
import { isRefused, type QuoteResult } from './quoted.ts';
import { layerNames, type LayerName } from './settlement.ts';

/** What two policies give for the same bills: who gains, who loses, what each fund pays. */

/** One bill under one policy. Who is refused pays the whole bill. Amounts as text. */
export interface BillOutcome {
  refusal: string | null; // the reason
  fundTotal: string;
  personShare: string;
}
export interface BillDifference {
  name: string; // of the person's file
  bill: string;
  old: BillOutcome;
  new: BillOutcome;
  difference: string; // of the person's share; below zero the person gains
}
/** A sum under both policies. */
export interface Change {
  old: string;
  new: string;
  difference: string;
}
export interface PolicyDifference {
  bills: BillDifference[]; // who loses most first, who gains most last
  totals: { layers: Partial<Record<LayerName, Change>>; fundTotal: Change; personShare: Change };
  summary: {
    bills: number;
    gain: number;
    lose: number;
    same: number;
    refusedOld: number;
    refusedNew: number;
  };
}
/** A bill with its result under both policies. */
export interface Compared {
  name: string;
  old: QuoteResult;
  new: QuoteResult;
}

function outcomeOf(result: QuoteResult): BillOutcome {
  if (!isRefused(result)) {
    const { fundTotal, personShare } = result.benefit;
    return { refusal: null, fundTotal, personShare };
  }
  const personShare = result.split?.totals.total ?? toWire(zero); // a reversal moves nothing
  return { refusal: result.refusal.reason, fundTotal: toWire(zero), personShare };
}
const layerOf = (result: QuoteResult, name: LayerName): Yuan => {
  const layer = isRefused(result)
    ? undefined
    : result.benefit.layers.find((each) => each.name === name);
  return layer ? yuan(layer.amount) : zero;
};
const changeOf = (before: Yuan, after: Yuan): Change => {
  return { old: toWire(before), new: toWire(after), difference: toWire(subtract(after, before)) };
};
const hasLayer = (all: readonly Compared[], name: LayerName): boolean =>
  all.some((each) =>
    [each.old, each.new].some(
      (result) => !isRefused(result) && result.benefit.layers.some((layer) => layer.name === name),
    ),
  );

/** Compares bills that were quoted under an old and a new policy. */
export function comparePolicies(all: readonly Compared[]): PolicyDifference {
  const bills = all.map(({ name, ...each }): BillDifference => {
    const [before, after] = [outcomeOf(each.old), outcomeOf(each.new)];
    const difference = toWire(subtract(yuan(after.personShare), yuan(before.personShare)));
    return { name, bill: each.old.bill, old: before, new: after, difference };
  });
  const total = (key: 'fundTotal' | 'personShare'): Change =>
    changeOf(
      sum(bills.map((bill) => yuan(bill.old[key]))),
      sum(bills.map((bill) => yuan(bill.new[key]))),
    );
  const layers = layerNames
    .filter((name) => hasLayer(all, name))
    .map((name) => {
      const of = (key: 'old' | 'new'): Yuan =>
        all.reduce((paid, each) => add(paid, layerOf(each[key], name)), zero);
      return [name, changeOf(of('old'), of('new'))];
    });
  const signs = bills.map(({ difference }) => compare(yuan(difference), zero));
  const count = (is: (sign: number) => boolean): number => signs.filter(is).length;
  return {
    bills: bills.toSorted((a, b) => compare(yuan(b.difference), yuan(a.difference))),
    totals: {
      layers: Object.fromEntries(layers) as PolicyDifference['totals']['layers'],
      fundTotal: total('fundTotal'),
      personShare: total('personShare'),
    },
    summary: {
      bills: bills.length,
      gain: count((sign) => sign < 0),
      lose: count((sign) => sign > 0),
      same: count((sign) => sign === 0),
      refusedOld: bills.filter((bill) => bill.old.refusal !== null).length,
      refusedNew: bills.filter((bill) => bill.new.refusal !== null).length,
    },
  };
}
