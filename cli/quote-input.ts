import { isDay, type Day } from '../domain/calendar.ts';
import { asOf, quote } from '../domain/quote.ts';
import type { QuotedPerson, QuotedScope, QuoteResult, UnusableLine } from '../domain/quoted.ts';
import type { BillOrReversal } from '../seeds/bill-file.ts';
import { parsePolicyFile, type PolicyFile } from '../seeds/policy-file.ts';
import { parseScopeFile } from '../seeds/scope-file.ts';
import { SeedError } from '../seeds/seed-error.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { nameOf, readInput } from './files.ts';

export const readPolicyFile = async (file: string): Promise<PolicyFile> =>
  parsePolicyFile(await readInput(file), nameOf(file));

export const readScopeFile = async (file: string | undefined): Promise<QuotedScope | null> =>
  file === undefined ? null : parseScopeFile(await readInput(file), nameOf(file));

/** @throws StartFailure when the text is no day */
export function readDay(text: string | undefined): Day | null {
  if (text === undefined) return null;
  if (!isDay(text)) {
    throw new StartFailure(`日期应写成 2026-03-05 的样子，收到「${text}」，请更正后再执行。`);
  }
  return text;
}

/** Where a file says a key of a bill's line: `file:line:column path`. */
export type Whereabouts = (bill: number, within: (string | number)[]) => string;
export interface ToQuote {
  policy: PolicyFile;
  scope: QuotedScope | null;
  person: QuotedPerson;
  bills: readonly BillOrReversal[];
  asOf: Day | null; // instead of every visit day
  where: Whereabouts;
}
function faultOf({ bill, line, key, reason }: UnusableLine, { bills, where }: ToQuote): string {
  const quoted = bills[bill];
  const no = quoted && 'lines' in quoted ? quoted.lines[line]?.no : undefined;
  return `${where(bill, ['lines', line, key])}: 明细 ${no ?? line + 1}：${reason}`;
}

/**
 * Settles the bills in memory.
 *
 * @throws SeedError with file, line, column and reason of every line that cannot be split
 */
export function settle(request: ToQuote): QuoteResult[] {
  const { policy, scope, person, bills } = request;
  const onDay = request.asOf === null ? bills : asOf(bills, request.asOf);
  const quoted = quote({ policy, scope, person, bills: onDay });
  if (quoted.ok) return quoted.results;
  throw new SeedError(quoted.unusable.map((line) => faultOf(line, request)).join('\n'));
}
