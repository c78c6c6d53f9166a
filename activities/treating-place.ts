import { belowZeroRefusal, summedParts } from '../domain/treating-place/below-zero.ts';
import { splitByScope } from '../domain/treating-place/payment-scope.ts';
import { yearOf } from '../domain/calendar.ts';
import type {
  InstitutionKind,
  InstitutionLevel,
  RegionCode,
  SettlementId,
} from '../domain/identifiers.ts';
import { invariant } from '../domain/invariant.ts';
import { asText, equals, yuan } from '../domain/money.ts';
import { accept, refuse, type Outcome, type Refusal } from '../domain/refusal.ts';
import type { SplitTotals } from '../domain/bill.ts';
import type {
  ReversalResult,
  SettlementRequest,
  SettlementResult,
  SplitTotalsText,
} from '../domain/settlement.ts';
import type { UploadedLine } from '../domain/visit.ts';
import { readCatalogueItems } from '../db/catalogue.ts';
import { inTransaction, type Database, type Transaction } from '../db/database.ts';
import { freeBatch, freezeBatch, lockBatch, readLines, type LockedBatch } from '../db/freezing.ts';
import { once, voidStep, type Voided } from '../db/inbox.ts';
import { insertCopy, insertReversalCopy } from '../db/settlement-copies.ts';
import { settlementWorkflowId } from '../workflows/contracts.ts';

export interface SplitOrder {
  settlementId: SettlementId;
  request: SettlementRequest;
}
/** What the treating place sends to the insured place: sums and where, never lines. */
export interface Split {
  totals: SplitTotalsText;
  level: InstitutionLevel;
  region: RegionCode; // of the institution
  channel?: InstitutionKind; // absent from what was split before it was told: hospital
  doctors?: readonly string[]; // distinct prescribers, sorted; empty where not all lines tell theirs
}

function doctorsOf(lines: readonly UploadedLine[]): string[] {
  const doctors = lines.flatMap(({ doctor }) => doctor ?? []);
  return doctors.length < lines.length ? [] : [...new Set(doctors)].sort();
}

const ofVisit = ['institution', 'person', 'insuredRegion', 'insuranceType', 'visitedOn'] as const;
/** Whether the batch is what the request speaks of: its content, and whose visit it is of. */
const isAsked = (batch: LockedBatch | null, request: SettlementRequest): boolean =>
  batch?.digest === request.batchDigest && ofVisit.every((name) => batch[name] === request[name]);

function batchRefusal(
  batch: LockedBatch | null,
  request: SettlementRequest,
  lines: readonly UploadedLine[],
): Refusal | null {
  if (batch?.settlementId) return { reason: 'batch-settled', settlement: batch.settlementId };
  if (!isAsked(batch, request)) return { reason: 'batch-changed' };
  const diseases = [...new Set([request.disease, ...lines.map((line) => line.disease)])].sort();
  if (diseases.length > 1) return { reason: 'mixed-diseases', diseases };
  const { visitedOn: on } = request;
  const outside = lines.find((line) => yearOf(line.occurredOn) !== yearOf(on));
  if (outside) return { reason: 'batch-crosses-year', on, feeOn: outside.occurredOn };
  return null;
}

function sumsRefusal(totals: SplitTotals, declared: SettlementRequest['declared']): Refusal | null {
  const part = summedParts.find((name) => !equals(totals[name], yuan(declared[name])));
  if (part === undefined) return null;
  const computed = asText(totals)[part];
  return { reason: 'sums-differ', part, declared: declared[part], computed };
}

async function splitOnce(
  transaction: Transaction,
  { settlementId: settlement, request }: SplitOrder,
): Promise<Outcome<Split>> {
  const { visit, batch, visitedOn } = request;
  const locked = await lockBatch(transaction, visit, batch);
  const lines = await readLines(transaction, visit, batch);
  const refusal = batchRefusal(locked, request, lines);
  if (refusal || !locked) return refuse(refusal ?? { reason: 'batch-changed' });
  const codes = [...new Set(lines.map((line) => line.item))];
  const { level, region, rules, kind: channel } = locked;
  const asked = { codes, on: visitedOn, level, insuranceType: request.insuranceType };
  const items = await readCatalogueItems(transaction, asked);
  const catalogue = new Map(items.map((item) => [item.code, item]));
  const itemOf = (code: string) => {
    const item = catalogue.get(code);
    invariant(item !== undefined, `item ${code} left the catalogue after the batch was uploaded`);
    return item;
  };
  const split = splitByScope(lines, itemOf, { disease: request.disease, rules });
  const wrong = sumsRefusal(split.totals, request.declared) ?? belowZeroRefusal(split.totals);
  if (wrong) return refuse(wrong);
  const workflowId = settlementWorkflowId(request.institution, request.messageId);
  await freezeBatch(transaction, { settlement, workflowId, visit, batch }, split.lines);
  const doctors = doctorsOf(lines);
  return accept({ totals: asText(split.totals), level, region, channel, doctors });
}

/** What a treating place does: splits and freezes, frees, keeps its copy of the result. */
export const treatingPlaceActivities = ({ database }: { database: Database }) => ({
  /** Step 2: splits each line by the place's own scope of the visit day and freezes the batch. */
  split: (order: SplitOrder): Promise<Outcome<Split> | Voided> =>
    once(database, { settlement: order.settlementId, step: 'split' }, (transaction) =>
      splitOnce(transaction, order),
    ),

  /** Undoes step 2, also when it never ran: the batch is free for another settlement. */
  release: (settlement: SettlementId): Promise<void> =>
    inTransaction(database, (transaction) =>
      voidStep(transaction, { settlement, step: 'split' }, () =>
        freeBatch(transaction, settlement),
      ),
    ),

  /** After the answer: keeps the place's copy of the result. */
  return: async (copy: { request: SettlementRequest; result: SettlementResult }): Promise<void> => {
    const settlement = copy.result.settlementId;
    await once(database, { settlement, step: 'return' }, async (transaction) => {
      await insertCopy(transaction, copy.request, copy.result);
      return {};
    });
  },

  /** After a reversal was decided: keeps the place's copy of it. */
  returnReversal: async (copy: {
    request: SettlementRequest;
    reversal: ReversalResult;
  }): Promise<void> => {
    const { settlementId: settlement } = copy.reversal;
    await once(database, { settlement, step: 'return-reversal' }, async (transaction) => {
      await insertReversalCopy(transaction, copy.request, copy.reversal);
      return {};
    });
  },
});
