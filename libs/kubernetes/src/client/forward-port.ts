// SPDX-License-Identifier: Apache-2.0
import { duplexPair, PassThrough } from 'node:stream';
import type { Duplex } from 'node:stream';
import { PortForward } from '@kubernetes/client-node';
import type { KubeConfig } from '@kubernetes/client-node';

/** A port of a Pod, also one that only listens on its loopback. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** The API server, or the node of the Pod, does not connect to it. */
export class ForwardError extends Error {
  override readonly name = 'ForwardError';
  /** Of the API server's answer; undefined = there was none. */
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** A connection to a port of a Pod by way of the API server, over a WebSocket, as `kubectl port-forward` makes one. Throws ForwardError. */
export async function forwardPort(config: KubeConfig, { namespace, pod, port }: PodPort): Promise<Duplex> {
  const [stream, carried] = duplexPair();
  const complaints = new PassThrough();
  const socket = await new PortForward(config)
    .portForward(namespace, pod, [port], carried, complaints, carried)
    .catch((cause: unknown) => {
      throw refusalFrom(cause, `${namespace}/${pod}`);
    });
  if (typeof socket === 'function') throw new ForwardError('the connection is one that begins anew', undefined);
  // An orderly end would be waited for, after the command has what it wants.
  stream.once('close', () => socket.terminate());
  socket.addEventListener('close', () => carried.end());
  complaints.once('data', (text: Buffer) => {
    stream.destroy(new ForwardError(`${namespace}/${pod}: ${text.toString('utf8').trim()}`, undefined));
  });
  return stream;
}

/** What the client says of a handshake that failed: an event of its WebSocket, whose message ends with the status. */
function refusalFrom(cause: unknown, pod: string): ForwardError {
  const message: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'message') : undefined;
  const words = typeof message === 'string' ? message : String(cause);
  const status = /: (\d{3})$/.exec(words)?.[1];
  return new ForwardError(`${pod}: ${words}`, status === undefined ? undefined : Number(status), { cause });
}
