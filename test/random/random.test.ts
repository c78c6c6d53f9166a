import { describe, expect, it } from 'vitest';
import { workersInProcess } from './in-process.ts';
import { live } from './run.ts';

/**
 * Requests, repeats, reversals, windows, lost answers, lost commits, broken tables, cut connections and
 * restarts of several persons and places, all at once. `KUASHENG_TEST_SEED=… KUASHENG_TEST_RUNS=…`
 * repeats what `npm run test:long` has drawn; the races are the machine's.
 */

const runs = process.env['KUASHENG_TEST_RUNS'];
const first = Number(process.env['KUASHENG_TEST_SEED'] ?? 2);
const isLong = runs !== undefined;
const seeds = Array.from(
  { length: Math.ceil(Number(runs ?? 2) / (isLong ? 200 : 1)) },
  (_, no) => first + no,
);

describe('whatever happens, in whatever order', () => {
  it.each(seeds)(
    'of seed %i, every settlement ends in one certain state that all books agree on',
    async (seed) => {
      const workersOf = workersInProcess;
      const wrong = await live({ seed, events: isLong ? 100 : 30, isReplayed: isLong, workersOf });
      expect(wrong.join('\n')).toBe('');
    },
    180_000,
  );
});
