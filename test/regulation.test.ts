import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkRegulation, readRegulation, readTags, type SourceFile } from './regulation.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/regulation.md'), 'utf8');
const folders = ['domain', 'workflows', 'activities', 'gateway', 'db', 'seeds'];

function sourcesUnder(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesUnder(path);
    return /\.(ts|ya?ml|sql)$/.test(entry.name)
      ? [{ path, text: readFileSync(join(root, path), 'utf8') }]
      : [];
  });
}

const national = '医保办函〔2021〕4号';
const chongqing = '渝医保办〔2021〕54号';
const articles = [
  ...['首段', '一', '二(一)', '二(二)', '二(三)', '三(一)', '三(二)', '三(三)', '三(四)', '三(五)'],
  ...['四(一)', '四(二)', '四(三)', '附件', '备注'],
].map((article) => `${national} ${article}`);
const articlesOfChongqing = [
  ...['首段', '一', '二', '三', '四(一)', '四(二)', '四(三)', '四(四)', '四(五)', '附件'],
].map((article) => `${chongqing} ${article}`);

describe('docs/regulation.md and the @law tags', () => {
  test('agree in both directions', () => {
    expect(checkRegulation(page, folders.flatMap(sourcesUnder))).toEqual([]);
  });

  test('the page lists every article of both notices, and no other', () => {
    const listed = new Set(readRegulation(page).rows.map(({ article }) => article));
    expect([...listed]).toEqual([...articles, ...articlesOfChongqing]);
  });

  test('what is not built yet is said aloud', () => {
    const missing = readRegulation(page).rows.filter(({ room }) => room === 'not built yet');
    for (const { article, demand } of missing) console.info(`not built yet: ${article}: ${demand}`);
    expect(missing.every(({ demand }) => demand.endsWith('.'))).toBe(true);
  });
});

describe('the checker', () => {
  const planted = [
    '| article | demand | room |',
    '| ------- | ------ | ---- |',
    `| ${national} 三(一) | Scope. | \`domain/scope.ts\` |`,
    `| ${national} 三(一) | Benefit. | \`domain/benefit.ts\` |`,
    `| ${national} 三(四) | Supervision. | not built yet |`,
    `| ${national} 四(一) | Leadership. | not software |`,
  ].join('\n');
  const scope = {
    path: 'domain/scope.ts',
    text: `/**\n * Splits.\n * @law ${national} 三(一)\n */`,
  };
  const benefit = { path: 'domain/benefit.ts', text: `/** Pays. @law ${national} 三(一) */` };

  test('is content when every tag is listed and every listed file cites', () => {
    expect(checkRegulation(planted, [scope, benefit])).toEqual([]);
  });

  test('names a tag with an article that the page does not list', () => {
    const wrong = { path: 'domain/x.ts', text: `// @law ${national} 五(一)` };
    expect(checkRegulation(planted, [scope, benefit, wrong])).toEqual([
      `domain/x.ts cites ${national} 五(一), which the page does not list`,
    ]);
  });

  test('names a tag in a file that the article does not list', () => {
    const wrong = { path: 'db/scope.ts', text: `// @law ${national} 三(一)` };
    expect(checkRegulation(planted, [scope, benefit, wrong])).toEqual([
      `db/scope.ts cites ${national} 三(一), but the page does not name this file for it`,
    ]);
  });

  test('names a tag of an article that the page calls not built', () => {
    const wrong = { path: 'domain/x.ts', text: `// @law ${national} 三(四)` };
    expect(checkRegulation(planted, [scope, benefit, wrong])).toEqual([
      `domain/x.ts cites ${national} 三(四), but the page does not name this file for it`,
    ]);
  });

  test('names a listed file that does not cite the article, and one that is not there', () => {
    const silent = { path: 'domain/scope.ts', text: '/** Splits. */' };
    expect(checkRegulation(planted, [silent])).toEqual([
      `the page names domain/scope.ts for ${national} 三(一), but the file does not cite it`,
      `the page names domain/benefit.ts for ${national} 三(一), but there is no such file`,
    ]);
  });

  test('names a row with an unreadable room', () => {
    const row = `| ${national} 三(五) | Clearing. | soon |`;
    expect(checkRegulation(`${planted}\n${row}`, [scope, benefit])).toEqual([
      `unreadable row: ${row}`,
    ]);
  });

  test('reads several articles of one tag, in docstrings, line comments and yaml', () => {
    const both = [`${national} 二(二)`, `${national} 附件`];
    const read = (text: string) => readTags({ path: 'a', text }).map(({ article }) => article);
    expect(read(`/**\n * @law ${both.join('; ')}\n */`)).toEqual(both);
    expect(read(`/** @law ${both.join(';')} */ const a = 1;`)).toEqual(both);
    expect(read(`/**\n * @law ${both.join(';\n *   ')}\n * More.\n */`)).toEqual(both);
    expect(read(`# @law ${both.join('; ')}\nM03900: {}`)).toEqual(both);
    expect(read(`a: 1 # @law  ${both.join(' ;\n# ')}\n`)).toEqual(both);
  });
});
