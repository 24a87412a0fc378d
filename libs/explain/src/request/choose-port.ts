// SPDX-License-Identifier: Apache-2.0
import type { Port, Snapshot } from '@weir/policy/snapshot';
import { selectListener } from '@weir/routing';

/** Where somebody connects to. */
export interface Arrival {
  readonly port: number;
  /** As the URL has it. */
  readonly urlHost: string;
  /** That is asked for. */
  readonly host: string;
  readonly isDatagram: boolean;
}

/**
 * The port of a snapshot that somebody arrives at. Several addresses may have one port number: the one that the URL names
 * by address wins, then one with a listener for the host, then the first.
 */
export function choosePort(snapshot: Snapshot, { port, urlHost, host, isDatagram }: Arrival): Port | undefined {
  const all = portsOf(snapshot).filter(one => one.port === port);
  // A UDP port of the same number is another port; it is told of where there is no other.
  const meant = all.filter(({ protocol }) => (protocol === 'UDP') === isDatagram);
  const candidates = meant.length > 0 ? meant : all;
  return (
    candidates.find(one => one.address === urlHost || `[${one.address}]` === urlHost) ??
    candidates.find(one => selectListener(one, host) !== undefined) ??
    candidates[0]
  );
}

/** In the order of port numbers and addresses. */
export function portsOf({ resources }: Snapshot): Port[] {
  return [...resources.values()]
    .filter(resource => resource.kind === 'port')
    .sort((a, b) => a.port - b.port || (a.address < b.address ? -1 : 1));
}
