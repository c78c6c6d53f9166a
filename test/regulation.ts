/** Keeps docs/regulation.md and the `@law` tags of the code in step. Pure: it sees only text. */

export interface SourceFile {
  path: string;
  text: string;
}
export interface Row {
  article: string;
  demand: string;
  files: readonly string[];
  room: 'files' | 'not software' | 'not built yet';
}
interface Citation {
  article: string;
  path: string;
}

const spelled = (article: string): string => article.trim().replace(/\s+/g, ' ');

/** The rows of the page's table; a row that cannot be read is a fault of the page. */
export function readRegulation(page: string): { rows: Row[]; faults: string[] } {
  const rows: Row[] = [];
  const faults: string[] = [];
  for (const line of page.split('\n').filter((each) => each.startsWith('|'))) {
    const cells = line.split('|').slice(1, -1).map(spelled);
    if (cells[0] === 'article' || /^:?-+:?$/.test(cells[0] ?? '')) continue;
    const row = readRow(cells);
    if (row) rows.push(row);
    else faults.push(`unreadable row: ${line}`);
  }
  return { rows, faults };
}

function readRow([article, demand, room, ...rest]: string[]): Row | undefined {
  if (!article || !demand || !room || rest.length > 0) return undefined;
  if (room === 'not software' || room === 'not built yet')
    return { article, demand, files: [], room };
  const files = room.split(/,\s*/).map((file) => /^`([\w./-]+)`$/.exec(file)?.[1]);
  if (!files.every((file) => file !== undefined)) return undefined;
  return { article, demand, files, room: 'files' };
}

/** Every article a file cites. A tag that ends in `;` goes on in the next line of its comment. */
export function readTags({ path, text }: SourceFile): Citation[] {
  const tags = text.matchAll(/@law[ \t]+((?:[^\n]*;[ \t]*\r?\n[ \t]*(?:\*|\/\/|#|--)?)*[^\n]*)/g);
  return [...tags].flatMap(([, tag = '']) =>
    tag
      .replace(/\*\/.*$/, '')
      .split('\n')
      .map((line, index) => (index === 0 ? line : line.replace(/^\s*(?:\*|\/\/|#|--)/, '')))
      .join(' ')
      .split(';')
      .map(spelled)
      .filter((article) => article !== '')
      .map((article) => ({ article, path })),
  );
}

/** What is wrong between page and code, one sentence each; empty when they agree. */
export function checkRegulation(page: string, sources: readonly SourceFile[]): string[] {
  const { rows, faults } = readRegulation(page);
  const cited = sources.flatMap(readTags);
  const listed = rows.flatMap(({ article, files }) => files.map((path) => ({ article, path })));
  const articles = new Set(rows.map(({ article }) => article));
  const holds = (where: readonly Citation[], { article, path }: Citation) =>
    where.some((each) => each.article === article && each.path === path);

  const wrongTags = cited
    .filter((tag) => !holds(listed, tag))
    .map(({ article, path }) =>
      articles.has(article)
        ? `${path} cites ${article}, but the page does not name this file for it`
        : `${path} cites ${article}, which the page does not list`,
    );
  const missingTags = listed
    .filter((entry) => !holds(cited, entry))
    .map(({ article, path }) =>
      sources.some((source) => source.path === path)
        ? `the page names ${path} for ${article}, but the file does not cite it`
        : `the page names ${path} for ${article}, but there is no such file`,
    );
  return [...new Set([...faults, ...wrongTags, ...missingTags])];
}
