// SPDX-License-Identifier: Apache-2.0
import type { CredentialReader } from '../certificate/credential-reader.ts';
import { ResultTable } from '../incremental/result-table.ts';
import { documentOf } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import { resolveTlsPolicy } from './resolve-tls-policy.ts';
import type { ResolvedTlsPolicy } from './resolve-tls-policy.ts';

/** Resolves BackendTLSPolicies. */
export class TlsPolicyStage {
  private readonly table = new ResultTable<ResolvedTlsPolicy>();
  private readonly inventory: Inventory;
  private readonly credentials: CredentialReader;

  constructor(inventory: Inventory, credentials: CredentialReader) {
    this.inventory = inventory;
    this.credentials = credentials;
  }

  get policies(): ReadonlyMap<string, ResolvedTlsPolicy> {
    return this.table.values;
  }

  /** Keys of policies that are new, were resolved again, or are gone. */
  renew(change: InventoryChange): ReadonlySet<string> {
    const dirty = this.table.keysReading(change.topics);
    for (const key of changedKeys(change, 'BackendTLSPolicy')) dirty.add(key);
    for (const key of dirty) this.renewPolicy(key);
    return dirty;
  }

  private renewPolicy(key: string): void {
    const document = documentOf('BackendTLSPolicy', this.inventory.ofKind('BackendTLSPolicy').get(key));
    if (document === undefined) {
      this.table.forget(key);
      return;
    }
    const lookup = new TrackedLookup(this.inventory);
    const value = resolveTlsPolicy(document, { lookup, credentials: this.credentials });
    this.table.renew(key, { value, topics: lookup.topics });
  }
}
