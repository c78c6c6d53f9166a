/** What was read, until it is too old. */
export interface Remembered<T> {
  latest: () => Promise<T>;
  /** Reads anew before the next answer. */
  forget: () => void;
}

/** Reads at most once in so many milliseconds, whoever asks; a failed reading is not remembered. */
export function remembered<T>(read: () => Promise<T>, oldestMilliseconds: number): Remembered<T> {
  let known: { at: number; reading: Promise<T> } | null = null;
  const forget = (): void => {
    known = null;
  };
  return {
    latest: () => {
      if (known && performance.now() - known.at < oldestMilliseconds) return known.reading;
      const reading = read();
      known = { at: performance.now(), reading };
      reading.catch(forget);
      return reading;
    },
    forget,
  };
}
