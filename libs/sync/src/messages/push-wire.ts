// SPDX-License-Identifier: Apache-2.0
import { create, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Envelope } from '../contract/envelope.ts';
import { PushSchema, ResourceSchema, StreamResponseSchema } from './generated/weir/sync/v1/sync_pb.ts';
import type { Push as PushMessage, RootAnswerSchema, StreamResponse } from './generated/weir/sync/v1/sync_pb.ts';
import type { Push, RootAnswer, RootOutcome } from './protocol.ts';
import { revisionFromWire, revisionToWire } from './revision-wire.ts';
import { isRoot } from './root.ts';

/** Bodies of a message end when they have reached so many bytes: a slow reader holds no more than that of a push. */
const MESSAGE_BYTES = 65_536;
/** Of what a push may bring in all. */
const MAX_PUSH_BYTES = 268_435_456;
const UPSERTS_FIELD = PushSchema.field.upserts.number;

/** What one message of a push has in it. */
export interface PushPart {
  readonly upserts: readonly Envelope[];
  readonly isLast: boolean;
}

/** Divides a push into messages that a slow reader can take one by one; a part is made when it is its turn. */
export function* partsOf({ upserts }: Pick<Push, 'upserts'>): Generator<PushPart, void> {
  let part: Envelope[] = [];
  let bytes = 0;
  for (const envelope of upserts) {
    if (bytes >= MESSAGE_BYTES) {
      yield { upserts: part, isLast: false };
      part = [];
      bytes = 0;
    }
    part.push(envelope);
    bytes += marshal(envelope).length;
  }
  yield { upserts: part, isLast: true };
}

/** A push as messages, each made when it is its turn. Resources are marshalled once, whoever they are sent to. */
export function* messagesFromPush(push: Push): Generator<StreamResponse, void> {
  for (const { upserts, isLast } of partsOf(push)) {
    const message = isLast ? lastMessage(push) : create(PushSchema, { nonce: push.nonce, isPartial: true });
    yield response(message, upserts.map(marshal));
  }
}

/** Puts the messages of pushes together again. Throws where they do not fit. */
export class PushReader {
  private upserts: Envelope[] = [];
  private bytes = 0;

  /** Undefined = more messages follow. */
  read({ message }: StreamResponse): Push | undefined {
    if (message.case !== 'push') throw new Error('the control plane sends messages that this version does not know');
    const push = message.value;
    for (const { name, kind, contract, version, body } of push.upserts) {
      this.upserts.push({ name, kind, contract, version, body });
      this.bytes += body.length;
    }
    if (this.bytes > MAX_PUSH_BYTES) throw new Error(`a push has more than ${MAX_PUSH_BYTES} bytes`);
    if (push.isPartial) return undefined;
    const { upserts } = this;
    this.upserts = [];
    this.bytes = 0;
    const { nonce, removes, checksum } = push;
    return {
      nonce,
      revision: revisionFromWire(push.revision),
      upserts,
      removes,
      answers: push.answers.flatMap(answerFrom),
      checksum,
    };
  }
}

function lastMessage({ nonce, revision, removes, answers, checksum }: Push): PushMessage {
  return create(PushSchema, {
    nonce,
    revision: revisionToWire(revision),
    removes: [...removes],
    answers: answers.map(answerToWire),
    checksum,
  });
}

export function answerToWire({ root, outcome }: RootAnswer): MessageInitShape<typeof RootAnswerSchema> {
  return { root, doesNotExist: outcome === 'doesNotExist', isRefused: outcome === 'notPermitted' };
}

/** What is marshalled already goes in as fields that the encoder copies as they are. */
function response(push: PushMessage, upserts: readonly Uint8Array[]): StreamResponse {
  push.$unknown = upserts.map(data => ({ no: UPSERTS_FIELD, wireType: WireType.LengthDelimited, data }));
  return create(StreamResponseSchema, { message: { case: 'push', value: push } });
}

const marshalled = new WeakMap<Envelope, Uint8Array>();

/** The resource as the value of a field: its length and its message. */
export function marshal(envelope: Envelope): Uint8Array {
  const known = marshalled.get(envelope);
  if (known !== undefined) return known;
  const { name, kind, contract, version, body } = envelope;
  const bytes = toBinary(ResourceSchema, create(ResourceSchema, { name, kind, contract, version, body: new Uint8Array(body) }));
  const delimited = new BinaryWriter().bytes(bytes).finish();
  marshalled.set(envelope, delimited);
  return delimited;
}

function answerFrom({ root, doesNotExist, isRefused }: PushMessage['answers'][number]): readonly RootAnswer[] {
  if (!isRoot(root)) return [];
  const absent: RootOutcome = isRefused ? 'notPermitted' : 'doesNotExist';
  return [{ root, outcome: doesNotExist || isRefused ? absent : 'present' }];
}
