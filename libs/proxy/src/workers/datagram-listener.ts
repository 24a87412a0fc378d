// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import type { Clock } from '@weir/base';
import type { PortAddress } from '../listen/open-port.ts';
import { asItIs } from '../udp/address-lookup.ts';
import type { DatagramPort } from '../udp/datagram-port.ts';

export interface DatagramListenerOptions {
  readonly clock: Clock;
  open(socket: Socket): DatagramPort;
}

/** Takes the datagrams of one port in one worker. */
export class DatagramListener {
  private readonly socket: Socket;
  private readonly port: DatagramPort;
  private readonly clock: Clock;

  private constructor(socket: Socket, options: DatagramListenerOptions) {
    this.socket = socket;
    this.clock = options.clock;
    this.port = options.open(socket);
  }

  /** Receives on a descriptor, which it owns from then on, or where there is none on the address itself. Throws the system's error. */
  static async open(
    { at, descriptor }: { readonly at: PortAddress; readonly descriptor: number | undefined },
    options: DatagramListenerOptions,
  ): Promise<DatagramListener> {
    const socket = createSocket({ type: isIPv4(at.address) ? 'udp4' : 'udp6', lookup: asItIs, ipv6Only: at.isIpv6Only === true });
    // With a descriptor the event comes before `bind` returns.
    const listening = once(socket, 'listening');
    if (descriptor === undefined) socket.bind({ address: at.address, port: at.port, exclusive: true });
    else socket.bind({ fd: descriptor });
    await listening;
    return new DatagramListener(socket, options);
  }

  /** Sessions begun so far. */
  get acceptedCount(): number {
    return this.port.openedCount;
  }

  /**
   * Stops when no session is in use any more, after `patienceMs` at the latest. 0 = the socket stays open elsewhere: nothing is
   * taken from it from now on, and answers on their way still go out.
   */
  async close(patienceMs: number): Promise<void> {
    if (patienceMs === 0) stopReceiving(this.socket);
    const deadline = Promise.withResolvers<undefined>();
    const timer = this.clock.after(patienceMs === 0 ? LAST_ANSWERS_MS : patienceMs, () => deadline.resolve(undefined));
    await Promise.race([this.port.drain(), deadline.promise]);
    timer.cancel();
    this.port.close();
    this.socket.close();
  }
}

/** Longer than the silence after which a session counts as over. */
const LAST_ANSWERS_MS = 2_000;

/**
 * node:dgram cannot stop reading, only close. Where Node keeps the handle elsewhere than expected, a worker that is replaced
 * goes on taking datagrams for that while, and the last of them may lose their answers.
 */
function stopReceiving(socket: Socket): void {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const state: unknown = symbol === undefined ? undefined : Reflect.get(socket, symbol);
  const handle: unknown = isObject(state) ? Reflect.get(state, 'handle') : undefined;
  const stop: unknown = isObject(handle) ? Reflect.get(handle, 'recvStop') : undefined;
  if (typeof stop === 'function') Reflect.apply(stop, handle, []);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
