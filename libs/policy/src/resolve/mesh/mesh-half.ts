// SPDX-License-Identifier: Apache-2.0
import type { PolicyKindName } from '../policy/policy-index.ts';
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import type { CallerListener } from './mesh-names.ts';

/** What a rule comes to for callers of one of its parents in the mesh. */
export interface MeshHalf {
  readonly parent: CallerListener;
  /** Where requests go of a rule that names no backend: to the parent (GEP-1426); undefined = it names some. */
  readonly ownBackend: BackendTarget | undefined;
  /** Why all of it is refused: something guards the rule that nobody could enforce; undefined = it is served. */
  readonly refusal: string | undefined;
  /** What the receiver enforces, for a route of the Service's own namespace. */
  readonly receiver: ReceiverPolicies | undefined;
  /** Policies on the route or the rule that have no effect this way. */
  readonly unenforced: readonly UnenforcedPolicy[];
}

export interface ReceiverPolicies {
  /** Of the Service's Namespace, the Service, the route and the rule. */
  readonly access: PolicyChain | undefined;
  readonly limits: PolicyChain | undefined;
  /** Whether route or rule add something to what the Service asks anyway. */
  readonly isOwn: boolean;
}

/** A policy where nobody could enforce it. */
export interface UnenforcedPolicy {
  readonly kind: PolicyKindName;
  /** `namespace/name`. */
  readonly policy: string;
  readonly message: string;
}
