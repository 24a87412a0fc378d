// SPDX-License-Identifier: Apache-2.0
import type { Resource, ResourceName, Snapshot, Transaction } from '@weir/policy/snapshot';
import type { Rejection } from '@weir/proxy';

export interface GatewayFeedParts {
  /** Gives a transaction to all workers; resolves when all serve it, with what they have refused of it and before. */
  push(transaction: Transaction): Promise<readonly Rejection[]>;
}

/** What a control plane sends, and who the gateway is, on their way to the workers, which see versions of their own. */
export class GatewayFeed {
  private readonly parts: GatewayFeedParts;
  private readonly running = new Map<ResourceName, Resource>();
  private readonly refused = new Map<ResourceName, string>();
  private version = 0;

  constructor(parts: GatewayFeedParts) {
    this.parts = parts;
  }

  /** What all workers serve of what was sent. */
  get snapshot(): Snapshot {
    return { version: this.version, resources: this.running };
  }

  /** What was refused, and has not been replaced since. */
  get rejections(): readonly Rejection[] {
    return [...this.refused].map(([resource, reason]) => ({ resource, reason }));
  }

  /** Of a control plane: all of it or, where a worker cannot run something of it, nothing. Not to be called before it has resolved. */
  async take({ upserts, removes }: Pick<Transaction, 'removes' | 'upserts'>): Promise<readonly Rejection[]> {
    const names = new Set([...upserts.map(({ name }) => name), ...removes]);
    for (const name of names) this.refused.delete(name);
    const all = await this.parts.push({ version: ++this.version, upserts, removes, isWhole: true });
    // The pool also names what it has refused before.
    const rejections = all.filter(({ resource }) => names.has(resource));
    if (rejections.length > 0) {
      for (const { resource, reason } of rejections) this.refused.set(resource, reason);
      await this.restore(names);
      return rejections;
    }
    for (const name of removes) this.running.delete(name);
    for (const resource of upserts) this.running.set(resource.name, resource);
    return [];
  }

  /** What no control plane says. */
  async give(upserts: readonly Resource[]): Promise<void> {
    await this.parts.push({ version: ++this.version, upserts, removes: [] });
  }

  /** A worker that starts later is given all that was pushed, and one that took what another refused has it: both go back. */
  private async restore(names: ReadonlySet<ResourceName>): Promise<void> {
    const upserts = [...names].map(name => this.running.get(name)).filter(resource => resource !== undefined);
    const removes = [...names].filter(name => !this.running.has(name));
    await this.parts.push({ version: ++this.version, upserts, removes });
  }
}
