// SPDX-License-Identifier: Apache-2.0

/** Few objects have these kinds, and who waits for one of them waits for all of its routes. */
const FIRST_KINDS: ReadonlySet<string> = new Set(['GatewayClass', 'Gateway', 'ListenerSet', 'XMesh']);

/** Keys `Kind/namespace/name` of what is to be written, in their order: Gateways and the like before thousands of routes. */
export class DueKeys {
  private readonly first = new Set<string>();
  private readonly others = new Set<string>();

  get size(): number {
    return this.first.size + this.others.size;
  }

  /** One that is there already keeps its place. */
  add(key: string): void {
    (FIRST_KINDS.has(key.split('/', 1)[0] ?? '') ? this.first : this.others).add(key);
  }

  /** Takes out the next one; undefined = there is none. */
  take(): string | undefined {
    const set = this.first.size > 0 ? this.first : this.others;
    const [key] = set;
    if (key !== undefined) set.delete(key);
    return key;
  }

  clear(): void {
    this.first.clear();
    this.others.clear();
  }
}
