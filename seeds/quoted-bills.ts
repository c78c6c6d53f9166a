import { z } from 'zod';
import type { QuotedPerson } from '../domain/quoted.ts';
import { bills, type BillOrReversal } from './bill-file.ts';
import { quotedPerson } from './quoted-person-file.ts';
import { locateSeed, type Located } from './seed-error.ts';

const file = z.strictObject({ person: quotedPerson, bills });

/**
 * Reads a person and his or her bills from one file with the keys `person` and `bills`.
 *
 * @throws SeedError with the line and column of every fault
 */
export const parseQuotedBills = (
  content: string,
  fileName: string,
): Located<{ person: QuotedPerson; bills: BillOrReversal[] }> =>
  locateSeed(content, fileName, file);
