import { describe, expect, it } from 'vitest';
import { workersInProcess } from './in-process.ts';
import { workersAsProcesses } from './processes.ts';
import { live, liveWithKills } from './run.ts';

/**
 * Requests, repeats, reversals, windows, lost answers, lost commits, broken tables, cut connections and
 * restarts of several persons and places, all at once. The seed is in the title; the same seed draws the
 * same events, and the races are the machine's. `npm run test:long` draws more, prints its seed, and
 * kills real processes, the servers' too; `KUASHENG_TEST_SEED=… KUASHENG_TEST_RUNS=2000` repeats that.
 */

const runs = Number(process.env['KUASHENG_TEST_RUNS'] ?? '0');
const first = Number(process.env['KUASHENG_TEST_SEED'] ?? '11');
const isLong = runs > 0;
const seedsOf = (count: number): number[] => Array.from({ length: count }, (_, no) => first + no);
const endsWell = async (run: Parameters<typeof live>[0]): Promise<void> => {
  expect(await live(run)).toEqual([]);
};
const longestMs = 300_000;

describe('whatever happens, in whatever order, every settlement ends in one state that all books agree on', () => {
  const extent = isLong
    ? { rounds: 4, events: 40, isReplayed: true }
    : { rounds: 2, events: 16, isReplayed: false };
  (isLong ? it : it.concurrent).each(seedsOf(isLong ? Math.ceil(runs / 200) : 2))(
    'seed %i',
    (seed) => endsWell({ seed, ...extent, workersOf: workersInProcess }),
    longestMs,
  );

  it.runIf(isLong).each(seedsOf(Math.ceil(runs / 1000)))(
    'seed %i, where workers, Temporal and PostgreSQL are processes that are killed',
    async (seed) => {
      const extent = { rounds: 3, events: 25, isReplayed: true };
      const faults = await liveWithKills({ seed, ...extent, workersOf: workersAsProcesses });
      expect(faults).toEqual([]);
    },
    longestMs,
  );
});
