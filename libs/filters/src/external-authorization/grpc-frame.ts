// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { ServiceAnswer } from '../service-call/service-call.ts';

/** A flag and the length (gRPC over HTTP/2, Length-Prefixed-Message). */
const PREFIX_BYTES = 5;

/** One message as it is sent, uncompressed. */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(PREFIX_BYTES + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** The one message of an answer; throws where there is another number of them, or where the call failed. */
export function messageOf({ status, headers, trailers, body }: ServiceAnswer): Uint8Array {
  if (status !== 200) throw wrong(`it answers ${status} instead of 200`);
  const grpcStatus = trailers?.get('grpc-status') ?? headers.get('grpc-status');
  if (grpcStatus === undefined) throw wrong('its answer has no gRPC status');
  if (grpcStatus !== '0') throw wrong(`it answers with gRPC status ${grpcStatus.slice(0, 3)}`);
  if (body.length < PREFIX_BYTES) throw wrong('its answer has no message');
  // No compression is offered (grpc-accept-encoding), so that none may be used.
  if (body[0] !== 0) throw wrong('its message is compressed');
  if (body.readUInt32BE(1) !== body.length - PREFIX_BYTES) throw wrong('its answer is not one whole message');
  return body.subarray(PREFIX_BYTES);
}

function wrong(detail: string): Fault {
  return new Fault('upstream_protocol_error', detail);
}
