// SPDX-License-Identifier: Apache-2.0
import type { ParentGateway } from '../gateway/parent-gateway.ts';
import type { Inventory } from './inventory.ts';
import type { KindName } from '../../documents/index.ts';
import type { DocumentOf } from './document-of.ts';
import { documentOf } from './document-of.ts';
import type { PolicyIndex, PolicyKindName, PolicyScope } from '../policy/policy-index.ts';
import { objectKeyOf } from '../policy/policy-index.ts';
import { topicOf } from './topic.ts';

/** What resolving may ask for. Every question is remembered, so that the result is renewed when the answer changes. */
export interface Lookup {
  get<Kind extends KindName>(kind: Kind, namespace: string, name: string): DocumentOf<Kind> | undefined;
  /** All names of a kind in a namespace. */
  namesIn(kind: KindName, namespace: string): ReadonlySet<string>;
  slicesOf(namespace: string, service: string): readonly DocumentOf<'EndpointSlice'>[];
  /** In no order. */
  tlsPoliciesOf(namespace: string, service: string): readonly DocumentOf<'BackendTLSPolicy'>[];
  grantsIn(namespace: string): readonly DocumentOf<'ReferenceGrant'>[];
  /** In no order. */
  listenerSetsOf(namespace: string, gateway: string): readonly DocumentOf<'ListenerSet'>[];
  /** `namespace/name` of the policies of a kind that are attached to something, sorted. */
  policiesAt(kind: PolicyKindName, scope: PolicyScope): readonly string[];
  /** In no order. */
  consumersIn(namespace: string): readonly DocumentOf<'Consumer'>[];
  /** In no order. */
  rolloutsOf(namespace: string, service: string): readonly DocumentOf<'Rollout'>[];
  /** A Gateway of ours, or a ListenerSet of one, as routes see it. */
  parent(kind: ParentGateway['kind'], namespace: string, name: string): ParentGateway | undefined;
  /** Whether there is a mesh at all. */
  hasMesh(): boolean;
  /** Whether the Pods of a cluster are known. */
  hasPods(): boolean;
}

/** What other stages have found already, for those that build on them. */
export interface LookupSources {
  readonly parents?: ReadonlyMap<string, ParentGateway>;
  readonly policies?: Pick<PolicyIndex, 'at'>;
  readonly mesh?: { readonly isOn: boolean };
}

/** Answers from an inventory and keeps the topics of all questions. */
export class TrackedLookup implements Lookup {
  readonly topics = new Set<string>();
  private readonly inventory: Inventory;
  private readonly sources: LookupSources;

  constructor(inventory: Inventory, sources: LookupSources = {}) {
    this.inventory = inventory;
    this.sources = sources;
  }

  get<Kind extends KindName>(kind: Kind, namespace: string, name: string): DocumentOf<Kind> | undefined {
    this.topics.add(topicOf.document(kind, namespace, name));
    return documentOf(kind, this.inventory.get(kind, namespace, name));
  }

  namesIn(kind: KindName, namespace: string): ReadonlySet<string> {
    this.topics.add(topicOf.names(kind, namespace));
    return this.inventory.namesIn(kind, namespace);
  }

  slicesOf(namespace: string, service: string): readonly DocumentOf<'EndpointSlice'>[] {
    this.topics.add(topicOf.slices(namespace, service));
    return [...this.inventory.slicesOf(namespace, service)].flatMap(document => documentOf('EndpointSlice', document) ?? []);
  }

  tlsPoliciesOf(namespace: string, service: string): readonly DocumentOf<'BackendTLSPolicy'>[] {
    this.topics.add(topicOf.tlsPolicies(namespace, service));
    return [...this.inventory.tlsPoliciesOf(namespace, service)].flatMap(
      document => documentOf('BackendTLSPolicy', document) ?? [],
    );
  }

  grantsIn(namespace: string): readonly DocumentOf<'ReferenceGrant'>[] {
    this.topics.add(topicOf.grants(namespace));
    return [...this.inventory.grantsIn(namespace)].flatMap(document => documentOf('ReferenceGrant', document) ?? []);
  }

  listenerSetsOf(namespace: string, gateway: string): readonly DocumentOf<'ListenerSet'>[] {
    this.topics.add(topicOf.listenerSets(namespace, gateway));
    return [...this.inventory.listenerSetsOf(namespace, gateway)].flatMap(document => documentOf('ListenerSet', document) ?? []);
  }

  policiesAt(kind: PolicyKindName, scope: PolicyScope): readonly string[] {
    this.topics.add(topicOf.policies(objectKeyOf(scope)));
    return this.sources.policies?.at(kind, scope) ?? [];
  }

  consumersIn(namespace: string): readonly DocumentOf<'Consumer'>[] {
    this.topics.add(topicOf.consumers(namespace));
    return [...this.inventory.consumersIn(namespace)].flatMap(document => documentOf('Consumer', document) ?? []);
  }

  rolloutsOf(namespace: string, service: string): readonly DocumentOf<'Rollout'>[] {
    this.topics.add(topicOf.rollouts(namespace, service));
    return [...this.inventory.rolloutsOf(namespace, service)].flatMap(document => documentOf('Rollout', document) ?? []);
  }

  parent(kind: ParentGateway['kind'], namespace: string, name: string): ParentGateway | undefined {
    const key = `${kind}/${namespace}/${name}`;
    this.topics.add(topicOf.parent(key));
    return this.sources.parents?.get(key);
  }

  hasMesh(): boolean {
    this.topics.add(topicOf.mesh);
    return this.sources.mesh?.isOn ?? false;
  }

  hasPods(): boolean {
    this.topics.add(topicOf.pods);
    return this.inventory.hasPods;
  }
}
