import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSystem, type TestSystem } from '../system.ts';
import { reversalScenarios } from './reversal-scenarios.ts';
import { scenarios, type Lived } from './scenarios.ts';
import { visitScenarios } from './visit-scenarios.ts';
import { waitingScenarios } from './waiting-scenarios.ts';
import { windowScenarios } from './window-scenarios.ts';

/** `npm run histories` sets it: each life that was run is written down. */
const recording = process.env['KUASHENG_TEST_RECORD'] === '1';
const directory = path.join(import.meta.dirname, '..', 'histories');

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('scenarios');
  await system.startWorkers();
});
afterAll(() => system.stop());

/** The machine that recorded is nobody's business; replay does not look at it. */
const anonymous = (key: string, value: unknown): unknown => {
  if (key === 'identity') return 'recorder';
  return key === 'stackTrace' ? '' : value;
};

async function record(name: string, { workflowId, history: elsewhere }: Lived): Promise<void> {
  const handle = system.client.workflow.getHandle(workflowId);
  const history = elsewhere ?? (await handle.fetchHistory());
  const file = path.join(directory, `${name}.json`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(
    file,
    `${JSON.stringify(JSON.parse(historyToJSON(history), anonymous), null, 1)}\n`,
  );
}

// What the tests of reversals, waits, windows and bills live through anyway is lived here when it is
// recorded, and in `npm run test:long`. Every history is replayed each time.
const isLong = process.env['KUASHENG_TEST_RUNS'] !== undefined;
const elsewhere = [
  ...reversalScenarios,
  ...waitingScenarios,
  ...windowScenarios,
  ...visitScenarios,
];
const lived = [...scenarios, ...(recording || isLong ? elsewhere : [])];

describe('each life of the corpus ends as it should', () => {
  it.each(lived.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async (name, scenario) => {
      const life = await scenario.run(system);
      const { result } = life;
      if (typeof scenario.result === 'object') expect(result).toMatchObject(scenario.result!);
      else expect(result).toBe(scenario.result);
      if (recording) await record(name, life);
    },
  );
});
