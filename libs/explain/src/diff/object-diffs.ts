// SPDX-License-Identifier: Apache-2.0
import type { AccessPolicy, Backend, Listener, Snapshot } from '@weir/policy/snapshot';
import { accessPolicyChanges } from './access-policy-changes.ts';
import type { Sides } from './authentication-changes.ts';
import { accessPolicyDocument, declarationChanges } from './declaration-changes.ts';
import { healthChanges } from './health-changes.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change, Compiled, ObjectDiff } from './policy-diff.ts';
import { trafficPolicyDiffs } from './traffic-policy-changes.ts';
import { differingFields, fieldOf, fromTo, isSame, paired } from './values.ts';

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
    ...pairsOf(sides, backendsOf).map(([old, now]) => ({
      kind: 'Backend' as const,
      name: now.label,
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

/** Endpoints come and go; `name` and `label` say which backend it is. */
const NOT_POLICY: ReadonlySet<string> = new Set(['endpoints', 'kind', 'label', 'name']);
const NEUTRAL: ReadonlySet<string> = new Set([
  'balance',
  'connectTimeoutMs',
  'protocol',
  'proxyProtocol',
  'sessionPersistence',
  'zonePreference',
]);

function backendChanges(before: Backend, after: Backend): readonly Change[] {
  return differingFields(before, after)
    .filter(name => !NOT_POLICY.has(name))
    .flatMap(name => {
      if (name === 'tls') return tlsChange(before, after);
      if (name === 'health') return healthChanges(before, after);
      return (NEUTRAL.has(name) ? neutral : mayWeaken)(fromTo(name, fieldOf(before, name), fieldOf(after, name)));
    });
}

function tlsChange({ tls: before }: Backend, { tls: after }: Backend): Change {
  if (before === undefined) return strengthens('TLS is used, and the certificate verified');
  if (after === undefined) return weakens('TLS is gone: requests go in plaintext');
  const fields = differingFields(before, after).map(name => fromTo(name, fieldOf(before, name), fieldOf(after, name)));
  return mayWeaken(`TLS: ${fields.join('; ')}`);
}
