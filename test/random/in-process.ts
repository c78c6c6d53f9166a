import type { TestSystem } from '../system.ts';
import { workersOf } from './workers.ts';
import type { Workers } from './world.ts';

/** Workers of this process: one that goes finishes what it does. */
export const workersInProcess = (system: TestSystem): Promise<Workers> =>
  workersOf(
    (party) => (party === 'centre' ? system.startWorkers([]) : system.startPlaces([party])),
    (workers) => workers.stop(),
  );
