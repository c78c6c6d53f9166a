// npm test: everything CI runs. `--fast` leaves out what needs a server; `--long` adds longer random runs.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureInstalled, root } from './install.mjs';

const fast = process.argv.includes('--fast');
const long = process.argv.includes('--long');
ensureInstalled();

const reports = mkdtempSync(path.join(os.tmpdir(), 'kuasheng-test-'));
const bin = (name) => path.join(root, 'node_modules', '.bin', name);
const folders = 'domain workflows activities gateway db workers cli seeds bench test'.split(' ');
let passed = 0;
let failed = 0;

/** Runs a program; resolves with its exit status and what it printed. */
function run(name, args, { env = {}, priority } = {}) {
  return new Promise((resolve) => {
    const child = spawn(bin(name), args, {
      cwd: root,
      env: { ...process.env, ...env },
      shell: process.platform === 'win32',
    });
    // Not to the usual one: who runs us at a lower one may not raise it.
    if (child.pid !== undefined && priority !== undefined) os.setPriority(child.pid, priority);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (chunk) => (output += chunk));
    }
    child.on('error', (error) => resolve({ status: 1, output: String(error) }));
    child.on('close', (status) => resolve({ status, output }));
  });
}

async function timed(title, work) {
  const began = Date.now();
  const { ok, output, says } = await work();
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${title}${says ? `: ${says}` : ''} (${seconds} s)`);
  if (!ok) console.log(output);
}

/** One tool is one check. */
const check = (title, name, args, how) =>
  timed(title, async () => {
    const { status, output } = await run(name, args, how);
    if (status === 0) passed += 1;
    else failed += 1;
    return { ok: status === 0, output };
  });

/** A vitest run counts its tests; a run that dies or finds none counts as one failure. */
const tests = (title, args, how) =>
  timed(title, async () => {
    const report = path.join(reports, `${title.replaceAll(/\W+/g, '-')}.json`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { status, output } = await run('vitest', ['run', ...args, ...reporters], how);
    let counts = { numPassedTests: 0, numFailedTests: 0 };
    try {
      counts = JSON.parse(readFileSync(report, 'utf8'));
    } catch {
      // The run died before it could write; its status says so.
    }
    const ok = status === 0 && counts.numPassedTests > 0;
    passed += counts.numPassedTests;
    failed += counts.numFailedTests + (!ok && counts.numFailedTests === 0 ? 1 : 0);
    return { ok, output, says: `${counts.numPassedTests} tests` };
  });

const seed = process.env.KUASHENG_TEST_SEED ?? String(Date.now() % 1e9);
const random = long ? { KUASHENG_TEST_SEED: seed, KUASHENG_TEST_RUNS: '2000' } : {};
/**
 * What only computes takes what is left of the processors by what others wait for. It asks nobody outside:
 * node need not read the machine's own certificates at each start, a sixth of a second where they are many.
 */
const patient = (env = {}) => ({
  priority: os.constants.priority.PRIORITY_LOW,
  env: { NODE_EXTRA_CA_CERTS: '', ...env },
});
if (long)
  console.log(`random seed ${seed}; repeat with KUASHENG_TEST_SEED=${seed} npm run test:long`);

/** The native compiler is young; the long run asks also the one that it was made after. */
const tools = async () => {
  const lint = ['--type-check', '--type-aware', '--deny-warnings'];
  const hurried = patient({ GOGC: '800' }); // it clears less, and ends sooner
  await check('types and lint', 'oxlint', lint, hurried);
  if (long) await check('types by tsc', 'tsc', ['--noEmit'], patient());
  const boundaries = ['--config', '.dependency-cruiser.cjs', ...folders];
  await check('boundaries', 'depcruise', boundaries, patient());
  await check('format', 'oxfmt', ['--check', '.'], patient());
};
const units = () =>
  tests('unit, seeds, gateway, replay', ['--config', 'vitest.config.ts'], patient(random));
const servers = () =>
  tests('database, workflow, journey', ['--config', 'vitest.servers.config.ts'], { env: random });
const start = () => tests('npm start', ['--config', 'vitest.start.config.ts']);

if (fast) await Promise.all([tools(), units()]);
else await Promise.all([servers(), start(), tools().then(units)]);

rmSync(reports, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
