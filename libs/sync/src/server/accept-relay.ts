// SPDX-License-Identifier: Apache-2.0
import type { TLSSocket } from 'node:tls';
import type { Clock } from '@weir/base';
import { MAX_PREFACE_BYTES, parseRelayPreface } from '../messages/relay.ts';

/** A proxy says who it is as soon as it is connected. */
const PREFACE_TIMEOUT_MS = 5_000;
/** A proxy that vanished without a word is found out by probes of TCP: these begin after so much silence, one a second, ten of them. */
const KEEP_ALIVE_MS = 10_000;
const LINE_FEED = 0x0a;

/** A connection on which a proxy answers one request for its admin side. */
export interface RelayConnection {
  /** Identity that its certificate proves. */
  readonly peer: string;
  /** `PEER/PROXY`, as in reports of streams. */
  readonly proxy: string;
  /** Flowing; a proxy says nothing on it before it is asked. */
  readonly socket: TLSSocket;
}

export interface AcceptRelayOptions {
  readonly clock: Clock;
  readonly onRelay: (connection: RelayConnection) => void;
}

/** Hears which proxy of `peer` a connection is of. One that does not say so in time, or says more than that, is ended. */
export function acceptRelay(socket: TLSSocket, peer: string, { clock, onRelay }: AcceptRelayOptions): void {
  let received = Buffer.alloc(0);
  const late = clock.after(PREFACE_TIMEOUT_MS, () => socket.destroy());
  const read = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf(LINE_FEED);
    if (end === -1 && received.length <= MAX_PREFACE_BYTES) return;
    const preface = parseRelayPreface(received.toString('utf8', 0, Math.max(end, 0)));
    if (preface === undefined || end !== received.length - 1) {
      socket.destroy();
      return;
    }
    late.cancel();
    socket.off('data', read);
    onRelay({ peer, proxy: `${peer}/${preface.proxy}`, socket });
  };
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket
    .on('error', () => socket.destroy())
    .on('data', read)
    .once('close', () => late.cancel());
}
