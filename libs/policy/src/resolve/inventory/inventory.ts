// SPDX-License-Identifier: Apache-2.0
import type { Document } from '../../documents/index.ts';
import { parentOfSet } from '../listener-set/listener-set-parent.ts';
import { topicOf } from './topic.ts';

/** The label by which an EndpointSlice says whose endpoints it lists. */
const SERVICE_LABEL = 'kubernetes.io/service-name';

/** What became different between two sets of documents. */
export interface InventoryChange {
  readonly topics: ReadonlySet<string>;
  readonly upserted: readonly Document[];
  readonly removed: readonly Document[];
}

/** All documents, by what is asked of them. Changes are found by identity: a document that is the same object did not change. */
export class Inventory {
  private readonly known = new Map<string, Document>();
  private readonly byKind = new Map<string, Map<string, Document>>();
  private readonly names = new Map<string, Set<string>>();
  private readonly slices = new Map<string, Map<string, Document>>();
  private readonly listenerSets = new Map<string, Map<string, Document>>();
  private readonly tlsPolicies = new Map<string, Map<string, Document>>();
  private readonly consumers = new Map<string, Map<string, Document>>();
  private readonly grants = new Map<string, Map<string, Document>>();
  private readonly rollouts = new Map<string, Map<string, Document>>();

  /** Takes over `documents` and says what changed since the last call. */
  apply(documents: ReadonlyMap<string, Document>): InventoryChange {
    const topics = new Set<string>();
    const hadPods = this.hasPods;
    const upserted: Document[] = [];
    const removed: Document[] = [];
    for (const [key, document] of documents) {
      const before = this.known.get(key);
      if (before === document) continue;
      if (before !== undefined) this.remove(before, topics);
      this.add(document, topics);
      this.known.set(key, document);
      upserted.push(document);
    }
    if (this.known.size > documents.size) {
      for (const [key, document] of this.known) {
        if (documents.has(key)) continue;
        this.known.delete(key);
        this.remove(document, topics);
        removed.push(document);
      }
    }
    if (this.hasPods !== hadPods) topics.add(topicOf.pods);
    return { topics, upserted, removed };
  }

  get(kind: string, namespace: string, name: string): Document | undefined {
    return this.byKind.get(kind)?.get(`${namespace}/${name}`);
  }

  /** By `namespace/name`. */
  ofKind(kind: string): ReadonlyMap<string, Document> {
    return this.byKind.get(kind) ?? new Map<string, Document>();
  }

  namesIn(kind: string, namespace: string): ReadonlySet<string> {
    return this.names.get(topicOf.names(kind, namespace)) ?? new Set<string>();
  }

  /** Whether there are Pods of a cluster, and not only what somebody wrote down to create one. */
  get hasPods(): boolean {
    for (const pod of this.ofKind('Pod').values()) if (pod.kind === 'Pod' && (pod.status?.podIPs ?? []).length > 0) return true;
    return false;
  }

  slicesOf(namespace: string, service: string): Iterable<Document> {
    return this.slices.get(topicOf.slices(namespace, service))?.values() ?? [];
  }

  listenerSetsOf(namespace: string, gateway: string): Iterable<Document> {
    return this.listenerSets.get(topicOf.listenerSets(namespace, gateway))?.values() ?? [];
  }

  tlsPoliciesOf(namespace: string, service: string): Iterable<Document> {
    return this.tlsPolicies.get(topicOf.tlsPolicies(namespace, service))?.values() ?? [];
  }

  consumersIn(namespace: string): Iterable<Document> {
    return this.consumers.get(topicOf.consumers(namespace))?.values() ?? [];
  }

  grantsIn(namespace: string): Iterable<Document> {
    return this.grants.get(topicOf.grants(namespace))?.values() ?? [];
  }

  rolloutsOf(namespace: string, service: string): Iterable<Document> {
    return this.rollouts.get(topicOf.rollouts(namespace, service))?.values() ?? [];
  }

  private add(document: Document, topics: Set<string>): void {
    const { kind, namespace, name } = document;
    const key = `${namespace}/${name}`;
    nested(this.byKind, kind).set(key, document);
    topics.add(topicOf.document(kind, namespace, name));
    const namesTopic = topicOf.names(kind, namespace);
    const names = this.names.get(namesTopic);
    if (names === undefined) this.names.set(namesTopic, new Set([name]));
    else names.add(name);
    topics.add(namesTopic);
    for (const { index, topic } of this.memberships(document)) {
      nested(index, topic).set(key, document);
      topics.add(topic);
    }
  }

  private remove(document: Document, topics: Set<string>): void {
    const { kind, namespace, name } = document;
    const key = `${namespace}/${name}`;
    this.byKind.get(kind)?.delete(key);
    topics.add(topicOf.document(kind, namespace, name));
    const namesTopic = topicOf.names(kind, namespace);
    this.names.get(namesTopic)?.delete(name);
    topics.add(namesTopic);
    for (const { index, topic } of this.memberships(document)) {
      index.get(topic)?.delete(key);
      topics.add(topic);
    }
  }

  /** The groups that a document is asked for with. */
  private memberships(document: Document): readonly { index: Map<string, Map<string, Document>>; topic: string }[] {
    const { kind, namespace, labels } = document;
    if (kind === 'Consumer') return [{ index: this.consumers, topic: topicOf.consumers(namespace) }];
    if (kind === 'ReferenceGrant') return [{ index: this.grants, topic: topicOf.grants(namespace) }];
    if (kind === 'Rollout') {
      return [{ index: this.rollouts, topic: topicOf.rollouts(namespace, document.spec.targetRef.name) }];
    }
    if (kind === 'ListenerSet') {
      const parent = parentOfSet(document);
      if (parent === undefined) return [];
      return [{ index: this.listenerSets, topic: topicOf.listenerSets(parent.namespace, parent.name) }];
    }
    if (kind === 'BackendTLSPolicy') {
      const services = document.spec.targetRefs.filter(ref => ref.group === '' && ref.kind === 'Service');
      return services.map(({ name }) => ({ index: this.tlsPolicies, topic: topicOf.tlsPolicies(namespace, name) }));
    }
    const service = kind === 'EndpointSlice' ? labels[SERVICE_LABEL] : undefined;
    return service === undefined ? [] : [{ index: this.slices, topic: topicOf.slices(namespace, service) }];
  }
}

function nested(index: Map<string, Map<string, Document>>, key: string): Map<string, Document> {
  const found = index.get(key);
  if (found !== undefined) return found;
  const made = new Map<string, Document>();
  index.set(key, made);
  return made;
}

/** `namespace/name` of the documents of a kind that are new, different or gone. */
export function changedKeys({ upserted, removed }: InventoryChange, kind: string): readonly string[] {
  return [...upserted, ...removed]
    .filter(document => document.kind === kind)
    .map(({ namespace, name }) => `${namespace}/${name}`);
}
