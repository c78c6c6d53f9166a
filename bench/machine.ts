import { availableParallelism, loadavg, totalmem } from 'node:os';
import type { Client } from '@temporalio/client';
import type { Database } from '../db/database.ts';
import { median } from './statistics.ts';

/** What a reader must know of the machine to compare; nothing that names it. */
export interface Machine {
  cores: number;
  memoryGiB: number;
  system: string;
  node: string;
  postgres: string;
  temporal: string;
  commitMilliseconds: number; // until the disk has it
  loadBefore: number; // average of the minute before the bench began
}

/** The smallest transaction that has to reach the disk. */
async function commitMilliseconds(database: Database): Promise<number> {
  const spans: number[] = [];
  for (let no = 0; no < 50; no += 1) {
    const began = performance.now();
    await database.query(`select pg_logical_emit_message(true, 'bench', '')`);
    spans.push(performance.now() - began);
  }
  return Number(median(spans).toFixed(2));
}

export const loadNow = (): number => Number((loadavg()[0] ?? 0).toFixed(2));

export async function readMachine(
  client: Client,
  database: Database,
  loadBefore: number,
): Promise<Machine> {
  const { rows } = await database.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  );
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  return {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    postgres: rows[0]?.version ?? '',
    temporal: serverVersion,
    commitMilliseconds: await commitMilliseconds(database),
    loadBefore,
  };
}
