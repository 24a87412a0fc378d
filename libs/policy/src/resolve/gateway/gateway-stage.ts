// SPDX-License-Identifier: Apache-2.0
import type { CredentialReader } from '../certificate/credential-reader.ts';
import { isEqualContent } from '../incremental/is-equal-content.ts';
import { ResultTable } from '../incremental/result-table.ts';
import { documentOf } from '../inventory/document-of.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { changedKeys } from '../inventory/inventory.ts';
import { topicOf } from '../inventory/topic.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import { claimPorts } from './claim-ports.ts';
import type { PortRival } from './claim-ports.ts';
import { concludeGateway } from './conclude-gateway.ts';
import type { ResolvedGateway } from './conclude-gateway.ts';
import { parentGatewayOf } from './parent-gateway.ts';
import type { ParentGateway } from './parent-gateway.ts';
import { resolveGateway } from './resolve-gateway.ts';
import type { ForeignGateway, GatewayDraft } from './resolve-gateway.ts';

interface Conclusion {
  readonly draft: GatewayDraft;
  readonly rivals: readonly (PortRival | undefined)[];
}

/** Resolves Gateways: each by itself, then what they leave to each other. */
export class GatewayStage {
  readonly gateways = new Map<string, ResolvedGateway>();
  readonly parents = new Map<string, ParentGateway>();
  /** Gateways that are not ours. */
  readonly foreign = new Map<string, ForeignGateway>();
  private readonly drafts = new ResultTable<ForeignGateway | GatewayDraft>();
  private readonly conclusions = new Map<string, Conclusion>();
  private readonly inventory: Inventory;
  private readonly credentials: CredentialReader;
  private readonly defaultAddresses: readonly string[];

  constructor(options: {
    readonly inventory: Inventory;
    readonly credentials: CredentialReader;
    readonly defaultAddresses: readonly string[];
  }) {
    this.inventory = options.inventory;
    this.credentials = options.credentials;
    this.defaultAddresses = options.defaultAddresses;
  }

  /** Keys of Gateways that changed, and topics of those among them that changed for their routes. */
  renew(change: InventoryChange): { changed: ReadonlySet<string>; topics: readonly string[] } {
    const dirty = this.drafts.keysReading(change.topics);
    for (const key of changedKeys(change, 'Gateway')) dirty.add(key);
    for (const key of dirty) this.renewDraft(key);
    const changed = dirty.size === 0 ? new Set<string>() : this.conclude();
    return { changed, topics: [...changed].flatMap(key => this.renewParent(key)) };
  }

  private renewDraft(key: string): void {
    const document = documentOf('Gateway', this.inventory.ofKind('Gateway').get(key));
    if (document === undefined) {
      this.drafts.forget(key);
      return;
    }
    const lookup = new TrackedLookup(this.inventory, this.parents);
    const { credentials, defaultAddresses } = this;
    const value = resolveGateway(document, { lookup, credentials, defaultAddresses });
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
    const allRivals = claimPorts(drafts.values());
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

  private renewParent(key: string): readonly string[] {
    const gateway = this.gateways.get(key);
    const parent = gateway === undefined ? undefined : parentGatewayOf(gateway);
    if (isEqualContent(parent, this.parents.get(key))) return [];
    if (parent === undefined) this.parents.delete(key);
    else this.parents.set(key, parent);
    return [topicOf.parent(key)];
  }
}
