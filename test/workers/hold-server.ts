import { startPostgres, type PostgresOptions } from '../../workers/dev/postgres.ts';
import { startTemporal, type TemporalOptions } from '../../workers/dev/temporal.ts';

/** Starts the server of the first argument with the options of the second, tells its process and holds it. */
const [, , server, given = '{}'] = process.argv;
const options: unknown = { ...(JSON.parse(given) as object), progress: () => undefined };
const { processId } =
  server === 'postgres'
    ? await startPostgres(options as PostgresOptions)
    : await startTemporal(options as TemporalOptions);
console.log(processId);
setInterval(() => undefined, 1000);
