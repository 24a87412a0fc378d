// SPDX-License-Identifier: Apache-2.0
import type { AccessPolicy, Backend, Listener, Snapshot } from '@weir/policy/snapshot';
import { accessPolicyChanges } from './access-policy-changes.ts';
import type { Sides } from './authentication-changes.ts';
import { backendChanges } from './backend-changes.ts';
import { accessPolicyDocument, declarationChanges } from './declaration-changes.ts';
import { meshDiffs } from './mesh-changes.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change, Compiled, ObjectDiff } from './policy-diff.ts';
import { trafficPolicyDiffs } from './traffic-policy-changes.ts';
import { fromTo, isSame, paired } from './values.ts';

type Difference = Omit<ObjectDiff, 'holdsFor'>;

/** Policies, listeners and backends that say something else than before. */
export function objectDiffs(before: Compiled, after: Compiled): readonly Difference[] {
  const sides = { before: before.snapshot, after: after.snapshot };
  return [
    ...policyDiffs(before, after, sides),
    ...trafficPolicyDiffs(before, after),
    ...pairsOf(sides, listenersOf).map(([old, now]) => ({
      kind: 'Listener' as const,
      name: now.name,
      state: 'changed' as const,
      changes: listenerChanges(old, now),
    })),
    ...meshDiffs(sides),
    ...pairsOf(sides, backendsOf).map(([old, now]) => ({
      kind: 'Backend' as const,
      name: titleOfBackend(now),
      state: 'changed' as const,
      changes: backendChanges(old, now),
    })),
  ].filter(({ changes }) => changes.length > 0);
}

function policyDiffs(before: Compiled, after: Compiled, sides: Sides): readonly Difference[] {
  const { both, lost, gained } = paired(policiesOf(before.snapshot), policiesOf(after.snapshot), ({ label }) => label);
  const declared = ({ label }: AccessPolicy): readonly Change[] =>
    declarationChanges(accessPolicyDocument(before, label), accessPolicyDocument(after, label));
  const diffOf = (policy: AccessPolicy, state: Difference['state'], changes: readonly Change[]): Difference => ({
    kind: 'AccessPolicy',
    name: policy.label,
    state,
    changes,
  });
  return [
    ...lost.map(policy => diffOf(policy, 'removed', [neutral('removed')])),
    ...gained.map(policy => diffOf(policy, 'added', [neutral('added'), ...declared(policy)])),
    ...both.map(([old, now]) => diffOf(now, 'changed', [...accessPolicyChanges(old, now, sides), ...declared(now)])),
  ];
}

function policiesOf({ resources }: Snapshot): readonly AccessPolicy[] {
  return [...resources.values()].filter(resource => resource.kind === 'accessPolicy');
}

function listenersOf({ resources }: Snapshot): readonly Listener[] {
  return [...resources.values()].flatMap(resource => (resource.kind === 'port' ? resource.listeners : []));
}

/** `shop/cart:80`; of Gateways with policies of their own `shop/cart:80@shop/edge`, as in metrics: they call it in another way. */
export function titleOfBackend({ label, name }: Pick<Backend, 'label' | 'name'>): string {
  const callers = name.indexOf('@');
  return callers === -1 ? label : label + name.slice(callers);
}

function backendsOf({ resources }: Snapshot): readonly Backend[] {
  return [...resources.values()].filter(resource => resource.kind === 'backend');
}

function pairsOf<Item extends { readonly name: string }>(
  { before, after }: Sides,
  itemsOf: (snapshot: Snapshot) => readonly Item[],
): readonly (readonly [before: Item, after: Item])[] {
  return paired(itemsOf(before), itemsOf(after), ({ name }) => name).both;
}

/** What a listener asks of clients: their certificate. */
function listenerChanges({ tls: before }: Listener, { tls: after }: Listener): readonly Change[] {
  const [old, now] = [before?.clientValidation, after?.clientValidation];
  const ended = before !== undefined && after === undefined ? [weakens('TLS is gone')] : [];
  if (isSame(old, now)) return ended;
  if (old === undefined) return [...ended, strengthens('clients are asked for a certificate')];
  if (now === undefined) return [...ended, weakens('clients are no longer asked for a certificate')];
  const text = fromTo('client certificates', old.mode, now.mode);
  if (old.mode !== now.mode) return [...ended, (now.mode === 'require' ? strengthens : weakens)(text)];
  return [...ended, mayWeaken('client certificates: whom to trust differs')];
}
