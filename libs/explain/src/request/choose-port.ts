// SPDX-License-Identifier: Apache-2.0
import type { Port, Snapshot } from '@weir/policy/snapshot';
import { selectListener } from '@weir/routing';
import type { ReadRequest } from './read-request.ts';

/**
 * The port of a snapshot that a request arrives at. Several addresses may have one port number: the one that the URL names
 * by address wins, then one with a listener for the host, then the first.
 */
export function choosePort(snapshot: Snapshot, { port, urlHost, head }: ReadRequest): Port | undefined {
  const all = portsOf(snapshot).filter(one => one.port === port);
  // A UDP port of the same number is another port.
  const candidates = all.some(isTcp) ? all.filter(isTcp) : all;
  return (
    candidates.find(one => one.address === urlHost || `[${one.address}]` === urlHost) ??
    candidates.find(one => selectListener(one, head.host) !== undefined) ??
    candidates[0]
  );
}

function isTcp({ protocol }: Port): boolean {
  return protocol !== 'UDP';
}

/** In the order of port numbers and addresses. */
export function portsOf({ resources }: Snapshot): Port[] {
  return [...resources.values()]
    .filter(resource => resource.kind === 'port')
    .sort((a, b) => a.port - b.port || (a.address < b.address ? -1 : 1));
}
