// SPDX-License-Identifier: Apache-2.0
import { createClient } from '@connectrpc/connect';
import type { Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { endFromError } from '../messages/end-wire.ts';
import { SyncService } from '../messages/generated/weir/sync/v1/sync_pb.ts';
import type { StreamRequest, StreamResponse } from '../messages/generated/weir/sync/v1/sync_pb.ts';
import { Outbox } from '../messages/outbox.ts';
import { PushReader } from '../messages/push-wire.ts';
import { requestFromMessage } from '../messages/request-wire.ts';
import type { Connect, ServerStream, StreamHandler } from './client-core.ts';
import { openSession } from './open-session.ts';
import type { SessionTls } from './open-session.ts';

/** Pings find out that the other side is gone within 15 s. */
const TIMEOUTS = { pingIntervalMs: 10_000, pingTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
/** A message has 64 KiB and one resource more; those of older control planes 256 KiB. */
const MAX_MESSAGE_BYTES = 67_108_864;

export interface ControlPlaneAddress {
  /** `https://HOST:PORT`. */
  readonly url: string;
  /** Asked for at each attempt, so that renewed certificates are used: own certificate, key, and whom to trust. */
  readonly tls: () => SessionTls;
}

/** What one stream goes over. */
export interface Channel {
  readonly transport: Transport;
  /** The stream has ended. */
  close(): void;
}

/** Streams over gRPC with mutual TLS. Each has a connection of its own, so that a new attempt may reach another replica. */
export function connectOverTls({ url, tls }: ControlPlaneAddress): Connect {
  return connectOver(() => {
    // Throws where there are no certificates (yet), or none that can be used.
    const session = openSession(url, tls(), TIMEOUTS);
    const options = { baseUrl: url, sessionManager: session.manager, readMaxBytes: MAX_MESSAGE_BYTES, acceptCompression: [] };
    return { transport: createGrpcTransport(options), close: () => session.close() };
  });
}

/** Streams over channels of any kind; `open` may throw, and then the attempt has failed. */
export function connectOver(open: () => Channel): Connect {
  return handler => {
    let channel: Channel;
    try {
      channel = open();
    } catch (reason) {
      return failLater(handler, reason instanceof Error ? reason : new Error(String(reason)));
    }
    const outbox = new Outbox<StreamRequest>();
    const ending = new AbortController();
    const close = (): void => {
      outbox.end();
      ending.abort();
      channel.close();
    };
    const responses = createClient(SyncService, channel.transport).stream(outbox, { signal: ending.signal });
    void readAll(responses, handler, ending.signal).finally(close);
    return { send: message => outbox.offer([requestFromMessage(message)]), close };
  };
}

/** Fails when the caller has its stream. */
function failLater(handler: StreamHandler, { message }: Error): ServerStream {
  let isClosed = false;
  queueMicrotask(() => {
    if (!isClosed) handler.onEnd({ reason: 'lost', detail: message });
  });
  return {
    send: () => undefined,
    close: () => {
      isClosed = true;
    },
  };
}

async function readAll(responses: AsyncIterable<StreamResponse>, handler: StreamHandler, signal: AbortSignal): Promise<void> {
  const reader = new PushReader();
  try {
    for await (const response of responses) {
      const push = reader.read(response);
      if (push !== undefined) handler.onPush(push);
    }
    if (!signal.aborted) handler.onEnd({ reason: 'lost', detail: 'the control plane ended the stream' });
  } catch (reason) {
    if (!signal.aborted) handler.onEnd(endFromError(reason));
  }
}
