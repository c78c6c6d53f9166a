import { describe, expect, it } from 'vitest';
import { cloneDatabases, createSystem, type Databases } from '../system.ts';
import { faults, faultsOfStatements } from './checks.ts';
import { carryOut } from './deeds.ts';
import { faultsOfHistories } from './histories.ts';
import { workersInProcess } from './in-process.ts';
import { planOf } from './plan.ts';
import { clearTheRest, comeToRest } from './quiet.ts';
import { unreliable } from './unreliable.ts';
import type { World } from './world.ts';

/** One commit of so many is not confirmed. */
const lostOneOf = 12;
function unreliableDatabases(databases: Databases): Databases {
  let commits = 0;
  const isLost = (): boolean => (commits += 1) % lostOneOf === 0;
  return {
    ...databases,
    centre: unreliable(databases.centre, isLost),
    place: (code) => unreliable(databases.place(code), isLost),
  };
}

async function live(seed: number, events: number): Promise<string[]> {
  const t0 = Date.now();
  const lap = (what: string) => console.log(seed, what, Date.now() - t0);
  const databases = await cloneDatabases(`random-${seed}`);
  const system = await createSystem(`random-${seed}`, unreliableDatabases(databases));
  const workers = workersInProcess(system);
  const world: World = { system, databases, workers, messages: [], clock: 0 };
  lap('up');
  try {
    const deeds: Promise<void>[] = [];
    for (const { afterMs, event } of planOf(seed, events)) {
      if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
      deeds.push(carryOut(world, event));
    }
    await Promise.all(deeds);
    lap('done');
    const rest = await comeToRest(world);
    lap('rest');
    const wrong = await faults(world);
    lap('checked');
    const open = await clearTheRest(world);
    lap('cleared');
    const of = await faultsOfHistories(world);
    lap('replayed');
    return [...rest, ...wrong, ...open, ...(await faultsOfStatements(world)), ...of];
  } finally {
    await workers.stop();
    await system.stop();
    await databases.drop();
    lap('stopped');
  }
}

describe('whatever happens, in whatever order', () => {
  const seeds = (process.env['SEEDS'] ?? '1').split(',').map(Number);
  it.each(seeds)(
    'seed %i: every settlement ends in one certain state',
    async (seed) => {
      const wrong = await live(seed, Number(process.env['EVENTS'] ?? 40));
      console.log(wrong.join('\n'));
      expect(wrong.join('\n')).toBe('');
    },
    200_000,
  );
});
