import { defineConfig } from 'vitest/config';

/** What needs no server. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/{db,workflows,journeys,random,workers}/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
