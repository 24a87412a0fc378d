// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';

/**
 * Which scopes a field is gathered from, widest first. `request`: Gateway's Namespace, Gateway, ListenerSet, listener, then the
 * route's Namespace, route, rule; a Service's part is evaluated on its own, by the gateway that forwards to it. `backend`: the
 * Gateway that calls, the Service's Namespace, then the Service. `mesh`: the Service's Namespace, then the Service.
 */
export type Chain = 'backend' | 'mesh' | 'request';

/** What a policy may be attached to, widest first; a section is a listener or a rule. */
export const POLICY_TARGETS = ['Namespace', 'Gateway', 'ListenerSet', 'listener', 'route', 'rule', 'Service'] as const;
export type PolicyTargetName = (typeof POLICY_TARGETS)[number];

/** The targets at which a field of each chain may be set. */
export const TARGETS_OF_CHAIN: Readonly<Record<Chain, readonly PolicyTargetName[]>> = {
  request: POLICY_TARGETS,
  backend: ['Namespace', 'Gateway', 'Service'],
  mesh: ['Namespace', 'Service'],
};

/**
 * How what several policies say about a field becomes one. `nearest`: the narrowest scope wins, unless a wider one has
 * `precedence: Override`; `all`: everything holds; `byName`: entries of a list by their name, then `nearest`; `strictest`: the
 * value that admits least.
 */
export type Strategy = 'all' | 'byName' | 'nearest' | 'strictest';

/** What is said of a field that policies merge, once for the compiler, the reference and whoever reads the schema. */
export interface FieldTraits {
  readonly chain: Chain;
  readonly strategy: Strategy;
  /** Who acts on it, in words for the reference. */
  readonly enforcedAt: string;
}

/** The traits of each field that takes part in merging, by its schema. */
export const fieldTraits = z.registry<FieldTraits>();

/** Declares how a field is merged and where it is enforced. */
export function merged<Schema extends z.ZodType>(schema: Schema, traits: FieldTraits): Schema {
  // A schema of its own: one that several fields share could have one set of traits only.
  const own = schema.clone(undefined, { parent: true });
  fieldTraits.add(own, traits);
  return own;
}
