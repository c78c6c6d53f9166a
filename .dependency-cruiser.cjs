/** Who may import whom. The README's folder table says the same in words. */
const only = (folder, allowed, comment) => ({
  name: `${folder}-imports-only`,
  severity: 'error',
  comment,
  from: { path: `^${folder}/` },
  to: { pathNot: [`^${folder}/`, ...allowed] },
});
const pkg = (...names) => `node_modules/(${names.join('|')})/`;
const places = 'treating-place|insured-place|clearing';

module.exports = {
  forbidden: [
    only('domain', [pkg('decimal[.]js')], 'The law is pure: no I/O, no clock, no Temporal.'),
    only(
      'workflows',
      ['^domain/', '^activities/', pkg('@temporalio/workflow', '@temporalio/common')],
      'Workflows only decide.',
    ),
    only(
      'activities',
      [
        '^domain/',
        '^db/',
        '^workflows/contracts',
        pkg('@temporalio/activity', '@temporalio/client', '@temporalio/common'),
      ],
      'Activities join the outside to the law.',
    ),
    only(
      'gateway',
      [
        '^domain/',
        '^workflows/contracts',
        pkg('zod', '@temporalio/client', '@temporalio/common', 'fastify', 'lossless-json'),
        '^(node:)?crypto',
      ],
      'The wire knows the law, not the database.',
    ),
    only(
      'db',
      ['^domain/', pkg('pg', '@types/pg', 'node-pg-migrate'), '^(node:)?(crypto|path|url)'],
      'SQL knows the law, not the wire.',
    ),
    only(
      'seeds',
      ['^domain/', '^db/', pkg('yaml', 'zod'), '^(node:)?(fs|path|url|crypto)'],
      'Seeds fill the database.',
    ),
    {
      name: 'workflows-see-activities-as-types',
      severity: 'error',
      comment: 'Importing an activity pulls its I/O into the replayed bundle. Use `import type`.',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'places-do-not-see-each-other',
      severity: 'error',
      comment:
        '三(一): scope is the treating place’s, benefit the insured place’s. Share through domain/*.ts.',
      from: { path: `^domain/(${places})/` },
      to: { path: `^domain/(${places})/`, pathNot: '^domain/$1/' },
    },
    {
      name: 'decimal-only-in-money',
      severity: 'error',
      comment: 'One file rounds.',
      from: { pathNot: '^(domain/money[.]ts$|bench/)' },
      to: { path: pkg('decimal[.]js') },
    },
    {
      name: 'nobody-imports-what-composes',
      severity: 'error',
      comment: 'Processes, commands, benches and tests compose; nothing depends on them.',
      from: { pathNot: '^(workers|cli|bench|test)/' },
      to: { path: '^(workers|cli|bench|test)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['^test/', '^seeds/', 'config'] },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true, // so that type-only imports are seen, and told apart
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
