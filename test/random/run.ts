import { setTimeout as sleep } from 'node:timers/promises';
import {
  cloneDatabases,
  createSystem,
  type Databases,
  type Servers,
  type TestSystem,
} from '../system.ts';
import { faultsOfBooks, faultsOfStatements } from './checks.ts';
import { carryOut } from './deeds.ts';
import { faultsOfHistories } from './histories.ts';
import { withOwnServers } from './own-servers.ts';
import { planOf } from './plan.ts';
import { clearTheRest, comeToRest, forgetEverything } from './quiet.ts';
import { unreliable } from './unreliable.ts';
import type { Workers, World } from './world.ts';

/** One transaction of so many begins late, or is not confirmed to whoever made it. */
const oneLateOf = 6;
const lateMs = 1000;
const oneLostOf = 12;

function unreliableDatabases(databases: Databases): Databases {
  const one = (of: number): (() => boolean) => {
    let count = 0;
    return () => {
      count += 1;
      return count % of === 0;
    };
  };
  const isLate = one(oneLateOf);
  const weather = { delayMs: () => (isLate() ? lateMs : 0), isLost: one(oneLostOf) };
  return {
    ...databases,
    centre: unreliable(databases.centre, weather),
    place: (code) => unreliable(databases.place(code), weather),
  };
}

export interface Run {
  seed: number;
  rounds: number;
  events: number; // in a round
  isReplayed: boolean; // every history, in the end
  workersOf: (system: TestSystem) => Promise<Workers>;
  servers?: Servers; // of its own
  midway?: (round: number) => Promise<void>; // in the middle of each
}

/**
 * Lets everything happen, in rounds: within one nobody waits for what anything comes to, and between two
 * everything comes to rest.
 *
 * @returns what does not
 */
async function happen(world: World, { seed, rounds, events, midway }: Run): Promise<string[]> {
  const restless: string[] = [];
  for (const [no, round] of planOf(seed, { rounds, events }).entries()) {
    const deeds: Promise<void>[] = [];
    for (const [index, { afterMs, event }] of round.entries()) {
      if (index === round.length >> 1 && midway) deeds.push(midway(no));
      if (afterMs > 0) await sleep(afterMs);
      deeds.push(carryOut(world, event));
    }
    await Promise.all(deeds);
    restless.push(...(await comeToRest(world)));
  }
  return restless;
}

/** Lives on servers of its own, which are killed in the middle of every round. */
export const liveWithKills = (run: Run): Promise<string[]> =>
  withOwnServers((servers) => live({ ...run, servers, midway: servers.kill }));

/** Lives through the events of a seed in a system of its own; returns everything that is wrong then. */
export async function live(run: Run): Promise<string[]> {
  const name = `random-${run.seed}`;
  const databases = await cloneDatabases(name, run.servers);
  const system = await createSystem(name, unreliableDatabases(databases), run.servers);
  const workers = await run.workersOf(system);
  const world: World = { system, databases, workers, messages: [], clock: 0 };
  try {
    const restless = await happen(world, run);
    return [
      ...restless,
      ...(await faultsOfBooks(world)),
      ...(await clearTheRest(world)),
      ...(await faultsOfHistories(world, run.isReplayed)),
      ...(await forgetEverything(world)),
      ...(await faultsOfBooks(world)),
      ...(await faultsOfStatements(world)),
    ];
  } finally {
    await workers.stop();
    await system.stop();
    await databases.drop();
  }
}
