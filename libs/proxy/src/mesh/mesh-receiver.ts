// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Exchange, Random } from '@weir/base';
import type { InboundPort, InboundService } from '@weir/policy/snapshot';
import { enterMesh } from './mesh-context.ts';
import type { Sender } from './mesh-context.ts';
import type { MeshOrigin } from './mesh-origin.ts';

/** A connection of another workload, or of somebody in plaintext, to the application: all its requests are for one Service. */
export class ServiceReceiver implements MeshOrigin {
  private readonly service: InboundService;
  private readonly sender: Sender;
  private readonly random: Random;

  constructor(service: InboundService, sender: Sender, random: Random) {
    this.service = service;
    this.sender = sender;
    this.random = random;
  }

  enter(exchange: Exchange): void {
    exchange.meshSide = 'receiver';
    enterMesh(exchange, this.sender, this.random);
  }

  listenerOf(): string {
    return this.service.listener;
  }

  need(): undefined {
    // What a workload serves is there before anybody is let in.
    return undefined;
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
