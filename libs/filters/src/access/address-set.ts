// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from 'node:net';

/**
 * A set of IP addresses, given as CIDRs of both families. What is no address is in no set. The families are kept apart: a BlockList
 * takes every IPv4 address for one of `::/0`, so that a list of all IPv6 clients would admit the whole of IPv4 as well.
 */
export class AddressSet {
  private readonly ipv4 = new BlockList();
  private readonly ipv6 = new BlockList();
  /** Requests of a connection come from one address, one after the other. */
  private lastAddress = '';
  private isLastInside = false;

  /** `cidrs`: each with its prefix length. */
  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) {
      const [address = '', bits = ''] = cidr.split('/');
      const length = Number(bits);
      const isIpv4 = !address.includes(':') || (isMapped(address) && length >= MAPPED_BITS);
      (isIpv4 ? this.ipv4 : this.ipv6).addSubnet(address, length, familyOf(address));
    }
  }

  has(address: string): boolean {
    if (address === this.lastAddress) return this.isLastInside;
    this.lastAddress = address;
    this.isLastInside = this.contains(address);
    return this.isLastInside;
  }

  private contains(address: string): boolean {
    if (isIP(address) === 0) return false;
    const isIpv4 = !address.includes(':') || isMapped(address);
    return (isIpv4 ? this.ipv4 : this.ipv6).check(address, familyOf(address));
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

const MAPPED_BITS = 96;
/** IPv4 addresses written as addresses of IPv6 (RFC 4291 §2.5.5.2), as sockets of both families have them. */
const MAPPED = new BlockList();
MAPPED.addSubnet('::ffff:0.0.0.0', MAPPED_BITS, 'ipv6');

/** A BlockList compares such an address with ranges of IPv4, however it is written. */
function isMapped(address: string): boolean {
  return MAPPED.check(address, 'ipv6');
}
