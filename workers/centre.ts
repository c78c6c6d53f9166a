import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { openDatabase } from '../db/database.ts';
import { centreWorker, runWorker } from './assemble.ts';
import { buildWorkflows, versioned } from './build.ts';
import { runProcess, required, type ProcessStart } from './process.ts';
import { installRuntime } from './runtime.ts';
import { databaseUrl } from './settings.ts';

/** The centre's process. */
const startCentre: ProcessStart = async (settings, log) => {
  installRuntime(settings, log);
  const address = required(settings, 'TEMPORAL_ADDRESS');
  const namespace = settings.TEMPORAL_NAMESPACE;
  const database = openDatabase(
    databaseUrl(required(settings, 'KUASHENG_DATABASE_URL'), 'centre'),
    20,
  );
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  const workflows = new Client({
    connection: clientConnection,
    namespace,
    identity: `centre/${process.pid}`,
  }).workflow;
  const build = await buildWorkflows();
  const maintenance = { releasePerSecond: settings.KUASHENG_RELEASE_PER_SECOND };
  const running = runWorker(
    await centreWorker(
      { connection, namespace },
      { database, workflows, maintenance },
      versioned(build),
    ),
  );
  log.info({ build: build.id }, 'gets work as soon as its build is current: kuasheng release');
  return {
    build: build.id,
    stop: async () => {
      await running.stop();
      await Promise.all([connection.close(), clientConnection.close(), database.end()]);
    },
  };
};

await runProcess('centre', startCentre);
