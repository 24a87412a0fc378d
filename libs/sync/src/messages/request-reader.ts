// SPDX-License-Identifier: Apache-2.0
import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { ResourceName } from '@weir/policy/snapshot';
import type { ResourceVersion } from '../contract/envelope.ts';
import { HeldResourceSchema, HelloSchema, StreamRequestSchema } from './generated/weir/sync/v1/sync_pb.ts';
import type { ProxyMessage } from './protocol.ts';
import { helloFrom, messageFromRequest } from './request-wire.ts';

const HELLO = StreamRequestSchema.field.hello.number;
const HELD = HelloSchema.field.held.number;
const NAME = HeldResourceSchema.field.name.number;
const VERSION = HeldResourceSchema.field.version.number;

type Held = Map<ResourceName, ResourceVersion>;

/**
 * What a proxy says, of the bytes of a `StreamRequest`. When a control plane starts, thousands of proxies present a thousand resources each:
 * these are read without a message object for every one. Throws on what is no message of this protocol.
 */
export function readRequest(bytes: Uint8Array): ProxyMessage {
  const hello = helloBytes(bytes);
  if (hello === undefined) return messageFromRequest(fromBinary(StreamRequestSchema, bytes));
  const held: Held = new Map();
  const others = takeHeld(hello, held);
  return helloFrom(fromBinary(HelloSchema, others), held);
}

/** Undefined = it is another message, or not this one alone. */
function helloBytes(bytes: Uint8Array): Uint8Array | undefined {
  const reader = new BinaryReader(bytes);
  if (bytes.length === 0) return undefined;
  const [field, wireType] = reader.tag();
  if (field !== HELLO || wireType !== WireType.LengthDelimited) return undefined;
  const hello = reader.bytes();
  return reader.pos === reader.len ? hello : undefined;
}

/** Moves held resources into `held`; returns all other fields as they were. */
function takeHeld(hello: Uint8Array, held: Held): Uint8Array {
  const text = Buffer.from(hello.buffer, hello.byteOffset, hello.byteLength);
  const reader = new BinaryReader(hello);
  const others: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, wireType] = reader.tag();
    if (field === HELD && wireType === WireType.LengthDelimited) readHeld(reader, text, held);
    else {
      reader.skip(wireType, field);
      others.push(hello.subarray(start, reader.pos));
    }
  }
  return Buffer.concat(others);
}

function readHeld(reader: BinaryReader, text: Buffer, held: Held): void {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a held resource is cut off');
  let name = '';
  let version = '';
  while (reader.pos < end) {
    const [field, wireType] = reader.tag();
    if ((field === NAME || field === VERSION) && wireType === WireType.LengthDelimited) {
      const size = reader.uint32();
      const value = text.toString('utf8', reader.pos, reader.pos + size);
      reader.pos += size;
      if (field === NAME) name = value;
      else version = value;
    } else reader.skip(wireType, field);
  }
  if (reader.pos !== end) throw new RangeError('a held resource is longer than it says');
  held.set(name, version);
}
