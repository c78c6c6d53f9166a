import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSystem, type TestSystem } from '../system.ts';
import { whileFailing } from './reversal-scenarios.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await createSystem('reversed-while-failing');
  await system.startWorkers();
});
afterAll(() => system.stop());

it('a step that fails while it is being taken back is undone, and the execution ends as reversed', async () => {
  const { result } = await whileFailing(system);
  expect(result).toMatchObject({ phase: 'reversed', stopped: null });
});
