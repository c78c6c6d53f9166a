import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Presets, SingleBar } from 'cli-progress';
import { readSettings } from '../workers/settings.ts';
import { costsOf, readSizes } from './costs.ts';
import { checkLedger, endFloor, endSettlements, runEnd, thisMonth } from './ending.ts';
import { loadNow, readMachine } from './machine.ts';
import { runAlone, runBlock, type Alone, type Block, type Side } from './measure.ts';
import { readOptions, type Options } from './options.ts';
import { printResult, resultOf, type Measured, type Result } from './report.ts';
import { runToEnd, say, type Run } from './run.ts';
import { floorSide, settlementSide } from './sides.ts';
import { openSystem, type BenchSystem } from './system.ts';

/** npm run bench: what a settlement costs, beside a floor of the same shape, in one run. */

const aloneCount = 15;

interface Stage {
  system: BenchSystem;
  options: Options;
  bar: SingleBar;
}

async function block({ system, options, bar }: Stage, side: Side, count: number): Promise<Block> {
  const onAnswer = (): void => {
    bar.increment({ stage: side.name });
  };
  bar.update({ stage: `${side.name}: preparing` });
  return runBlock(system.client, side, { count, pace: options, onAnswer });
}

async function alone({ system, bar }: Stage, side: Side): Promise<Alone> {
  bar.update({ stage: `${side.name}: one at a time` });
  const measured = await runAlone(system.client, side, aloneCount);
  bar.increment(aloneCount);
  return measured;
}

/** A B A B …: what the machine does meanwhile hits both. */
async function interleave(stage: Stage, sides: readonly Side[]): Promise<Map<Side, Block[]>> {
  const { count, blocks } = stage.options;
  const measured = new Map<Side, Block[]>(sides.map((side) => [side, []]));
  for (let no = 0; no < blocks; no += 1) {
    const size = Math.floor((count * (no + 1)) / blocks) - Math.floor((count * no) / blocks);
    if (size === 0) continue;
    for (const side of sides) measured.get(side)?.push(await block(stage, side, size));
  }
  return measured;
}

async function endBoth(
  { system: { client, centre }, bar }: Stage,
  [settlement, floor]: readonly [Side, Side],
  began: ReturnType<typeof thisMonth>,
) {
  const expected = settlement.jobs.length;
  await checkLedger(centre, expected);
  bar.update({ stage: 'clearing the month' });
  const months = new Set([began, thisMonth()]);
  const ofSettlement = await runEnd(client, settlement, () =>
    endSettlements(client, months, expected),
  );
  bar.update({ stage: 'ending the floor' });
  const floors = floor.jobs.map(({ workflowId }) => workflowId);
  const ofFloor = await runEnd(client, floor, () => endFloor(client, floors));
  return { ofSettlement, ofFloor };
}

async function measure(
  stage: Stage,
  { name, undo }: Run,
): Promise<{ settlement: Measured; floor: Measured }> {
  const { system, options } = stage;
  const { client } = system;
  const month = thisMonth();
  const settlement = settlementSide(system, name, undo);
  await block(stage, settlement, options.warmUp);
  const sizes = await readSizes(client, settlement.jobs[0]?.workflowId ?? '');
  const floor = floorSide(system, sizes, undo);
  await block(stage, floor, options.warmUp);
  const aloneOf = {
    settlement: await alone(stage, settlement),
    floor: await alone(stage, floor),
  };
  const blocks = await interleave(stage, [settlement, floor]);
  const { ofSettlement, ofFloor } = await endBoth(stage, [settlement, floor], month);
  const measured = async (side: Side, ended: Measured['ended']): Promise<Measured> => ({
    blocks: blocks.get(side) ?? [],
    alone: aloneOf[side.name],
    atEnd: await costsOf(client, aloneOf[side.name].workflowIds.at(-1) ?? ''),
    ended,
    lives: side.jobs.length,
  });
  return {
    settlement: await measured(settlement, ofSettlement),
    floor: await measured(floor, ofFloor),
  };
}

async function write(result: Result, directory: string, { save }: Options): Promise<void> {
  const kept = fileURLToPath(new URL('../docs/performance.json', import.meta.url));
  const file = save ? kept : path.join(directory, 'result.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  say(`written to ${path.relative(process.cwd(), file)}`);
}

async function main(run: Run): Promise<number> {
  const { name, undo, signal, onEnd } = run;
  const options = readOptions(process.argv.slice(2));
  const data = path.resolve(readSettings(process.env).KUASHENG_DATA_DIRECTORY);
  const directory = path.join(data, 'bench', name);
  if (options.profile) await mkdir(directory, { recursive: true });
  const loadBefore = loadNow();
  const profileDirectory = options.profile ? directory : null;
  const { persons } = options;
  const system = await run.opening(
    openSystem({ run: name, persons, profileDirectory, progress: say, signal, onEnd, undo }),
  );
  const machine = await readMachine(system.client, system.centre, loadBefore);
  const bar = new SingleBar(
    { format: '{bar} {value}/{total}  {stage}', noTTYOutput: true, notTTYSchedule: 10_000 },
    Presets.shades_classic,
  );
  undo.push(() =>
    Promise.resolve().then(() => {
      bar.stop();
    }),
  );
  bar.start(2 * (options.warmUp + aloneCount + options.count), 0, { stage: 'begins' });
  const measured = await measure({ system, options, bar }, run);
  bar.stop();
  const result = resultOf({ options, machine, ...measured });
  printResult(result);
  await write(result, directory, options);
  return 0;
}

await runToEnd(main);
