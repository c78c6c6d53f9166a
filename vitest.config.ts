import { defineConfig } from 'vitest/config';
import { patientMs } from './test/patience.ts';

/** What needs no server. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/{db,workflows,journeys,random,workers}/**'],
    maxWorkers: 2, // one for each core of a small machine; left out, one core would idle
    isolate: false, // the imports cost more than many a test
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: patientMs } },
  },
});
