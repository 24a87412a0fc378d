// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import type { Suite } from './suite.ts';

const REPORTERS = ['--reporter=dot', '--reporter=./tools/test/failure-reporter.ts', '--reporter=./tools/test/count-reporter.ts'];

/**
 * Everything that `npm test` runs, cheapest first. The budgets are above what a run takes on two cores that do nothing else, by a
 * tenth at least; together they are an hour and twenty minutes.
 */
export const SUITES: readonly Suite[] = [
  {
    name: 'format',
    about: 'Prettier',
    budgetSeconds: 70,
    commands: [['prettier', '--check', '--log-level', 'warn', '.']],
    counting: 'exit',
  },
  {
    name: 'types',
    about: 'TypeScript over all packages',
    budgetSeconds: 70,
    commands: [['tsc', '-p', 'tsconfig.json']],
    counting: 'exit',
  },
  {
    name: 'lint',
    about: 'ESLint, every rule on, and the boundaries between packages',
    budgetSeconds: 300,
    // The boundary rule reads the project graph that Nx leaves behind, and is silent without one. All at once is more than fits into
    // the heap that Node takes: each process has the types of what it lints.
    commands: [
      ['nx', 'show', 'projects'],
      ['eslint', '--max-warnings', '0', 'libs'],
      ['eslint', '--max-warnings', '0', '.', '--ignore-pattern', 'libs/**'],
    ],
    counting: 'exit',
  },
  vitestSuite('unit', 'unit and property tests', 360),
  vitestSuite('boundaries', 'lint reports each forbidden import', 40),
  {
    name: 'unused',
    about: 'knip: no unused files, exports or dependencies',
    budgetSeconds: 40,
    commands: [['knip', '--no-progress']],
    counting: 'exit',
  },
  {
    name: 'size',
    about: 'lengths of files and functions',
    budgetSeconds: 20,
    commands: [['node', 'tools/size-report/main.ts']],
    counting: 'exit',
  },
  { ...vitestSuite('bundle', 'the built command starts, and routes, away from the checkout', 40), skipReason: posixReason },
  { ...vitestSuite('chart', 'what the Helm chart renders, and which values it refuses', 30), skipReason: helmReason },
  { ...vitestSuite('process', 'gateway, sidecars and control plane as processes', 1620), skipReason: posixReason },
  { ...vitestSuite('netns', 'hosts with addresses, rules and mishaps of their own', 410), skipReason: rootReason },
  { ...vitestSuite('example', 'the examples, as their READMEs say to try them', 210), skipReason: posixReason },
  { ...vitestSuite('cluster', 'helm install into the cluster of KUBECONFIG, and what follows', 1590), skipReason: clusterReason },
];

function vitestSuite(name: string, about: string, budgetSeconds: number): Suite {
  return {
    name,
    about,
    budgetSeconds,
    commands: [['vitest', 'run', '--project', name, ...REPORTERS]],
    counting: 'vitest',
  };
}

function rootReason(): string | undefined {
  if (process.platform !== 'linux') return 'needs network namespaces, which only Linux has';
  return process.getuid?.() === 0 ? undefined : 'needs root, to make network namespaces';
}

function helmReason(): string | undefined {
  return spawnSync('helm', ['version']).status === 0 ? undefined : 'needs helm';
}

function clusterReason(): string | undefined {
  if ((process.env['KUBECONFIG'] ?? '') === '') return 'needs a cluster that may be changed, named by KUBECONFIG';
  if (spawnSync('kubectl', ['get', '--raw', '/readyz']).status !== 0) return 'the cluster that KUBECONFIG names does not answer';
  return helmReason();
}

function posixReason(): string | undefined {
  return process.platform === 'win32' ? 'needs signals and process groups, which Windows does not have' : undefined;
}
