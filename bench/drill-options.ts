import { Command } from 'commander';
import { positive, whole } from './options.ts';

export interface DrillOptions {
  settlements: number;
  seconds: number; // of the window, at most
  rate: number; // released per second
  closeEarly: boolean;
}

export const readDrillOptions = (commandLine: readonly string[]): DrillOptions =>
  new Command('npm run drill:maintenance --')
    .description('Settlements that wait for their insured place’s maintenance window, and its end.')
    .option('--settlements <n>', 'that come while it is closed', whole, 200)
    .option('--seconds <n>', 'how long the window is', positive, 30)
    .option('--rate <n>', 'settlements that the place takes per second afterwards', whole, 20)
    .option('--close-early', 'close the window as soon as all of them wait', false)
    .parse(commandLine, { from: 'user' })
    .opts<DrillOptions>();
