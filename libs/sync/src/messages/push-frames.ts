// SPDX-License-Identifier: Apache-2.0
import { create, toBinary } from '@bufbuild/protobuf';
import type { Envelope } from '../contract/envelope.ts';
import { PushSchema, RevisionSchema, StreamResponseSchema } from './generated/weir/sync/v1/sync_pb.ts';
import type { Push as PushMessage } from './generated/weir/sync/v1/sync_pb.ts';
import type { Push } from './protocol.ts';
import { answerToWire, marshal, partsOf } from './push-wire.ts';
import type { Revision } from './revision.ts';
import { revisionToWire } from './revision-wire.ts';

const { field } = PushSchema;
/** Types of fields on the wire: what precedes them is the number of the field and one of these. */
const WIRE = { varint: 0, delimited: 2, fixed32: 5 } as const;
/** Flag of compression, and the length as 32 bits (gRPC over HTTP/2, Length-Prefixed-Message). */
const GRPC_HEAD_BYTES = 5;
const MAX_VARINT_BYTES = 5;
const PUSH_TAG = tagOf(StreamResponseSchema.field.push.number, WIRE.delimited);
const NONCE_TAG = tagOf(field.nonce.number, WIRE.varint);
const REVISION_TAG = tagOf(field.revision.number, WIRE.delimited);
const UPSERTS_TAG = tagOf(field.upserts.number, WIRE.delimited);
const CHECKSUM_TAG = tagOf(field.checksum.number, WIRE.fixed32);
const CHECKSUM_BYTES = 5;
const PARTIAL = Buffer.of(tagOf(field.isPartial.number, WIRE.varint), 1);

/**
 * The messages of `messagesFromPush` as a gRPC stream carries them, each in one or several pieces and made when it is its turn. A change often goes to thousands of
 * proxies at once: what is the same for all of them is marshalled once, and what is not has its bytes written in place here, at a
 * fraction of what the library takes for a message.
 */
export function* framesFromPush(push: Push): Generator<readonly Uint8Array[], void> {
  for (const { upserts, isLast } of partsOf(push)) {
    if (isLast) yield [frame([headOf(push), ...upserts.flatMap(resourceParts), ...tailOf(push)])];
    else {
      const resources = sharedResources(upserts);
      const nonce = nonceOf(push);
      yield [frameHead(nonce.length + resources.length), nonce, resources];
    }
  }
}

const TAG_OF_UPSERT = Buffer.of(UPSERTS_TAG);

function resourceParts(envelope: Envelope): readonly Uint8Array[] {
  return [TAG_OF_UPSERT, marshal(envelope)];
}

interface SharedResources {
  readonly upserts: readonly Envelope[];
  readonly bytes: Buffer;
}

/** By the first of them. */
const shared = new WeakMap<Envelope, SharedResources>();

/** When thousands of proxies begin, all are sent the same index: these bytes exist once, and not once for each until they are collected. */
function sharedResources(upserts: readonly Envelope[]): Buffer {
  const [first] = upserts;
  const known = first && shared.get(first);
  if (known?.upserts.length === upserts.length && known.upserts.every((one, i) => one === upserts[i])) return known.bytes;
  const bytes = Buffer.concat([...upserts.flatMap(resourceParts), PARTIAL]);
  if (first !== undefined) shared.set(first, { upserts, bytes });
  return bytes;
}

function tagOf(number: number, wireType: number): number {
  return number * 8 + wireType;
}

function frame(parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([frameHead(length), ...parts]);
}

/** What precedes a push of `length` bytes: the head of gRPC, and the field that the push is. */
function frameHead(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(GRPC_HEAD_BYTES + 1 + MAX_VARINT_BYTES);
  bytes[0] = 0;
  bytes[GRPC_HEAD_BYTES] = PUSH_TAG;
  const end = writeVarint(bytes, length, GRPC_HEAD_BYTES + 1);
  bytes.writeUInt32BE(end - GRPC_HEAD_BYTES + length, 1);
  return bytes.subarray(0, end);
}

function nonceOf({ nonce }: Push): Buffer {
  const bytes = Buffer.allocUnsafe(1 + MAX_VARINT_BYTES);
  bytes[0] = NONCE_TAG;
  return bytes.subarray(0, writeVarint(bytes, nonce, 1));
}

function headOf(push: Push): Buffer {
  return Buffer.concat([nonceOf(push), marshalRevision(push.revision)]);
}

/** Rarer fields may follow: parts of one message are merged by who reads it. */
function tailOf({ removes, answers, checksum }: Push): readonly Uint8Array[] {
  const bytes = Buffer.allocUnsafe(CHECKSUM_BYTES);
  bytes[0] = CHECKSUM_TAG;
  bytes.writeUInt32LE(checksum, 1);
  if (removes.length + answers.length === 0) return [bytes];
  const rare: PushMessage = create(PushSchema, { removes: [...removes], answers: answers.map(answerToWire) });
  return [bytes, toBinary(PushSchema, rare)];
}

const revisions = new WeakMap<Revision, Buffer>();

function marshalRevision(revision: Revision): Buffer {
  const known = revisions.get(revision);
  if (known !== undefined) return known;
  const message = toBinary(RevisionSchema, revisionToWire(revision));
  const head = Buffer.allocUnsafe(1 + MAX_VARINT_BYTES);
  head[0] = REVISION_TAG;
  const bytes = Buffer.concat([head.subarray(0, writeVarint(head, message.length, 1)), message]);
  revisions.set(revision, bytes);
  return bytes;
}

/** Where it ends. */
function writeVarint(bytes: Buffer, value: number, start: number): number {
  let at = start;
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) + 0x80;
  bytes[at++] = rest;
  return at;
}
