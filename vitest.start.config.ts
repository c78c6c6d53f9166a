import { defineConfig } from 'vitest/config';

/** What starts servers of its own: npm start as a stranger runs it, and what it is made of. */
export default defineConfig({
  test: {
    include: ['test/journeys/start.test.ts', 'test/workers/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
