import { defineConfig } from 'vitest/config';
import { patientMs } from './test/patience.ts';

/** What needs PostgreSQL and Temporal: both started once for the run. */
export default defineConfig({
  test: {
    include: ['test/{db,workflows,journeys,random}/**/*.test.ts'],
    exclude: ['test/journeys/start.test.ts'],
    globalSetup: ['test/servers.ts'],
    maxWorkers: 3, // much of a test is waiting
    // Workflows run in the thread of their test: one for each worker takes half a second to begin. In
    // the long runs, and in the processes of npm start, they have a thread as in production.
    // The SDK's promise hook, though it is dear there, must stay: without it a timer's scope is lost now
    // and then, and the execution fails as cancelled (seen with Node 20.20).
    env: process.env['KUASHENG_TEST_RUNS'] === undefined ? { TEMPORAL_DEBUG: 'true' } : {},
    isolate: false, // one process for all files: the imports cost more than the tests
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: patientMs } },
  },
});
