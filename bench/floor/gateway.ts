import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { fastify } from 'fastify';
import { required, runProcess, type ProcessStart } from '../../workers/process.ts';
import {
  answered,
  answeredUpdateId,
  floorPath,
  floorQueue,
  floorWorkflowId,
  type FloorRequest,
} from './contracts.ts';

const startOf = (request: FloorRequest) =>
  new WithStartWorkflowOperation('floor', {
    workflowId: floorWorkflowId(request.id),
    taskQueue: floorQueue,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
  });

/** A door that only passes on, so that HTTP is in both. */
const startGateway: ProcessStart = async (settings) => {
  const connection = await Connection.connect({ address: required(settings, 'TEMPORAL_ADDRESS') });
  const client = new Client({ connection, namespace: settings.TEMPORAL_NAMESPACE });
  const app = fastify();
  app.post<{ Body: FloorRequest }>(floorPath, async ({ body }) => {
    const output = await client.withDeadline(
      Date.now() + settings.KUASHENG_ANSWER_DEADLINE_MS,
      () =>
        client.workflow.executeUpdateWithStart(answered, {
          updateId: answeredUpdateId,
          startWorkflowOperation: startOf(body),
        }),
    );
    return { infcode: 0, output };
  });
  await app.listen({ host: settings.KUASHENG_GATEWAY_HOST, port: settings.KUASHENG_GATEWAY_PORT });
  return {
    stop: async () => {
      await app.close();
      await connection.close();
    },
  };
};

await runProcess('floor-gateway', startGateway);
