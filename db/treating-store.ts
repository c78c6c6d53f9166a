import type { CatalogueAsked } from '../domain/bill.ts';
import type { Day } from '../domain/calendar.ts';
import type { InstitutionCode, MessageId, SettlementId } from '../domain/identifiers.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { Registration, UploadedBatch } from '../domain/visit.ts';
import { readBatch, uploadBatches } from './batches.ts';
import { readCatalogueItems, readDiseaseCodes, readScopeRules } from './catalogue.ts';
import type { Database } from './database.ts';
import { readInstitution } from './institutions.ts';
import { readWindows } from './maintenance.ts';
import { findSettlement } from './settlement-copies.ts';
import { keepRequest, readCopies, requestsOf } from './settlement-requests.ts';
import { readVisit, registerVisit } from './visits.ts';
import { partsToTakeBack } from './whole-bills.ts';

/** What a gateway asks of one treating place's database; it satisfies the gateway's `TreatingStore`. */
export const treatingStore = (database: Database) => ({
  institution: (code: InstitutionCode) => readInstitution(database, code),
  registerVisit: (registration: Registration) => registerVisit(database, registration),
  visit: (id: string) => readVisit(database, id),
  uploadBatches: (visit: string, batches: readonly UploadedBatch[]) =>
    uploadBatches(database, visit, batches),
  batch: (visit: string, batch: string) => readBatch(database, visit, batch),
  settlement: (id: SettlementId) => findSettlement(database, id),
  keepRequest: (request: SettlementRequest) => keepRequest(database, request),
  requestsOf: (visit: string) => requestsOf(database, visit),
  copies: (institution: InstitutionCode, messageId: MessageId) =>
    readCopies(database, institution, messageId),
  partsToTakeBack: (institution: InstitutionCode, messageId: MessageId) =>
    partsToTakeBack(database, institution, messageId),
  windows: () => readWindows(database),
  catalogueItems: (asked: CatalogueAsked) => readCatalogueItems(database, asked),
  scopeRules: (on: Day) => readScopeRules(database, on),
  diseaseCodes: (codes: readonly string[], on: Day) => readDiseaseCodes(database, codes, on),
});
