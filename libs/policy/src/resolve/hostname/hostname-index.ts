// SPDX-License-Identifier: Apache-2.0
import { ANY_HOSTNAME } from './intersect-hostnames.ts';

/**
 * Finds a hostname that has hosts in common with a given one (see hostnamesOverlap) in time that depends on its labels and not
 * on how many there are. Each is kept with a value; of equal ones the first stays.
 */
export class HostnameIndex<Value> {
  private readonly byName = new Map<string, Value>();
  /** By each wildcard that covers some hostname: the first that was added below it. */
  private readonly below = new Map<string, Value>();

  add(hostname: string, value: Value): void {
    if (!this.byName.has(hostname)) this.byName.set(hostname, value);
    for (const wildcard of wildcardsAbove(hostname)) {
      if (!this.below.has(wildcard)) this.below.set(wildcard, value);
    }
  }

  findOverlapping(hostname: string): Value | undefined {
    const covering = [hostname, ...wildcardsAbove(hostname)].find(name => this.byName.has(name));
    return covering === undefined ? this.below.get(hostname) : this.byName.get(covering);
  }
}

/** `*.shop.example`, `*.example` and `*` of `a.shop.example`; the last two of `*.shop.example`. */
function wildcardsAbove(hostname: string): readonly string[] {
  if (hostname === ANY_HOSTNAME) return [];
  const labels = hostname.split('.').slice(hostname.startsWith('*.') ? 2 : 1);
  return [...labels.map((_, index) => `*.${labels.slice(index).join('.')}`), ANY_HOSTNAME];
}
