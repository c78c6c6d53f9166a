import type { CatalogueItem } from '../domain/bill.ts';
import type { Day } from '../domain/calendar.ts';
import type { DiseaseCodeMeaning } from '../domain/disease-code.ts';
import { isDiseaseCode, type Disease, type DiseaseCode } from '../domain/identifiers.ts';
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
  splitLine,
  type ScopeRules,
} from '../domain/treating-place/payment-scope.ts';
import { UnreadableMessage, type Complaint } from './complaint.ts';
import { digestOf } from './digest.ts';
import type { FeeRow } from './messages.ts';
import type { Names } from './notices.ts';
import type { UploadedBatch, UploadedLine } from '../domain/visit.ts';
import type { AnsweredLine } from './wire/replies.ts';

/** The rows of one upload, checked against each other and against what the treating place says. */

/** What the treating place says on the visit day of what the rows name. */
export interface UploadScope {
  on: Day;
  rules: ScopeRules;
  items: readonly CatalogueItem[];
  diseases: ReadonlyMap<string, DiseaseCodeMeaning>; // of its own codes
  names: Names;
}

const isNational = (disease: string, names: Names): disease is DiseaseCode =>
  isDiseaseCode(disease) && names.disease(disease) !== undefined;

/** The disease codes of the rows that are not of the national list: the place may know them. */
export const localCodes = (rows: readonly FeeRow[], names: Names): string[] => [
  ...new Set(
    rows.flatMap(({ disease }) => disease ?? []).filter((code) => !isNational(code, names)),
  ),
];

/** The national code of a row, its place's own code translated. */
function diseaseOf({ disease, row }: FeeRow, { names, diseases, on }: UploadScope): Disease {
  if (disease === null) return 'none';
  if (isNational(disease, names)) return disease;
  const meaning = diseases.get(disease);
  if (meaning && 'disease' in meaning) return meaning.disease;
  const received = disease.slice(0, 24);
  if (meaning && 'oneOf' in meaning) {
    const { oneOf } = meaning;
    throw new UnreadableMessage({ reason: 'disease-not-migrated', received, row, on, oneOf });
  }
  throw new UnreadableMessage({ reason: 'disease-unknown', received, row });
}

const haveOneSign = ({ quantity, amount }: FeeRow): boolean =>
  isNegativeQuantity(quantity) ? !isPositive(amount) : !isNegative(amount);

function arithmeticComplaint(
  row: FeeRow,
  line: UploadedLine,
  { tolerance }: ScopeRules,
): Complaint | null {
  const texts = {
    row: row.row,
    quantity: quantityToWire(row.quantity),
    amount: toWire(row.amount),
  };
  if (isZeroQuantity(row.quantity)) return { reason: 'quantity-zero', row: row.row };
  if (!haveOneSign(row)) return { reason: 'signs-differ', ...texts };
  if (declaredAmountAgrees(line, tolerance)) return null;
  const price = priceToWire(row.price);
  return { reason: 'amount-off', ...texts, price, tolerance: toWire(tolerance) };
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

function lineOf(row: FeeRow, scope: UploadScope): UploadedLine {
  const { no, item, price, quantity, amount, approval, occurredOn, doctor } = row;
  const disease = diseaseOf(row, scope);
  return { no, item, price, quantity, amount, approval, occurredOn, disease, doctor };
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

/**
 * The lines as one charged batch.
 *
 * @throws UnreadableMessage when their sum is below zero or too large
 */
export function batchOf(batch: string, lines: readonly UploadedLine[]): UploadedBatch {
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
 * Checks the rows against each other: one visit, one person, no line twice.
 *
 * @throws UnreadableMessage for the first row that is wrong
 */
export function checkRows(rows: readonly FeeRow[]): void {
  const complaint = sameVisitComplaint(rows) ?? repeatedComplaint(rows);
  if (complaint) throw new UnreadableMessage(complaint);
}

/**
 * Reads each row's disease, and checks its arithmetic within the place's tolerance.
 *
 * @throws UnreadableMessage for the first row that is wrong
 */
export function linesOf(rows: readonly FeeRow[], scope: UploadScope): Lines {
  const byBatch = new Map<string, UploadedLine[]>();
  const lines = rows.map((row) => {
    const line = lineOf(row, scope);
    const wrong = arithmeticComplaint(row, line, scope.rules);
    if (wrong) throw new UnreadableMessage(wrong);
    byBatch.set(row.batch, [...(byBatch.get(row.batch) ?? []), line]);
    return line;
  });
  return { lines, batches: [...byBatch].map(([batch, its]) => batchOf(batch, its)) };
}

/** A line as it was uploaded, with its entry of the catalogue and how that splits it. */
export interface ScopedLine extends AnsweredLine {
  line: UploadedLine;
}
/**
 * How the catalogue of the visit day splits the lines.
 *
 * @throws UnreadableMessage when it does not have an item
 */
export function answeredLines(
  lines: readonly UploadedLine[],
  { items, rules, on }: UploadScope,
): ScopedLine[] {
  const known = new Map(items.map((item) => [item.code, item]));
  return lines.map((line, index) => {
    const item = known.get(line.item);
    const { disease } = line;
    if (item) return { line, item, split: splitLine(line, item, { disease, rules }) };
    throw new UnreadableMessage({ reason: 'item-unknown', item: line.item, row: index + 1, on });
  });
}
