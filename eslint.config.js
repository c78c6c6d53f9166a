import tseslint from 'typescript-eslint';

const noAmbient = (...names) =>
  names.map((name) => ({ name, message: 'The law has no clock, no I/O, no chance: pass it in.' }));

const ambient = [
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'crypto',
  'performance',
];

const plainSyntax = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
  { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
];

// Floating point never touches money: amounts are text outside and Yuan inside. A number may be read
// from a part of a day, or from a position in a list; never from any other text.
const notMoney = [
  '[arguments.0.callee.name="yearOf"]',
  '[arguments.0.callee.property.name="slice"]', // of a day
  '[arguments.0.object.name="match"]', // of the pattern of a day
  '[arguments.0.name="key"]', // of a list
  '[arguments.0.property.name="no"]', // of a line
].map((argument) => `:not(${argument})`);
const noFloat = [
  {
    selector: `CallExpression[callee.name="Number"]${notMoney.join('')}`,
    message: 'Use yuan() of domain/money.ts; a number is read only from a day or a position.',
  },
  {
    selector: 'UnaryExpression[operator="+"]',
    message: 'Use yuan() of domain/money.ts.',
  },
  {
    selector: 'Literal[raw=/^[0-9_]*[.][0-9]/]',
    message: 'A fraction is text: ratio(), yuan() or price() of domain/money.ts read it.',
  },
  {
    selector: 'CallExpression[callee.name=/^(parseFloat|parseInt)$/]',
    message: 'Use yuan() of domain/money.ts.',
  },
  {
    selector: 'MemberExpression[object.name="Number"][property.name=/^parse/]',
    message: 'Use yuan() of domain/money.ts.',
  },
  {
    selector: 'MemberExpression[property.name=/^(toFixed|toPrecision|toNumber)$/]',
    message: 'Use toWire() of domain/money.ts.',
  },
];
const noRounding = {
  selector:
    'MemberExpression[object.name="Math"][property.name=/^(round|floor|ceil|trunc|fround)$/]',
  message: 'Only domain/money.ts rounds.',
};

/** What needs types is in .oxlintrc.json; the long run asks the rules' own linter as well. */
const withTypes = process.env['KUASHENG_LINT_TYPES'] !== undefined;
const typed = {
  languageOptions: { parserOptions: { projectService: true } },
  rules: {
    '@typescript-eslint/switch-exhaustiveness-check': 'error',
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
  },
};

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      '.data',
      '.altered-*',
      'coverage',
      '**/*.cjs',
      '**/*.mjs',
      'eslint.config.js',
    ],
  },
  ...(withTypes ? tseslint.configs.strictTypeChecked : tseslint.configs.strict),
  ...(withTypes ? [typed] : []),
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      complexity: ['error', 8],
      camelcase: ['error', { properties: 'always' }],
      'no-restricted-syntax': ['error', ...plainSyntax],
    },
  },
  {
    // National field codes live at the wire; column names live with the SQL.
    files: [
      'gateway/*messages.ts',
      'gateway/wire/**',
      'db/**',
      'test/**',
      'workers/dev/demonstration.ts',
      'bench/**',
    ],
    rules: { camelcase: 'off' },
  },
  {
    files: [
      'domain/**',
      'workflows/**',
      'activities/**',
      'db/**',
      'gateway/**',
      'seeds/**',
      'cli/**',
    ],
    rules: { 'no-restricted-syntax': ['error', ...plainSyntax, ...noFloat, noRounding] },
  },
  {
    // The quarter of a month is no money, nor is a turn in a line.
    files: ['domain/calendar.ts', 'domain/maintenance.ts'],
    rules: { 'no-restricted-syntax': ['error', ...plainSyntax, ...noFloat] },
  },
  {
    files: ['domain/**', 'workflows/**'],
    rules: {
      'no-restricted-globals': ['error', ...noAmbient('Date', ...ambient)],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'The law has no chance.' },
      ],
    },
  },
  {
    // In a workflow Temporal's own Date tells the time of the history, the same in every replay; words for
    // operators turn a given instant into a clock's time.
    files: ['workflows/counter.ts', 'workflows/contracts-words.ts'],
    rules: { 'no-restricted-globals': ['error', ...noAmbient(...ambient)] },
  },
  {
    files: ['vitest*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
