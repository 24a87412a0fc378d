// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import { Fault } from '@weir/base';
import { plainAddress } from '../front/peer-addresses.ts';
import type { WaitingRoom } from '../front/waiting-room.ts';
import { readConnect } from '../http1/connect-request.ts';
import type { ConnectTarget } from '../http1/connect-request.ts';
import { addressBytes, addressText } from '../listen/address-bytes.ts';
import { ProxyCaller } from './mesh-caller.ts';
import type { Arrival, MeshHost } from './mesh-host.ts';
import type { OutboundFront } from './outbound-front.ts';
import { tellRefusal } from './refusals.ts';

const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';

/** Takes calls of an application that asks for a proxy: requests, or connections by CONNECT, which are then as if they had been redirected. */
export class ProxyFront {
  private readonly host: MeshHost;
  private readonly room: WaitingRoom;
  private readonly outbound: OutboundFront;

  constructor(host: MeshHost, room: WaitingRoom, outbound: OutboundFront) {
    this.host = host;
    this.room = room;
    this.outbound = outbound;
  }

  take(arrival: Arrival): void {
    const { coarseNowMs, limits } = this.host;
    const { source, port } = arrival;
    const waiting = this.room.enter(source, {
      deadlineMs: coarseNowMs + limits.idleTimeoutMs,
      onRefused: fault => tellRefusal(this.host, port, { fault, socket: source.socket }),
    });
    let bytes: Buffer = Buffer.alloc(0);
    waiting.listen(chunk => {
      bytes = Buffer.concat([bytes, chunk]);
      this.attempt(arrival, () => {
        const target = readConnect(bytes, limits);
        if (target === 'more') return;
        waiting.leave();
        if (target === 'other') this.openRequests(arrival, bytes);
        else this.connect(arrival, target);
      });
      if (source.socket.destroyed || source.socket.writableEnded) waiting.leave();
    });
  }

  private openRequests({ source, port }: Arrival, pending: Buffer): void {
    source.socket.allowHalfOpen = false;
    this.host.openRequests(source, port.name, { origin: new ProxyCaller(this.host, port.namespace), pending });
  }

  private connect(arrival: Arrival, { host, port }: ConnectTarget): void {
    const { directory } = this.host;
    const service = directory.serviceOf(host, arrival.port.namespace);
    if (service !== undefined) {
      const destination = directory.destination(service.name, port);
      if (destination === undefined) throw new Fault('destination_refused', `${service.name} has no port ${port}`);
      this.establish(arrival, () => this.outbound.call(arrival, destination));
    } else if (isIP(host) === 0) this.lookUp(arrival, { host, port });
    else this.goTo(arrival, { host, port });
  }

  /** An address may be written in several ways; what it stands for is found by one. */
  private goTo(arrival: Arrival, { host, port }: ConnectTarget): void {
    const address = plainAddress(addressText(addressBytes(host)));
    this.establish(arrival, () => this.outbound.goTo(arrival, { address, port }));
  }

  private lookUp(arrival: Arrival, { host, port }: ConnectTarget): void {
    const { socket } = arrival.source;
    const onGone = (): void => void socket.destroy();
    socket.on('error', onGone);
    const settle = (action: () => void): void => {
      socket.off('error', onGone);
      if (!socket.destroyed) this.attempt(arrival, action);
    };
    void this.host.lookUp(host).then(
      address => settle(() => this.goTo(arrival, { host: address, port })),
      (reason: unknown) =>
        settle(() => {
          throw Fault.from(reason);
        }),
    );
  }

  /** The answer goes before anything that the other side says, which comes in a later turn. */
  private establish({ source }: Arrival, begin: () => void): void {
    begin();
    if (!source.socket.destroyed) source.socket.write(ESTABLISHED);
  }

  private attempt(arrival: Arrival, action: () => void): void {
    try {
      action();
    } catch (reason) {
      this.refuse(arrival, Fault.from(reason));
    }
  }

  /** As long as nothing is established it is HTTP, and told so. */
  private refuse({ port, source: { socket } }: Arrival, fault: Fault): void {
    tellRefusal(this.host, port, { fault, socket });
    const { status, title } = fault.spec;
    const body = JSON.stringify({ title, status, code: fault.code });
    socket.on('error', () => undefined);
    socket.end(
      `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    );
    socket.destroySoon();
  }
}
