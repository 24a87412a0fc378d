// SPDX-License-Identifier: Apache-2.0
import { create } from '@bufbuild/protobuf';
import { StreamRequestSchema } from './generated/weir/sync/v1/sync_pb.ts';
import type { Ack, Hello, StreamRequest, Subscription } from './generated/weir/sync/v1/sync_pb.ts';
import type { ResourceName } from '@weir/policy/snapshot';
import type { ResourceVersion } from '../contract/envelope.ts';
import type { ProxyMessage } from './protocol.ts';
import { revisionFromWire, revisionToWire } from './revision-wire.ts';
import { isRoot } from './root.ts';
import type { Root } from './root.ts';

export function requestFromMessage(message: ProxyMessage): StreamRequest {
  switch (message.type) {
    case 'hello': {
      const { proxy, protocol, revision, roots } = message;
      const held = [...message.held].map(([name, version]) => ({ name, version }));
      const value = { proxy, protocol, roots: [...roots], held, ...(revision && { revision: revisionToWire(revision) }) };
      return create(StreamRequestSchema, { message: { case: 'hello', value } });
    }
    case 'subscription': {
      const value = { add: [...message.add], remove: [...message.remove] };
      return create(StreamRequestSchema, { message: { case: 'subscription', value } });
    }
    case 'ack': {
      const value = { nonce: message.nonce, rejections: message.rejections.map(one => ({ ...one })) };
      return create(StreamRequestSchema, { message: { case: 'ack', value } });
    }
  }
}

/** Throws on what is no message of this protocol. */
export function messageFromRequest({ message }: StreamRequest): ProxyMessage {
  switch (message.case) {
    case 'hello':
      return helloFrom(message.value);
    case 'subscription':
      return subscriptionFrom(message.value);
    case 'ack':
      return ackFrom(message.value);
    case undefined:
      throw new Error('the proxy sends messages that this version does not know');
  }
}

/** `readApart`: what is held, where it was read apart from the rest. */
export function helloFrom(
  { proxy, protocol, revision, roots, held }: Hello,
  readApart: ReadonlyMap<ResourceName, ResourceVersion> = new Map(held.map(({ name, version }) => [name, version])),
): ProxyMessage {
  return {
    type: 'hello',
    proxy,
    protocol,
    revision: revision === undefined ? undefined : revisionFromWire(revision),
    roots: rootsFrom(roots),
    held: readApart,
  };
}

function subscriptionFrom({ add, remove }: Subscription): ProxyMessage {
  return { type: 'subscription', add: rootsFrom(add), remove: rootsFrom(remove) };
}

function ackFrom({ nonce, rejections }: Ack): ProxyMessage {
  return {
    type: 'ack',
    nonce,
    rejections: rejections.map(({ resource, version, reason }) => ({ resource, version, reason })),
  };
}

function rootsFrom(texts: readonly string[]): readonly Root[] {
  const wrong = texts.find(text => !isRoot(text));
  if (wrong !== undefined) throw new Error(`'${wrong}' is no root: expected name:NAME, all:KIND, index:KIND or address:IP`);
  return texts.filter(isRoot);
}
