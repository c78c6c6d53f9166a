import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';

test.each(['before it is read', 'while it works'])(
  'a process whose parent goes %s ends',
  async (when) => {
    const child = fork('run.mjs', ['test/workers/idle.ts']);
    onTestFinished(() => void child.kill('SIGKILL'));
    if (when === 'while it works') {
      expect(await once(child, 'message')).toMatchObject([{ build: null }, undefined]);
    }
    const ended = once(child, 'exit');
    child.disconnect();
    expect(await ended).toEqual([0, null]);
  },
);
