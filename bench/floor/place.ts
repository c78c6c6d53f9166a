import { NativeConnection, Worker } from '@temporalio/worker';
import { runWorker } from '../../workers/assemble.ts';
import { required, runProcess, type ProcessStart } from '../../workers/process.ts';
import { idleActivities } from './activities.ts';
import { insuredQueue, treatingQueue } from './contracts.ts';

/** Both places' queues in one process, with the numbers of a place's worker. */
const startPlaces: ProcessStart = async (settings) => {
  const connection = await NativeConnection.connect({
    address: required(settings, 'TEMPORAL_ADDRESS'),
  });
  const workers = await Promise.all(
    [treatingQueue, insuredQueue].map((taskQueue) =>
      Worker.create({
        connection,
        namespace: settings.TEMPORAL_NAMESPACE,
        taskQueue,
        activities: idleActivities,
        maxConcurrentActivityTaskExecutions: 20,
        maxConcurrentActivityTaskPolls: 4,
        shutdownGraceTime: '3 seconds',
      }),
    ),
  );
  const running = workers.map(runWorker);
  return {
    stop: async () => {
      await Promise.all(running.map((worker) => worker.stop()));
      await connection.close();
    },
  };
};

await runProcess('floor-place', startPlaces);
