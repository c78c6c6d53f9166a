import type { z, ZodType } from 'zod';
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
} from 'yaml';

/** A seed file that is wrong: one line `file:line:column reason` for each fault. Stops the load. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
}

type Path = readonly PropertyKey[];
const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** Behind an alias: a fault in shared text lies where that text is written. */
const written = (document: Document, node: unknown): unknown =>
  isAlias(node) ? node.resolve(document) : node;

/** Where a key of a map or an item of a sequence is written, and what it holds. */
function stepInto(node: unknown, key: PropertyKey): { at: unknown; holds: unknown } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(key)];
    return item === undefined ? undefined : { at: item, holds: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key: name }) => isScalar(name) && String(name.value) === key);
  if (!pair) return undefined;
  return { at: isScalar(pair.value) ? pair.value : pair.key, holds: pair.value };
}

/** `line:column` of what the path leads to, or of the nearest thing around it that is written. */
export function locate(document: Document, lineCounter: LineCounter, path: Path): string {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const key of path) {
    const step = stepInto(written(document, node), key);
    if (!step) break;
    offset = startOf(step.at) ?? offset;
    node = step.holds;
  }
  const { line, col } = lineCounter.linePos(offset);
  return `${line}:${col}`;
}

/**
 * Reads one YAML file against its schema.
 *
 * @throws SeedError with every fault's file, line, column and reason
 */
export function parseSeed<T>(text: string, fileName: string, schema: ZodType<T>): T {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const broken = document.errors.map(({ pos, message }) => {
    const { line, col } = lineCounter.linePos(pos[0]);
    return `${fileName}:${line}:${col} ${message}`;
  });
  if (broken.length > 0) throw new SeedError(broken.join('\n'));

  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  const faults = new Map<string, string>();
  for (const issue of result.error.issues) {
    for (const { path, reason } of tell(issue)) {
      const at = `${fileName}:${locate(document, lineCounter, path)}`;
      const known = faults.get(`${at} ${reason}`); // of text used twice, the first use is told
      faults.set(`${at} ${reason}`, known ?? `${at} ${path.map(String).join('.')}: ${reason}`);
    }
  }
  throw new SeedError([...faults.values()].join('\n'));
}

function tell(issue: z.core.$ZodIssue): { path: Path; reason: string }[] {
  const { path } = issue;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], reason: 'unknown key' }));
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, reason: message }));
    default:
      return [{ path, reason: issue.message }];
  }
}
