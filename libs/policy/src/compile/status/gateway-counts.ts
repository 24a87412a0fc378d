// SPDX-License-Identifier: Apache-2.0

/** Through which Gateways something is used, by how many routes each. */
export class GatewayCounts {
  /** By what is used: for each Gateway (`namespace/name`) the routes that use it there. */
  private readonly counts = new Map<string, Map<string, number>>();

  add(key: string, gateway: string, difference: number): void {
    const counts = this.counts.get(key) ?? new Map<string, number>();
    const count = (counts.get(gateway) ?? 0) + difference;
    if (count === 0) counts.delete(gateway);
    else counts.set(gateway, count);
    if (counts.size === 0) this.counts.delete(key);
    else this.counts.set(key, counts);
  }

  /** `namespace/name` of the Gateways through which any of the keys is used, each once, sorted. */
  gatewaysOf(keys: readonly string[]): readonly string[] {
    return [...new Set(keys.flatMap(key => [...(this.counts.get(key)?.keys() ?? [])]))].sort();
  }
}
