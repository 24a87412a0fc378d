// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { onHttp2Session } from './http2-session.ts';

export interface ProbeRequest {
  readonly path: string;
  readonly host: string;
}

const USER_AGENT = 'weir-health-check';

/** The status that a GET on a fresh connection is answered with; the body is not waited for. */
export async function getByHttp1(socket: Socket, { path, host }: ProbeRequest, signal: AbortSignal): Promise<number> {
  const headers = { host, 'user-agent': USER_AGENT, connection: 'close' };
  const call = request({ createConnection: () => socket, path, headers, signal });
  // What comes after the answer has begun is nobody's error.
  call.on('error', () => undefined);
  call.end();
  const [{ statusCode = 0 }] = (await once(call, 'response', { signal })) as [IncomingMessage];
  call.destroy();
  return statusCode;
}

export async function getByHttp2(socket: Socket, { path, host }: ProbeRequest, signal: AbortSignal): Promise<number> {
  return onHttp2Session(socket, async session => {
    const stream = session.request({ ':path': path, ':authority': host, 'user-agent': USER_AGENT }, { endStream: true, signal });
    stream.on('error', () => undefined);
    const [headers] = (await once(stream, 'response', { signal })) as [IncomingHttpHeaders & { ':status'?: number }];
    return headers[':status'] ?? 0;
  });
}
