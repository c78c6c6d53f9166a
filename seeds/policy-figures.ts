import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Scalar,
} from 'yaml';

/** Where a number of a policy comes from: an official text, nothing confirmed yet, or nowhere. */
export type Standing = 'sourced' | 'toBeConfirmed' | 'illustrative';

/** A number of a policy, once for each source that it is used under. */
export interface Figure {
  kind: 'amount' | 'ratio' | 'number'; // yuan, a fraction, or a whole number such as an age
  value: string;
  source: string; // of the nearest element that names one
  standing: Standing;
  path: string; // of its first use
  line: number;
  column: number;
}

const kinds: Readonly<Record<string, Figure['kind']>> = {
  amount: 'amount',
  upTo: 'amount',
  ceiling: 'amount',
  step: 'amount',
  deductible: 'amount',
  from: 'amount',
  ratio: 'ratio',
  rate: 'ratio',
  points: 'ratio',
  factor: 'ratio',
  rateOfOwn: 'ratio',
};
function kindOf(key: string, { value }: Scalar): Figure['kind'] | undefined {
  if (typeof value === 'number') return 'number';
  return typeof value === 'string' && /^-?\d/.test(value) ? kinds[key] : undefined;
}
function standingOf(source: string): Standing {
  if (/\billustrative\b/i.test(source)) return 'illustrative';
  return /to be confirmed/i.test(source) ? 'toBeConfirmed' : 'sourced';
}

interface Place {
  path: readonly string[];
  source: string;
}
interface Reading {
  document: Document;
  lineCounter: LineCounter;
  seen: Map<Node, Set<string>>; // the sources that a text which is used again was read under
}

/** Whether this text was not read under this source before; it notes that now it is. */
function isNew({ seen }: Reading, node: Node, source: string): boolean {
  const sources = seen.get(node) ?? new Set();
  if (sources.has(source)) return false;
  seen.set(node, sources.add(source));
  return true;
}

/** What a map or a list holds, by key or index. */
function itemsOf(node: Node): [string, unknown][] {
  if (isMap(node)) return node.items.map(({ key, value }) => [String(key), value]);
  if (isSeq(node)) return node.items.map((item, index) => [String(index), item]);
  return [];
}
/** What its key `source` says, where it has one. */
function ownSource(node: Node): string | undefined {
  const own: unknown = isMap(node) ? node.get('source') : undefined;
  return typeof own === 'string' ? own : undefined;
}

function* figuresIn(reading: Reading, written: unknown, at: Place): Generator<Figure> {
  const node = isAlias(written) ? written.resolve(reading.document) : written;
  if (!isNode(node)) return;
  const source = ownSource(node) ?? at.source;
  if (!isNew(reading, node, source)) return;
  if (isScalar(node)) yield* figureAt(reading, node, { ...at, source });
  for (const [key, item] of itemsOf(node)) {
    yield* figuresIn(reading, item, { path: [...at.path, key], source });
  }
}

function* figureAt({ lineCounter }: Reading, node: Scalar, at: Place): Generator<Figure> {
  const kind = kindOf(at.path.at(-1) ?? '', node);
  if (!kind) return;
  const { line, col } = lineCounter.linePos(node.range?.[0] ?? 0);
  const { path, source } = at;
  const standing = standingOf(source);
  const value = String(node.value);
  yield { kind, value, source, standing, path: path.join('.'), line, column: col };
}

/** Every number that a policy file writes, with its source, in the order of first use. */
export function figuresOf(text: string): Figure[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const reading: Reading = { document, lineCounter, seen: new Map() };
  const entries = ['parameters', 'policies'].map((key) => [key, document.get(key, true)] as const);
  return entries.flatMap(([key, node]) => [
    ...figuresIn(reading, node, { path: [key], source: '' }),
  ]);
}
