import type { FeeLine } from './bill.ts';
import type { Day } from './calendar.ts';
import type {
  Disease,
  InstitutionCode,
  InsuranceType,
  MessageId,
  PersonId,
  RegionCode,
  SettlementId,
} from './identifiers.ts';
import type { Yuan } from './money.ts';
import type { ReversalResult, SettlementResult } from './settlement.ts';

/** What a hospital registers a visit with (门诊挂号). */
export interface Registration {
  institution: InstitutionCode;
  institutionVisitNo: string; // unique in the institution
  person: PersonId;
  insuredRegion: RegionCode;
  insuranceType: InsuranceType;
  beganAt: string; // `YYYY-MM-DD HH:MM:SS` in China
  personType: string | null; // the national code of the person's category
  personName: string | null;
  certificateType: string | null;
  certificateNo: string | null;
}
export interface Visit extends Registration {
  id: string;
  visitedOn: Day;
}
/** `different`: the hospital's number already names a visit with other content. */
export type Registered = { kind: 'registered'; visit: string } | { kind: 'different' };

/** A fee line as its hospital uploaded it. */
export interface UploadedLine extends FeeLine {
  disease: Disease; // national, also where the hospital sent the place's own code
  occurredOn: Day;
  doctor: string | null; // who prescribed, as the hospital codes it; null: not kept
}
/** A charged batch (收费批次) with its lines. */
export interface UploadedBatch {
  batch: string;
  digest: string;
  total: Yuan;
  lines: readonly UploadedLine[];
}
export type Uploaded =
  | { kind: 'stored' }
  | { kind: 'batch-differs'; batch: string }
  | { kind: 'line-taken'; line: string };

/** A batch as its settlement needs it: what it was when uploaded. */
export interface Batch {
  digest: string;
  diseases: readonly Disease[]; // distinct, sorted
}

/** A number that the centre gave out, as the treating place knows it. */
export interface KnownSettlement {
  kind: 'settlement' | 'reversal';
  institution: InstitutionCode;
  messageId: MessageId; // under which the settlement was asked for
  visit: string;
}

/** Whether a message id was let in before: never, with this content, or with another. */
export type Kept = 'first' | 'repeated' | 'different';
/** A request to settle that the treating place knows of. */
export interface KeptRequest {
  institution: InstitutionCode;
  messageId: MessageId;
  settlement: SettlementId | null; // null: nothing of it has reached this place yet
}
/** A result, and the disease of its batch; null where that is not at hand. */
export interface CopiedSettlement {
  result: SettlementResult;
  disease: Disease | null;
}
/** What the treating place was told of a request. */
export interface Copies {
  settled: CopiedSettlement | null;
  reversal: ReversalResult | null;
}
