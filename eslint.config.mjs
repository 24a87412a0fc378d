// SPDX-License-Identifier: Apache-2.0
import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import { GLOBAL_BANS, PROPERTY_BANS, SYNTAX_BANS, TIME_SYNTAX_BANS, importBans } from './tools/lint/bans.ts';
import { EXCEPTIONS, TEST_EXCEPTIONS } from './tools/lint/exceptions.ts';
import { fileNames } from './tools/lint/file-names.ts';
import { depConstraintsFromLayers } from './tools/lint/layers.ts';

const SOURCES = ['**/*.ts'];
/** Also what tests share, and what is made of doubles as they are. */
const TESTS = ['**/*.test.ts', 'examples/*/stage/**/*.ts', 'libs/proxy/src/split/split-bench.ts'];
/** The only places that may touch the real clock and the real source of randomness. */
const PORTS = ['libs/base/src/ports/**'];

/** Libraries without a platform: everything but libs/proxy, libs/testing and the ports. */
const PURE_LIBRARIES = ['explain', 'filters', 'policy', 'resilience', 'rollouts', 'routing'].map(
  name => `libs/${name}/src/**/*.ts`,
);
/** Reads and watches the directory of documents; the one place in libs/policy that touches files. */
const DIRECTORY_SOURCE = ['libs/policy/src/documents/directory/**', 'libs/policy/src/documents/*directory*.ts'];
/** Read the scenarios that tests compare with. */
const GOLDENS = ['libs/policy/src/**/goldens/**'];
/** Whatever a worker thread loads. */
const WORKER_LIBRARIES = ['base', 'filters', 'identity', 'proxy', 'resilience', 'routing', 'sync', 'telemetry'].map(
  name => `libs/${name}/src/**/*.ts`,
);
/** What only a control plane loads of libs/identity, and what its tests make certificates with. */
const AUTHORITY = ['libs/identity/src/authority/**', 'libs/identity/src/identity-lab.ts'];

/** The part of a worker's library that workers do not load. */
const SPAN_EXPORT = ['libs/telemetry/src/span-export/**'];

function boundaries({ isTest }) {
  return [
    'error',
    {
      depConstraints: depConstraintsFromLayers({ isTest }),
      // Only the command line is built, as a bundle of its sources: no library has an output that it could depend on.
      enforceBuildableLibDependency: false,
      allowCircularSelfDependency: false,
      // Tests of these two use the doubles that are made of them; sources do not, as `layer:testing` is not in their rows.
      ignoredCircularDependencies: [
        ['@weir/base', '@weir/testing'],
        ['@weir/policy', '@weir/testing'],
      ],
    },
  ];
}

export default [
  // Generated code is its generator's.
  { ignores: ['**/node_modules/**', '**/dist/**', '.nx/**', 'coverage/**', 'examples/**/*.js', 'libs/*/src/**/generated/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  { files: SOURCES, ...eslint.configs.all },
  ...tseslint.configs.all.map(config => ({ ...config, files: SOURCES })),
  {
    files: SOURCES,
    plugins: { '@nx': nx, weir: { rules: { 'file-names': fileNames } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...EXCEPTIONS,
      '@nx/enforce-module-boundaries': boundaries({ isTest: false }),
      'no-restricted-syntax': ['error', ...SYNTAX_BANS],
      '@typescript-eslint/no-restricted-imports': importBans({}),
      'weir/file-names': 'error',
    },
  },
  {
    files: ['libs/**/*.ts'],
    ignores: PORTS,
    rules: {
      'no-restricted-globals': ['error', ...GLOBAL_BANS],
      'no-restricted-properties': ['error', ...PROPERTY_BANS],
      'no-restricted-syntax': ['error', ...SYNTAX_BANS, ...TIME_SYNTAX_BANS],
      '@typescript-eslint/no-restricted-imports': importBans({ isLibrary: true }),
    },
  },
  {
    files: PURE_LIBRARIES,
    ignores: [...TESTS, ...DIRECTORY_SOURCE, ...GOLDENS, ...WORKER_LIBRARIES],
    rules: { '@typescript-eslint/no-restricted-imports': importBans({ isLibrary: true, isPure: true }) },
  },
  {
    files: WORKER_LIBRARIES,
    ignores: [...TESTS, ...PORTS, ...PURE_LIBRARIES, ...AUTHORITY, ...SPAN_EXPORT],
    rules: { '@typescript-eslint/no-restricted-imports': importBans({ isLibrary: true, carriesTraffic: true }) },
  },
  {
    files: PURE_LIBRARIES.filter(pattern => WORKER_LIBRARIES.includes(pattern)),
    ignores: TESTS,
    rules: { '@typescript-eslint/no-restricted-imports': importBans({ isLibrary: true, carriesTraffic: true, isPure: true }) },
  },
  { files: TESTS, rules: { ...TEST_EXCEPTIONS, '@nx/enforce-module-boundaries': boundaries({ isTest: true }) } },
  {
    files: PURE_LIBRARIES.map(pattern => pattern.replace('*.ts', '*.test.ts')),
    rules: { '@typescript-eslint/no-restricted-imports': importBans({ isLibrary: true, isPureTest: true }) },
  },
  {
    // Programs that people watch, and black-box suites: they print, wait for real time and read their environment.
    files: ['tools/**/*.ts', 'examples/**/*.ts', 'e2e/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  // Vitest asks for a default export.
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
];
