import type { Instant } from '../domain/maintenance.ts';

/** An instant as a clock in China shows it: `12月31日23:59`. */
export function inChina(at: Instant): string {
  const there = new Date(Date.parse(at) + 8 * 3_600_000).toISOString();
  const [month, day] = [there.slice(5, 7), there.slice(8, 10)].map((part) =>
    part.replace(/^0/, ''),
  );
  return `${month ?? ''}月${day ?? ''}日${there.slice(11, 16)}`;
}
