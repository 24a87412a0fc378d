// SPDX-License-Identifier: Apache-2.0
import type { CredentialReader } from '../certificate/credential-reader.ts';
import { isEqualContent } from '../incremental/is-equal-content.ts';
import { ResultTable } from '../incremental/result-table.ts';
import { documentOf } from '../inventory/document-of.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { changedKeys } from '../inventory/inventory.ts';
import { topicOf } from '../inventory/topic.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import { claimPorts, ownPorts } from './claim-ports.ts';
import type { PortRival } from './claim-ports.ts';
import { concludeGateway } from './conclude-gateway.ts';
import type { ResolvedGateway } from './conclude-gateway.ts';
import { keyOfParent, parentsOf } from './parent-gateway.ts';
import type { ParentGateway } from './parent-gateway.ts';
import type { GatewayPlace } from './resolve-addresses.ts';
import { resolveGateway } from './resolve-gateway.ts';
import type { ForeignGateway, GatewayDraft } from './resolve-gateway.ts';

interface Conclusion {
  readonly draft: GatewayDraft;
  readonly rivals: readonly (PortRival | undefined)[];
}

/** Resolves Gateways: each by itself, then what they leave to each other. */
export class GatewayStage {
  readonly gateways = new Map<string, ResolvedGateway>();
  /** By `Kind/namespace/name`. */
  readonly parents = new Map<string, ParentGateway>();
  private readonly parentKeys = new Map<string, readonly string[]>();
  /** Gateways that are not ours. */
  readonly foreign = new Map<string, ForeignGateway>();
  private readonly drafts = new ResultTable<ForeignGateway | GatewayDraft>();
  private readonly conclusions = new Map<string, Conclusion>();
  private readonly inventory: Inventory;
  private readonly credentials: CredentialReader;
  private readonly place: GatewayPlace;

  constructor(options: { readonly inventory: Inventory; readonly credentials: CredentialReader; readonly place: GatewayPlace }) {
    this.inventory = options.inventory;
    this.credentials = options.credentials;
    this.place = options.place;
  }

  /** Live; undefined = they have no proxies of their own. */
  get own(): ReadonlyMap<string, ResolvedGateway> | undefined {
    return this.place.isOwn ? this.gateways : undefined;
  }

  /** Keys of Gateways that changed, and topics of those among them that changed for their routes. */
  renew(change: InventoryChange): { changed: ReadonlySet<string>; topics: readonly string[] } {
    const dirty = this.drafts.keysReading(change.topics);
    for (const key of changedKeys(change, 'Gateway')) dirty.add(key);
    for (const key of dirty) this.renewDraft(key);
    const changed = dirty.size === 0 ? new Set<string>() : this.conclude();
    return { changed, topics: this.renewParents(changed) };
  }

  private renewDraft(key: string): void {
    const document = documentOf('Gateway', this.inventory.ofKind('Gateway').get(key));
    if (document === undefined) {
      this.drafts.forget(key);
      return;
    }
    const lookup = new TrackedLookup(this.inventory, { parents: this.parents });
    const { credentials, place } = this;
    const value = resolveGateway(document, { lookup, credentials, place });
    this.drafts.renew(key, { value, topics: lookup.topics });
  }

  private conclude(): Set<string> {
    const changed = new Set<string>();
    const drafts = new Map<string, GatewayDraft>();
    this.foreign.clear();
    for (const [key, result] of this.drafts.values) {
      if ('listeners' in result) drafts.set(key, result);
      else this.foreign.set(key, result);
    }
    const allRivals = this.place.isOwn ? ownPorts(drafts.values()) : claimPorts(drafts.values());
    for (const [key, draft] of drafts) {
      const rivals = draft.listeners.map(({ name }) => allRivals.get(name));
      const before = this.conclusions.get(key);
      if (before?.draft === draft && isEqualContent(before.rivals, rivals)) continue;
      this.conclusions.set(key, { draft, rivals });
      this.gateways.set(key, concludeGateway(draft, allRivals));
      changed.add(key);
    }
    for (const key of this.gateways.keys()) {
      if (drafts.has(key)) continue;
      this.gateways.delete(key);
      this.conclusions.delete(key);
      changed.add(key);
    }
    return changed;
  }

  /** Topics of the parents that changed. A set may go from one Gateway to another, so that what goes is taken away first. */
  private renewParents(gateways: ReadonlySet<string>): readonly string[] {
    const before = new Map<string, ParentGateway | undefined>();
    for (const key of [...gateways].flatMap(gateway => this.parentKeys.get(gateway) ?? [])) {
      before.set(key, this.parents.get(key));
      this.parents.delete(key);
    }
    for (const key of gateways) {
      const gateway = this.gateways.get(key);
      const parents = gateway === undefined ? [] : parentsOf(gateway);
      for (const parent of parents) this.parents.set(keyOfParent(parent), parent);
      this.parentKeys.set(key, parents.map(keyOfParent));
    }
    const keys = [...new Set([...before.keys(), ...[...gateways].flatMap(key => this.parentKeys.get(key) ?? [])])];
    return keys.filter(key => !isEqualContent(before.get(key), this.parents.get(key))).map(topicOf.parent);
  }
}
