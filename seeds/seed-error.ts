import type { z, ZodType } from 'zod';
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
} from 'yaml';
import { checkAgainst, reasonOfYaml } from './reasons.ts';

/** A seed file that is wrong: one line `file:line:column reason` for each fault. Stops the load. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
}

type Path = readonly PropertyKey[];
const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** Behind an alias: a fault in shared text lies where that text is written. */
const written = (document: Document, node: unknown): unknown =>
  isAlias(node) ? node.resolve(document) : node;

/** What a key of a map or an index of a sequence leads to, and where the key is written. */
function stepInto(node: unknown, key: PropertyKey): { key: unknown; value: unknown } | undefined {
  if (isSeq(node)) {
    const value = node.items[Number(key)];
    return value === undefined ? undefined : { key: value, value };
  }
  if (!isMap(node)) return undefined;
  return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

/**
 * `line:column` of what the path leads to, or of the nearest thing around it that is written: a plain
 * value itself, the key of anything longer.
 */
export function locate(document: Document, lineCounter: LineCounter, path: Path): string {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const key of path) {
    const step = stepInto(written(document, node), key);
    if (!step) break;
    offset = startOf(isScalar(step.value) ? step.value : step.key) ?? offset;
    node = step.value;
  }
  const { line, col } = lineCounter.linePos(offset);
  return `${line}:${col}`;
}

const mostUsesOfAliases = 10_000; // aliases of aliases multiply: a few lines could fill the memory

/** The document as plain values, each alias as what it stands for. */
function plainOf(document: Document, lineCounter: LineCounter, fileName: string): unknown {
  try {
    return document.toJS({ maxAliasCount: mostUsesOfAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    let [offset, reason] = [0, '「*名」用得太多，展开后太大，请减少'];
    visit(document, {
      Alias(_key, alias) {
        if (alias.resolve(document)) return undefined;
        offset = startOf(alias) ?? 0;
        reason = `*${alias.source} 在前面没有：请先在被引用处写 &${alias.source}`;
        return visit.BREAK;
      },
    });
    const { line, col } = lineCounter.linePos(offset);
    throw new SeedError(`${fileName}:${line}:${col} ${reason}`);
  }
}

/** What zod found, key by key. */
function faultsOf(issue: z.core.$ZodIssue): { path: Path; reason: string }[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], reason: issue.message }));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ path, reason: message }));
  }
  return [{ path, reason: issue.message }];
}

/** What a file says, and where it says it. */
export interface Located<T> {
  value: T;
  at: (path: Path) => string; // `file:line:column`
}

/**
 * Reads one YAML file against its schema, and remembers where everything is written.
 *
 * @throws SeedError with every fault's file, line, column and reason
 */
export function locateSeed<T>(text: string, fileName: string, schema: ZodType<T>): Located<T> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const broken = document.errors.map((error) => {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    return `${fileName}:${line}:${col} ${reasonOfYaml(error)}`;
  });
  if (broken.length > 0) throw new SeedError(broken.join('\n'));

  const result = checkAgainst(schema, plainOf(document, lineCounter, fileName));
  const at = (path: Path): string => `${fileName}:${locate(document, lineCounter, path)}`;
  if (result.success) return { value: result.data, at };
  const told = new Map<string, string>();
  for (const { path, reason } of result.error.issues.flatMap(faultsOf)) {
    const where = at(path);
    const known = told.get(`${where} ${reason}`); // of text used twice, the first use is told
    const named = path.length === 0 ? where : `${where} ${path.map(String).join('.')}:`;
    told.set(`${where} ${reason}`, known ?? `${named} ${reason}`);
  }
  throw new SeedError([...told.values()].join('\n'));
}

/**
 * Reads one YAML file against its schema.
 *
 * @throws SeedError with every fault's file, line, column and reason
 */
export const parseSeed = <T>(text: string, fileName: string, schema: ZodType<T>): T =>
  locateSeed(text, fileName, schema).value;
