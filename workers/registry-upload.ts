import { Client, Connection } from '@temporalio/client';
import type { PlaceCode } from '../domain/identifiers.ts';
import { centreQueue, registryWorkflowId } from '../workflows/contracts.ts';

/**
 * Uploads what each place decided to the centre's registry; an upload under way is joined.
 *
 * @returns how many messages the centre took
 */
export async function uploadRegistry(
  { address, namespace }: { address: string; namespace: string },
  places: readonly PlaceCode[],
): Promise<number> {
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection, namespace, identity: `place/${process.pid}` });
    const uploads = places.map((place) =>
      workflow.execute('registry', {
        workflowId: registryWorkflowId(place),
        taskQueue: centreQueue,
        args: [place],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `登记信息上传：${place}`,
      }),
    );
    const counts = (await Promise.all(uploads)) as number[];
    return counts.reduce((total, count) => total + count, 0);
  } finally {
    await connection.close();
  }
}
