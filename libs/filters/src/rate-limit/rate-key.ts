// SPDX-License-Identifier: Apache-2.0
import { findClaim } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { KeyPart } from './key-part.ts';

/** Between parts: in none of them, as fields have no control characters. */
const SEPARATOR = '\u0000';

/** By what a request is counted; requests that lack a part are counted together. */
export function rateKeyOf(exchange: Exchange, parts: readonly KeyPart[]): string {
  if (parts.length === 1) return partOf(exchange, parts[0]!);
  return parts.map(part => partOf(exchange, part)).join(SEPARATOR);
}

function partOf(exchange: Exchange, part: KeyPart): string {
  switch (part.kind) {
    case 'address':
      return addressKeyOf(exchange.clientAddress);
    case 'consumer':
      return exchange.identities.find(({ consumer }) => consumer !== '')?.consumer ?? '';
    case 'header':
      return exchange.request.headers.getJoined(part.name) ?? '';
    case 'claim':
      return claimKeyOf(exchange, part.path);
    case 'cel':
      return part.textOf(exchange);
  }
}

function claimKeyOf({ identities }: Exchange, path: readonly string[]): string {
  for (const { claims } of identities) {
    const claim = claims === undefined ? undefined : findClaim(claims, path);
    if (claim !== undefined) return typeof claim === 'string' ? claim : JSON.stringify(claim);
  }
  return '';
}

const NETWORK_GROUPS = 4;
/** RFC 4291 §2.5.5.2, as a forwarding hop with a dual-stack socket writes the peers that it names. */
const MAPPED_IPV4 = /^::ffff:(?<ipv4>[\d.]+)$/i;

/** Of IPv6 the network (/64): whoever has one has all of its addresses. Addresses of hops in front come in any writing. */
function addressKeyOf(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = MAPPED_IPV4.exec(address)?.groups?.['ipv4'];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 2 * NETWORK_GROUPS - before.length - after.length;
  const groups = [...before, ...new Array<string>(Math.max(0, gap)).fill('0'), ...after];
  return groups
    .slice(0, NETWORK_GROUPS)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':');
}
