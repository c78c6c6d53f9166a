import { Client, Connection } from '@temporalio/client';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { readRunFile } from '../workers/run-file.ts';
import { readSettings } from '../workers/settings.ts';

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
