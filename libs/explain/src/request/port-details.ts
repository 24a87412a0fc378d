// SPDX-License-Identifier: Apache-2.0
import type { Port, PortProtocol, Snapshot } from '@weir/policy/snapshot';
import { portsOf } from './choose-port.ts';

// Why nobody answers at a port, in words.

export function noPortDetail(snapshot: Snapshot, port: number): string {
  const ports = portsOf(snapshot).map(one => one.port);
  return `nothing listens on port ${port}; ${ports.length === 0 ? 'there is no listener at all' : `ports: ${ports.join(', ')}`}`;
}

/** What is written of a port's protocol, and how it is asked for. */
const SPOKEN: Readonly<Record<PortProtocol, { readonly protocol: string; readonly schemes: string }>> = {
  HTTP: { protocol: 'HTTP', schemes: 'http://' },
  TLS: { protocol: 'TLS', schemes: 'https://, or tls:// where it has a TLS listener' },
  TCP: { protocol: 'TCP', schemes: 'tcp://' },
  UDP: { protocol: 'UDP', schemes: 'udp://' },
};

export function wrongProtocolDetail({ port, protocol }: Port): string {
  const spoken = SPOKEN[protocol];
  return `port ${port} speaks ${spoken.protocol}: write ${spoken.schemes}`;
}

/** No listener of a TLS port takes a server name; undefined = none is sent, as for an address, `urlHost`. */
export function noListenerDetail({ port, listeners }: Port, serverName: string | undefined, urlHost: string): string {
  if (serverName !== undefined) return `no listener on port ${port} has a certificate for ${serverName}: the TLS handshake fails`;
  const hostnames = listeners.map(({ hostname }) => hostname).join(', ');
  const reason = `clients send no server name for an address such as ${urlHost}, and each listener on port ${port} has a hostname`;
  return `${reason} (${hostnames}): the TLS handshake fails`;
}
