// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { waitFor } from '@weir/testing';

/** A UDP socket on loopback, of a client or a server. */
export class UdpPeer implements AsyncDisposable {
  readonly socket: Socket;
  /** All datagrams that came, in their order. */
  readonly received: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('message', bytes => this.received.push(bytes));
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(port: number, datagram: Buffer | string): void {
    this.socket.send(datagram, port, this.socket.address().address);
  }

  /** Sends a datagram and gives the next one that comes. */
  async ask(port: number, datagram: Buffer | string): Promise<string> {
    const count = this.received.length;
    this.send(port, datagram);
    const answer = await waitFor(() => this.received[count], { what: `an answer by UDP from port ${port}` });
    return answer.toString('latin1');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }
}

/** `address`: of loopback, which it also sends to. */
export async function openUdpPeer(address: '127.0.0.1' | '::1' = '127.0.0.1'): Promise<UdpPeer> {
  const socket = createSocket(address === '::1' ? 'udp6' : 'udp4').bind(0, address);
  await once(socket, 'listening');
  return new UdpPeer(socket);
}

/** A server that answers each datagram. */
export async function startUdpServer(answer: (datagram: Buffer) => Buffer | string): Promise<UdpPeer> {
  const peer = await openUdpPeer();
  peer.socket.on('message', (datagram, from) => peer.socket.send(answer(datagram), from.port, from.address));
  return peer;
}
