// What a reviewer should never have to say about the web client, import borders included.
import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import { readdirSync } from 'node:fs';
import ts from 'typescript-eslint';

/** Floors of the house; every other folder of src is a workspace, and workspaces never import each other. */
const FLOORS = ['api', 'components', 'kit', 'session', 'shell', 'texts', 'ui'];
const folders = readdirSync(new URL('./src', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const workspaces = folders.filter((name) => !FLOORS.includes(name));

const border = (folder, forbidden, message) => ({
  files: [`src/${folder}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ regex: `^(\\.\\./)+(${forbidden.join('|')})(/|\\.tsx?$)`, message }] },
    ],
  },
});
const others = (...own) => folders.filter((name) => !own.includes(name));

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/api/generated', 'public', 'test-results'] },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'scripts/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    ...ts.configs.disableTypeChecked,
    languageOptions: { globals: { URL: 'readonly', console: 'readonly', process: 'readonly', Buffer: 'readonly' } },
  },
  { files: ['scripts/**'], rules: { 'no-console': 'off' } },
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks, 'jsx-a11y': a11y },
    rules: {
      ...hooks.configs.recommended.rules,
      ...a11y.flatConfigs.recommended.rules,
      // We do not compile for React's compiler.
      'react-hooks/incompatible-library': 'off',
    },
  },
  border('ui', others('ui'), 'ui knows neither routes nor API'),
  border('texts', others('texts'), 'texts knows nobody'),
  border('api', others('api'), 'api knows no screens'),
  border('kit', [...workspaces, 'shell', 'session', 'components', 'router'], 'kit knows no workspace'),
  border('session', others('session', 'api', 'texts'), 'session knows no screens'),
  ...workspaces.map((name) =>
    border(
      name,
      [...workspaces.filter((other) => other !== name), 'shell', 'router'],
      'workspaces link through paths.ts and never import each other',
    ),
  ),
);
