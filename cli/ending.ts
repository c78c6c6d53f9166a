import { SeedError } from '../seeds/seed-error.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';

/** How every command ends: fine, with findings (a difference, a gap, a refusal), or it could not run. */
export const fine = 0;
export const found = 1;
export const cannotRun = 2;
export type Status = typeof fine | typeof found | typeof cannotRun;

/** Whether it is a sentence that says what to do: shown as it is, without a stack. */
export const isForPeople = (error: unknown): error is StartFailure | SeedError =>
  error instanceof StartFailure || error instanceof SeedError;

/** Runs the work of a command; what it returns is the exit status, and what stops it is `cannotRun`. */
export const endingWith =
  <A extends unknown[]>(work: (...words: A) => Status | Promise<Status>) =>
  async (...words: A): Promise<void> => {
    try {
      process.exitCode = await work(...words);
    } catch (error) {
      console.error(isForPeople(error) ? error.message : error);
      process.exitCode = cannotRun;
    }
  };
