import { setTimeout as sleep } from 'node:timers/promises';
import { cloneDatabases, createSystem, type Databases, type TestSystem } from '../system.ts';
import { faultsOfBooks, faultsOfStatements } from './checks.ts';
import { carryOut } from './deeds.ts';
import { faultsOfHistories } from './histories.ts';
import { planOf } from './plan.ts';
import { clearTheRest, comeToRest } from './quiet.ts';
import { unreliable } from './unreliable.ts';
import type { Workers, World } from './world.ts';

/** One commit of so many is not confirmed to whoever made it. */
const lostOneOf = 12;

function unreliableDatabases(databases: Databases): Databases {
  let commits = 0;
  const isLost = (): boolean => {
    commits += 1;
    return commits % lostOneOf === 0;
  };
  return {
    ...databases,
    centre: unreliable(databases.centre, isLost),
    place: (code) => unreliable(databases.place(code), isLost),
  };
}

export interface Run {
  seed: number;
  events: number;
  isReplayed: boolean; // every history, in the end
  workersOf: (system: TestSystem) => Promise<Workers>;
}

/** Lets everything happen, without waiting for what it comes to. */
async function happen(world: World, { seed, events }: Run): Promise<void> {
  const deeds: Promise<void>[] = [];
  for (const { afterMs, event } of planOf(seed, events)) {
    if (afterMs > 0) await sleep(afterMs);
    deeds.push(carryOut(world, event));
  }
  await Promise.all(deeds);
}

/** Lives through the events of a seed in a system of its own; returns everything that is wrong then. */
export async function live(run: Run): Promise<string[]> {
  const name = `random-${run.seed}`;
  const databases = await cloneDatabases(name);
  const system = await createSystem(name, unreliableDatabases(databases));
  const workers = await run.workersOf(system);
  const world: World = { system, databases, workers, messages: [], clock: 0 };
  try {
    await happen(world, run);
    return [
      ...(await comeToRest(world)),
      ...(await faultsOfBooks(world)),
      ...(await clearTheRest(world)),
      ...(await faultsOfStatements(world)),
      ...(await faultsOfHistories(world, run.isReplayed)),
    ];
  } finally {
    await workers.stop();
    await system.stop();
    await databases.drop();
  }
}
