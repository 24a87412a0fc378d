// SPDX-License-Identifier: Apache-2.0
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * An Nx plugin: gives every workspace package the same targets, so that no package.json repeats them. Caching, inputs and
 * order are in nx.json; `build` and `bench` belong to single packages and are in their package.json.
 */
export const name = 'weir-targets';

export const createNodesV2 = [
  '{apps/*,libs/*,examples/*,tools,e2e}/package.json',
  packageFiles => packageFiles.map(file => [file, nodesOf(dirname(file))]),
];

function nodesOf(root) {
  return { projects: { [root]: { targets: targetsOf(root) } } };
}

function targetsOf(root) {
  const targets = { lint: { command: `eslint ${root}` } };
  if (existsSync(join(root, 'tsconfig.json'))) targets.typecheck = { command: `tsc -p ${root}` };
  if (hasUnitTests(root)) targets.test = { command: `vitest run --project unit --dir ${root}` };
  return targets;
}

/** Tests of e2e and of the examples start processes: they run in `npm test` only, and are never taken from a cache. */
function hasUnitTests(root) {
  if (/^(e2e|examples)/.test(root)) return false;
  return globSync(`${root}/*/**/*.test.ts`, { exclude: ['**/node_modules/**'] }).length > 0;
}
