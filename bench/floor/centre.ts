import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { runWorker } from '../../workers/assemble.ts';
import { required, runProcess, type ProcessStart } from '../../workers/process.ts';
import { idleActivities } from './activities.ts';
import { floorQueue } from './contracts.ts';

/** The floor's workflows and its local steps, in one process as the centre's. */
const startCentre: ProcessStart = async (settings) => {
  const connection = await NativeConnection.connect({
    address: required(settings, 'TEMPORAL_ADDRESS'),
  });
  const worker = await Worker.create({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    workflowsPath: fileURLToPath(new URL('workflow.ts', import.meta.url)),
    taskQueue: floorQueue,
    activities: idleActivities,
    shutdownGraceTime: '3 seconds',
  });
  const running = runWorker(worker);
  return {
    stop: async () => {
      await running.stop();
      await connection.close();
    },
  };
};

await runProcess('floor-centre', startCentre);
