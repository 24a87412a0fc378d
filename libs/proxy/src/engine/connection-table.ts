// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import type { Fault } from '@weir/base';
import type { ServedConnection } from './connection-host.ts';
import type { Limits } from './settings.ts';

/** The downstream sockets of a worker, counted in all and by address, from the first packet on: unfinished handshakes too. */
export class ConnectionTable {
  private readonly sockets = new Set<Socket>();
  private readonly countByAddress = new Map<string, number>();
  private readonly connections = new Set<ServedConnection>();
  private readonly limits: Limits;
  private readonly whenEmpty: (() => void)[] = [];

  constructor(limits: Limits) {
    this.limits = limits;
  }

  get count(): number {
    return this.sockets.size;
  }

  /** Counts a socket until it closes. False, and not counted, where it would be one too many. */
  admit(socket: Socket): boolean {
    const address = socket.remoteAddress;
    return address !== undefined && this.hasRoomFor(address) && this.admitUnnamed(socket) && this.countAddress(socket, address);
  }

  /** Counts a socket in all, whose client's address is told later: `countAddress` then counts that. */
  admitUnnamed(socket: Socket): boolean {
    if (this.sockets.size >= this.limits.maxConnections) return false;
    this.sockets.add(socket);
    // A socket closes once: `once` would only wrap the listener, and keep the wrapper for as long as the connection lives.
    socket.on('close', () => this.forget(socket));
    return true;
  }

  /** Counts the address of an admitted socket until it closes. False, and not counted, where it has too many. */
  countAddress(socket: Socket, address: string): boolean {
    if (!this.hasRoomFor(address)) return false;
    this.countByAddress.set(address, (this.countByAddress.get(address) ?? 0) + 1);
    socket.on('close', () => this.forgetAddress(address));
    return true;
  }

  add(connection: ServedConnection): void {
    this.connections.add(connection);
  }

  delete(connection: ServedConnection): void {
    this.connections.delete(connection);
  }

  /** Closes connections whose peers have been silent for too long. */
  sweep(nowMs: number): void {
    for (const connection of this.connections) connection.sweep(nowMs);
  }

  /** Resolves when no socket is left: each connection ends by itself while the engine drains. */
  drain(): Promise<void> {
    if (this.sockets.size === 0) return Promise.resolve();
    return new Promise(resolve => {
      this.whenEmpty.push(resolve);
    });
  }

  /** Fails what runs on each of them; they end as soon as their clients have been told. */
  failAll(fault: Fault): void {
    for (const connection of [...this.connections]) connection.failAll(fault);
  }

  /** Ends all of them at once. */
  close(): void {
    for (const socket of [...this.sockets]) socket.destroy();
  }

  private hasRoomFor(address: string): boolean {
    return (this.countByAddress.get(address) ?? 0) < this.limits.maxConnectionsPerAddress;
  }

  private forget(socket: Socket): void {
    this.sockets.delete(socket);
    if (this.sockets.size === 0) for (const resolve of this.whenEmpty.splice(0)) resolve();
  }

  private forgetAddress(address: string): void {
    const count = (this.countByAddress.get(address) ?? 1) - 1;
    if (count === 0) this.countByAddress.delete(address);
    else this.countByAddress.set(address, count);
  }
}
