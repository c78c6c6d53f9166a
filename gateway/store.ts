import type { Approval, CatalogueItem, FeeLine } from '../domain/bill.ts';
import type { Day } from '../domain/calendar.ts';
import type {
  Disease,
  InstitutionCode,
  InsuranceType,
  PersonId,
  PlaceCode,
  RegionCode,
} from '../domain/identifiers.ts';
import type { Yuan } from '../domain/money.ts';

export interface Institution {
  code: InstitutionCode;
  region: RegionCode; // the pooling region it lies in
}

/** What a hospital registers a visit with. */
export interface Registration {
  institution: InstitutionCode;
  institutionVisitNo: string; // ipt_otp_no, unique in the institution
  person: PersonId;
  insuredRegion: RegionCode;
  insuranceType: InsuranceType;
  beganAt: string; // `YYYY-MM-DD HH:MM:SS` in China
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

export interface UploadedLine extends FeeLine {
  disease: Disease;
  occurredOn: Day;
  approval: Approval;
}
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

export interface Batch {
  digest: string;
  diseases: readonly Disease[]; // distinct, sorted
}

/** What the gateway needs of one treating place's database. */
export interface TreatingStore {
  institution(code: InstitutionCode): Promise<Institution | null>;
  /** The same registration again gives the same visit. */
  registerVisit(registration: Registration): Promise<Registered>;
  visit(id: string): Promise<Visit | null>;
  /** All batches or none; a batch already there with the same digest stays as it is. */
  uploadBatches(visit: string, batches: readonly UploadedBatch[]): Promise<Uploaded>;
  batch(visit: string, batch: string): Promise<Batch | null>;
  /** The entries in force on the day, of the codes that have one. */
  catalogueItems(codes: readonly string[], on: Day): Promise<CatalogueItem[]>;
}

/** The treating places that this gateway serves. */
export type TreatingStores = ReadonlyMap<PlaceCode, TreatingStore>;
