import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What lint says of planted files: one run for all of them, under the real configuration, in a temporary folder. */

const root = path.resolve(import.meta.dirname, '..');

interface Report {
  readonly diagnostics: readonly {
    readonly filename: string;
    readonly code?: string;
    readonly message: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

function oxlint(directory: string, flags: readonly string[]): Promise<Report> {
  const program = path.join(root, 'node_modules/oxlint/bin/oxlint');
  const words = ['-c', path.join(directory, '.oxlintrc.json'), '--format', 'json', directory];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...flags, ...words], { cwd: root }, (_, output) => {
      try {
        resolve(JSON.parse(output) as Report);
      } catch {
        reject(new Error(output));
      }
    });
  });
}

async function plant(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
    await writeFile(path.join(directory, file), text);
  }
}

/** The configuration, moved to where the files are: its globs start at its own folder. */
async function configuration(): Promise<Record<string, string>> {
  const rules = await readFile(path.join(root, '.oxlintrc.json'), 'utf8');
  const own = JSON.stringify(path.join(root, 'lint-rules.mjs'));
  const tsconfig = { extends: path.join(root, 'tsconfig.json'), compilerOptions: { types: [] } };
  return {
    '.oxlintrc.json': rules.replace('"./lint-rules.mjs"', own),
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({ ...tsconfig, include: ['.'] }),
  };
}

/** What was said of each file: the line, and the rule; where no rule spoke, the words. */
export async function linted(
  files: Readonly<Record<string, string>>,
  ...flags: string[]
): Promise<Record<string, string[]>> {
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), 'kuasheng-lint-')));
  try {
    await plant(directory, { ...(await configuration()), ...files });
    const { diagnostics } = await oxlint(directory, flags);
    const said = (file: string) =>
      diagnostics
        .filter(({ filename }) => path.resolve(root, filename) === path.join(directory, file))
        .map(({ labels, code, message }) => `${labels[0]?.span.line ?? 0} ${code ?? message}`);
    return Object.fromEntries(Object.keys(files).map((file) => [file, said(file)]));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
