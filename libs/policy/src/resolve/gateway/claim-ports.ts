// SPDX-License-Identifier: Apache-2.0
import { GATEWAY_OPERATOR_PORT } from '../../snapshot/index.ts';
import { addressesOverlap } from './address.ts';
import { transportOf } from './listener-draft.ts';
import type { ListenerDraft } from './listener-draft.ts';
import type { GatewayDraft } from './resolve-gateway.ts';

/** Who holds what a listener wants. */
export interface PortRival {
  readonly port: number;
  readonly address: string;
  /** `namespace/name` of another one; undefined = the pods of its own, for themselves. */
  readonly gateway: string | undefined;
}

interface Claim {
  readonly address: string;
  readonly gateway: string;
}

/**
 * Gives each address and port to one Gateway: the older one, then the first by namespace and name. Gateways are never merged
 * in silence, since each was written as if it were alone. By listener name: who stands in its way.
 */
export function claimPorts(drafts: Iterable<GatewayDraft>): ReadonlyMap<string, PortRival> {
  const claims = new Map<string, Claim[]>();
  const rivals = new Map<string, PortRival>();
  for (const draft of [...drafts].sort(byAge)) {
    if (draft.invalidParameters !== undefined) continue;
    for (const [place, listeners] of listenersByPlace(draft)) {
      const held = claims.get(place) ?? [];
      const rival = findRival(held, draft.addresses.bind);
      if (rival !== undefined) {
        for (const { name, port } of listeners) rivals.set(name, { port, ...rival });
        continue;
      }
      const gateway = keyOf(draft);
      claims.set(place, [...held, ...draft.addresses.bind.map(address => ({ address, gateway }))]);
    }
  }
  return rivals;
}

/** Of Gateways that have proxies to themselves: where those listen besides. By listener name. */
export function ownPorts(drafts: Iterable<GatewayDraft>): ReadonlyMap<string, PortRival> {
  const rivals = new Map<string, PortRival>();
  for (const { listeners, addresses } of drafts) {
    for (const listener of listeners) {
      if (listener.port !== GATEWAY_OPERATOR_PORT || transportOf(listener) !== 'tcp') continue;
      const [address = ''] = addresses.bind;
      rivals.set(listener.name, { port: listener.port, address, gateway: undefined });
    }
  }
  return rivals;
}

/** Whether a listener would take its port: also while a certificate is missing, so that nobody else moves in meanwhile. */
export function wantsPort({ obstacle }: ListenerDraft): boolean {
  return obstacle === undefined || obstacle.reason === 'NoValidCACertificate';
}

/** By `80/tcp`: a UDP listener takes nothing from a TCP one of the same number. */
function listenersByPlace({ listeners }: GatewayDraft): ReadonlyMap<string, readonly ListenerDraft[]> {
  return Map.groupBy(listeners.filter(wantsPort), listener => `${listener.port}/${transportOf(listener)}`);
}

function findRival(held: readonly Claim[], addresses: readonly string[]): Claim | undefined {
  return held.find(claim => addresses.some(address => addressesOverlap(address, claim.address)));
}

function byAge(left: GatewayDraft, right: GatewayDraft): number {
  const byCreation = left.document.createdMs - right.document.createdMs;
  if (byCreation !== 0) return byCreation;
  return keyOf(left) < keyOf(right) ? -1 : 1;
}

function keyOf({ document }: GatewayDraft): string {
  return `${document.namespace}/${document.name}`;
}
