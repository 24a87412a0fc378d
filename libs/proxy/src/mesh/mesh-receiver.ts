// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Exchange, Random } from '@weir/base';
import type { InboundPort, InboundService, WorkloadIdentity } from '@weir/policy/snapshot';
import { enterMesh } from './mesh-context.ts';
import type { Sender } from './mesh-context.ts';
import type { MeshOrigin } from './mesh-origin.ts';

export interface ReceiverParts {
  readonly random: Random;
  /** Nothing more is taken of anybody. */
  readonly isDraining: boolean;
  /** Each answer to a stranger ends his connection. */
  readonly isPartingWithStrangers: boolean;
}

/** Who calls. */
export interface ReceivedFrom {
  readonly sender: Sender;
  /** From then on the caller has to show again who it is, by the engine's clock; Infinity = it has shown nothing. */
  readonly retireAtMs: number;
}

/** A connection of another workload, or of somebody in plaintext, to the application: all its requests are for the same Services. */
export class ServiceReceiver implements MeshOrigin {
  private readonly parts: ReceiverParts;
  readonly guards: readonly string[];
  private readonly listener: string;
  private readonly from: ReceivedFrom;

  /** `parts` is looked at anew each time. */
  constructor(parts: ReceiverParts, { listener, guards }: Omit<MeantServices, 'believes'>, from: ReceivedFrom) {
    this.parts = parts;
    this.listener = listener;
    this.guards = guards;
    this.from = from;
  }

  enter(exchange: Exchange): void {
    exchange.meshSide = 'receiver';
    enterMesh(exchange, this.from.sender, this.parts.random);
  }

  listenerOf(): string {
    return this.listener;
  }

  need(): undefined {
    // What a workload serves is there before anybody is let in.
    return undefined;
  }

  isRetiring(nowMs: number): boolean {
    const { isDraining, isPartingWithStrangers } = this.parts;
    return isDraining || (isPartingWithStrangers && this.from.sender === 'stranger') || nowMs > this.from.retireAtMs;
  }
}

/** By whose rules calls go. */
export interface MeantServices {
  readonly listener: string;
  /** Listeners whose rules have to admit them too. */
  readonly guards: readonly string[];
  /** Whether they believe a gateway of the mesh about its clients: it leads to all of them. */
  readonly believes: (gateway: WorkloadIdentity) => boolean;
}

/**
 * The Services that a caller means: the one that it names, or all that lead to the port where it has dialled an address alone, as the
 * rules of each would be another's way around. Throws Fault `peer_refused` for a name that is none of theirs.
 */
export function meantServices({ services, port }: InboundPort, serverName: string): MeantServices {
  const meant = serverName === '' ? services : services.filter(service => service.serverName === serverName);
  const [listener, ...guards] = meant.map(service => service.listener);
  if (listener !== undefined) return { listener, guards, believes: gateway => meant.every(believes(gateway)) };
  const list = services.map(service => service.serverName).join(', ');
  throw new Fault('peer_refused', `port ${port} serves ${list}, and the caller asks for ${serverName}`);
}

/** What one gateway says of a client, policies of all of the Services take for granted. */
function believes(gateway: WorkloadIdentity): (service: InboundService) => boolean {
  return ({ gateways }) => gateways?.includes(gateway) !== false;
}
