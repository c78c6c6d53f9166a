import { expect, test } from 'vitest';
import { complaint } from '../../cli/release.ts';
import type { Release } from '../../cli/releases.ts';

const now = new Date();
const release = (changes: Partial<Release>): Release => ({
  build: '0.1.0-ab12cd34ef56',
  isCurrent: false,
  since: now,
  polledAt: now,
  open: 0,
  openBefore: 0,
  ...changes,
});

test('work that goes to a build whose workers are there is no complaint', () => {
  expect(complaint([release({ isCurrent: true })])).toBeNull();
});

test('work that goes nowhere, or where nobody is, is told with what to do', () => {
  expect(complaint([release({})])).toBe('没有现行版本，新的结算不会开始：请执行 release current。');
  expect(complaint([release({ isCurrent: true, polledAt: null })])).toBe(
    '近 5 分钟没有见到现行版本 0.1.0-ab12cd34ef56 的中心进程，结算都在等待：请启动它，或用 release current 换成正在运行的版本。',
  );
});
