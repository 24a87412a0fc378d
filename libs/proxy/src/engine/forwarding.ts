// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import type { Exchange, HeaderList, Random } from '@weir/base';
import { FORWARDING_FIELDS, WRITTEN_FORWARDING_FIELDS } from '@weir/base';

const REQUEST_ID_BYTES = 16;
/** What an id of a trusted hop may look like; anything else could be made to break logs apart. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Says to the upstream where a request comes from: X-Forwarded-For, -Proto, -Host, Forwarded (RFC 7239) and X-Request-Id.
 * With `trustedHopCount` 0 nothing that a client wrote in these fields is believed or passed on. With N, the N hops in front
 * are believed: the client is the address that the outermost of them saw, the N-th from the right.
 */
export function applyForwarding(exchange: Exchange, trustedHopCount: number, random: Random): void {
  const { request, downstream } = exchange;
  const { headers } = request;
  const hops = trustedHopCount === 0 ? NO_HOPS : trustedHops(headers, trustedHopCount);
  exchange.clientAddress = hops.clientAddress ?? downstream.remoteAddress;
  exchange.requestId = hops.requestId ?? random.hex(REQUEST_ID_BYTES);
  headers.removeAny(trustedHopCount === 0 ? FORWARDING_FIELDS : WRITTEN_FORWARDING_FIELDS);
  const peer = downstream.remoteAddress;
  const scheme = hops.scheme ?? request.scheme;
  const host = hops.host ?? request.authority;
  headers.append('x-forwarded-for', afterHops(hops.addresses, peer));
  headers.append('x-forwarded-proto', scheme);
  headers.append('x-forwarded-host', host);
  headers.append('forwarded', afterHops(hops.forwarded, forwardedElement(peer, scheme, host)));
  headers.append('x-request-id', exchange.requestId);
}

function afterHops(written: string, own: string): string {
  return written === '' ? own : `${written}, ${own}`;
}

interface TrustedHops {
  readonly addresses: string;
  readonly forwarded: string;
  readonly clientAddress: string | undefined;
  readonly scheme: 'http' | 'https' | undefined;
  readonly host: string | undefined;
  readonly requestId: string | undefined;
}

const NO_HOPS: TrustedHops = {
  addresses: '',
  forwarded: '',
  clientAddress: undefined,
  scheme: undefined,
  host: undefined,
  requestId: undefined,
};

function trustedHops(headers: HeaderList, count: number): TrustedHops {
  const addresses = headers.getJoined('x-forwarded-for') ?? '';
  const scheme = headers.get('x-forwarded-proto');
  const requestId = headers.get('x-request-id');
  const list = addresses.split(',');
  const claimed = list[list.length - count]?.trim() ?? '';
  return {
    addresses,
    forwarded: headers.getJoined('forwarded') ?? '',
    clientAddress: isIP(claimed) === 0 ? undefined : claimed,
    scheme: scheme === 'http' || scheme === 'https' ? scheme : undefined,
    host: headers.get('x-forwarded-host'),
    requestId: requestId !== undefined && REQUEST_ID.test(requestId) ? requestId : undefined,
  };
}

/** RFC 7239 §4: IPv6 addresses and hosts with a port are quoted. */
function forwardedElement(peer: string, scheme: string, host: string): string {
  const node = peer.includes(':') ? `"[${peer}]"` : peer;
  const authority = /^[A-Za-z0-9.\-_]+$/.test(host) ? host : `"${host.replaceAll(/["\\]/g, '')}"`;
  return `for=${node};host=${authority};proto=${scheme}`;
}
