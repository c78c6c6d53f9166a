// npm run histories [-- NAME]: runs every scenario (or those whose name has NAME) against the real servers and writes its history anew. On
// purpose only: a recorded history is what a workflow may never break. Shows what each one does otherwise than before.
//
// npm run histories -- --freeze: keeps today's recordings as those of the package's version (docs/releasing.md).
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../../install.mjs';
import { commandsOf } from './commands.mjs';

const directory = path.join(root, 'test', 'histories');
const recordings = () =>
  readdirSync(directory, { recursive: true }).filter(
    (file) => file.endsWith('.json') && !file.startsWith('releases'),
  );

function run(command, args, environment = {}) {
  const env = { ...process.env, ...environment };
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env }).status ?? 1;
}

function freeze() {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const frozen = path.join(directory, 'releases', version);
  if (existsSync(frozen)) {
    console.error(
      `${version} is frozen already: a release is frozen once, then the version rises.`,
    );
    return 1;
  }
  for (const file of recordings()) cpSync(path.join(directory, file), path.join(frozen, file));
  console.log(`The recordings of ${version} are in ${path.relative(root, frozen)}.`);
  return 0;
}

/** One text per recording: its commands and messages. */
function writeCommands(to) {
  for (const file of recordings()) {
    const text = path.join(to, file.replace(/json$/, 'txt'));
    mkdirSync(path.dirname(text), { recursive: true });
    writeFileSync(text, commandsOf(JSON.parse(readFileSync(path.join(directory, file), 'utf8'))));
  }
}

function record(names) {
  const comparison = mkdtempSync(path.join(tmpdir(), 'kuasheng-histories-'));
  const [before, after] = ['before', 'after'].map((name) => path.join(comparison, name));
  try {
    for (const side of [before, after]) mkdirSync(side);
    writeCommands(before);
    const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const scenarios = ['--config', 'vitest.servers.config.ts', 'test/workflows/scenarios.test.ts'];
    const only = names.flatMap((name) => ['-t', name]);
    const recording = { KUASHENG_TEST_RECORD: '1' };
    const status = run(process.execPath, [vitest, 'run', ...scenarios, ...only], recording);
    writeCommands(after);
    console.log('\nFiles written under test/histories:');
    run('git', ['status', '--short', '--', 'test/histories']);
    console.log('\nWhat they do otherwise than before:');
    const differs = ['diff', '--no-index', '--unified=2', before, after];
    if (run('git', ['--no-pager', ...differs]) === 0) console.log('nothing');
    return status;
  } finally {
    rmSync(comparison, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
process.exit(words.includes('--freeze') ? freeze() : record(words));
