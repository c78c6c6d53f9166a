import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Sends messages and takes the time of each answer. */

export interface Job {
  workflowId: string;
  body: Buffer;
}
export interface Answered {
  milliseconds: number;
  text: string;
}
export type Send = (body: Buffer) => Promise<string>;

/** Plain HTTP over connections that stay open. */
export function createSender(url: string): { send: Send; close: () => void } {
  const agent = new Agent({ keepAlive: true });
  const send: Send = (body) =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'content-length': body.length,
      };
      const sent = request(url, { agent, method: 'POST', headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          resolve(Buffer.concat(parts).toString());
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    send,
    close: () => {
      agent.destroy();
    },
  };
}

export interface Pace {
  concurrency: number;
  rate: number | null;
}

async function timed(send: Send, { body }: Job, since: number): Promise<Answered> {
  const text = await send(body);
  return { milliseconds: performance.now() - since, text };
}

/** Runs `work` on all, some at once, each as soon as one before it is done. */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** Arrivals at equal distances, whatever becomes of those before; timed from when each was due. */
async function atRate<T, R>(
  items: readonly T[],
  rate: number,
  work: (item: T, due: number) => Promise<R>,
): Promise<R[]> {
  const began = performance.now();
  const running = items.map(async (item, index) => {
    const due = began + (index * 1000) / rate;
    await sleep(Math.max(0, due - performance.now()));
    return work(item, due);
  });
  return Promise.all(running);
}

/** Sends all jobs at the pace and gives their answers with how long each took. */
export function runLoad(
  send: Send,
  jobs: readonly Job[],
  { concurrency, rate }: Pace,
  onAnswer: () => void,
): Promise<Answered[]> {
  const told = async (answer: Promise<Answered>): Promise<Answered> => {
    const answered = await answer;
    onAnswer();
    return answered;
  };
  return rate === null
    ? inParallel(jobs, concurrency, (job) => told(timed(send, job, performance.now())))
    : atRate(jobs, rate, (job, due) => told(timed(send, job, due)));
}
