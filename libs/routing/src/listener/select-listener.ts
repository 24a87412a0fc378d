// SPDX-License-Identifier: Apache-2.0
import type { FaultCode } from '@weir/base';
import type { Listener, Port } from '@weir/policy/snapshot';
import { compareHostnames, coversHost, hostnameEnd } from '../hostname/covers-host.ts';

/** The listener whose hostname covers a host most specifically; undefined if none does. Also for server names of TLS. */
export function selectListener(port: Port, host: string): Listener | undefined {
  if (port.listeners.length > MAX_SCANNED) return findIndexed(indexOf(port), host);
  let best: Listener | undefined;
  for (const listener of port.listeners) {
    if (!coversHost(listener.hostname, host)) continue;
    if (best === undefined || compareHostnames(listener.hostname, best.hostname) < 0) best = listener;
  }
  return best;
}

/** Up to here, looking at each hostname costs less than the texts of an index. */
const MAX_SCANNED = 8;

type ListenerIndex = ReadonlyMap<string, Listener>;

/** By port, which is never changed: a thousand hostnames must cost a handshake no more than ten do. */
const indexes = new WeakMap<Port, ListenerIndex>();

function indexOf(port: Port): ListenerIndex {
  const known = indexes.get(port);
  if (known !== undefined) return known;
  // Backwards, so that of two with one hostname the first stays.
  const index = new Map(port.listeners.toReversed().map(listener => [listener.hostname, listener]));
  indexes.set(port, index);
  return index;
}

function findIndexed(index: ListenerIndex, host: string): Listener | undefined {
  const name = host.slice(0, hostnameEnd(host));
  const exact = index.get(name);
  if (exact !== undefined) return exact;
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const wildcard = index.get(`*${name.slice(dot)}`);
    if (wildcard !== undefined) return wildcard;
  }
  return index.get('*');
}

/** The listener for a request, or the fault that it gets instead. */
export type Admission =
  | { readonly listener: Listener; readonly fault: undefined }
  | { readonly listener: undefined; readonly fault: Extract<FaultCode, 'misdirected_request' | 'route_not_found'> };

/**
 * The listener for a request on a connection. `connectionListener`: whose certificate the connection was opened with; undefined
 * on HTTP ports. A request for another listener's hostname does not belong on this connection and gets 421, one that no
 * listener covers gets 404 (Gateway API, Listener.tls: HTTPS listeners detect misdirected requests; RFC 9110 §15.5.20).
 */
export function admitRequest(port: Port, host: string, connectionListener: Listener | undefined): Admission {
  const listener = selectListener(port, host);
  if (listener === undefined) return { listener, fault: 'route_not_found' };
  if (connectionListener !== undefined && connectionListener.name !== listener.name) {
    return { listener: undefined, fault: 'misdirected_request' };
  }
  return { listener, fault: undefined };
}
