import Table, { type HorizontalAlignment } from 'cli-table3';

const frame =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle';
const frameless = Object.fromEntries(frame.split(' ').map((part) => [part, '']));

/** Rows in columns, without a frame: as on a receipt, and within the width of a terminal. */
export function columns(
  colAligns: HorizontalAlignment[],
  rows: readonly (string | number)[][],
): string {
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 };
  const table = new Table({ colAligns, chars: frameless, style });
  table.push(...rows);
  return table.toString().replaceAll(/ +$/gm, '');
}
export function printColumns(
  colAligns: HorizontalAlignment[],
  rows: readonly (string | number)[][],
): void {
  console.log(columns(colAligns, rows));
}
