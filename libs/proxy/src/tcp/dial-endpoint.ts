// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import type { Endpoint } from '@weir/policy/snapshot';
import type { Preamble } from '../upstream/upstream-socket.ts';
import { SpliceMemory } from './splice-memory.ts';
import { sideFromStream, viewOf } from './splice-side.ts';
import type { SpliceSide } from './splice-side.ts';

export interface DialPlan extends Preamble {
  readonly endpoint: Endpoint;
  /** Address of this host to call from; undefined = whichever the system takes. */
  readonly localAddress?: string | undefined;
}

/** Exactly one of them is called, once, and none after `cancel`. */
export interface DialHandler {
  /** Connected, TLS included. Reading begins when the side's socket is resumed. */
  onConnected(side: SpliceSide): void;
  onFailed(error: Error): void;
}

/** An attempt on its way. */
export interface Dialling {
  cancel(): void;
}

/** Connects to an endpoint for a splice; the handler hears of it in a later turn. */
export function dialEndpoint(plan: DialPlan, handler: DialHandler): Dialling {
  return plan.tls === undefined ? dialPlain(plan, handler) : dialTls(plan, handler, plan.tls);
}

function dialPlain({ endpoint, localAddress, proxyHeader }: DialPlan, handler: DialHandler): Dialling {
  const memory = new SpliceMemory();
  let take = (_bytes: Buffer): void => undefined;
  const socket = connect({
    ...tcpOptions(endpoint, localAddress),
    onread: {
      buffer: memory.current,
      callback: (byteCount, buffer) => {
        take(viewOf(buffer, byteCount));
        return true;
      },
    },
  });
  const side: SpliceSide = {
    socket,
    listen: taker => void (take = taker),
    hold: bytes => memory.hold(bytes),
    settle: () => memory.settle(),
  };
  socket.once('close', () => memory.close());
  const cancel = failWith(socket, handler);
  socket.once('connect', () => {
    socket.removeAllListeners('error');
    socket.pause();
    if (proxyHeader !== undefined) socket.write(proxyHeader);
    handler.onConnected(side);
  });
  return { cancel };
}

function dialTls(plan: DialPlan, handler: DialHandler, options: ConnectionOptions): Dialling {
  const { endpoint, localAddress, proxyHeader } = plan;
  const raw = connect(tcpOptions(endpoint, localAddress));
  let cancel = failWith(raw, handler);
  raw.once('connect', () => {
    raw.removeAllListeners('error');
    if (proxyHeader !== undefined) raw.write(proxyHeader);
    const secure = connectTls({ ...options, socket: raw });
    cancel = failWith(secure, handler);
    secure.once('secureConnect', () => {
      secure.removeAllListeners('error');
      handler.onConnected(sideFromStream(secure));
    });
  });
  return { cancel: () => cancel() };
}

function tcpOptions({ address, port }: Endpoint, localAddress: string | undefined) {
  const shared = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS, allowHalfOpen: true };
  return { host: address, port, ...(localAddress === undefined ? {} : { localAddress }), ...shared };
}

/** Silence after which the kernel asks whether the peer is still there. */
export const KEEP_ALIVE_MS = 60_000;

/** Until it is connected, an error is the attempt's failure. Returns what cancels it. */
function failWith(socket: Socket, handler: DialHandler): () => void {
  socket.once('error', error => handler.onFailed(error));
  return () => {
    socket.removeAllListeners('error');
    socket.on('error', () => undefined);
    socket.destroy();
  };
}
