// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:dgram';
import type { Clock } from '@weir/base';
import type { Listener, ResourceName } from '@weir/policy/snapshot';
import type { EndpointLoads } from '@weir/resilience';
import type { Telemetry } from '@weir/telemetry';
import type { Configuration } from '../engine/configuration.ts';
import type { Limits } from '../engine/settings.ts';
import type { StreamRuleRuntime } from '../engine/stream-rule-runtime.ts';
import { DatagramPort } from './datagram-port.ts';
import type { DatagramHost } from './datagram-port.ts';
import type { UdpSession } from './udp-session.ts';

/** What UDP uses of the engine. */
export interface DatagramEngine {
  readonly clock: Clock;
  readonly coarseNowMs: number;
  readonly limits: Limits;
  readonly loads: EndpointLoads;
  readonly telemetry: Telemetry;
}

/** The UDP ports of a worker, and the bounds on all of their sessions. */
export class DatagramServer implements DatagramHost {
  private readonly engine: DatagramEngine;
  private readonly configuration: Configuration;
  private readonly ports = new Set<DatagramPort>();
  private readonly countByAddress = new Map<string, number>();
  private sessionCount = 0;

  constructor(engine: DatagramEngine, configuration: Configuration) {
    this.engine = engine;
    this.configuration = configuration;
  }

  get clock(): Clock {
    return this.engine.clock;
  }

  get coarseNowMs(): number {
    return this.engine.coarseNowMs;
  }

  get limits(): Limits {
    return this.engine.limits;
  }

  get loads(): EndpointLoads {
    return this.engine.loads;
  }

  get telemetry(): Telemetry {
    return this.engine.telemetry;
  }

  /** Takes the datagrams of a port. */
  open(name: ResourceName, socket: Socket): DatagramPort {
    const port = new DatagramPort(name, socket, this);
    this.ports.add(port);
    return port;
  }

  listenerOf(port: ResourceName): Listener | undefined {
    return this.configuration.port(port)?.port.listeners[0];
  }

  findRule(listener: string): StreamRuleRuntime | undefined {
    return this.configuration.streams.table(listener)?.find('')?.target;
  }

  hasRoomFor(address: string): boolean {
    const { maxUdpSessions, maxUdpSessionsPerAddress } = this.engine.limits;
    return this.sessionCount < maxUdpSessions && (this.countByAddress.get(address) ?? 0) < maxUdpSessionsPerAddress;
  }

  onOpened({ client }: UdpSession): void {
    this.sessionCount++;
    this.countByAddress.set(client.address, (this.countByAddress.get(client.address) ?? 0) + 1);
  }

  onEnded({ client }: UdpSession): void {
    this.sessionCount--;
    const count = (this.countByAddress.get(client.address) ?? 1) - 1;
    if (count === 0) this.countByAddress.delete(client.address);
    else this.countByAddress.set(client.address, count);
  }

  onPortClosed(port: DatagramPort): void {
    this.ports.delete(port);
  }

  sweep(nowMs: number): void {
    for (const port of this.ports) port.sweep(nowMs);
  }

  close(): void {
    for (const port of [...this.ports]) port.close();
  }
}
