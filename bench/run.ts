import { StartFailure } from '../workers/dev/start-failure.ts';

/** One run from a terminal: whatever it opened is closed, also after a fault, a Ctrl-C or a kill. */
export interface Run {
  name: string; // another one for each run
  /** What must be undone, last first, also when opening fails half way. */
  undo: (() => Promise<unknown>)[];
  signal: AbortSignal; // gives up opening
  /** Waits for what is being opened before anything is closed. */
  opening<T>(promise: Promise<T>): Promise<T>;
  /** Told when a process ended though nobody asked it to. */
  onEnd: (sentence: string) => void;
}

export const say = (line: string): void => {
  console.log(`  ${line}`);
};

async function undoAll(undo: Run['undo']): Promise<void> {
  for (const step of undo.splice(0).reverse()) {
    await step().catch((error: unknown) => {
      console.error(error);
    });
  }
}

/** @param main returns the status that the process ends with */
export async function runToEnd(main: (run: Run) => Promise<number>): Promise<void> {
  const givenUp = new AbortController();
  const undo: Run['undo'] = [];
  let stopping = false;
  let opened: Promise<unknown> = Promise.resolve();
  const stopAndExit = async (status: number): Promise<void> => {
    stopping = true;
    givenUp.abort();
    await Promise.allSettled([opened]);
    await undoAll(undo);
    process.exit(status);
  };
  const fail = async (error: unknown): Promise<void> => {
    if (stopping) return;
    stopping = true;
    console.error(error instanceof StartFailure ? `\n${error.message}` : error);
    await stopAndExit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      console.log('\nStopping …');
      void stopAndExit(130);
    });
  }
  try {
    const status = await main({
      name: Date.now().toString(36),
      undo,
      signal: givenUp.signal,
      opening: (promise) => {
        opened = promise;
        return promise;
      },
      onEnd: (sentence) => void fail(new StartFailure(sentence)),
    });
    await stopAndExit(status);
  } catch (error) {
    await fail(error);
  }
}
