// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIPv4 } from 'node:net';
import type { Listener, Port } from '@weir/policy/snapshot';
import { hasOneTlsKind, PASSTHROUGH_KIND, selectListener, tlsKindOf } from '@weir/routing';
import type { TlsAcceptor } from '../tls/tls-acceptor.ts';

/** Makes the acceptor of some of a port's listeners, which all have the same settings. */
export type CreateAcceptor = (listeners: readonly Listener[]) => TlsAcceptor;

/** What a port looks at before a connection is given to its protocol. */
export interface PortFront {
  /** Whether connections from an address begin with a PROXY header. */
  isProxied(address: string): boolean;
  /** Whether the server name has to be known before the handshake begins. */
  readonly readsHello: boolean;
  /** The listener for a server name, '' = none was sent. */
  listenerFor(serverName: string): Listener | undefined;
  /** Undefined where connections of the listener are not terminated. */
  acceptorOf(listener: Listener): TlsAcceptor | undefined;
}

/**
 * The front of a port. Undefined where connections go to their protocol at once: HTTP, or HTTPS listeners with equal settings,
 * and no balancer in front that speaks the PROXY protocol.
 */
export function createPortFront(port: Port, createAcceptor: CreateAcceptor): PortFront | undefined {
  const readsHello = port.protocol === 'TLS' && !hasOneTlsKind(port);
  if (port.protocol !== 'TCP' && !readsHello && port.proxyProtocolFrom.length === 0) return undefined;
  const trusted = trustedAddresses(port.proxyProtocolFrom);
  const acceptors = readsHello ? acceptorsByKind(port, createAcceptor) : new Map<string, TlsAcceptor>();
  return {
    isProxied: address => trusted?.check(address, isIPv4(address) ? 'ipv4' : 'ipv6') ?? false,
    readsHello,
    listenerFor: serverName => selectListener(port, serverName),
    acceptorOf: listener => acceptors.get(tlsKindOf(listener)),
  };
}

function acceptorsByKind(port: Port, createAcceptor: CreateAcceptor): ReadonlyMap<string, TlsAcceptor> {
  const acceptors = new Map<string, TlsAcceptor>();
  for (const [kind, listeners] of Map.groupBy(port.listeners, tlsKindOf)) {
    if (kind !== PASSTHROUGH_KIND) acceptors.set(kind, createAcceptor(listeners));
  }
  return acceptors;
}

function trustedAddresses(cidrs: readonly string[]): BlockList | undefined {
  if (cidrs.length === 0) return undefined;
  const trusted = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix] = cidr.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    trusted.addSubnet(address, prefix === undefined ? FULL_PREFIX[family] : Number(prefix), family);
  }
  return trusted;
}

const FULL_PREFIX = { ipv4: 32, ipv6: 128 };
