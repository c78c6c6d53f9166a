import {
  ActivityCancellationType,
  allHandlersFinished,
  condition,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { VisitActivities } from '../activities/index.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import {
  isPrevented,
  type PartAnswer,
  type VisitAnswer,
  type VisitOrder,
  type VisitPart,
} from '../domain/visit-parts.ts';
import { bugTypes, settleAll, visitStatus } from './contracts.ts';

// A part is waited for as long as its settlement takes: one attempt after the other, none of which
// costs an event.
const options = {
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumInterval: '30 seconds', nonRetryableErrorTypes: bugTypes },
} as const;
const attemptMs = 15_000;
const centre = proxyActivities<VisitActivities>({ ...options, startToCloseTimeout: attemptMs });

interface Part {
  no: number;
  request: SettlementRequest;
  isBegun: boolean; // its settlement has an execution of its own
  answer: PartAnswer;
}
const isFinal = ({ answer }: Part): boolean => answer.kind !== 'pending';
const standingOf = ({ request: { messageId, disease, batch }, answer }: Part): VisitPart => ({
  messageId,
  disease,
  batch,
  answer,
});

async function settlePart(part: Part): Promise<void> {
  const { no, request } = part;
  const begun = await centre.beginPart.executeWithOptions(
    {
      activityId: `settle-${no}`,
      startToCloseTimeout: attemptMs + (request.counter?.withinMs ?? 0),
      summary: `结算第 ${no} 部分`,
    },
    [request],
  );
  part.isBegun = true;
  const wait = { activityId: `await-${no}`, summary: `等候第 ${no} 部分` };
  const answer = begun ?? (await centre.awaitPart.executeWithOptions(wait, [request]));
  if (!isFinal(part)) part.answer = answer; // it was not taken back meanwhile
}

/** Takes back a part because another was refused; one that was not settled yet never will be. */
async function takeBack(part: Part): Promise<void> {
  const { no, request } = part;
  const answer = await centre.takeBackPart.executeWithOptions(
    { activityId: `take-back-${no}`, summary: `撤销第 ${no} 部分` },
    [request],
  );
  switch (answer.kind) {
    case 'reversed':
      part.answer = { kind: 'reversed', reversal: answer.reversal };
      return;
    case 'not-settled':
      part.answer = { kind: 'reversed', reversal: null };
      return;
    case 'refused': // it was settled, and stands
      await condition(() => isFinal(part));
      if (part.answer.kind === 'settled') part.answer.notReversed = answer.refusal;
  }
}

/** Settles every part, or none: the first that is refused takes back all that were begun. */
async function allOrNothing(parts: readonly Part[]): Promise<void> {
  const isRefused = ({ answer }: Part): boolean => isPrevented(answer);
  // A part is taken back once it has an execution: only that can tell a late request so.
  await condition(
    () => parts.every(isFinal) || (parts.some(isRefused) && parts.every(({ isBegun }) => isBegun)),
  );
  if (!parts.some(isRefused)) return;
  await Promise.all(parts.filter((part) => !isRefused(part)).map(takeBack));
}

const words: Record<PartAnswer['kind'], string> = {
  settled: '已结算',
  refused: '拒绝',
  conflict: '报文编号已用',
  reversed: '已撤销',
  pending: '等候',
};
function detailsOf(parts: readonly Part[]): string {
  const kinds = Object.entries(words).flatMap(([kind, word]) => {
    const count = parts.filter(({ answer }) => answer.kind === kind).length;
    return count === 0 ? [] : `${word} ${count}`;
  });
  return `共 ${parts.length} 个部分：${kinds.join('，')}`;
}

/**
 * A whole bill: each part is a settlement of its own, asked for as a gateway asks, side by side. No
 * part waits for another, and a part that is refused leaves the others alone, unless all or none
 * was asked for.
 *
 * @returns the final answer of every part; what becomes of a settlement later is its own execution's
 * @law 医保办函〔2021〕4号 三(二)
 */
export async function visit({
  digest,
  parts: requests,
  allOrNone,
}: VisitOrder): Promise<VisitAnswer> {
  const parts = requests.map((request, index): Part => ({
    no: index + 1,
    request,
    isBegun: false,
    answer: { kind: 'pending' },
  }));
  let isDecided = false;
  const pending: PartAnswer = { kind: 'pending' };
  const standing = (): VisitAnswer => ({
    digest,
    allOrNone,
    // Where it is all or none, no part's answer is final before every part's is.
    parts: parts.map((part) =>
      standingOf(allOrNone && !isDecided ? { ...part, answer: pending } : part),
    ),
  });
  setHandler(visitStatus, standing);
  setHandler(settleAll, async () => {
    await condition(() => isDecided);
    return standing();
  });
  const tell = (): void => {
    setCurrentDetails(detailsOf(parts));
  };
  tell();
  const settling = Promise.all(parts.map((part) => settlePart(part).then(tell)));
  if (allOrNone) {
    const decided = allOrNothing(parts);
    await Promise.race([decided, settling.then(() => decided)]);
  } else await settling;
  isDecided = true;
  tell();
  await settling; // of parts that were taken back meanwhile
  await condition(allHandlersFinished);
  return standing();
}
