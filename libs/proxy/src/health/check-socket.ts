// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Endpoint } from '@weir/policy/snapshot';
import type { CheckPreamble } from './active-checks.ts';

export interface CheckSocketTarget extends Endpoint, Pick<CheckPreamble, 'localAddress' | 'proxyHeader' | 'tls'> {
  /** Offered in the handshake (RFC 7301) where `tls` does not say; undefined = none. */
  readonly protocols: readonly string[] | undefined;
}

/** A connection of its own, with its PROXY header sent and its TLS there. Rejects with what is wrong, or with the signal's reason. */
export async function openCheckSocket(target: CheckSocketTarget, signal: AbortSignal): Promise<Socket> {
  const { address: host, port, localAddress } = target;
  const raw = connect({ host, port, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) });
  const socket = await settled(raw, 'connect', signal);
  if (target.proxyHeader !== undefined) socket.write(target.proxyHeader);
  if (target.tls === undefined) return socket;
  const { protocols } = target;
  const secure = connectTls({ ...(protocols === undefined ? {} : { ALPNProtocols: [...protocols] }), ...target.tls, socket });
  return settled(secure, 'secureConnect', signal);
}

async function settled<Connection extends Socket>(socket: Connection, event: string, signal: AbortSignal): Promise<Connection> {
  try {
    await once(socket, event, { signal });
    // From here on whoever uses it hears of errors elsewhere; unheard, one would end the process.
    socket.on('error', () => undefined);
    return socket;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
}
