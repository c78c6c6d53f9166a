import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { pause } from '../../gateway/deadline.ts';

describe('a pause', () => {
  test('ends when the signal says so, also where it has said so before', async () => {
    const over = new AbortController();
    const paused = pause(600_000, over.signal);
    over.abort();
    await paused;
    await pause(600_000, over.signal);
  });

  test('that ends by itself leaves nothing behind on a signal that goes on', async () => {
    const { signal } = new AbortController();
    await pause(1, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
