import { defineConfig } from 'vitest/config';

/** What needs PostgreSQL and Temporal: both started once for the run. */
export default defineConfig({
  test: {
    include: ['test/{db,workflows,journeys,random}/**/*.test.ts'],
    exclude: ['test/journeys/start.test.ts'],
    globalSetup: ['test/servers.ts'],
    maxWorkers: 2, // much of a test is waiting
    isolate: false, // one process for all files: the imports cost more than the tests
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
