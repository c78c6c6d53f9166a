import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RefusalReason } from '../domain/refusal.ts';
import type { VisitAnswer } from '../domain/visit-parts.ts';
import { workflowsPath } from '../workers/assemble.ts';

/** Every recorded life replays on today's workflows: what is in flight will end as it began. */

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const histories = path.join(root, 'test', 'histories');
const logger = new DefaultLogger('ERROR');

interface Recorded {
  name: string;
  text: string;
}
interface Payload {
  data: string;
}

async function recorded(): Promise<Recorded[]> {
  const files = await readdir(histories, { recursive: true });
  const names = files.filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => ({ name, text: await readFile(path.join(histories, name), 'utf8') })),
  );
}

async function bundle(from: string): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath: from, logger });
  return code;
}
const replay = (code: string, { text }: Recorded): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: { code } }, historyFromJSON(JSON.parse(text)));

const phaseOf = (name: string): string => {
  if (name.includes('/refused-')) return 'refused';
  return name.includes('/reversed-') ? 'reversed' : 'cleared';
};

/** What the closed execution returned. */
function resultOf({ text }: Recorded): unknown {
  const { events } = JSON.parse(text) as {
    events: { workflowExecutionCompletedEventAttributes?: { result: { payloads: Payload[] } } }[];
  };
  const payload = events.at(-1)?.workflowExecutionCompletedEventAttributes?.result.payloads[0];
  return payload && JSON.parse(Buffer.from(payload.data, 'base64').toString());
}

/** What the parts of each recorded bill came to. */
const partsOf: Record<string, string[]> = {
  'visit/several-diseases.json': ['settled', 'settled', 'settled'],
  'visit/one-part-refused.json': ['refused', 'settled'],
  'visit/a-part-that-waited.json': ['settled', 'settled'],
  'visit/all-or-none.json': ['refused', 'reversed'],
};
const kindsOf = (result: unknown): string[] =>
  (result as VisitAnswer).parts.map(({ answer }) => answer.kind);

const all = await recorded();
let today: string;
/** What went wrong in each replay, by the history's name; one worker replays all of them. */
const errors = new Map<string, Error | undefined>();
beforeAll(async () => {
  today = await bundle(workflowsPath);
  const each = all.map(({ name, text }) => ({
    workflowId: name,
    history: historyFromJSON(JSON.parse(text)),
  }));
  const replays = Worker.runReplayHistories({ workflowBundle: { code: today } }, each);
  for await (const { workflowId, error } of replays) errors.set(workflowId, error);
});

describe('recorded histories', () => {
  it.each(all.map((one) => [one.name, one] as const))('%s replays', (name, one) => {
    expect(errors.has(name)).toBe(true);
    expect(errors.get(name)).toBeUndefined();
    const result = resultOf(one);
    if (name.startsWith('settlement/') || name.startsWith('reversal/')) {
      expect(result).toMatchObject({ phase: phaseOf(name) });
    } else if (name.startsWith('visit/')) {
      expect(kindsOf(result)).toEqual(partsOf[name]);
    } else if (name.startsWith('clearing/')) {
      expect(result).toMatchObject({ ok: !name.includes('refused-') });
    } else {
      expect(result).toBeTypeOf('number');
    }
  });

  it('hold the happy path, a stop, a lost history, every refusal there is, and every state that a reversal meets', () => {
    const reasons: Record<Exclude<RefusalReason, `reversal-${string}`>, true> = {
      'place-not-connected': true,
      'visit-in-future': true,
      'institution-not-designated': true,
      'disease-not-open': true,
      'institution-not-open-for-disease': true,
      'settlement-suspended': true,
      'not-qualified': true,
      'qualification-not-in-force': true,
      'qualification-not-migrated': true,
      'not-filed': true,
      'filing-not-in-force': true,
      'filing-for-other-place': true,
      'request-reversed': true,
      'not-in-time': true,
      'mixed-diseases': true,
      'sums-differ': true,
      'part-below-zero': true,
      'batch-settled': true,
      'batch-changed': true,
      'batch-crosses-year': true,
      'person-unknown': true,
      'not-insured': true,
      'benefit-suspended': true,
      'no-policy-in-force': true,
    };
    const names = all.map((one) => one.name);
    const expected = Object.keys(reasons).map((reason) => `settlement/refused-${reason}.json`);
    expect(names).toEqual(
      expect.arrayContaining([
        ...expected,
        'settlement/happy-through-clearing.json',
        'settlement/ordinary-outpatient.json',
        'settlement/stopped-then-retried.json',
        'settlement/started-again-after-history-was-lost.json',
        ...[
          'before-arrival',
          'while-split-waits',
          'while-splitting',
          'while-calculation-waits',
          'while-calculating',
          'recorded-not-answered',
          'after-result',
          'twice',
          'when-stopped',
          'after-month-was-cut',
        ].map((when) => `settlement/reversed-${when}.json`),
        'reversal/reversed-after-clearing.json',
        'settlement/reversal-crosses-year.json',
        'settlement/reversal-person-differs.json',
        'clearing/a-month.json',
        'registry/upload.json',
        ...Object.keys(partsOf),
      ]),
    );
  });

  it('carry the SDK’s flags, without which a wrong history would replay green', () => {
    for (const { name, text } of all) expect(text, name).toContain('"coreUsedFlags"');
  });

  it('say nothing of the machine that recorded them', () => {
    for (const { name, text } of all) {
      expect(text, name).not.toMatch(/"identity": "(?!recorder)/);
      expect(text, name).not.toMatch(/"stackTrace": "(?!")/);
    }
  });
});

describe('a reordered step', () => {
  let directory: string;
  beforeAll(async () => {
    // Beside workflows/, so that the bundler treats it as ours and its imports stay as they are.
    directory = await mkdtemp(path.join(root, '.reordered-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('does not replay: calculation before split is another workflow', async () => {
    const source = await readFile(path.join(root, 'workflows', 'settlement.ts'), 'utf8');
    const swapped = source
      .replace('treatingPlace.split.executeWithOptions', 'FIRST')
      .replace(
        'insuredPlace.calculate.executeWithOptions',
        'treatingPlace.split.executeWithOptions',
      )
      .replace('FIRST', 'insuredPlace.calculate.executeWithOptions')
      .replaceAll(`from './`, `from '../workflows/`);
    expect(swapped).not.toBe(source);
    const file = path.join(directory, 'index.ts');
    await writeFile(file, swapped);
    const happy = all.find((one) => one.name === 'settlement/happy-through-clearing.json');
    expect(happy).toBeDefined();
    await expect(replay(await bundle(file), happy!)).rejects.toThrow(DeterminismViolationError);
  });
});

describe('the workflow bundle', () => {
  it('holds no zod, no pg and no Node built-in', () => {
    const modules = [...today.matchAll(/node_modules\/((?:@[\w-]+\/)?[\w.-]+)/g)].map((m) => m[1]);
    const names = new Set(modules);
    expect(names).toContain('@temporalio/workflow');
    for (const name of ['zod', 'pg', 'yaml', 'fastify', 'pino', '@temporalio/client']) {
      expect(names).not.toContain(name);
    }
    expect(today).not.toMatch(/require\("(node:|fs|crypto|net|child_process)/);
  });
});
