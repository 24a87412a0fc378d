// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createContextKey } from '@connectrpc/connect';
import type { ConnectRouter, ContextKey, HandlerContext } from '@connectrpc/connect';
import { errorFromEnd } from '../messages/end-wire.ts';
import { GetResponseSchema, SyncService } from '../messages/generated/weir/sync/v1/sync_pb.ts';
import type { GetRequest, GetResponse, StreamRequest, StreamResponse } from '../messages/generated/weir/sync/v1/sync_pb.ts';
import { Outbox } from '../messages/outbox.ts';
import { messagesFromPush } from '../messages/push-wire.ts';
import { messageFromRequest } from '../messages/request-wire.ts';
import { revisionToWire } from '../messages/revision-wire.ts';
import { isRoot } from '../messages/root.ts';
import { reach } from './closure.ts';
import type { ProxyStream } from './proxy-stream.ts';
import type { SyncCore } from './sync-core.ts';

/** Who the client certificate of a call says that it is; '' = nobody, who is refused. */
export const PEER: ContextKey<string> = createContextKey('', { description: 'identity of the peer' });

/** SHA-256 fingerprint of the client certificate of a call, as OpenSSL writes it; '' = there is none that was verified. */
export const PEER_LEAF: ContextKey<string> = createContextKey('', { description: 'fingerprint of the client certificate' });

/** The core as a service of a Connect router. */
export function syncRoutes(core: SyncCore): (router: ConnectRouter) => void {
  return router => {
    router.service(SyncService, {
      stream: (requests, context) => serveStream(core, requests, context),
      get: (request, context) => serveGet(core, request, context),
    });
  };
}

async function* serveStream(
  core: SyncCore,
  requests: AsyncIterable<StreamRequest>,
  context: HandlerContext,
): AsyncGenerator<StreamResponse, void> {
  const outbox = new Outbox<StreamResponse>();
  const stream = core.connect(peerOf(context), {
    send: push => outbox.offer(messagesFromPush(push)),
    queuedCount: () => outbox.size,
    end: end => outbox.end(errorFromEnd(end)),
  });
  const leave = (): void => {
    stream.close();
    outbox.end();
  };
  context.signal.addEventListener('abort', leave);
  void receiveAll(requests, stream).then(leave);
  try {
    yield* outbox;
  } finally {
    leave();
  }
}

/** Resolves when the proxy sends no more. */
async function receiveAll(requests: AsyncIterable<StreamRequest>, stream: ProxyStream): Promise<void> {
  try {
    for await (const request of requests) {
      stream.receive(messageFromRequest(request));
    }
  } catch (reason) {
    stream.end({ reason: 'refused', detail: reasonWords(reason) });
  }
}

function serveGet(core: SyncCore, { root }: GetRequest, context: HandlerContext): GetResponse {
  const { catalog, revision } = core;
  if (!isRoot(root)) throw new ConnectError(`'${root}' is no root`, Code.InvalidArgument);
  if (!core.options.authorize(peerOf(context), root)) {
    throw new ConnectError(`${root} is not for this peer`, Code.PermissionDenied);
  }
  if (revision === undefined) throw errorFromEnd({ reason: 'starting', detail: 'there is no snapshot yet' });
  const { names, isMissing } = reach(root, catalog);
  if (isMissing) throw new ConnectError(`${root} leads to nothing`, Code.NotFound);
  const entries = [...names].map(name => catalog.get(name)).filter(entry => entry !== undefined);
  return create(GetResponseSchema, {
    revision: revisionToWire(revision),
    resources: entries.map(({ name, kind, contract, version, body }) => ({
      name,
      kind,
      contract,
      version,
      body: new Uint8Array(body),
    })),
    dangling: [...names].filter(name => catalog.get(name) === undefined),
  });
}

function peerOf({ values }: HandlerContext): string {
  const peer = values.get(PEER);
  if (peer === '') throw new ConnectError('no identity: a client certificate of this mesh is needed', Code.Unauthenticated);
  return peer;
}
