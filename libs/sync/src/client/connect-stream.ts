// SPDX-License-Identifier: Apache-2.0
import type { SecureClientSessionOptions } from 'node:http2';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { endFromError } from '../messages/end-wire.ts';
import { SyncService } from '../messages/generated/weir/sync/v1/sync_pb.ts';
import type { StreamRequest, StreamResponse } from '../messages/generated/weir/sync/v1/sync_pb.ts';
import { Outbox } from '../messages/outbox.ts';
import { PushReader } from '../messages/push-wire.ts';
import { requestFromMessage } from '../messages/request-wire.ts';
import type { Connect, StreamHandler } from './client-core.ts';

/** Pings find out that the other side is gone within 15 s. */
const PING_INTERVAL_MS = 10_000;
const PING_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A message has 256 KiB and one resource more. */
const MAX_MESSAGE_BYTES = 67_108_864;

export interface ControlPlaneAddress {
  /** `https://HOST:PORT`. */
  readonly url: string;
  /** Asked for at each attempt, so that renewed certificates are used: own certificate, key, and whom to trust. */
  readonly tls: () => Pick<SecureClientSessionOptions, 'ca' | 'cert' | 'checkServerIdentity' | 'key' | 'servername'>;
}

/** Streams over gRPC with mutual TLS. Each has a connection of its own, so that a new attempt may reach another replica. */
export function connectOverTls({ url, tls }: ControlPlaneAddress): Connect {
  return handler => {
    const sessionManager = new Http2SessionManager(
      url,
      { pingIntervalMs: PING_INTERVAL_MS, pingTimeoutMs: PING_TIMEOUT_MS, connectTimeoutMs: CONNECT_TIMEOUT_MS },
      { ...tls(), minVersion: 'TLSv1.3' },
    );
    const transport = createGrpcTransport({
      baseUrl: url,
      sessionManager,
      readMaxBytes: MAX_MESSAGE_BYTES,
      acceptCompression: [],
    });
    const outbox = new Outbox<StreamRequest>();
    const ending = new AbortController();
    const close = (): void => {
      outbox.end();
      ending.abort();
      sessionManager.abort();
    };
    const responses = createClient(SyncService, transport).stream(outbox, { signal: ending.signal });
    void readAll(responses, handler, ending.signal).finally(close);
    return { send: message => outbox.offer([requestFromMessage(message)]), close };
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
