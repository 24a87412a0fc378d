// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Exchange, Random } from '@weir/base';
import type { InboundPort, InboundService } from '@weir/policy/snapshot';
import { enterMesh } from './mesh-context.ts';
import type { Sender } from './mesh-context.ts';
import type { MeshOrigin } from './mesh-origin.ts';

export interface ReceiverParts {
  readonly random: Random;
  /** Nothing more is taken of anybody. */
  readonly isDraining: boolean;
}

/** Who calls. */
export interface ReceivedFrom {
  readonly sender: Sender;
  /** From then on the caller has to show again who it is, by the engine's clock; Infinity = it has shown nothing. */
  readonly retireAtMs: number;
}

/** A connection of another workload, or of somebody in plaintext, to the application: all its requests are for one Service. */
export class ServiceReceiver implements MeshOrigin {
  private readonly parts: ReceiverParts;
  private readonly service: InboundService;
  private readonly from: ReceivedFrom;

  /** `parts` is looked at anew each time. */
  constructor(parts: ReceiverParts, service: InboundService, from: ReceivedFrom) {
    this.parts = parts;
    this.service = service;
    this.from = from;
  }

  enter(exchange: Exchange): void {
    exchange.meshSide = 'receiver';
    enterMesh(exchange, this.from.sender, this.parts.random);
  }

  listenerOf(): string {
    return this.service.listener;
  }

  need(): undefined {
    // What a workload serves is there before anybody is let in.
    return undefined;
  }

  isRetiring(nowMs: number): boolean {
    return this.parts.isDraining || nowMs > this.from.retireAtMs;
  }
}

/** The Service that a caller means. Throws Fault `peer_refused` where that cannot be told. */
export function meantService({ services, port }: InboundPort, serverName: string): InboundService {
  const [only] = services;
  const named = services.find(service => service.serverName === serverName);
  if (named !== undefined) return named;
  // By address alone; where several Services lead to the port, the rules of each would be another's way around.
  if (serverName === '' && services.length === 1 && only !== undefined) return only;
  const list = services.map(service => service.serverName).join(', ');
  throw new Fault('peer_refused', `port ${port} serves ${list}, and the caller asks for ${serverName || 'none of them by name'}`);
}
