// SPDX-License-Identifier: Apache-2.0
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { StreamRequestSchema, StreamResponseSchema } from '../messages/generated/weir/sync/v1/sync_pb.ts';
import { PushReader } from '../messages/push-wire.ts';
import { requestFromMessage } from '../messages/request-wire.ts';
import type { Connect } from './client-core.ts';

/** Carries the bytes of messages, one by one; what surrounds them on the wire is its own business. */
export interface MessageChannel {
  send(message: Uint8Array): void;
  close(): void;
}

export interface MessageEvents {
  /** A message of the control plane, whole. Throws where it is none: the channel is then to be closed. */
  onMessage(message: Uint8Array): void;
  /** Once, unless the channel was closed from this side. */
  onEnd(detail: string): void;
}

/** Streams over channels that carry bytes: for transports other than that of `connectOverTls`. `open` must not call back at once. */
export function connectOverMessages(open: (events: MessageEvents) => MessageChannel): Connect {
  return handler => {
    const reader = new PushReader();
    const channel = open({
      onMessage(message) {
        const push = reader.read(fromBinary(StreamResponseSchema, message));
        if (push !== undefined) handler.onPush(push);
      },
      onEnd: detail => handler.onEnd({ reason: 'lost', detail }),
    });
    return {
      send: message => channel.send(toBinary(StreamRequestSchema, requestFromMessage(message))),
      close: () => channel.close(),
    };
  };
}
