import tseslint from 'typescript-eslint';

const noAmbient = (...names) =>
  names.map((name) => ({ name, message: 'The law has no clock, no I/O, no chance: pass it in.' }));

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      '.data',
      '.reordered-*',
      'coverage',
      '**/*.cjs',
      '**/*.mjs',
      'eslint.config.js',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      complexity: ['error', 8],
      camelcase: ['error', { properties: 'always' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
      ],
    },
  },
  {
    // National field codes live at the wire; column names live with the SQL.
    files: [
      'gateway/messages.ts',
      'gateway/wire/**',
      'db/**',
      'test/**',
      'workers/dev/demonstration.ts',
      'bench/**',
    ],
    rules: { camelcase: 'off' },
  },
  {
    // Floating point never touches money: amounts are text outside and Yuan inside.
    files: ['domain/**', 'workflows/**', 'activities/**', 'db/**', 'gateway/**', 'seeds/**'],
    ignores: ['domain/money.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'parseFloat', message: 'Use yuan() of domain/money.ts.' },
      ],
      'no-restricted-properties': [
        'error',
        { property: 'toFixed', message: 'Use toWire() of domain/money.ts.' },
        { object: 'Number', property: 'parseFloat', message: 'Use yuan() of domain/money.ts.' },
      ],
    },
  },
  {
    files: ['domain/**', 'workflows/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'parseFloat', message: 'Use yuan() of domain/money.ts.' },
        ...noAmbient(
          'Date',
          'process',
          'console',
          'fetch',
          'setTimeout',
          'setInterval',
          'crypto',
          'performance',
        ),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'The law has no chance.' },
        { property: 'toFixed', message: 'Use toWire() of domain/money.ts.' },
      ],
    },
  },
  {
    // The one file that rounds and writes amounts.
    files: ['domain/money.ts'],
    rules: { 'no-restricted-properties': 'off' },
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
