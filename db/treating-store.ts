import type { CatalogueAsked } from '../domain/bill.ts';
import type { Day } from '../domain/calendar.ts';
import type { InstitutionCode, SettlementId } from '../domain/identifiers.ts';
import type { SettlementRequest } from '../domain/settlement.ts';
import type { Registration, UploadedBatch } from '../domain/visit.ts';
import { readBatch, uploadBatches } from './batches.ts';
import { readCatalogueItems, readDiseaseCodes, readScopeRules } from './catalogue.ts';
import type { Database } from './database.ts';
import { readInstitution } from './institutions.ts';
import { findSettlement, isRepeated } from './settlement-copies.ts';
import { readVisit, registerVisit } from './visits.ts';

/** What a gateway asks of one treating place's database; it satisfies the gateway's `TreatingStore`. */
export const treatingStore = (database: Database) => ({
  institution: (code: InstitutionCode) => readInstitution(database, code),
  registerVisit: (registration: Registration) => registerVisit(database, registration),
  visit: (id: string) => readVisit(database, id),
  uploadBatches: (visit: string, batches: readonly UploadedBatch[]) =>
    uploadBatches(database, visit, batches),
  batch: (visit: string, batch: string) => readBatch(database, visit, batch),
  settlement: (id: SettlementId) => findSettlement(database, id),
  isRepeated: (request: SettlementRequest) => isRepeated(database, request),
  catalogueItems: (asked: CatalogueAsked) => readCatalogueItems(database, asked),
  scopeRules: (on: Day) => readScopeRules(database, on),
  diseaseCodes: (codes: readonly string[], on: Day) => readDiseaseCodes(database, codes, on),
});
