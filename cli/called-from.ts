import { resolve } from 'node:path';

/** A path as the caller meant it: kuasheng works in its own folder, whoever calls it from where. */
export const pathOf = (written: string): string =>
  resolve(process.env['INIT_CWD'] ?? process.cwd(), written);
