import Table from 'cli-table3';
import type { Costs } from './costs.ts';
import type { Ended } from './ending.ts';
import { loadNow, type Machine } from './machine.ts';
import type { Alone, Block } from './measure.ts';
import type { Options } from './options.ts';
import { sumOfTimes, type ProcessorTimes } from './processor-time.ts';
import { median, percentile, total } from './statistics.ts';

/** What was measured of one side. */
export interface Measured {
  blocks: Block[];
  alone: Alone;
  atEnd: Costs;
  ended: Ended;
  lives: number; // that ended, warm-up and samples included
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Milliseconds of processor per life, of each process. */
function each(times: ProcessorTimes, lives: number): ProcessorTimes {
  const values = Object.entries(times).map(([name, seconds]): [string, number | null] => [
    name,
    seconds === null ? null : rounded((seconds * 1000) / lives, 1),
  ]);
  return Object.fromEntries(values);
}

const sumOf = (times: ProcessorTimes): number | null => {
  const values = Object.values(times);
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? rounded(total(known), 1) : null;
};

function summaryOf({ blocks, alone, atEnd, ended, lives }: Measured) {
  const milliseconds = blocks.flatMap((block) => block.milliseconds);
  const seconds = total(blocks.map((block) => block.seconds));
  const times = sumOfTimes(blocks.map(({ processorTimes }) => processorTimes));
  return {
    perSecond: rounded(milliseconds.length / seconds, 2),
    answerMilliseconds: {
      p50: rounded(median(milliseconds), 1),
      p95: rounded(percentile(milliseconds, 0.95), 1),
      p99: rounded(percentile(milliseconds, 0.99), 1),
      longest: rounded(Math.max(...milliseconds), 1),
      p50OneAtATime: rounded(median(alone.milliseconds), 1),
    },
    untilAnswer: alone.untilAnswer,
    atEnd,
    processorMillisecondsEach: each(times, milliseconds.length),
    processorMillisecondsOfAll: sumOf(each(times, milliseconds.length)),
    endedPerSecond: rounded(lives / ended.seconds, 1),
    processorMillisecondsToEnd: each(ended.processorTimes, lives),
    blocks: blocks.map((block) => ({
      perSecond: rounded(block.milliseconds.length / block.seconds, 2),
      p50: rounded(median(block.milliseconds), 1),
    })),
  };
}
type Summary = ReturnType<typeof summaryOf>;

function ratiosOf(settlement: Summary, floor: Summary) {
  const of = (ours: number, theirs: number): number => rounded(ours / theirs, 2);
  const [ours, theirs] = [settlement.processorMillisecondsOfAll, floor.processorMillisecondsOfAll];
  const pairs = settlement.blocks.flatMap((ours, index) => {
    const theirs = floor.blocks[index];
    if (theirs === undefined) return [];
    const throughput = of(ours.perSecond, theirs.perSecond);
    return [{ throughput, p50: of(ours.p50, theirs.p50) }];
  });
  return {
    throughput: of(settlement.perSecond, floor.perSecond),
    p50: of(settlement.answerMilliseconds.p50, floor.answerMilliseconds.p50),
    p50OneAtATime: of(
      settlement.answerMilliseconds.p50OneAtATime,
      floor.answerMilliseconds.p50OneAtATime,
    ),
    processor: ours === null || theirs === null ? null : of(ours, theirs),
    ofEachPairOfBlocks: pairs,
  };
}

export interface Run {
  options: Options;
  machine: Machine;
  settlement: Measured;
  floor: Measured;
}

export function resultOf({ options, machine, ...measured }: Run) {
  const settlement = summaryOf(measured.settlement);
  const floor = summaryOf(measured.floor);
  const { count, warmUp, concurrency, rate, blocks, persons } = options;
  return {
    takenOn: new Date().toISOString().slice(0, 10),
    machine: { ...machine, loadAfter: loadNow() }, // the bench's own load is in it
    options: { count, warmUp, concurrency, rate, blocks, persons },
    ratios: ratiosOf(settlement, floor),
    settlement,
    floor,
  };
}
export type Result = ReturnType<typeof resultOf>;

type Cell = string | number;
const text = (value: number | null | undefined): Cell => value ?? 'not available';

function table(head: string[], rows: Cell[][]): string {
  const shown = new Table({
    head,
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  shown.push(...rows);
  return shown.toString();
}

function speed({ settlement, floor, ratios }: Result): string {
  const [ours, theirs] = [settlement.answerMilliseconds, floor.answerMilliseconds];
  return table(['', 'settlement', 'floor', 'ratio'], [
    ['per second', settlement.perSecond, floor.perSecond, ratios.throughput],
    ['answer p50, ms', ours.p50, theirs.p50, ratios.p50],
    ['answer p95, ms', ours.p95, theirs.p95, ''],
    ['answer p99, ms', ours.p99, theirs.p99, ''],
    ['longest answer, ms', ours.longest, theirs.longest, ''],
    ['one at a time, p50, ms', ours.p50OneAtATime, theirs.p50OneAtATime, ratios.p50OneAtATime],
    ['events until the answer', settlement.untilAnswer.events, floor.untilAnswer.events, ''],
    ['events at the end', settlement.atEnd.events, floor.atEnd.events, ''],
    ['state transitions until the answer', settlement.untilAnswer.stateTransitions,
      floor.untilAnswer.stateTransitions, ''],
    ['state transitions at the end', settlement.atEnd.stateTransitions,
      floor.atEnd.stateTransitions, ''],
    ['ended per second', settlement.endedPerSecond, floor.endedPerSecond, ''],
  ]); // prettier-ignore
}

function processors({ settlement, floor, ratios }: Result): string {
  const ours = settlement.processorMillisecondsEach;
  const theirs = floor.processorMillisecondsEach;
  const rows = Object.keys(ours).map((name) => [name, text(ours[name]), text(theirs[name]), '']);
  const all = [settlement, floor].map((side) => text(side.processorMillisecondsOfAll));
  rows.push(['all of them', ...all, text(ratios.processor)]);
  const toEnd = [settlement, floor].map((side) => text(sumOf(side.processorMillisecondsToEnd)));
  rows.push(['later signal and end, all', ...toEnd, '']);
  return table(['processor ms each', 'settlement', 'floor', 'ratio'], rows);
}

/** The result for a reader at a terminal. */
export function printResult(result: Result): void {
  const { cores, memoryGiB, commitMilliseconds, loadBefore, loadAfter } = result.machine;
  console.log(
    `\n${cores} cores, ${memoryGiB} GiB; a commit takes ${commitMilliseconds} ms; load before ${loadBefore}, after ${loadAfter}`,
  );
  console.log(speed(result));
  console.log(processors(result));
  const pairs = result.ratios.ofEachPairOfBlocks;
  const list = (of: 'throughput' | 'p50'): string => pairs.map((pair) => pair[of]).join(' ');
  console.log(`of each pair of blocks: throughput ${list('throughput')}; p50 ${list('p50')}`);
  console.log('aim: throughput at least 0.8 of the floor, p50 at most 1.5 of the floor');
}
