// SPDX-License-Identifier: Apache-2.0
import type { AccessPart } from '../../snapshot/index.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { SCOPE_KINDS } from '../policy/policy-chain.ts';
import type { PolicyChain, ScopeKind } from '../policy/policy-chain.ts';
import { relaxationsOf } from './relaxations.ts';
import type { PlacedPolicy, Relaxation } from './relaxations.ts';
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

/** What a chain of policies comes to. */
export interface ResolvedChain {
  /** Widest first, each policy once. */
  readonly guards: readonly ResolvedGuard[];
  /** All that its policies want of one another, whether or not they get it. */
  readonly relaxations: readonly Relaxation[];
}

/**
 * What access policies at several scopes come to. All of them hold: nothing that one says takes away from what another asks, but
 * for the parts that a wider one has declared relaxable, and for its default.
 */
export function mergeAccess({ links }: PolicyChain, { policies, lookup }: MergeSources): ResolvedChain {
  const placed = links.map(({ policy, scope }) => ({
    policy,
    scope,
    rank: SCOPE_KINDS.indexOf(scope),
    resolved: policies.get(policy),
  }));
  const wanted = placed.map(one => relaxationsOf(one, placed, lookup));
  const relaxed = wanted.map(
    relaxations => new Set(relaxations.flatMap(({ part, answer }) => (answer === 'allowed' ? part : []))),
  );
  const heeded = placed.filter((_, index) => relaxed[index]?.has('authorization') !== true);
  const guards = new Map<string, ResolvedGuard>();
  for (const [index, { policy, scope, rank, resolved }] of placed.entries()) {
    const deniesByDefault = isDefaultInForce({ policy, rank, resolved }, heeded);
    const guard = { policy, scope, rank, deniesByDefault, relaxed: [...(relaxed[index] ?? [])] };
    guards.set(policy, together(guards.get(policy), guard));
  }
  return { guards: [...guards.values()], relaxations: wanted.flat() };
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

/** A default stands back where the same scope or a narrower one says who is allowed. */
function isDefaultInForce({ rank, policy, resolved }: PlacedPolicy, heeded: readonly PlacedPolicy[]): boolean {
  if (resolved?.hasDefaultDeny !== true) return false;
  return !heeded.some(other => {
    if (other.rank < rank || other.resolved === undefined) return false;
    const isActing = !other.resolved.isShadow || other.policy === policy;
    return isActing && other.resolved.allowRules.length > 0;
  });
}
