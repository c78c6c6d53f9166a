import type { ExplainedRequest } from '../db/explanations.ts';
import {
  closedUntil,
  instant,
  windowsOf,
  type MaintenanceParty,
  type MaintenanceService,
  type MaintenanceWindow,
} from '../domain/maintenance.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import { noticeOf } from '../gateway/notices.ts';
import type { ReadableNames } from '../seeds/names.ts';
import type { SettlementStatus } from '../workflows/contracts.ts';
import { clockInChina, phaseNames, remoteStepOf, serviceIn } from '../workflows/contracts-words.ts';
import { isCutOff, type Waiting } from '../gateway/waiting.ts';

/** A request as the centre's books have it. */
export type KnownRequest = Omit<ExplainedRequest, 'settlementId' | 'state'> & {
  settlementId: string | null; // null, like its state: the centre has not claimed it yet
  state: ExplainedRequest['state'] | null;
};
/** What is known of a settlement that somebody asks about. */
export interface Known {
  request: KnownRequest;
  workflowId: string;
  state: string | null; // of the execution; null when Temporal has none
  status: SettlementStatus | null; // null when no worker answers
  waiting: readonly Waiting[];
  summary: string | null; // what Temporal shows of the execution
  windows: readonly MaintenanceWindow[]; // of all parties, those that are not over
}
/** For whom it waits, why, until when, the last failures, what to do. */
export interface Said {
  what: string;
  whom: string;
  until: string;
  failures: readonly string[];
  todo: string;
}

const clock = (at: number): string => `${clockInChina(at)}（北京时间）`;

interface Step {
  what: string;
  whom: string;
  party: MaintenanceParty;
  service: MaintenanceService;
}
const nothingToDo = '不用处理，维护结束后自动继续。';
const roles = { treatingPlace: '就医地', insuredPlace: '参保地' } as const;
function stepOf(activity: string, request: SettlementRequest | null, names: ReadableNames): Step {
  const known = remoteStepOf(activity);
  // One that never arrived: no place has anything to do.
  if (!known || !request) {
    return { what: activity, whom: '中心', party: 'centre', service: 'settlement' };
  }
  const { what, at, service } = known;
  const party = request[at];
  return { what, whom: `${roles[at]}${names.place(party)}`, party, service };
}

const failuresOf = ({ failure }: Waiting): string[] => (failure === null ? [] : [failure]);
const begun = ({ what }: Step, { attempt, since, isRunning }: Waiting): string => {
  const from = since === null ? '' : `，自 ${clock(since)}起`;
  return `${what}${isRunning ? '正在执行' : '在等待'}（第 ${attempt} 次尝试${from}）`;
};
const untilOf = ({ until }: { until: string | null }): string =>
  until === null ? '恢复时间待定' : clock(Date.parse(until));
/** Without an end nobody knows its turn: its next attempt only asks again. */
const turnOf = ({ until }: { until: string | null }, { nextAt }: Waiting): string =>
  until === null || nextAt === null ? '' : `；轮到这一笔约在 ${clock(nextAt)}`;

/** Its place is in maintenance: by the windows that the centre knows, which may be newer than what the step was told. */
function inMaintenance(
  step: Step,
  one: Waiting,
  windows: readonly MaintenanceWindow[],
): Said | null {
  const now = instant(new Date().toISOString());
  const closed = closedUntil(windowsOf(windows, step.party), step.service, now);
  if (!closed) return afterMaintenance(step, one);
  return {
    what: begun(step, one),
    whom: `${step.whom}停机维护：${closed.message}`,
    until: `${untilOf(closed)}${turnOf(closed, one)}`,
    failures: one.maintenance ? [] : failuresOf(one),
    todo: nothingToDo,
  };
}
/** It was told of a window that the centre does not know of any more, or not yet. */
function afterMaintenance(step: Step, one: Waiting): Said | null {
  const told = one.maintenance;
  if (!told) return null;
  const what = begun(step, one);
  if (told.until !== null && Date.parse(told.until) <= Date.now()) {
    return {
      what,
      whom: `${step.whom}停机维护已结束，正在依次放行`,
      until: clock(one.nextAt ?? Date.now()),
      failures: [],
      todo: '不用处理，轮到后自动继续。',
    };
  }
  return {
    what,
    whom: `${step.whom}停机维护${told.message === '' ? '' : `：${told.message}`}`,
    until: `${untilOf(told)}${turnOf(told, one)}`,
    failures: [],
    todo: nothingToDo,
  };
}
function onPause(step: Step, one: Waiting): Said | null {
  if (!one.isPaused) return null;
  const failures = failuresOf(one);
  const todo = '有人暂停了这一步：核实后在 Temporal 界面恢复（unpause）。';
  return { what: begun(step, one), whom: step.whom, until: '有人恢复为止', failures, todo };
}
function neverTaken(step: Step, one: Waiting): Said | null {
  if (one.attempt > 1 || one.isRunning) return null;
  const todo = `还没有进程取走：请确认${step.whom}的 place 进程正在运行。`;
  return {
    what: begun(step, one),
    whom: step.whom,
    until: '该地的进程启动为止',
    failures: [],
    todo,
  };
}
function onRetry(step: Step, one: Waiting): Said {
  const { nextAt } = one;
  return {
    what: begun(step, one),
    whom: step.whom,
    until: nextAt === null ? '这次尝试结束（最多 10 秒）' : `下次尝试 ${clock(nextAt)}`,
    failures: failuresOf(one),
    todo: `会自动重试；总是失败时，请${step.whom}按失败原因处理。`,
  };
}

/** The centre is in maintenance, as the execution says or the windows do, which may be newer. */
function atClosedCentre(what: string, service: MaintenanceService, known: Known): Said | null {
  const now = instant(new Date().toISOString());
  const closed = closedUntil(windowsOf(known.windows, 'centre'), service, now);
  const window = closed ?? known.status?.waitsFor;
  if (!window) return null;
  const words = closed ? `：${closed.message}` : '';
  const whom = `国家级经办机构停机维护${words}`;
  return { what, whom, until: untilOf(window), failures: [], todo: nothingToDo };
}

const noOne = { whom: '无', until: '无', failures: [] };
/** What the execution itself says, whatever it waits for. */
function fromStatus(known: Known): Said | null {
  const { status, workflowId } = known;
  if (status?.stopped) {
    const { in: phase, why } = status.stopped;
    return {
      what: `在${phaseNames[phase]}停止：数据自相矛盾，继续会算错`,
      whom: '运维人员',
      until: '有人处理为止',
      failures: [why],
      todo: `修复后执行 temporal workflow signal --name retry -w ${workflowId}，或用 kuasheng reverse 撤销。`,
    };
  }
  if (status?.waitsFor) {
    const { phase } = status;
    return atClosedCentre(`${phaseNames[phase]}在等待`, serviceIn(phase, 'centre'), known);
  }
  if (status?.phase !== 'settled') return null;
  const todo = '不用处理；清算用 kuasheng month close。';
  return {
    what: phaseNames.settled,
    whom: '国家级经办机构',
    until: '月度清算',
    failures: [],
    todo,
  };
}
/** What the centre's books say of a request that no execution works on. */
function fromBooks({ request, state }: Known, names: ReadableNames): Said | null {
  const { answer } = request;
  if (answer?.kind === 'refused') {
    return { ...noOne, what: '没有结算：已拒绝', todo: noticeOf(answer.refusal, names).sentence };
  }
  if (request.reversal) return { ...noOne, what: phaseNames.reversed, todo: '不用处理。' };
  if (answer?.kind === 'settled') {
    const what = state === null ? '已结算；执行的历史已过保存期' : '已结算，执行已结束';
    return { ...noOne, what, todo: '不用处理；金额的由来见 kuasheng explain。' };
  }
  if (request.state !== 'void') return null;
  return { ...noOne, what: '没有结算：已被撤销', todo: '不用处理。' };
}
const stands = ({ answer, reversal }: KnownRequest): boolean =>
  answer?.kind === 'settled' && !reversal;
/** What may be left by an execution that was ended by hand after its answer; null where none was. */
function fromCutOff(known: Known, names: ReadableNames): Said | null {
  const { request, state } = known;
  const books = fromBooks(known, names);
  if (!books || state === null || !isCutOff(state)) return null;
  const isSettled = stands(request);
  return {
    what: `${isSettled ? '已结算' : books.what}，执行被人终止（${state}）`,
    whom: '运维人员',
    until: '有人处理为止',
    failures: [],
    todo: isSettled
      ? '可能还没有回传，也不会得知清算：请医院用同一报文重新发送（2207）。'
      : `可能还没有撤完：执行 kuasheng reverse ${request.settlementId ?? request.messageId}，可重复执行。`,
  };
}
function withoutAnswer(known: Known): Said {
  const { state, workflowId } = known;
  if (state === 'RUNNING') {
    const what = '已受理，中心还没有往下做';
    const closed = atClosedCentre(what, 'settlement', known);
    if (closed) return closed;
    const todo = '请确认中心的 centre 进程正在运行。';
    return { what, whom: '中心', until: '中心的进程继续为止', failures: [], todo };
  }
  return {
    what: `已受理，没有结果；执行${state === null ? '不存在' : `已是 ${state}`}`,
    whom: '医院',
    until: '医院重新发送为止',
    failures: [],
    todo: `请医院用同一报文重新发送；执行编号 ${workflowId}。`,
  };
}

/** Why a settlement is where it is. */
export function sayWhy(known: Known, names: ReadableNames): Said {
  const own = fromStatus(known);
  if (own) return own;
  const [one] = known.waiting;
  if (!one) return fromCutOff(known, names) ?? fromBooks(known, names) ?? withoutAnswer(known);
  const step = stepOf(one.activity, known.request.body, names);
  return (
    onPause(step, one) ??
    inMaintenance(step, one, known.windows) ??
    neverTaken(step, one) ??
    onRetry(step, one)
  );
}
