import { prepareParties } from './parties.ts';
import { required, runProcess, type ProcessStart } from './process.ts';
import { databaseUrl } from './settings.ts';

/** Creates and migrates every party's database and loads the seeds, then ends. */
const migrateAll: ProcessStart = async (settings, log) => {
  const urlTemplate = required(settings, 'KUASHENG_DATABASE_URL');
  await prepareParties({
    urlTemplate,
    serverUrl: databaseUrl(urlTemplate, 'postgres'),
    places: settings.KUASHENG_PLACES,
    progress: (line) => {
      log.info(line);
    },
  });
  process.exit(0);
};

await runProcess('migrate', migrateAll);
