// SPDX-License-Identifier: Apache-2.0
import { BlockList } from 'node:net';

/** A set of CIDRs that is asked about other CIDRs. Two halves of a range do not count as covering it: it is then not known. */
export class CidrCover {
  /** By prefix length and family, so that a range is asked only about ranges at least as wide. */
  private readonly byLength = new Map<string, BlockList>();

  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) {
      const { address, length, family } = parsed(cidr);
      const key = `${family}/${length}`;
      const list = this.byLength.get(key) ?? new BlockList();
      list.addSubnet(address, length, family);
      this.byLength.set(key, list);
    }
  }

  /** Whether every address of the range is in one range of the set. */
  covers(cidr: string): boolean {
    const { address, length, family } = parsed(cidr);
    for (let wider = length; wider >= 0; wider--) {
      if (this.byLength.get(`${family}/${wider}`)?.check(address, family) === true) return true;
    }
    return false;
  }
}

interface ParsedCidr {
  readonly address: string;
  readonly length: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Compiled CIDRs always have their prefix length. */
function parsed(cidr: string): ParsedCidr {
  const [address = '', length = ''] = cidr.split('/');
  return { address, length: Number(length), family: address.includes(':') ? 'ipv6' : 'ipv4' };
}
