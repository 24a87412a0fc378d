// SPDX-License-Identifier: Apache-2.0
import type { Port, Snapshot } from '@weir/policy/snapshot';
import { selectListener } from '@weir/routing';
import { CommandFailure, EXIT } from '../exit-code.ts';

/** Where a request arrives, as far as it tells Gateways apart. */
export interface GatewayQuestion {
  /** NAMESPACE/NAME; undefined = whichever has it. */
  readonly gateway: string | undefined;
  readonly url: string;
}

/** Of each scheme that URLs may leave the port out of. */
const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['https:', 443],
]);

/**
 * The snapshot with the ports of one Gateway alone: each has addresses of its own, which documents do not say. Throws CommandFailure where
 * there is no such Gateway, or several may be meant.
 */
export function withPortsOfGateway(snapshot: Snapshot, { gateway, url }: GatewayQuestion): Snapshot {
  const all = [...snapshot.resources.values()].filter(resource => resource.kind === 'port');
  const known = [...new Set(all.map(gatewayOf))].sort();
  if (gateway === undefined) assertOne(all, url);
  else if (!known.includes(gateway)) {
    const words = known.length === 0 ? 'none listens' : `those that listen are ${known.join(', ')}`;
    throw new CommandFailure(EXIT.usage, `no Gateway ${gateway} listens: ${words}`);
  } else {
    const others = new Set(all.filter(port => gatewayOf(port) !== gateway).map(({ name }) => name));
    const resources = new Map([...snapshot.resources].filter(([name]) => !others.has(name)));
    return { ...snapshot, resources };
  }
  return snapshot;
}

/** Listeners for the host are looked at first, as several Gateways have port 443, and mostly hosts of their own. */
function assertOne(ports: readonly Port[], url: string): void {
  if (!URL.canParse(url)) return;
  const { protocol, port: text, hostname } = new URL(url);
  const number = text === '' ? DEFAULT_PORTS.get(protocol) : Number(text);
  const same = ports.filter(({ port }) => port === number);
  const forHost = same.filter(port => selectListener(port, hostname) !== undefined);
  const names = [...new Set((forHost.length > 0 ? forHost : same).map(gatewayOf))].sort();
  if (names.length < 2) return;
  const several = names.join(', ');
  throw new CommandFailure(
    EXIT.usage,
    `several Gateways listen on port ${number} for ${hostname}: ${several}; choose one with --gateway`,
  );
}

/** Every listener names its Gateway. */
function gatewayOf({ listeners }: Port): string {
  return (listeners[0]?.name ?? '').split('/').slice(0, 2).join('/');
}
