// What is made of the sources is kept under .build/ until they change: a program as JavaScript that node
// reads at once, the workflows in one piece. Made anew at each start, it would cost seconds.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './install.mjs';

const sources = 'domain workflows activities gateway db workers cli seeds'.split(' ');

/** Of everything that can change what is made: also of where it lies, since programs find their files by that. */
function digestFor(name) {
  const hash = createHash('sha256').update(root);
  const hashFile = (file) => hash.update(`\n${file}\n`).update(readFileSync(path.join(root, file)));
  for (const folder of new Set([...sources, name.split('/')[0]])) {
    if (!existsSync(path.join(root, folder))) continue;
    const files = readdirSync(path.join(root, folder), { recursive: true });
    for (const file of files.sort()) if (file.endsWith('.ts')) hashFile(path.join(folder, file));
  }
  for (const file of ['package-lock.json', 'tsconfig.json', 'built.mjs']) hashFile(file);
  return hash.digest('hex').slice(0, 16);
}

/**
 * The directory with what was made of today's sources under this name. Several may ask at once: each makes
 * its own, and the first one is kept.
 *
 * @param make writes into the directory that it is given
 */
export async function built(name, make) {
  const home = path.join(root, '.build', name);
  const digest = digestFor(name);
  const directory = path.join(home, digest);
  if (existsSync(directory)) return directory;
  const own = `${directory}.${process.pid}`;
  mkdirSync(own, { recursive: true });
  try {
    await make(own);
    renameSync(own, directory);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
  const older = readdirSync(home).filter((other) => !other.startsWith(digest));
  for (const other of older) rmSync(path.join(home, other), { recursive: true, force: true });
  return directory;
}

/** A source knows its place, though it runs from another. */
const ownPlaces = {
  name: 'own places',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.m?ts$|built\.mjs$|install\.mjs$/ }, ({ path: file }) => ({
      contents: readFileSync(file, 'utf8')
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href))
        .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file))),
      loader: 'ts',
    }));
  },
};

/** What a made file imports at once from elsewhere, itself or through another. */
function packagesOf({ outputs }, file, found = new Set()) {
  for (const { path: imported, kind, external } of outputs[file].imports) {
    if (kind !== 'import-statement') continue;
    if (external) found.add(imported);
    else packagesOf({ outputs }, imported, found);
  }
  return found;
}

async function compile(program, directory) {
  const { build, stop } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { program },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true, // what a program imports later is read later
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    keepNames: true, // workflows and errors are known by theirs
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'silent', // its error says it all
    metafile: true,
    plugins: [ownPlaces],
  });
  await stop();
  const made = path.relative(root, path.join(directory, 'program.mjs')).replaceAll(path.sep, '/');
  const packages = packagesOf(metafile, made);
  const imports = [...packages].map((name) => `import ${JSON.stringify(name)};\n`);
  writeFileSync(path.join(directory, 'packages.mjs'), imports.join(''));
}

/** Makes one of our TypeScript programs. @returns the directory that it is in */
export const make = (program) => built(program, (directory) => compile(program, directory));

/** Runs one of our TypeScript programs in this process. */
export async function run(program) {
  const directory = await make(program);
  const read = (file) => import(pathToFileURL(path.join(directory, file)).href);
  await read('packages.mjs'); // theirs would be read with all their source maps
  process.setSourceMapsEnabled(true);
  await read('program.mjs');
}
