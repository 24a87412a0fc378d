// SPDX-License-Identifier: Apache-2.0

const PREFIX_BYTES = 5;

/** A message of gRPC: not compressed, its length, and so many bytes. */
export function grpcMessage(bytes: number): Buffer {
  const message = Buffer.alloc(PREFIX_BYTES + bytes, 'weir ');
  message[0] = 0;
  message.writeUInt32BE(bytes, 1);
  return message;
}
