import type { CatalogueItem } from '../domain/bill.ts';
import type { Day } from '../domain/calendar.ts';
import { isDiseaseCode, type Disease } from '../domain/identifiers.ts';
import {
  isNegative,
  isNegativeQuantity,
  isPositive,
  isYuan,
  isZeroQuantity,
  priceToWire,
  quantityToWire,
  sum,
  toWire,
} from '../domain/money.ts';
import {
  declaredAmountAgrees,
  defaultScopeRules,
  splitLine,
} from '../domain/treating-place/payment-scope.ts';
import { UnreadableMessage, type Complaint } from './complaint.ts';
import { digestOf } from './digest.ts';
import type { FeeRow } from './messages.ts';
import type { Names } from './notices.ts';
import type { UploadedBatch, UploadedLine } from '../domain/visit.ts';
import type { AnsweredLine } from './wire/replies.ts';

/** The rows of one upload, checked for everything that needs no database. */

// Of the treating place once its scope rules are stored (interface, section 8).
const rules = defaultScopeRules;

function diseaseOf({ disease, row }: FeeRow, names: Names): Disease {
  if (disease === null) return 'none';
  if (isDiseaseCode(disease) && names.disease(disease) !== undefined) return disease;
  throw new UnreadableMessage({ reason: 'disease-unknown', received: disease.slice(0, 24), row });
}

const haveOneSign = ({ quantity, amount }: FeeRow): boolean =>
  isNegativeQuantity(quantity) ? !isPositive(amount) : !isNegative(amount);

function arithmeticComplaint(row: FeeRow, line: UploadedLine): Complaint | null {
  const texts = {
    row: row.row,
    quantity: quantityToWire(row.quantity),
    amount: toWire(row.amount),
  };
  if (isZeroQuantity(row.quantity)) return { reason: 'quantity-zero', row: row.row };
  if (!haveOneSign(row)) return { reason: 'signs-differ', ...texts };
  if (declaredAmountAgrees(line, rules.tolerance)) return null;
  return { reason: 'amount-off', ...texts, price: priceToWire(row.price) };
}

function sameVisitComplaint(rows: readonly FeeRow[]): Complaint | null {
  const [first] = rows;
  const other = rows.find(({ visit }) => visit !== first?.visit);
  if (other) return { reason: 'rows-differ', field: 'mdtrt_id', row: other.row };
  const stranger = rows.find(({ person }) => person !== first?.person);
  return stranger ? { reason: 'rows-differ', field: 'psn_no', row: stranger.row } : null;
}

function repeatedComplaint(rows: readonly FeeRow[]): Complaint | null {
  const seen = new Set<string>();
  const again = rows.find(({ no }) => seen.size === seen.add(no).size);
  return again ? { reason: 'line-repeated', row: again.row } : null;
}

function lineOf(row: FeeRow, names: Names): UploadedLine {
  const { no, item, price, quantity, amount, approval, occurredOn } = row;
  const disease = diseaseOf(row, names);
  return { no, item, price, quantity, amount, approval, occurredOn, disease };
}

/** A batch's content, whatever the order of its lines. */
const batchDigest = (lines: readonly UploadedLine[]): string =>
  digestOf(
    [...lines]
      .sort((a, b) => (a.no < b.no ? -1 : 1))
      .map((line) => ({
        ...line,
        price: priceToWire(line.price),
        quantity: quantityToWire(line.quantity),
        amount: toWire(line.amount),
      })),
  );

function batchOf(batch: string, lines: readonly UploadedLine[]): UploadedBatch {
  const total = sum(lines.map(({ amount }) => amount));
  if (isNegative(total)) throw new UnreadableMessage({ reason: 'batch-negative', batch });
  if (!isYuan(toWire(total))) throw new UnreadableMessage({ reason: 'batch-too-large', batch });
  return { batch, digest: batchDigest(lines), total, lines };
}

/** The lines of an upload in the order they came, and the batches they make. */
export interface Lines {
  lines: readonly UploadedLine[];
  batches: readonly UploadedBatch[];
}

/**
 * Checks the rows against each other and each row's arithmetic.
 *
 * @throws UnreadableMessage for the first row that is wrong
 */
export function linesOf(rows: readonly FeeRow[], names: Names): Lines {
  const complaint = sameVisitComplaint(rows) ?? repeatedComplaint(rows);
  if (complaint) throw new UnreadableMessage(complaint);
  const byBatch = new Map<string, UploadedLine[]>();
  const lines = rows.map((row) => {
    const line = lineOf(row, names);
    const wrong = arithmeticComplaint(row, line);
    if (wrong) throw new UnreadableMessage(wrong);
    byBatch.set(row.batch, [...(byBatch.get(row.batch) ?? []), line]);
    return line;
  });
  return { lines, batches: [...byBatch].map(([batch, its]) => batchOf(batch, its)) };
}

/**
 * How the catalogue of the visit day splits the lines.
 *
 * @throws UnreadableMessage when it does not have an item
 */
export function answeredLines(
  lines: readonly UploadedLine[],
  catalogue: readonly CatalogueItem[],
  on: Day,
): AnsweredLine[] {
  const known = new Map(catalogue.map((item) => [item.code, item]));
  return lines.map((line, index) => {
    const item = known.get(line.item);
    const { disease } = line;
    if (item) return { line, item, split: splitLine(line, item, { disease, rules }) };
    throw new UnreadableMessage({ reason: 'item-unknown', item: line.item, row: index + 1, on });
  });
}
