import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const clockAndEnvironment = [
  { object: 'process', property: 'env', message: 'Read the environment in agent/config or a main file.' },
  { object: 'Date', property: 'now', message: 'Take time from host/clock.' },
];

// eslint-disable-next-line no-restricted-syntax -- ESLint reads its configuration from the default export.
export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.tap/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
      ],
      'prefer-const': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['kernel/**', 'ledger/**', 'host/**', 'agent/**', 'tuner/**', 'cli/**'],
    ignores: ['host/clock.ts', 'agent/config.ts', 'agent/main.ts', 'cli/**'],
    rules: { 'no-restricted-properties': ['error', ...clockAndEnvironment] },
  },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // tap takes a test as done when its promise settles: every body is async, whether it waits or not.
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['eslint.config.js', 'cli/cpugap.js'], ...tseslint.configs.disableTypeChecked },
);
