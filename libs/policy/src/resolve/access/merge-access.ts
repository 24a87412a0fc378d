// SPDX-License-Identifier: Apache-2.0
import type { AccessPart } from '../../snapshot/index.ts';
import { admitsNamespace } from '../gateway/namespace-rule.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { SCOPE_KINDS } from '../policy/policy-chain.ts';
import type { ChainLink, PolicyChain, ScopeKind } from '../policy/policy-chain.ts';
import type { ResolvedAccessPolicy } from './resolve-access-policy.ts';

/** One policy of a chain, with what the others leave of it. */
export interface ResolvedGuard {
  /** `namespace/name`. */
  readonly policy: string;
  /** The widest where it is attached. */
  readonly scope: ScopeKind;
  /** Of the scope; 0 = the widest. */
  readonly rank: number;
  readonly deniesByDefault: boolean;
  readonly relaxed: readonly AccessPart[];
}

export interface MergeSources {
  /** By `namespace/name`. */
  readonly policies: ReadonlyMap<string, ResolvedAccessPolicy>;
  readonly lookup: Lookup;
}

interface Placed extends ChainLink {
  readonly rank: number;
  /** Undefined = it is not known: whoever enforces the chain refuses. */
  readonly resolved: ResolvedAccessPolicy | undefined;
}

/**
 * What access policies at several scopes come to. All of them hold: nothing that one says takes away from what another asks, but
 * for the parts that a wider one has declared relaxable, and for its default.
 */
export function mergeAccess({ links }: PolicyChain, sources: MergeSources): readonly ResolvedGuard[] {
  const placed = links.map(link => ({
    ...link,
    rank: SCOPE_KINDS.indexOf(link.scope),
    resolved: sources.policies.get(link.policy),
  }));
  const relaxed = placed.map(link => relaxedParts(link, placed, sources.lookup));
  const guards = new Map<string, ResolvedGuard>();
  for (const [index, link] of placed.entries()) {
    const parts = relaxed[index] ?? new Set();
    const guard: ResolvedGuard = {
      policy: link.policy,
      scope: link.scope,
      rank: link.rank,
      deniesByDefault: isDefaultInForce(
        link,
        placed.filter((_, other) => relaxed[other]?.has('authorization') !== true),
      ),
      relaxed: [...parts],
    };
    guards.set(link.policy, together(guards.get(link.policy), guard));
  }
  return [...guards.values()];
}

/** Of a policy at two scopes, what admits less. */
function together(wider: ResolvedGuard | undefined, guard: ResolvedGuard): ResolvedGuard {
  if (wider === undefined) return guard;
  return {
    ...wider,
    deniesByDefault: wider.deniesByDefault || guard.deniesByDefault,
    relaxed: wider.relaxed.filter(part => guard.relaxed.includes(part)),
  };
}

/** Only a strictly narrower policy that acts can relax, and only what the wider one lets its namespace relax. */
function relaxedParts(wide: Placed, all: readonly Placed[], lookup: Lookup): ReadonlySet<AccessPart> {
  const parts = new Set<AccessPart>();
  for (const [part, rule] of wide.resolved?.relaxable ?? []) {
    const isRelaxed = all.some(({ rank, resolved }) => {
      if (resolved === undefined || rank <= wide.rank || resolved.isShadow || !resolved.relax.has(part)) return false;
      const gatewayNamespace = wide.resolved?.document.namespace ?? '';
      return admitsNamespace(rule, { lookup, namespace: resolved.document.namespace, gatewayNamespace });
    });
    if (isRelaxed) parts.add(part);
  }
  return parts;
}

/** A default stands back where the same scope or a narrower one says who is allowed. */
function isDefaultInForce({ rank, policy, resolved }: Placed, heeded: readonly Placed[]): boolean {
  if (resolved?.hasDefaultDeny !== true) return false;
  return !heeded.some(other => {
    if (other.rank < rank || other.resolved === undefined) return false;
    const isActing = !other.resolved.isShadow || other.policy === policy;
    return isActing && other.resolved.allowRules.length > 0;
  });
}
