import type { Client } from '@temporalio/client';
import { costsOf, eventsUntilAnswer, waitUntilAtRest, type Costs } from './costs.ts';
import { runLoad, type Answered, type Job, type Pace, type Send } from './load.ts';
import { readTimes, timesBetween, type ProcessorTimes } from './processor-time.ts';

/** One of the two that are compared: how to make its messages, and where they go. */
export interface Side {
  name: 'settlement' | 'floor';
  prepare(count: number): Promise<Job[]>;
  send: Send;
  /** Throws unless the answer is the one that was to be measured. */
  check(text: string): void;
  processes: Readonly<Record<string, number | null>>;
  jobs: Job[]; // all that were answered
}

export interface Block {
  milliseconds: number[];
  seconds: number; // from the first message to the last answer
  processorTimes: ProcessorTimes; // until all of it is at rest
}

const stragglers = 32; // of the last jobs: earlier ones are long at rest

async function answerAll(
  side: Side,
  jobs: readonly Job[],
  pace: Pace,
  onAnswer: () => void,
): Promise<Answered[]> {
  const answers = await runLoad(side.send, jobs, pace, onAnswer);
  for (const { text } of answers) side.check(text);
  side.jobs.push(...jobs);
  return answers;
}

/** Prepares a block, measures it, and waits until nothing of it is left to do. */
export async function runBlock(
  client: Client,
  side: Side,
  { count, pace, onAnswer }: { count: number; pace: Pace; onAnswer: () => void },
): Promise<Block> {
  const jobs = await side.prepare(count);
  const before = await readTimes(side.processes);
  const began = performance.now();
  const answers = await answerAll(side, jobs, pace, onAnswer);
  const seconds = (performance.now() - began) / 1000;
  await waitUntilAtRest(
    client,
    jobs.slice(-stragglers).map(({ workflowId }) => workflowId),
  );
  const processorTimes = timesBetween(before, await readTimes(side.processes));
  return {
    milliseconds: answers.map(({ milliseconds }) => milliseconds),
    seconds,
    processorTimes,
  };
}

export interface Alone {
  milliseconds: number[];
  untilAnswer: Costs;
  workflowIds: string[];
}

// The activity `return` comes after the answer: it starts and completes, and wakes the workflow,
// whose task starts and completes.
const transitionsAfterAnswer = 4;

/** The costs until the answer of an execution that rests; `seen` is what it had when it answered. */
async function costsUntilAnswer(client: Client, id: string, seen: number): Promise<Costs> {
  const stateTransitions = (await costsOf(client, id)).stateTransitions - transitionsAfterAnswer;
  if (seen < stateTransitions) {
    throw new Error(`${id} answered after ${seen} state transitions, not ${stateTransitions}.`);
  }
  return { events: await eventsUntilAnswer(client, id), stateTransitions };
}

/** Some, one at a time. */
export async function runAlone(client: Client, side: Side, count: number): Promise<Alone> {
  const jobs = await side.prepare(count);
  const milliseconds: number[] = [];
  const costs: Costs[] = [];
  const pace = { concurrency: 1, rate: null };
  for (const job of jobs) {
    const { workflowId } = job;
    const answers = await answerAll(side, [job], pace, () => undefined);
    const seen = await costsOf(client, workflowId);
    milliseconds.push(...answers.map((answer) => answer.milliseconds));
    await waitUntilAtRest(client, [workflowId]);
    costs.push(await costsUntilAnswer(client, workflowId, seen.stateTransitions));
  }
  const untilAnswer = {
    events: Math.max(...costs.map(({ events }) => events)),
    stateTransitions: Math.max(...costs.map(({ stateTransitions }) => stateTransitions)),
  };
  return { milliseconds, untilAnswer, workflowIds: jobs.map(({ workflowId }) => workflowId) };
}
