import { defineConfig } from 'vitest/config';
import { patientMs } from './test/patience.ts';

/** What starts servers of its own: npm start as a stranger runs it, and what it is made of. */
export default defineConfig({
  test: {
    include: ['test/journeys/start.test.ts', 'test/workers/**/*.test.ts'],
    fileParallelism: false,
    isolate: false, // one process for all files: the imports cost more than many a test
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: patientMs } },
  },
});
