import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readSettings, settingNames } from '../workers/settings.ts';
import { searchAttributes } from '../workflows/contracts.ts';

/** What can be checked of the production-like stand where there is no container engine. */

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, unknown>;
  configs?: { source: string }[];
  volumes?: string[];
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  configs: Record<string, { content: string }>;
}

// dclint's own declarations do not resolve under `nodenext`.
interface Linter {
  lintFiles(
    paths: string[],
    recursive: boolean,
  ): { messages: { type: string; rule: string; message: string }[] }[];
}
const { DCLinter } = createRequire(import.meta.url)('dclint') as {
  DCLinter: new (config: object) => Linter;
};

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const composeText = read('docker-compose.yml');
const compose = parse(composeText, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image?.startsWith('kuasheng:'));
const settingsPassed = ours.flatMap(([name, { environment = {} }]) =>
  Object.keys(environment).map((setting) => ({ name, setting })),
);

const scratch = mkdtempSync(join(tmpdir(), 'kuasheng-compose-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

/** The errors of the Compose schema and of dclint's rules, which both come with the package. */
function errorsOf(path: string): string[] {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
  return linter
    .lintFiles([path], false)
    .flatMap(({ messages }) => messages)
    .filter(({ type }) => type === 'error')
    .map(({ rule, message }) => `${rule}: ${message}`);
}

describe('docker-compose.yml', () => {
  test('parses against the Compose schema', () => {
    expect(errorsOf(join(root, 'docker-compose.yml'))).toEqual([]);
  });

  test('the schema check sees a key that Compose does not know', () => {
    const wrong = join(scratch, 'docker-compose.yml');
    writeFileSync(wrong, composeText.replace('    healthcheck:', '    healthchecks:'));
    expect(errorsOf(wrong)).toEqual([expect.stringContaining('invalid-schema')]);
  });

  test('every name that a service refers to exists', () => {
    for (const [, { depends_on = {}, configs = [], volumes = [] }] of services) {
      expect(Object.keys(compose.services)).toEqual(
        expect.arrayContaining(Object.keys(depends_on)),
      );
      expect(Object.keys(compose.configs)).toEqual(
        expect.arrayContaining(configs.map(({ source }) => source)),
      );
      expect(Object.keys(compose.volumes)).toEqual(
        expect.arrayContaining(volumes.map((volume) => volume.split(':')[0])),
      );
    }
  });

  test('every password comes from the environment and has a sentence for when it is missing', () => {
    const references = [...composeText.matchAll(/(?<!\$)\$\{([^}]*)\}/g)].map(([, body]) => body);
    expect(references.length).toBeGreaterThan(0);
    for (const body of references) expect(body).toMatch(/^POSTGRES_[A-Z_]*PASSWORD:\?set .+/);
    for (const [, { environment = {} }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|PWD/.test(name)) expect(value).toMatch(/^\$\{.+:\?.+\}$/);
      }
    }
  });

  test('the namespace gets the search attributes of the workflows', () => {
    const script = compose.configs['temporal-namespace']?.content ?? '';
    const created = /for attribute in ([\w ]+); do/.exec(script)?.[1]?.split(' ');
    expect(created).toEqual(Object.values(searchAttributes));
  });
});

const placesIn = (list: string | undefined): string[] => list?.match(/\d{6}/g) ?? [];

describe('our processes', () => {
  test('are the four that a stand needs and one command, and each file is there', () => {
    const workers = ['migrate', 'centre', 'place', 'gateway'];
    expect(ours.map(([name]) => name)).toEqual([...workers, 'release']);
    for (const [name, { command = [] }] of ours) {
      const [node, runner, file = '', ...words] = command;
      expect([node, runner]).toEqual(['node', 'run.mjs']);
      expect([file, ...words]).toEqual(
        workers.includes(name) ? [`workers/${name}.ts`] : ['cli/kuasheng.ts', 'release', 'current'],
      );
      expect(existsSync(join(root, file)), file).toBe(true);
    }
  });

  test('have a current build before anything is to be worked on', () => {
    const { release, 'registry-upload': upload } = compose.services;
    expect(Object.keys(release?.depends_on ?? {})).toEqual(['centre']);
    expect(upload?.depends_on).toMatchObject({
      release: { condition: 'service_completed_successfully' },
    });
  });

  test('are passed only settings that they know', () => {
    const unknown = settingsPassed.filter(({ setting }) => !settingNames.includes(setting));
    expect(unknown).toEqual([]);
    expect(settingsPassed.length).toBeGreaterThan(0);
  });

  test('are passed values that they accept', () => {
    for (const [name, { environment = {} }] of ours) {
      const filled = Object.entries(environment).map(([setting, value]) => [
        setting,
        value.replace(/\$\{[^}]*\}/g, 'password'),
      ]);
      const settings = readSettings(Object.fromEntries(filled) as NodeJS.ProcessEnv);
      expect(settings.KUASHENG_DATABASE_URL, name).toBe(
        'postgres://kuasheng:password@postgres:5432/{party}',
      );
    }
  });

  test('serve the places whose registry is uploaded', () => {
    const upload = compose.configs['registry-upload']?.content;
    const uploaded = placesIn(/for place in ([\d ]+);/.exec(upload ?? '')?.[1]);
    expect(uploaded.length).toBeGreaterThan(0);
    for (const [name, { environment }] of ours) {
      expect(placesIn(environment?.KUASHENG_PLACES), name).toEqual(uploaded);
    }
  });

  test('would refuse a setting that nobody knows', () => {
    expect(() => readSettings({ KUASHENG_PLACE: '500000' })).toThrow(
      'KUASHENG_PLACE is not a setting',
    );
  });

  test('share one image, which is built once and has the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(new Set(ours.map(([, { image }]) => image))).toEqual(new Set([`kuasheng:${version}`]));
    expect(ours.filter(([, { build }]) => build === '.').map(([name]) => name)).toEqual([
      'migrate',
    ]);
  });

  test('find in the image every path that the Dockerfile copies', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, paths = '']) => paths.split(' '),
    );
    const allowed = read('.dockerignore').match(/(?<=^!).+$/gm);
    for (const path of copied) {
      expect(existsSync(join(root, path)), path).toBe(true);
      expect(allowed).toContain(path);
    }
  });
});

describe('.env.example', () => {
  test('names every setting, and nothing else', () => {
    const named = read('.env.example').match(/(?<=^#? ?)[A-Z][A-Z0-9_]+(?==)/gm) ?? [];
    const passwords = named.filter((name) => /^POSTGRES_\w*PASSWORD$/.test(name));
    expect(named.filter((name) => !passwords.includes(name)).toSorted()).toEqual(
      [...settingNames].toSorted(),
    );
  });
});
