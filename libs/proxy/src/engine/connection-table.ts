// SPDX-License-Identifier: Apache-2.0
import type { DownstreamConnection } from '../http1/downstream-connection.ts';
import type { Limits } from './settings.ts';

/** The downstream connections of a worker, counted in all and by address. */
export class ConnectionTable {
  private readonly connections = new Set<DownstreamConnection>();
  private readonly countByAddress = new Map<string, number>();
  private readonly limits: Limits;
  private readonly whenEmpty: (() => void)[] = [];

  constructor(limits: Limits) {
    this.limits = limits;
  }

  get count(): number {
    return this.connections.size;
  }

  /** Whether one more from this address stays within the limits. */
  hasRoomFor(address: string): boolean {
    return (
      this.connections.size < this.limits.maxConnections &&
      (this.countByAddress.get(address) ?? 0) < this.limits.maxConnectionsPerAddress
    );
  }

  add(connection: DownstreamConnection, address: string): void {
    this.connections.add(connection);
    this.countByAddress.set(address, (this.countByAddress.get(address) ?? 0) + 1);
  }

  delete(connection: DownstreamConnection, address: string): void {
    if (!this.connections.delete(connection)) return;
    const count = (this.countByAddress.get(address) ?? 1) - 1;
    if (count === 0) this.countByAddress.delete(address);
    else this.countByAddress.set(address, count);
    if (this.connections.size === 0) this.announceEmpty();
  }

  sweep(nowMs: number): void {
    for (const connection of this.connections) connection.sweep(nowMs);
  }

  /** Lets each connection end after the answers that it owes; resolves when none is left. */
  drain(): Promise<void> {
    for (const connection of [...this.connections]) connection.drain();
    if (this.connections.size === 0) return Promise.resolve();
    return new Promise(resolve => {
      this.whenEmpty.push(resolve);
    });
  }

  close(): void {
    for (const connection of [...this.connections]) connection.destroy();
  }

  private announceEmpty(): void {
    for (const resolve of this.whenEmpty.splice(0)) resolve();
  }
}
