import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RefusalReason } from '../domain/refusal.ts';
import type { VisitAnswer } from '../domain/visit-parts.ts';
import { buildWorkflows, named, type Build } from '../workers/build.ts';

/**
 * Every recorded life replays on today's workflows, those of the releases before too: what is in flight
 * will end as it began.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const histories = path.join(root, 'test', 'histories');

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

const replay = (code: string, { text }: Recorded): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: { code } }, historyFromJSON(JSON.parse(text)));

/** The scenario, whichever release recorded it. */
const scenarioOf = (name: string): string => name.replace(/^releases\/[^/]+\//, '');
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
let build: Build;
/** By its text, one name of each: a release's recording that is today's too is replayed once. */
const nameOf = new Map(all.map(({ name, text }) => [text, name]));
/** What went wrong in each replay, by that name; one worker replays all of them. */
const errors = new Map<string, Error | undefined>();
beforeAll(async () => {
  build = await buildWorkflows();
  const each = [...nameOf].map(([text, name]) => ({
    workflowId: name,
    history: historyFromJSON(JSON.parse(text)),
  }));
  const replays = Worker.runReplayHistories({ workflowBundle: { code: build.code } }, each);
  for await (const { workflowId, error } of replays) errors.set(workflowId, error);
});

describe('recorded histories', () => {
  it.each(all.map((one) => [one.name, one] as const))('%s replays', (name, one) => {
    const replayed = nameOf.get(one.text)!;
    expect(errors.has(replayed)).toBe(true);
    expect(errors.get(replayed)).toBeUndefined();
    const result = resultOf(one);
    const scenario = scenarioOf(name);
    if (scenario.startsWith('settlement/') || scenario.startsWith('reversal/')) {
      expect(result).toMatchObject({ phase: phaseOf(name) });
    } else if (scenario.startsWith('visit/')) {
      expect(kindsOf(result)).toEqual(partsOf[scenario]);
    } else if (scenario.startsWith('clearing/')) {
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
          'while-failing',
          'recorded-not-answered',
          'after-result',
          'twice',
          'when-stopped',
          'after-month-was-cut',
          'while-late',
          'undone-once-more',
          'by-the-second-of-two',
        ].map((when) => `settlement/reversed-${when}.json`),
        'reversal/reversed-after-clearing.json',
        'settlement/reversal-crosses-year.json',
        'settlement/reversal-person-differs.json',
        'settlement/reversal-refused-after-history-was-lost.json',
        'settlement/repeated-late-after-history-was-lost.json',
        ...[
          'retried',
          'waited-for-a-place',
          'in-time-at-the-counter',
          'refused-late-attempt',
          'refused-then-freed',
          'through-a-window',
          'through-the-centres-window',
          'through-the-centres-window-prolonged',
        ].map((late) => `settlement/${late}.json`),
        'clearing/a-month.json',
        'registry/upload.json',
        'windows/told-and-woken.json',
        'windows/centre-told-and-woken.json',
        ...Object.keys(partsOf),
      ]),
    );
  });

  it('include what the release before this one recorded', async () => {
    const changelog = await readFile(path.join(root, 'CHANGELOG.md'), 'utf8');
    const [now, before] = [...changelog.matchAll(/^## (\d+\.\d+\.\d+)$/gm)].map(([, of]) => of);
    expect(build.id).toContain(`${now!}-`);
    const names = all.map((one) => one.name);
    expect(names).toContain(`releases/${before!}/settlement/happy-through-clearing.json`);
    expect(names.filter((name) => name.startsWith(`releases/${now!}/`))).toEqual([]);
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
  it('does not replay: calculation before split is another workflow', async () => {
    const [split, calculate] = ['treatingPlace.split.', 'insuredPlace.calculate.'] as const;
    for (const step of [split, calculate]) expect(build.code.split(step)).toHaveLength(2);
    const code = build.code
      .replace(split, 'FIRST')
      .replace(calculate, split)
      .replace('FIRST', calculate);
    const happy = all.find((one) => one.name === 'settlement/happy-through-clearing.json');
    expect(happy).toBeDefined();
    await expect(replay(code, happy!)).rejects.toThrow(DeterminismViolationError);
  });
});

describe('the workflow bundle', () => {
  it('holds no zod, no pg and no Node built-in', () => {
    const modules = [...build.code.matchAll(/node_modules\/((?:@[\w-]+\/)?[\w.-]+)/g)].map(
      (m) => m[1],
    );
    const names = new Set(modules);
    expect(names).toContain('@temporalio/workflow');
    for (const name of ['zod', 'pg', 'yaml', 'fastify', 'pino', '@temporalio/client']) {
      expect(names).not.toContain(name);
    }
    expect(build.code).not.toMatch(/require\("(node:|fs|crypto|net|child_process)/);
  });

  it('is named after the package and its code, and not after the place where it was built', async () => {
    expect(build.id).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
    const [runs, map] = build.code.split('//# sourceMappingURL=');
    expect(map).toBeDefined();
    expect(runs).not.toContain(root);
    expect(await named(`${runs!}//# sourceMappingURL=elsewhere`)).toMatchObject({ id: build.id });
    expect((await named(`${runs!}// and a word more\n`)).id).not.toBe(build.id);
  });
});
