import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker';
import { built } from '../built.mjs';
import { deploymentName } from './release.ts';

/** The workflows in one piece, as they are run and replayed, and what this very piece is called. */
export interface Build {
  code: string;
  id: string; // the package's version and a digest of the code: 0.1.0-ab12cd34ef56
}
/** How many workflows a worker remembers, how many it works on at once, and how often at once it asks for work. */
export type Remembering = Pick<
  WorkerOptions,
  | 'maxCachedWorkflows'
  | 'maxConcurrentWorkflowTaskExecutions'
  | 'maxConcurrentWorkflowTaskPolls'
  | 'maxConcurrentActivityTaskPolls'
>;
/** What a worker of workflows is made of. */
export type Workflows = Remembering &
  Pick<WorkerOptions, 'workflowBundle' | 'workerDeploymentOptions'>;

const root = fileURLToPath(new URL('..', import.meta.url));
const workflowsPath = path.join(root, 'workflows', 'index.ts');
const logger = new DefaultLogger('ERROR');

/** Bundled once and kept until a source changes: it takes some four seconds of a processor. */
async function bundleOnce(): Promise<string> {
  const name = 'workflows.js';
  const directory = await built('bundle', async (own) => {
    const { code } = await bundleWorkflowCode({
      workflowsPath,
      logger,
      webpackConfigHook: (config) => ({ ...config, context: root }), // names of modules begin here
    });
    await writeFile(path.join(own, name), code);
  });
  return readFile(path.join(directory, name), 'utf8');
}

/**
 * Bundles the workflows. The same sources give the same id wherever they lie and whoever bundles them,
 * so that an operator's command knows the build of the workers beside it.
 */
export async function buildWorkflows(): Promise<Build> {
  return named(await bundleOnce());
}

/** The same code is the same build, wherever its sources lie. */
export async function named(code: string): Promise<Build> {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const [runs = ''] = code.split('\n//# sourceMappingURL='); // the map tells where the sources lie
  const digest = createHash('sha256').update(runs).digest('hex').slice(0, 12);
  return { code, id: `${version}-${digest}` };
}

/**
 * What a worker is given that tells Temporal its build: it gets work once the build is made current.
 * An execution goes on with whatever build is current (docs/decisions/0017).
 */
export const versioned = ({ code, id }: Build): Workflows => ({
  workflowBundle: { code },
  workerDeploymentOptions: {
    version: { deploymentName, buildId: id },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  },
});
