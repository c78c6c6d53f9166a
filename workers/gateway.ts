import { Client, Connection } from '@temporalio/client';
import { openDatabase, type Database } from '../db/database.ts';
import { treatingStore } from '../db/treating-store.ts';
import { billStore } from '../db/whole-bills.ts';
import type { PlaceCode } from '../domain/identifiers.ts';
import { createSettlementClient } from '../gateway/client.ts';
import { createDoor } from '../gateway/door.ts';
import { createGateway } from '../gateway/server.ts';
import { createVisitClient } from '../gateway/visit-client.ts';
import { readNames } from '../seeds/names.ts';
import { doorKeeper, maintenanceDesk } from './maintenance-desk.ts';
import { runProcess, required, type ProcessStart } from './process.ts';
import { StartFailure } from './dev/start-failure.ts';
import { databaseUrl } from './settings.ts';

function whyNotListening(error: unknown, { host, port }: { host: string; port: number }): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  return code === 'EADDRINUSE'
    ? `Port ${port} is busy: free it, or set KUASHENG_GATEWAY_PORT to another.`
    : `The gateway cannot listen on ${host}:${port} (${code}): check KUASHENG_GATEWAY_HOST and KUASHENG_GATEWAY_PORT.`;
}

/** The hospitals' door of the treating places that it serves. */
const startGateway: ProcessStart = async (settings, log) => {
  const template = required(settings, 'KUASHENG_DATABASE_URL');
  const connection = await Connection.connect({ address: required(settings, 'TEMPORAL_ADDRESS') });
  const client = new Client({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    identity: `gateway/${process.pid}`,
  });
  const databases = settings.KUASHENG_PLACES.map((place) => ({
    place,
    database: openDatabase(databaseUrl(template, `place_${place}`)),
  }));
  const names = readNames();
  const ofEach = <T>(make: (database: Database, place: PlaceCode) => T): Map<PlaceCode, T> =>
    new Map(databases.map(({ place, database }) => [place, make(database, place)]));
  const gateway = createGateway({
    stores: ofEach(treatingStore),
    settlements: createSettlementClient(client, names),
    door: createDoor(client, ofEach(doorKeeper)),
    maintenance: {
      desks: ofEach((database, place) => maintenanceDesk(client, place, database)),
      token: settings.KUASHENG_MAINTENANCE_TOKEN,
    },
    visits: { client: createVisitClient(client, names.place), bills: ofEach(billStore) },
    names,
    deadlineMs: settings.KUASHENG_ANSWER_DEADLINE_MS,
    logger: log,
  });
  const { KUASHENG_GATEWAY_HOST: host, KUASHENG_GATEWAY_PORT: port } = settings;
  await gateway.listen({ host, port }).catch((error: unknown) => {
    throw new StartFailure(whyNotListening(error, { host, port }));
  });
  return {
    stop: async () => {
      await gateway.close();
      await Promise.all(databases.map(({ database }) => database.end()));
      // Last: a retry of the SDK on a closed connection would be an uncaught error.
      await connection.close();
    },
  };
};

await runProcess('gateway', startGateway);
