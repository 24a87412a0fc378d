// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

/** Speaks HTTP/2 over a connection, plain or secured, for as long as `use` takes. Rejects where the session fails meanwhile. */
export async function onHttp2Session<Result>(
  socket: Socket,
  use: (session: ClientHttp2Session) => Promise<Result>,
): Promise<Result> {
  const session = connect('http://endpoint', { createConnection: () => socket });
  const failed = Promise.withResolvers<never>();
  session.on('error', (error: Error) => failed.reject(error));
  session.on('close', () => failed.reject(new Error('the connection was closed before the answer')));
  failed.promise.catch(() => undefined);
  try {
    return await Promise.race([use(session), failed.promise]);
  } finally {
    session.destroy();
  }
}
