// SPDX-License-Identifier: Apache-2.0
import type { Attachment, Backend, Snapshot } from '@weir/policy/snapshot';
import { accessPolicyOf, guardsOf } from './chain-changes.ts';
import { objectDiffs, titleOfBackend } from './object-diffs.ts';
import type { Compiled, PolicyDiff } from './policy-diff.ts';
import { ruleDiff } from './rule-changes.ts';
import { trafficLinksOf } from './traffic-chains.ts';
import { pairRules, rulesOf, titleOf } from './rule-view.ts';

/**
 * How the effective policy of routes differs between two sets of documents that the same compiler has read. What an object says
 * otherwise stands with the object, once; which objects hold for a rule stands with the rule. A request that goes to another rule than
 * before is not followed: a rule that takes others is named, and marked where no policy guards it.
 */
export function diffPolicies(before: Compiled, after: Compiled): PolicyDiff {
  const sides = { before: before.snapshot, after: after.snapshot };
  const [earlier, later] = [rulesByObject(sides.before), rulesByObject(sides.after)];
  const objects = objectDiffs(before, after).map(object => {
    const key = `${object.kind} ${object.name}`;
    return { ...object, holdsFor: [...new Set([...(earlier.get(key) ?? []), ...(later.get(key) ?? [])])].sort() };
  });
  const pairs = pairRules(rulesOf(sides.before), rulesOf(sides.after));
  return { objects, rules: pairs.flatMap(pair => ruleDiff(pair, sides) ?? []) };
}

/** Titles of the rules that each object is in force for. */
function rulesByObject(snapshot: Snapshot): ReadonlyMap<string, ReadonlySet<string>> {
  const titles = new Map<string, Set<string>>();
  const note = (object: string, title: string): void => {
    titles.set(object, (titles.get(object) ?? new Set()).add(title));
  };
  for (const rule of rulesOf(snapshot)) {
    const title = titleOf(rule);
    for (const { listener, access, traffic } of rule.attachments) {
      note(`Listener ${listener}`, title);
      note(`Service ${serviceOf(listener)}`, title);
      for (const backend of backendsCalled(snapshot, traffic)) note(`Backend ${titleOfBackend(backend)}`, title);
      const chains = [traffic?.limits, ...(traffic?.backends ?? []).flatMap(({ calls, limits }) => [calls, limits])];
      for (const { policy } of chains.flatMap(trafficLinksOf)) note(`TrafficPolicy ${policy}`, title);
      for (const label of policiesIn(snapshot, access)) note(`AccessPolicy ${label}`, title);
    }
    for (const { label, access } of rule.backends) {
      note(`Backend ${label}`, title);
      for (const policy of policiesIn(snapshot, access)) note(`AccessPolicy ${policy}`, title);
    }
  }
  return titles;
}

/** `namespace/service` of a listener of the mesh; '' = it is a Gateway's. */
function serviceOf(listener: string): string {
  return /^(?:mesh|inbound)\/([^/]+\/[^/]+)\/\d+/.exec(listener)?.[1] ?? '';
}

function policiesIn(snapshot: Snapshot, chain: Parameters<typeof guardsOf>[1]): readonly string[] {
  return guardsOf(snapshot, chain).flatMap(({ policy }) => accessPolicyOf(snapshot, policy)?.label ?? []);
}

/** Of Gateways that call backends in a way of their own. */
function backendsCalled({ resources }: Snapshot, traffic: Attachment['traffic']): readonly Backend[] {
  const names = traffic?.backends.flatMap(({ backend }) => backend ?? []) ?? [];
  return names.flatMap(name => {
    const resource = resources.get(name);
    return resource?.kind === 'backend' ? [resource] : [];
  });
}
