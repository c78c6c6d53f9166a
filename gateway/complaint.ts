import type { Day } from '../domain/calendar.ts';
import type { DiseaseCode, InstitutionCode, PlaceCode } from '../domain/identifiers.ts';
import type { FieldCode } from './wire/fields.ts';

/** What is wrong with a message whatever the day: nothing is stored, nothing is started. */
export type Complaint =
  | { reason: 'not-utf8' }
  | { reason: 'not-json' }
  | { reason: 'too-large' }
  | { reason: 'unknown-transaction'; transaction: string }
  | { reason: 'field-missing'; field: FieldCode; row: number | null }
  | {
      reason: 'field-wrong';
      field: FieldCode;
      row: number | null;
      expected: string;
      received: string | null; // null when a sentence must not repeat it
    }
  | { reason: 'field-repeated'; field: string }
  | { reason: 'when-late-wrong'; received: string }
  | { reason: 'waiting-not-open' } // its system has no status for "accepted, pending"
  // the parties
  | { reason: 'place-not-served'; served: readonly PlaceCode[]; received: string }
  | { reason: 'institution-unknown'; institution: InstitutionCode; place: PlaceCode }
  | { reason: 'same-place'; place: PlaceCode }
  // the visit
  | { reason: 'visit-number-used' }
  | { reason: 'visit-unknown' }
  | { reason: 'visit-differs'; field: 'psn_no' | 'insuplc_admdvs' | 'insutype' }
  // the fee lines
  | { reason: 'rows-differ'; field: 'mdtrt_id' | 'psn_no'; row: number }
  | { reason: 'line-repeated'; row: number }
  | { reason: 'line-taken'; row: number }
  | { reason: 'item-unknown'; item: string; row: number; on: Day }
  | { reason: 'disease-unknown'; received: string; row: number }
  | {
      reason: 'disease-not-migrated'; // the place knows its code, and not yet which national one it is
      received: string;
      row: number;
      on: Day;
      oneOf: readonly DiseaseCode[];
    }
  | { reason: 'quantity-zero'; row: number }
  | { reason: 'signs-differ'; row: number; quantity: string; amount: string }
  | {
      reason: 'amount-off';
      row: number;
      price: string;
      quantity: string;
      amount: string;
      tolerance: string;
    }
  | { reason: 'batch-negative'; batch: string }
  | { reason: 'batch-too-large'; batch: string }
  | { reason: 'batch-uploaded'; batch: string }
  // the whole bill, in the words of its own call
  | { reason: 'bill-field-missing'; field: string; row: number | null }
  | { reason: 'bill-field-wrong'; field: string; row: number | null; expected: string }
  | { reason: 'bill-field-unknown'; field: string; row: number | null }
  | { reason: 'bill-total-off'; declared: string; computed: string }
  // the settlement
  | { reason: 'batch-unknown'; batch: string }
  | { reason: 'total-off'; declared: string; computed: string }
  | { reason: 'disease-needed'; batch: string }
  | { reason: 'disease-unwanted'; batch: string; disease: DiseaseCode }
  | { reason: 'family-account' }
  // the question
  | { reason: 'settlement-not-found'; received: string }
  | { reason: 'several-settlements'; settlements: readonly string[] }
  // the reversal
  | { reason: 'settlement-unknown'; received: string }
  | { reason: 'settlement-differs'; field: 'mdtrt_id' }
  | { reason: 'reversal-of-reversal'; received: string }
  | { reason: 'not-reversible'; received: string };

/** A message that cannot be worked on as it is; the sender must correct it. */
export class UnreadableMessage extends Error {
  override readonly name = 'UnreadableMessage';
  readonly complaint: Complaint;
  constructor(complaint: Complaint) {
    super(complaint.reason);
    this.complaint = complaint;
  }
}
