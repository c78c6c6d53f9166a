import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const kuasheng = resolve('kuasheng.mjs');
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kuasheng-cli-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Ended {
  status: number | string | null | undefined;
  output: string;
}

/** Runs the real command from another folder, with no system but that of the settings. */
function run(words: string, settings: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const ours = { TEMPORAL_ADDRESS: '', KUASHENG_DATA_DIRECTORY: directory, ...settings };
  const options = { cwd: tmpdir(), env: { ...process.env, ...ours } };
  return new Promise((end) => {
    execFile(process.execPath, [kuasheng, ...words.split(' ')], options, (error, out, err) => {
      end({ status: error ? error.code : 0, output: `${out}${err}` });
    });
  });
}

describe.concurrent('kuasheng month close', () => {
  test('refuses what is no month in one sentence', async () => {
    const output = '月份应写成 2026-11 的样子，收到「2026-13」，请更正后再执行。\n';
    expect(await run('month close 2026-13')).toEqual({ status: 2, output });
  });

  test('does not take what a killed start left behind for a system', async () => {
    const addresses = { temporalAddress: '127.0.0.1:9', namespace: 'default', uiUrl: null };
    const killed = { ...addresses, gatewayUrl: 'http://127.0.0.1:9', processId: process.pid };
    const runFile = JSON.stringify({ ...killed, startedAt: 'long ago' });
    writeFileSync(join(directory, 'run.json'), runFile);
    const output = '没有找到正在运行的系统：请先执行 npm start，或设置 TEMPORAL_ADDRESS。\n';
    expect(await run('month close 2026-11')).toEqual({ status: 2, output });
  });

  test('says in one sentence that the server does not answer', async () => {
    const ended = await run('month close 2026-11', { TEMPORAL_ADDRESS: '127.0.0.1:9' });
    const output = '连不上 Temporal（127.0.0.1:9）：请确认系统正在运行，再执行一次。\n';
    expect(ended).toEqual({ status: 2, output });
  });

  test('says in one sentence that a setting is misspelt', async () => {
    const ended = await run('month close 2026-11', { KUASHENG_PLACE: '500000' });
    const output = 'KUASHENG_PLACE is not a setting; see .env.example for all of them.\n';
    expect(ended).toEqual({ status: 2, output });
  });
});
