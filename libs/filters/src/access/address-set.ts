// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from 'node:net';

/** A set of IP addresses, given as CIDRs of both families. What is no address is in no set. */
export class AddressSet {
  private readonly ranges = new BlockList();
  /** Requests of a connection come from one address, one after the other. */
  private lastAddress = '';
  private isLastInside = false;

  /** `cidrs`: each with its prefix length. */
  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) {
      const [address = '', length = ''] = cidr.split('/');
      this.ranges.addSubnet(address, Number(length), familyOf(address));
    }
  }

  has(address: string): boolean {
    if (address === this.lastAddress) return this.isLastInside;
    this.lastAddress = address;
    this.isLastInside = isIP(address) !== 0 && this.ranges.check(address, familyOf(address));
    return this.isLastInside;
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
