// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATUS_RESOURCES, WATCHED_RESOURCES } from '@weir/kubernetes';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { rightsOf } from './access-rule.ts';
import type { AccessRule } from './access-rule.ts';
import { explainedRules } from './access-table.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/rbac.md'), 'utf8');

function rulesOf(name: string): readonly AccessRule[] {
  return parse(readFileSync(join(ROOT, 'charts/weir/rules', name), 'utf8')) as readonly AccessRule[];
}

describe.each([
  ['In the whole cluster', 'cluster.yaml'],
  ["In the release's namespace", 'own-namespace.yaml'],
  ['Who looks at the control plane', 'viewer.yaml'],
  ['Who changes something at the control plane', 'operator.yaml'],
  ['Who says how Rollouts go on', 'rollouts.yaml'],
])('rights %s', (heading, file) => {
  it('are those that docs/rbac.md explains, verb by verb', () => {
    expect(rightsOf(explainedRules(page, heading))).toEqual(rightsOf(rulesOf(file)));
  });

  it('have a reason each', () => {
    expect(explainedRules(page, heading).filter(({ why }) => why === '')).toEqual([]);
  });
});

it('all that the control plane watches may be read', () => {
  const rights = new Set(rightsOf(rulesOf('cluster.yaml')));
  const needed = rightsOf(
    WATCHED_RESOURCES.map(({ group, plural }) => ({ apiGroups: [group], resources: [plural], verbs: ['list', 'watch'] })),
  );
  expect(needed.length).toBeGreaterThan(30);
  expect(needed.filter(right => !rights.has(right))).toEqual([]);
});

it('statuses may be written of the kinds of which they are, and of no other', () => {
  const allowed = rightsOf(rulesOf('cluster.yaml')).filter(right => right.includes('/status'));
  const written = STATUS_RESOURCES.map(({ group, plural }) => ({
    apiGroups: [group],
    resources: [`${plural}/status`],
    verbs: ['patch'],
  }));
  // A Pod that a Rollout held back is told that it may count as ready.
  const gates = { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] };
  expect(allowed).toEqual(rightsOf([...written, gates]));
});

it('no right is for everything', () => {
  const files = ['cluster.yaml', 'own-namespace.yaml', 'viewer.yaml', 'operator.yaml', 'rollouts.yaml'];
  const rights = files.flatMap(file => rightsOf(rulesOf(file)));
  expect(rights.filter(right => right.includes('*'))).toEqual([]);
});

it('rights are told apart by group, resource, name and verb', () => {
  const rule = { apiGroups: ['', 'apps'], resources: ['a', 'a/status'], resourceNames: ['x'], verbs: ['get'] };
  expect(rightsOf([rule, { apiGroups: [''], resources: ['b'], verbs: ['create'] }])).toEqual([
    'apps/a (x): get',
    'apps/a/status (x): get',
    'core/a (x): get',
    'core/a/status (x): get',
    'core/b: create',
  ]);
});
