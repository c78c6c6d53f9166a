import { checkEligibility } from '../domain/insured-place/eligibility.ts';
import { institutionRefusal } from '../domain/treating-place/institution.ts';
import type { Month } from '../domain/calendar.ts';
import type { PlaceCode, SettlementId } from '../domain/identifiers.ts';
import { invariant } from '../domain/invariant.ts';
import type { Refusal } from '../domain/refusal.ts';
import {
  assertSettlement,
  feeCategory,
  type Calculation,
  type Naming,
  type SettleAnswer,
  type SettlementRequest,
  type SettlementResult,
  type SplitTotalsText,
} from '../domain/settlement.ts';
import { inTransaction, type Database, type Transaction } from '../db/database.ts';
import { readRegistryFacts, type RegistryFacts } from '../db/eligibility.ts';
import { once, voidStep, type Voided } from '../db/inbox.ts';
import { appendEntry, nextEntry } from '../db/ledger.ts';
import { acceptChanges, type NumberedChange } from '../db/registry.ts';
import { answerRequest, claimRequest } from '../db/requests.ts';
import { insertSettlement } from '../db/settlements.ts';
import { settlementWorkflowId } from '../workflows/contracts.ts';

/** How a request stands after step 1. */
export type Claim = (
  | { kind: 'claimed' }
  | {
      kind: 'answered';
      answer: SettleAnswer;
      clearedIn: Month | null;
      /** It was refused before: what its places did may not be undone yet. Absent where nobody told it. */
      undo?: boolean;
    }
) & {
  settlementId: SettlementId;
  naming?: Naming; // absent from what was claimed before it was told
  /** The stored body where it differs from what this run was started with: the first body counts. */
  request: SettlementRequest | null;
};

export interface Recording {
  request: SettlementRequest;
  settlementId: SettlementId;
  totals: SplitTotalsText;
  calculation: Calculation;
}

function placesRefusal(
  facts: Omit<RegistryFacts, 'naming'>,
  request: SettlementRequest,
): Refusal | null {
  const { visitedOn: on, disease } = request;
  for (const code of [request.treatingPlace, request.insuredPlace]) {
    const place = facts.places.find((known) => known.code === code);
    if (!place?.connectedFrom || place.connectedFrom > on) {
      return { reason: 'place-not-connected', place: code, on };
    }
    if (disease === 'none') continue;
    const from = place.settlementFrom;
    if (!from || from > on) return { reason: 'disease-not-open', place: code, disease, on, from };
  }
  return null;
}

/** Why the registry refuses the request on its visit day; null when it does not. */
function eligibilityRefusal(
  facts: Omit<RegistryFacts, 'naming'>,
  request: SettlementRequest,
): Refusal | null {
  const { visitedOn: on, disease } = request;
  if (on > facts.today) return { reason: 'visit-in-future', on };
  const ofPlaces = placesRefusal(facts, request);
  if (ofPlaces) return ofPlaces;
  const { institution } = facts;
  if (institution?.place !== request.treatingPlace) {
    return { reason: 'institution-not-designated', institution: request.institution, on };
  }
  const ofInstitution = institutionRefusal(institution, disease, on);
  if (ofInstitution) return ofInstitution;
  const visit = { disease, on, treatingRegion: institution.region };
  const eligible = checkEligibility(facts.person, visit);
  return eligible.ok ? null : eligible.refusal;
}

/** Claims, or finds what was claimed: that was eligible, and stays so, since its places may have posted. */
async function claimAndCheck(transaction: Transaction, asked: SettlementRequest): Promise<Claim> {
  const { settlementId, body: first, isNew, ...stored } = await claimRequest(transaction, asked);
  const body = first ?? asked;
  const request = body.digest === asked.digest ? null : body;
  const { answer, clearedIn, isReversed, toUndo: undo, state } = stored;
  const refuseWith = (refusal: Refusal) =>
    ({ kind: 'refused', digest: body.digest, settlementId, refusal }) as const;
  const reversed = refuseWith({ reason: 'request-reversed' });
  const kept = isReversed ? reversed : answer;
  const { naming, ...facts } = await readRegistryFacts(transaction, body);
  const claim = { settlementId, request, naming };
  if (kept) return { ...claim, kind: 'answered', answer: kept, clearedIn, undo };
  const refusal = state === 'void' ? reversed.refusal : isNew && eligibilityRefusal(facts, body);
  if (!refusal) return { ...claim, kind: 'claimed' };
  const refused = refuseWith(refusal);
  await answerRequest(transaction, settlementId, refused);
  return { ...claim, kind: 'answered', answer: refused, clearedIn: null, undo };
}

async function recordOnce(
  transaction: Transaction,
  { request, settlementId, totals, calculation }: Recording,
): Promise<SettleAnswer> {
  const { treatingPlace, insuredPlace, insuranceType } = request;
  const { fundTotal, personalAccount } = calculation.benefit;
  const at = await nextEntry(transaction, treatingPlace, insuredPlace);
  const result: SettlementResult = {
    settlementId,
    feeCategory: feeCategory(request.disease),
    totals,
    calculation,
    recordedAt: at.recordedAt,
  };
  const workflowId = settlementWorkflowId(request.institution, request.messageId);
  await insertSettlement(transaction, { workflowId, request, result });
  await appendEntry(
    transaction,
    {
      treatingPlace,
      insuredPlace,
      kind: 'settlement',
      settlementId,
      insuranceType,
      fundTotal,
      personalAccount,
    },
    at,
  );
  const answer: SettleAnswer = { kind: 'settled', digest: request.digest, result };
  const isFirst = await answerRequest(transaction, settlementId, answer);
  invariant(isFirst, `request ${settlementId} has another answer, or is void`);
  return answer;
}

const nothing = (): Promise<void> => Promise.resolve();
/** What the centre does: it claims, checks and records. Each is idempotent by the settlement. */
export const centreActivities = ({ database }: { database: Database }) => ({
  /** Step 1: claims the message id, issues the settlement id, checks eligibility. */
  claim: (request: SettlementRequest): Promise<Claim> =>
    inTransaction(database, (transaction) => claimAndCheck(transaction, request)),

  /** Step 4: settlement, ledger and answer in one transaction. */
  record: async (recording: Recording): Promise<SettleAnswer | Voided> => {
    assertSettlement(recording.totals, recording.calculation.benefit);
    const settlement = recording.settlementId;
    return once(database, { settlement, step: 'record' }, (transaction) =>
      recordOnce(transaction, recording),
    );
  },

  /** Keeps a refusal that came after step 1. @param undo what was done for it is undone after that */
  recordRefusal: (answer: SettleAnswer & { kind: 'refused' }, undo = false): Promise<void> =>
    inTransaction(database, async (transaction) => {
      const { settlementId: settlement } = answer;
      const isFirst = await answerRequest(transaction, settlement, answer);
      if (isFirst && undo) await voidStep(transaction, { settlement, step: 'record' }, nothing);
    }),

  /** Takes a page of a place's messages into the registry. */
  acceptRegistryChanges: async (upload: {
    place: PlaceCode;
    changes: NumberedChange[];
  }): Promise<void> => acceptChanges(database, upload.place, upload.changes),
});
