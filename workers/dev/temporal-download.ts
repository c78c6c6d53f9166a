import { TestWorkflowEnvironment } from '@temporalio/testing';

/**
 * Lets the SDK download a Temporal server into the directory given as the only argument. It has no
 * way to download without starting, so a server is started and ended. Run as a process of its own
 * by temporal-executable.ts, because the SDK's runtime installs signal handlers.
 */
const downloadDir = process.argv[2];
const environment = await TestWorkflowEnvironment.createLocal({
  server: {
    executable:
      downloadDir === undefined
        ? { type: 'cached-download' }
        : { type: 'cached-download', downloadDir },
  },
});
await environment.teardown();
