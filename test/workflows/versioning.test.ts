import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { placeCode } from '../../domain/identifiers.ts';
import type { SettlementRequest } from '../../domain/settlement.ts';
import { releaseCommands } from '../../cli/release.ts';
import { versioned, type Build } from '../../workers/build.ts';
import { makeCurrent } from '../../workers/release.ts';
import { runOn } from '../cli-on-system.ts';
import { aCase, prepare } from '../requests.ts';
import { createSystem, type TestSystem } from '../system.ts';
import {
  closeMonth,
  resultOf,
  reverseNow,
  settleNow,
  thisMonth,
  untilPhase,
  workflowIdOf,
} from './scenarios.ts';

/** Settlements outlive the workers that began them: each goes on with the build that is current. */

/** A later release, made from today's in one piece: the result is sent back twice. */
function resultSentTwice(code: string): string {
  const [sendsBack] = /await [^;]*stepAt\)\(life, 'return'[^;]*;/.exec(code)!;
  const [before = '', after = ''] = code.split(sendsBack);
  const again = sendsBack.replace(
    'WithOptions(options,',
    "WithOptions({ ...options, activityId: 'confirm', summary: '再次回传' },",
  );
  expect(again).not.toBe(sendsBack);
  const patched = before.match(/\(0,\w+\.patched\)/g)!.at(-1)!; // as the same module names it
  return `${before}if (${patched}('sent-twice')) ${again}\n${sendsBack}${after}`;
}

let system: TestSystem;
let first: Build;
let second: Build;
let careless: Build;
beforeAll(async () => {
  system = await createSystem('versioning');
  first = { id: 'first', code: await readFile(inject('bundlePath'), 'utf8') };
  second = { id: 'second', code: resultSentTwice(first.code) };
  const code = second.code.replace(/if \([^;]*'sent-twice'\)\) /, '');
  expect(code).not.toBe(second.code);
  careless = { id: 'careless', code };
});
afterAll(() => system.stop());

const treating = placeCode('500000');
const insured = placeCode('510000');
const newRequest = () => prepare(system.databases, aCase());
const settled = async (): Promise<SettlementRequest> => {
  const request = await newRequest();
  expect(await settleNow(system, request)).toMatchObject({ kind: 'settled' });
  await untilPhase(system, workflowIdOf(request), 'settled');
  return request;
};
const cli = (...words: string[]) => runOn(system, releaseCommands(), words);
/** Starts the centre's workers of a build; work goes to them from now on. */
async function release(build: Build) {
  const workers = await system.startCentre(versioned(build));
  expect(await cli('current', build.id)).toEqual({
    status: 0,
    output: `现行版本是 ${build.id}；新的和在途的结算都由它继续。\n`,
  });
  return workers;
}

const handleOf = (request: SettlementRequest) =>
  system.client.workflow.getHandle(workflowIdOf(request));
const ended = (request: SettlementRequest) => resultOf(system, workflowIdOf(request));
/** The build that the execution was on last. */
const buildOf = async (request: SettlementRequest) =>
  (await handleOf(request).describe()).raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion
    ?.buildId;
const stepsOf = ({ events }: History) =>
  (events ?? []).flatMap(
    (event) => event.activityTaskScheduledEventAttributes?.activityId ?? ([] as string[]),
  );
const replay = ({ code }: Build, history: History): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: { code } }, history);

/** What `release show` says, without the times; what is empty is left out. */
async function show() {
  const { status, output } = await cli('show');
  const [, ...lines] = output.trimEnd().split('\n');
  const rows = lines.filter((line) => !line.endsWith('。'));
  const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g;
  return {
    status,
    rows: rows.map((line) => line.replaceAll(time, ' ').trim().split(/\s+/)),
    said: lines.filter((line) => line.endsWith('。')),
  };
}
const nobody = '没有现行版本，新的结算不会开始：请执行 release current。';

it('a build that no worker has is not made current', async () => {
  expect(await makeCurrent(system.client, 'none', 300)).toBe(false);
});

/** One of each, by what becomes of it. */
const began = {} as Record<'unversioned' | 'takenBack' | 'cleared' | 'waiting', SettlementRequest>;

describe('settlements that began on one build, or before there were builds', () => {
  it('are settled, taken back and cleared on the next, when its workers alone are left', async () => {
    await system.startPlaces([treating]);
    const insuredWorkers = await system.startPlaces([insured]);
    const unversioned = await system.startCentre({ workflowBundle: { code: first.code } });
    began.unversioned = await settled();
    await expect.poll(show).toEqual({ status: 1, rows: [['没有版本', '1']], said: [nobody] });
    await unversioned.stop();

    const firstWorkers = await release(first);
    began.takenBack = await settled();
    began.cleared = await settled();
    await insuredWorkers.stop();
    began.waiting = await newRequest();
    const answer = settleNow(system, began.waiting);
    await untilPhase(system, workflowIdOf(began.waiting), 'calculation');
    expect(await buildOf(began.cleared)).toBe(first.id);
    // Nobody has worked on the oldest since.
    const rows = [
      ['first', '现行', '3', '1'],
      ['没有版本', '1'],
    ];
    await expect.poll(show).toEqual({ status: 0, rows, said: [] });

    await release(second);
    await firstWorkers.stop();
    expect(await reverseNow(system, began.takenBack)).toMatchObject({ kind: 'reversed' });
    await system.startPlaces([insured]);
    expect(await answer).toMatchObject({ kind: 'settled' });
    await untilPhase(system, workflowIdOf(began.waiting), 'settled');
    expect(await closeMonth(system, thisMonth())).toMatchObject({ ok: true });
    expect(await ended(began.takenBack)).toMatchObject({ phase: 'reversed' });
    for (const request of [began.unversioned, began.cleared, began.waiting]) {
      expect(await ended(request)).toMatchObject({ phase: 'cleared' });
      expect(await buildOf(request)).toBe(second.id);
    }
    const rowsAfter = [
      [second.id, '现行', '0', '0'],
      ['first', '0', '0'],
      ['没有版本', '0'],
    ];
    await expect.poll(show).toEqual({ status: 0, rows: rowsAfter, said: [] });
  });

  it('take a step that the next build adds, unless they had passed its place', async () => {
    const steps = async (request: SettlementRequest) =>
      stepsOf(await handleOf(request).fetchHistory());
    expect(await steps(began.waiting)).toEqual(['split', 'calculate', 'confirm', 'return']);
    for (const request of [began.unversioned, began.cleared]) {
      expect(await steps(request)).toEqual(['split', 'calculate', 'return']);
    }
  });

  it('replay where the added step is behind `patched`, and are refused where it is bare', async () => {
    const history = await handleOf(began.cleared).fetchHistory();
    await replay(second, history);
    await expect(replay(careless, history)).rejects.toThrow(DeterminismViolationError);
  });

  it('may go back to the build before, until they have taken the added step', async () => {
    for (const request of [began.cleared, began.takenBack]) {
      await replay(first, await handleOf(request).fetchHistory());
    }
    const taken = await handleOf(began.waiting).fetchHistory();
    await replay(second, taken);
    await expect(replay(first, taken)).rejects.toThrow(DeterminismViolationError);
  });
});
