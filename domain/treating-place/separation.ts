import type { Disease } from '../identifiers.ts';

/** What a bill holds for one disease, or for none. */
export interface DiseasePart<Line> {
  disease: Disease;
  lines: readonly Line[];
}

/**
 * Separates a whole bill: one part per disease, in the order of their codes, and last what belongs to
 * no disease, which is ordinary outpatient care (普通门诊). Within a part lines keep their order.
 *
 * @law 医保办函〔2021〕4号 三(二)
 */
export function separate<Line extends { disease: Disease }>(
  lines: readonly Line[],
): DiseasePart<Line>[] {
  const diseases = [...new Set(lines.map(({ disease }) => disease))].filter(
    (disease) => disease !== 'none',
  );
  const order: Disease[] = [...diseases.sort(), 'none'];
  return order
    .map((disease) => ({ disease, lines: lines.filter((line) => line.disease === disease) }))
    .filter((part) => part.lines.length > 0);
}
