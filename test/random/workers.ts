import { parties, type Party } from './plan.ts';
import type { Workers } from './world.ts';

/** Workers of every party, of which one may go, and comes back, while the others work. */
export async function workersOf<W extends { stop(): Promise<void> }>(
  start: (party: Party) => Promise<W>,
  goes: (workers: W) => Promise<void>,
): Promise<Workers> {
  const running = new Map(parties.map((party) => [party, start(party)]));
  await Promise.all(running.values());
  return {
    restart: async (party) => {
      const next = (running.get(party) ?? start(party)).then(async (workers) => {
        await goes(workers);
        return start(party);
      });
      running.set(party, next);
      await next;
    },
    stop: async () => {
      await Promise.all([...running.values()].map(async (workers) => (await workers).stop()));
    },
  };
}
