import { testPlaces, type TestSystem } from '../system.ts';
import type { Party } from './plan.ts';
import type { Workers } from './world.ts';

type Running = Promise<{ stop(): Promise<void> }>;

/** Workers of this process: one that goes finishes what it does. */
export async function workersInProcess(system: TestSystem): Promise<Workers> {
  const start = (party: Party): Running =>
    party === 'centre' ? system.startWorkers([]) : system.startPlaces([party]);
  const running = new Map<Party, Running>(
    (['centre', ...testPlaces] as const).map((party) => [party, start(party)]),
  );
  await Promise.all(running.values());
  return {
    restart: async (party) => {
      const next = (running.get(party) ?? start(party)).then(async (workers) => {
        await workers.stop();
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
