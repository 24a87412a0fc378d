// SPDX-License-Identifier: Apache-2.0

/** Through which Gateways something is used, by how many routes each. */
export class GatewayCounts {
  /** By what is used: for each Gateway (`namespace/name`) the routes that use it there. */
  private readonly counts = new Map<string, Map<string, number>>();

  /** True where it is used through this Gateway for the first time, or no longer. */
  add(key: string, gateway: string, difference: number): boolean {
    const counts = this.counts.get(key) ?? new Map<string, number>();
    const before = counts.get(gateway) ?? 0;
    const count = before + difference;
    if (count === 0) counts.delete(gateway);
    else counts.set(gateway, count);
    if (counts.size === 0) this.counts.delete(key);
    else this.counts.set(key, counts);
    return (before === 0) !== (count === 0);
  }

  /** `namespace/name` of the Gateways through which any of the keys is used, each once, sorted. */
  gatewaysOf(keys: readonly string[]): readonly string[] {
    return [...new Set(keys.flatMap(key => [...(this.counts.get(key)?.keys() ?? [])]))].sort();
  }

  /** What is used through any of these Gateways. Looks at everything. */
  keysThrough(gateways: ReadonlySet<string>): readonly string[] {
    return gateways.size === 0
      ? []
      : [...this.counts].flatMap(([key, counts]) => (gateways.isDisjointFrom(new Set(counts.keys())) ? [] : key));
  }
}
