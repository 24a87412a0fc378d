// SPDX-License-Identifier: Apache-2.0

/**
 * Which layer may import which, by the tag in each package.json: imports go one way, and siblings never import each other.
 * A layer that is not named here may import nothing, and there is no rule for "everything".
 * `tools/boundary-proof` derives the forbidden pairs from this table and requires lint to report each of them.
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'layer:base': [],
  'layer:policy': ['layer:base'],
  'layer:mechanism': ['layer:base', 'layer:policy'],
  'layer:explain': ['layer:base', 'layer:policy', 'layer:mechanism'],
  'layer:proxy': ['layer:base', 'layer:policy', 'layer:mechanism'],
  // Control plane and data plane meet in what they send each other, and nowhere else.
  'layer:sync': ['layer:base', 'layer:policy'],
  // What the control plane reads of a cluster and writes there.
  'layer:kubernetes': ['layer:base', 'layer:policy'],
  // What the control plane decides of Rollouts: plain computing on what proxies have told.
  'layer:rollouts': ['layer:base', 'layer:policy'],
  // What gateways and sidecars have in common as proxies of a control plane.
  'layer:member': ['layer:base', 'layer:policy', 'layer:mechanism', 'layer:proxy', 'layer:sync'],
  'layer:app': [
    'layer:base',
    'layer:policy',
    'layer:mechanism',
    'layer:proxy',
    'layer:sync',
    'layer:kubernetes',
    'layer:rollouts',
    'layer:member',
    'layer:explain',
  ],
  'layer:cli': [
    'layer:base',
    'layer:policy',
    'layer:mechanism',
    'layer:proxy',
    'layer:sync',
    'layer:kubernetes',
    'layer:rollouts',
    'layer:member',
    'layer:explain',
    'layer:app',
  ],
  'layer:testing': ['layer:base', 'layer:policy'],
  // Black-box suites start the product as a process; what they share is the scripted upstreams and clients.
  'layer:e2e': ['layer:base', 'layer:policy', 'layer:testing'],
  // The codec's fuzzer and the benchmark of match tables call these libraries directly; what the chart allows is held against what is read.
  'layer:tool': [
    'layer:base',
    'layer:policy',
    'layer:mechanism',
    'layer:proxy',
    'layer:sync',
    'layer:kubernetes',
    'layer:rollouts',
    'layer:testing',
  ],
  // An example is what a newcomer copies: it stands alone (its tests may wait with the tools of the testing layer).
  'layer:example': [],
};

/** The one layer that only tests may import, besides what their library imports. */
export const TESTING_LAYER = 'layer:testing';

/** Layers whose tests may import `TESTING_LAYER`. */
export const TESTED_LAYERS: readonly string[] = [
  'layer:base',
  'layer:policy',
  'layer:mechanism',
  'layer:explain',
  'layer:proxy',
  'layer:sync',
  'layer:kubernetes',
  'layer:rollouts',
  'layer:member',
  'layer:app',
  'layer:cli',
  'layer:example',
];

interface DepConstraint {
  readonly sourceTag: string;
  readonly onlyDependOnLibsWithTags: readonly string[];
}

/** The table as `@nx/enforce-module-boundaries` wants it. */
export function depConstraintsFromLayers({ isTest }: { readonly isTest: boolean }): readonly DepConstraint[] {
  return Object.entries(LAYERS).map(([sourceTag, allowed]) => ({
    sourceTag,
    onlyDependOnLibsWithTags: isTest && TESTED_LAYERS.includes(sourceTag) ? [...allowed, TESTING_LAYER] : allowed,
  }));
}
