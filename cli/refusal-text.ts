import type { QuoteRefusal } from '../domain/quoted.ts';
import { noticeOf } from '../gateway/notices.ts';
import type { ReadableNames } from '../seeds/names.ts';

/** A refusal as a sentence: that of the hospital's answer, or of what only a quote can ask for. */
export function refusalText(refusal: QuoteRefusal, names: ReadableNames): string {
  if (refusal.reason === 'nothing-to-reverse') {
    return `单据 ${refusal.bill} 没有结算，没有可撤销的金额，请去掉这张撤销单。`;
  }
  if (refusal.reason === 'already-reversed') {
    return `单据 ${refusal.bill} 已经撤销，不能再撤销一次，请去掉这张撤销单。`;
  }
  return noticeOf(refusal, names).sentence;
}
