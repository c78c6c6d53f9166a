import { setCurrentDetails } from '@temporalio/workflow';
import { summaryOf } from '../domain/summary.ts';
import type { Phase } from './contracts.ts';
import { clockInChina, phaseNames } from './contracts-words.ts';
import type { Life } from './life.ts';

/** What operators read of an open execution in the Temporal UI; nothing of the person. */

/** Who does a step. */
export type Doer = 'centre' | 'treatingPlace' | 'insuredPlace';

const roles = { treatingPlace: '就医地', insuredPlace: '参保地' } as const;
const centre = '国家级经办机构';
function nameOf({ about }: Life, doer: Doer): string {
  if (doer === 'centre' || !about) return centre;
  const { request, naming } = about;
  return `${roles[doer]}${naming?.[doer] ?? ''}（${request[doer]}）`;
}

/** Shows which settlement it is, and line by line how it stands. */
function show({ about }: Life, ...lines: string[]): void {
  const which = about ? [summaryOf(about.request, about.naming)] : [];
  setCurrentDetails([...which, ...lines].join('\n\n'));
}

/** A step is begun: a wait inside its retries is not seen here (`kuasheng why` tells it). */
export function showStep(life: Life, phase: Phase, doer: Doer): void {
  show(life, `阶段：${phaseNames[phase]}`, `等待：${nameOf(life, doer)}`);
}

export function showMaintenance(
  life: Life,
  phase: Phase,
  { until, message }: { until: string | null; message: string },
): void {
  const end = until === null ? '恢复时间另行通知' : `至 ${clockInChina(until)}（北京时间）`;
  show(
    life,
    `阶段：${phaseNames[phase]}`,
    `等待：${centre}停机维护（${message}），${end}；恢复后自动继续，提前恢复时发送信号 resume`,
  );
}

export function showStopped(life: Life, phase: Phase, why: string): void {
  show(
    life,
    `已停止（${phaseNames[phase]}）：${why}`,
    '等待：运维人员。修复后发送信号 retry，或发送信号 reverse 撤销',
  );
}

/** How it stands where nothing is done: it waits for the centre's clearing, or is over. */
export function showStanding(life: Life, standing: string, isOver = false): void {
  show(life, `阶段：${standing}`, ...(isOver ? [] : [`等待：${centre}月度清算`]));
}
