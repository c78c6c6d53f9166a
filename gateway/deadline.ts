/** The work did not end while its sender waited; it may still end. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/**
 * The work's outcome, if it comes in time.
 *
 * @throws TooLate
 */
export async function inTime<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TooLate());
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
