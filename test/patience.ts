import { availableParallelism, loadavg } from 'node:os';
import { vi } from 'vitest';

/** What keeps a test true on a machine that is slow, or busy with other things. */

/**
 * How long a test waits for what must come, in milliseconds. What has come is not waited for: only a test that
 * fails takes so long.
 */
export const patientMs = 120_000;

/** Looks again and again until nothing is thrown any more; resolves with what was found. */
export const eventually = <Found>(
  look: () => Found | Promise<Found>,
  interval = 50,
): Promise<Found> => vi.waitFor(look, { timeout: patientMs, interval });

/** 1 on a machine that does nothing else; 3 where three programs want each of its cores. */
export const busyness = (): number => Math.max(1, loadavg()[0]! / availableParallelism());
