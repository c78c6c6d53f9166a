import { Command } from 'commander';
import { SeedError } from '../seeds/seed-error.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';

/** How a command that checks something ends: fine, with findings, or it could not run. */
export const fine = 0;
export const found = 1;
export const cannotRun = 2;

/** A command that also says by its exit status that it was called wrongly. */
export const aCommand = (name: string): Command =>
  new Command(name).exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? fine : cannotRun));

/** Runs the work of a command; what it returns is the exit status, and what stops it is `cannotRun`. */
export const endingWith =
  <A extends unknown[]>(work: (...words: A) => Promise<number>) =>
  async (...words: A): Promise<void> => {
    try {
      process.exitCode = await work(...words);
    } catch (error) {
      const isForPeople = error instanceof StartFailure || error instanceof SeedError;
      console.error(isForPeople ? error.message : error);
      process.exitCode = cannotRun;
    }
  };
