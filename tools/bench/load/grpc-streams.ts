// SPDX-License-Identifier: Apache-2.0
import { openSocket } from './connect.ts';
import { createEchoLoad, type Lane, type OpenLanes } from './echo-load.ts';
import { grpcMessage } from './grpc-message.ts';
import { Http2Client } from './http2-client.ts';
import type { CreateLoad } from './load.ts';
import { grpcTarget } from './route-paths.ts';

export interface GrpcStreamOptions {
  readonly connections: number;
  /** On each of them. */
  readonly streams: number;
  /** Messages on their way in each stream. */
  readonly inFlight: number;
  readonly messageBytes: number;
}

const FIELDS = {
  ':method': 'POST',
  ':scheme': 'http',
  ':authority': 'localhost',
  ':path': grpcTarget(0),
  'content-type': 'application/grpc',
  te: 'trailers',
};

/** Streams of gRPC both ways whose server gives every message back. */
export function createGrpcStreamLoad({ connections, streams, inFlight, messageBytes }: GrpcStreamOptions): CreateLoad {
  const message = grpcMessage(messageBytes);
  return createEchoLoad({
    inFlight,
    async open(options) {
      const lanes: Lane[] = [];
      for (let connection = 0; connection < connections; connection++) {
        const socket = await openSocket(options.port);
        options.sockets.defer(() => socket.destroy());
        const client = await Http2Client.open(socket);
        for (let stream = 0; stream < streams; stream++) lanes.push(openLane(client, message, options));
      }
      return lanes;
    },
  });
}

function openLane(client: Http2Client, message: Buffer, { createEvents }: OpenLanes): Lane {
  const { onEcho, onLost } = createEvents();
  let receivedBytes = 0;
  const events = {
    // Proxies join and cut frames as they like, so it is bytes that tell messages apart.
    onData: (bytes: number): void => {
      receivedBytes += bytes;
      for (; receivedBytes >= message.length; receivedBytes -= message.length) onEcho();
    },
    onEnd: onLost,
    onReset: onLost,
  };
  const streamId = client.request(FIELDS, events, false);
  return {
    send: () => {
      client.send(streamId, message);
    },
  };
}
