// npm run histories [-- NAME]: runs every scenario (or those whose name has NAME) against the real servers and writes its history anew. On
// purpose only: a recorded history is what a workflow may never break. Shows what changed.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../../install.mjs';

const run = (command, args, environment = {}) =>
  spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });

const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = run(
  process.execPath,
  [
    vitest,
    'run',
    '--config',
    'vitest.servers.config.ts',
    'test/workflows/scenarios.test.ts',
    ...process.argv.slice(2).flatMap((name) => ['-t', name]),
  ],
  { KUASHENG_TEST_RECORD: '1' },
);
if (status !== 0) process.exit(status ?? 1);
console.log('\nWhat changed under test/histories:');
run('git', ['status', '--short', '--', 'test/histories']);
