import Table from 'cli-table3';
import type { DrillOptions } from './drill-options.ts';
import { median } from './statistics.ts';

/** What became of a settlement that came in the window. */
export interface Released {
  attempts: number; // of its calculation; a step that was woken counts from its waking
  takenAt: number; // milliseconds since 1970: its calculation began
  events: number;
  settledAt: number | null; // milliseconds since 1970; null: lost
}
export interface Drilled {
  options: DrillOptions;
  openedAt: number;
  eventsWithout: number; // of a settlement without a window
  released: Released[]; // in the order of their arrival in the line
  faults: string[]; // an invariant that does not hold
}

const spread = (values: readonly number[]): [number, number, number] => [
  Math.min(...values),
  median(values),
  Math.max(...values),
];

/** How many of all pairs have another order than they came in. */
function disorder(times: readonly number[]): string {
  let outOfOrder = 0;
  for (const [index, time] of times.entries()) {
    for (const later of times.slice(index + 1)) if (later < time) outOfOrder += 1;
  }
  const pairs = Math.max(1, (times.length * (times.length - 1)) / 2);
  return `${((100 * outOfOrder) / pairs).toFixed(2)} %`;
}

const widest = 60;
/** One bar per second after the opening. */
function curve(seconds: readonly number[]): string[] {
  const counts = new Map<number, number>();
  for (const second of seconds) {
    const full = Math.floor(second);
    counts.set(full, (counts.get(full) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  const last = Math.max(...counts.keys());
  return Array.from({ length: last + 1 }, (_, second) => {
    const count = counts.get(second) ?? 0;
    const bar = '█'.repeat(Math.round((count * Math.min(widest, most)) / most));
    return `${String(second).padStart(4)} s ${String(count).padStart(4)} ${bar}`;
  });
}

export function printDrill(drilled: Drilled): void {
  const { options, openedAt, eventsWithout, released, faults } = drilled;
  const times = released.flatMap(({ settledAt }) => settledAt ?? []);
  const seconds = times.map((time) => (time - openedAt) / 1000);
  const table = new Table({ head: ['', 'least', 'median', 'most'], style: { head: [] } });
  table.push(
    ['attempts of the calculation', ...spread(released.map(({ attempts }) => attempts))],
    [`events (${eventsWithout} without a window)`, ...spread(released.map(({ events }) => events))],
  );
  console.log(table.toString());
  console.log(`Settled per second after the opening, at a rate of ${options.rate}:`);
  for (const line of curve(seconds)) console.log(line);
  console.log(
    `${times.length} of ${options.settlements} settled; the last after ${Math.max(...seconds).toFixed(1)} s.`,
  );
  console.log(
    `Pairs in another order than they came: ${disorder(released.map(({ takenAt }) => takenAt))} when ` +
      `the place took them, ${disorder(times)} when they were settled.`,
  );
  for (const fault of faults) console.error(`FAULT: ${fault}`);
  console.log(faults.length === 0 ? 'Nothing is lost, and the books agree.' : 'The drill failed.');
}
