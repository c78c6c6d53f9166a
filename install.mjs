// Installs what package-lock.json names when it is missing or another version. No dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(fileURLToPath(import.meta.url));
const oldest = [20, 19];

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  console.error(`Node ${oldest.join('.')} or newer is needed; this is ${process.versions.node}.`);
  process.exit(1);
}

const packagesIn = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;

/** npm notes at the end of an install what is there: also of an install by hand. */
function isInstalled() {
  const note = 'node_modules/.package-lock.json';
  if (!existsSync(path.join(root, note))) return false;
  const [wanted, there] = [packagesIn('package-lock.json'), packagesIn(note)];
  const isThere = ([name, { version, optional }]) =>
    name === '' || there[name]?.version === version || (optional && !there[name]); // another platform's
  return Object.entries(wanted).every(isThere);
}

/** Makes sure the dependencies are there, exactly as locked; a start that has them costs nothing. */
export function ensureInstalled() {
  checkNode();
  if (isInstalled()) return;
  console.log('Installing dependencies (npm ci); the first time this takes a minute or two …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const words = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = spawnSync(npm, words, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (installed.status === 0) return;
  console.error(
    'npm ci failed; see its words above. Run it by hand in this folder, then start again.',
  );
  process.exit(1);
}

/** What every command does first, wherever it is called: dependencies, .env. */
export function prepare() {
  ensureInstalled();
  process.chdir(root);
  const settings = path.join(root, '.env');
  if (existsSync(settings)) process.loadEnvFile(settings);
}
