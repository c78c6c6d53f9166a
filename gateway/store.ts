import type { CatalogueAsked, CatalogueItem } from '../domain/bill.ts';
import type { Day } from '../domain/calendar.ts';
import type { DiseaseCodeMeaning } from '../domain/disease-code.ts';
import type {
  InstitutionCode,
  InstitutionLevel,
  MessageId,
  PlaceCode,
  RegionCode,
  SettlementId,
} from '../domain/identifiers.ts';
import type { MaintenanceWindow } from '../domain/maintenance.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { Profile } from '../domain/treating-place/profile.ts';
import type { ScopeRules } from '../domain/treating-place/payment-scope.ts';
import type {
  Batch,
  Copies,
  Kept,
  KeptRequest,
  KnownSettlement,
  Registered,
  Registration,
  Uploaded,
  UploadedBatch,
  Visit,
} from '../domain/visit.ts';

export interface Institution extends Profile {
  code: InstitutionCode;
  name: string;
  region: RegionCode; // the pooling region it lies in
  level: InstitutionLevel;
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
  /** Whose settlement or reversal the number is, also while its result is on the way. */
  settlement(id: SettlementId): Promise<KnownSettlement | null>;
  /** Writes down that a request is let in; says whether it was before. */
  keepRequest(request: SettlementRequest): Promise<Kept>;
  /** The newest requests of a visit, whatever became of them. */
  requestsOf(visit: string): Promise<KeptRequest[]>;
  /** What the place was told of a request. */
  copies(institution: InstitutionCode, messageId: MessageId): Promise<Copies>;
  /**
   * How many parts the bill of a message id has that is to be taken back; 0 where no bill arrived under
   * it, and from then on none will.
   */
  partsToTakeBack(institution: InstitutionCode, messageId: MessageId): Promise<number>;
  /** The maintenance windows of all parties that the place knows of. */
  windows(): Promise<MaintenanceWindow[]>;
  /** The entries in force on the day, of the codes that have one. */
  catalogueItems(asked: CatalogueAsked): Promise<CatalogueItem[]>;
  /** What the place sets for all its items on the day. */
  scopeRules(on: Day): Promise<ScopeRules>;
  /** What the place's own disease codes mean on the day, of those that it has. */
  diseaseCodes(codes: readonly string[], on: Day): Promise<ReadonlyMap<string, DiseaseCodeMeaning>>;
}

/** The treating places that this gateway serves. */
export type TreatingStores = ReadonlyMap<PlaceCode, TreatingStore>;
