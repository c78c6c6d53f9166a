import { pino, type Logger } from 'pino';
import type { FirstWord } from './dev/children.ts';
import { StartFailure } from './dev/start-failure.ts';
import { readSettings, type Settings } from './settings.ts';

/** What a process does once it is up, until it is told to stop. */
export interface RunningProcess {
  build?: string; // of the workflows that it runs
  stop(): Promise<void>;
}
export type ProcessStart = (settings: Settings, log: Logger) => Promise<RunningProcess>;

const stopLimitMilliseconds = 8_000;

/** Resolves when someone asks this process to stop, or when its parent is gone. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    const ask = (): void => {
      // Whatever it still waits for, be it a server that is gone too: it ends.
      setTimeout(() => process.exit(1), stopLimitMilliseconds).unref();
      resolve();
    };
    process.once('SIGTERM', ask);
    process.once('SIGINT', ask);
    process.once('disconnect', ask);
    // It may have gone while we were being read: nobody tells that again.
    if (process.send !== undefined && !process.connected) ask();
  });
}

/** Tells the parent process, where there is one. */
function tellParent(message: FirstWord): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    else
      process.send?.(message, undefined, undefined, () => {
        resolve();
      });
  });
}

/** Runs one of our processes: settings, logs, start, ready, stop. */
export async function runProcess(name: string, start: ProcessStart): Promise<void> {
  const asked = stopAsked();
  try {
    const settings = readSettings(process.env);
    const log = pino({ name, level: settings.KUASHENG_LOG_LEVEL });
    const running = await start(settings, log);
    await tellParent({ build: running.build ?? null });
    await asked;
    await running.stop();
    process.exit(0);
  } catch (error) {
    const isForPeople = error instanceof StartFailure;
    console.error(isForPeople ? error.message : error);
    if (isForPeople) await tellParent({ failure: error.message });
    process.exit(1);
  }
}

/** A setting that this process cannot do without. */
export function required(
  settings: Settings,
  name: 'TEMPORAL_ADDRESS' | 'KUASHENG_DATABASE_URL',
): string {
  const value = settings[name];
  if (value === undefined) throw new StartFailure(`${name} must be set.`);
  return value;
}
