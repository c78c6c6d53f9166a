import { NativeConnection } from '@temporalio/worker';
import { openDatabase } from '../db/database.ts';
import { placeWorker, runWorker } from './assemble.ts';
import { runProcess, required, type ProcessStart } from './process.ts';
import { installRuntime } from './runtime.ts';
import { databaseUrl } from './settings.ts';

/** One or several places in one process: each blocks only itself. */
const startPlaces: ProcessStart = async (settings, log) => {
  installRuntime(settings, log);
  const template = required(settings, 'KUASHENG_DATABASE_URL');
  const namespace = settings.TEMPORAL_NAMESPACE;
  const connection = await NativeConnection.connect({
    address: required(settings, 'TEMPORAL_ADDRESS'),
  });
  const places = await Promise.all(
    settings.KUASHENG_PLACES.map(async (place) => {
      const database = openDatabase(databaseUrl(template, `place_${place}`));
      const worker = await placeWorker({ connection, namespace }, place, database, {
        releasePerSecond: settings.KUASHENG_RELEASE_PER_SECOND,
      });
      return { database, running: runWorker(worker) };
    }),
  );
  return {
    stop: async () => {
      await Promise.all(places.map(({ running }) => running.stop()));
      await Promise.all(places.map(({ database }) => database.end()));
      await connection.close();
    },
  };
};

await runProcess('place', startPlaces);
