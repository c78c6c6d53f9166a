import { Command, InvalidArgumentError } from 'commander';

export interface Options {
  count: number; // measured, of each kind
  warmUp: number; // of each kind
  concurrency: number;
  rate: number | null; // arrivals per second; null for a closed loop
  blocks: number; // of each kind, alternating
  persons: number;
  save: boolean;
  profile: boolean;
}

export function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
export function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

export function readOptions(commandLine: readonly string[]): Options {
  const command = new Command('npm run bench --')
    .description('What a settlement costs, next to a workflow of the same shape that does nothing.')
    .option('--count <n>', 'measured settlements, and as many of the floor', whole, 400)
    .option('--warm-up <n>', 'of each before measuring', whole, 100)
    .option('--concurrency <n>', 'hospitals that wait at once (closed loop)', whole, 8)
    .option('--rate <n>', 'arrivals per second instead (open loop)', positive)
    .option('--blocks <n>', 'alternating blocks that the count is cut into', whole, 5)
    .option('--persons <n>', 'invented persons', whole, 200)
    .option('--save', 'write docs/performance.json', false)
    .option('--profile', 'write a V8 profile of each process beside the result', false)
    .parse(commandLine, { from: 'user' });
  const { rate, ...rest } = command.opts<Omit<Options, 'rate'> & { rate?: number }>();
  return { ...rest, rate: rate ?? null };
}
