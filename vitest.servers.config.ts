import { defineConfig } from 'vitest/config';

/** What needs PostgreSQL and Temporal: both started once for the run, one file at a time. */
export default defineConfig({
  test: {
    include: ['test/{db,workflows,journeys,random}/**/*.test.ts'],
    exclude: ['test/journeys/start.test.ts'],
    globalSetup: ['test/servers.ts'],
    fileParallelism: false,
    isolate: false, // one process for all files: the imports cost more than the tests
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
