// SPDX-License-Identifier: Apache-2.0
import type { Document, DocumentKey } from '@weir/policy/documents';
import type { RouteRule, Snapshot, StreamRule } from '@weir/policy/snapshot';

/** Documents and what they compile to. */
export interface Compiled {
  readonly documents: ReadonlyMap<DocumentKey, Document>;
  readonly snapshot: Snapshot;
}

/**
 * What a change means for security. `weakens`: requests or connections that were refused before can be admitted, or are less protected;
 * `mayWeaken`: it cannot be told; `strengthens`: fewer are admitted; `neutral`: neither.
 */
export type Effect = 'mayWeaken' | 'neutral' | 'strengthens' | 'weakens';

export interface Change {
  readonly effect: Effect;
  /** One line for people. */
  readonly text: string;
}

/** What an object that rules refer to, or the mesh, says otherwise than before: a policy, a Listener, a Backend, a Service. */
export interface ObjectDiff {
  readonly kind: 'AccessPolicy' | 'Backend' | 'Listener' | 'Mesh' | 'Service' | 'TrafficPolicy';
  /** `namespace/name`, of a Listener `namespace/gateway/listener`, of a Backend `namespace/service:port`, and `@POLICIES` of the Gateways that call it; of the Mesh `settings`. */
  readonly name: string;
  readonly state: 'added' | 'changed' | 'removed';
  readonly changes: readonly Change[];
  /** The rules that it is in force for, before or after, in words. */
  readonly holdsFor: readonly string[];
}

/** What is otherwise for the requests of a rule: where they come by, and where they go. */
export interface RuleDiff {
  readonly routeKind: RouteRule['routeKind'] | StreamRule['routeKind'];
  /** `namespace/route`. */
  readonly route: string;
  /** Its name, or its index as text. */
  readonly rule: string;
  readonly state: 'added' | 'changed' | 'removed';
  readonly places: readonly PlaceDiff[];
}

export interface PlaceDiff {
  /** `on LISTENER`, `to BACKEND`; '' = the rule as a whole. */
  readonly place: string;
  readonly changes: readonly Change[];
}

/** How the effective policy of routes differs between two sets of documents. Plain data. */
export interface PolicyDiff {
  readonly objects: readonly ObjectDiff[];
  readonly rules: readonly RuleDiff[];
}

export function weakens(text: string): Change {
  return { effect: 'weakens', text };
}

export function mayWeaken(text: string): Change {
  return { effect: 'mayWeaken', text };
}

export function strengthens(text: string): Change {
  return { effect: 'strengthens', text };
}

export function neutral(text: string): Change {
  return { effect: 'neutral', text };
}

/** Every change, whatever it is about. */
export function changesOf({ objects, rules }: PolicyDiff): readonly Change[] {
  return [
    ...objects.flatMap(({ changes }) => changes),
    ...rules.flatMap(({ places }) => places).flatMap(({ changes }) => changes),
  ];
}

/** Whether anything is, or may be, less protected than before. */
export function isWeakening(diff: PolicyDiff): boolean {
  return changesOf(diff).some(({ effect }) => effect === 'weakens' || effect === 'mayWeaken');
}
