// SPDX-License-Identifier: Apache-2.0

/**
 * Who read what: owners are results (a route's resolution), topics are what a result may depend on (a Service, the grants of a
 * namespace), also where the answer was that there is none. A change of a topic leads to exactly the results to renew.
 */
export class DependencyGraph {
  private readonly topicsByOwner = new Map<string, ReadonlySet<string>>();
  private readonly ownersByTopic = new Map<string, Set<string>>();

  /** Replaces what `owner` depends on. */
  record(owner: string, topics: ReadonlySet<string>): void {
    const before = this.topicsByOwner.get(owner);
    if (before !== undefined) this.unlink(owner, before, topics);
    for (const topic of topics) {
      const owners = this.ownersByTopic.get(topic);
      if (owners === undefined) this.ownersByTopic.set(topic, new Set([owner]));
      else owners.add(owner);
    }
    this.topicsByOwner.set(owner, topics);
  }

  forget(owner: string): void {
    const before = this.topicsByOwner.get(owner);
    if (before === undefined) return;
    this.unlink(owner, before, new Set());
    this.topicsByOwner.delete(owner);
  }

  dependentsOf(topics: Iterable<string>): Set<string> {
    const dependents = new Set<string>();
    for (const topic of topics) {
      for (const owner of this.ownersByTopic.get(topic) ?? []) dependents.add(owner);
    }
    return dependents;
  }

  private unlink(owner: string, before: ReadonlySet<string>, kept: ReadonlySet<string>): void {
    for (const topic of before) {
      if (kept.has(topic)) continue;
      const owners = this.ownersByTopic.get(topic);
      owners?.delete(owner);
      if (owners?.size === 0) this.ownersByTopic.delete(topic);
    }
  }
}
