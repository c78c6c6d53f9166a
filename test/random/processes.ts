import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startChild, type Child } from '../../workers/dev/children.ts';
import { uploadRegistry } from '../../workers/registry-upload.ts';
import { makeCurrent } from '../../workers/release.ts';
import { testPlaces, type TestSystem } from '../system.ts';
import type { Party } from './plan.ts';
import { workersOf } from './workers.ts';
import { persistently, type Workers } from './world.ts';

/** Workers as processes of their own: one that goes is killed where it stands (kill -9). */
export async function workersAsProcesses(system: TestSystem): Promise<Workers> {
  const logDirectory = await mkdtemp(path.join(tmpdir(), 'kuasheng-killed-'));
  const { namespace, servers } = system;
  const { temporalAddress: address } = servers;
  const startOne = async (party: Party): Promise<Child> => {
    const child = await startChild({
      name: party === 'centre' ? 'centre' : 'place',
      environment: {
        ...process.env,
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: namespace,
        KUASHENG_DATABASE_URL: system.databases.urlTemplate,
        ...(party === 'centre' ? {} : { KUASHENG_PLACES: party }),
      },
      logDirectory,
      onEnd: () => undefined,
    });
    if (child.build !== null) await makeCurrent(system.client, child.build);
    return child;
  };
  const kill = ({ processId }: Child): Promise<void> => {
    process.kill(processId, 'SIGKILL');
    return Promise.resolve();
  };
  const workers = await workersOf((party) => persistently(() => startOne(party)), kill);
  await uploadRegistry({ address, namespace }, testPlaces);
  return {
    ...workers,
    stop: async () => {
      await workers.stop();
      await rm(logDirectory, { recursive: true, force: true });
    },
  };
}
