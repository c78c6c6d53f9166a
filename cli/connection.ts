import { Client, Connection } from '@temporalio/client';
import { openDatabase as openPool, type Database, type Party } from '../db/database.ts';
import { urlTemplateOf } from '../workers/dev/postgres.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { dataPath } from '../workers/dev/system.ts';
import { readRunFile } from '../workers/run-file.ts';
import { databaseUrl, readSettings } from '../workers/settings.ts';

export interface CliConnection {
  client: Client;
  close(): Promise<void>;
}

/** Connects to TEMPORAL_ADDRESS, or to the system that `npm start` runs in this folder. */
export async function connect(): Promise<CliConnection> {
  const settings = readSettings(process.env);
  const run = await readRunFile(settings.KUASHENG_DATA_DIRECTORY);
  const address = settings.TEMPORAL_ADDRESS ?? run?.temporalAddress;
  if (address === undefined) {
    throw new StartFailure('没有找到正在运行的系统：请先执行 npm start，或设置 TEMPORAL_ADDRESS。');
  }
  const namespace = settings.TEMPORAL_ADDRESS
    ? settings.TEMPORAL_NAMESPACE
    : (run?.namespace ?? settings.TEMPORAL_NAMESPACE);
  try {
    const connection = await Connection.connect({ address, connectTimeout: 5_000 });
    return {
      client: new Client({ connection, namespace, identity: `kuasheng/${process.pid}` }),
      close: () => connection.close(),
    };
  } catch {
    throw new StartFailure(`连不上 Temporal（${address}）：请确认系统正在运行，再执行一次。`);
  }
}

/** KUASHENG_DATABASE_URL, or the PostgreSQL of the system that `npm start` runs in this folder. */
async function findUrlTemplate(): Promise<string> {
  const settings = readSettings(process.env);
  if (settings.KUASHENG_DATABASE_URL !== undefined) return settings.KUASHENG_DATABASE_URL;
  const run = await readRunFile(settings.KUASHENG_DATA_DIRECTORY);
  if (run === null) {
    throw new StartFailure(
      '没有找到正在运行的系统：请先执行 npm start，或设置 KUASHENG_DATABASE_URL。',
    );
  }
  if (run.postgresPort === null) {
    throw new StartFailure(
      '正在运行的系统用的是另设的数据库：请设置同样的 KUASHENG_DATABASE_URL，再执行一次。',
    );
  }
  const template = await urlTemplateOf(dataPath(settings, 'postgres'), run.postgresPort);
  if (template === null) {
    throw new StartFailure(
      '读不到数据库口令：请用启动系统的用户执行，或设置 KUASHENG_DATABASE_URL。',
    );
  }
  return template;
}

const undefinedDatabase = '3D000';
const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Opens a party's database and sees that it answers. Close it with `end()`. */
export async function openDatabase(party: Party): Promise<Database> {
  const database = openPool(databaseUrl(await findUrlTemplate(), party), 2);
  try {
    await database.query('select 1');
    return database;
  } catch (error) {
    await database.end();
    if (hasCode(error, undefinedDatabase)) {
      throw new StartFailure(`没有数据库 ${party}：本系统不服务于它，请核对后再执行。`);
    }
    const reason = error instanceof Error && error.message !== '' ? `（${error.message}）` : '';
    throw new StartFailure(`连不上数据库 ${party}${reason}：请确认系统正在运行，再执行一次。`);
  }
}

/** Runs the work on a party's database, and closes it. */
export async function withDatabase<T>(
  party: Party,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(party);
  try {
    return await work(database);
  } finally {
    await database.end();
  }
}
