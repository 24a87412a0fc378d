// SPDX-License-Identifier: Apache-2.0
import { create } from '@bufbuild/protobuf';
import { StreamRequestSchema } from './generated/weir/sync/v1/sync_pb.ts';
import type { Ack, Hello, StreamRequest, Subscription } from './generated/weir/sync/v1/sync_pb.ts';
import type { ResourceName } from '@weir/policy/snapshot';
import type { ResourceVersion } from '../contract/envelope.ts';
import type { ProxyMessage } from './protocol.ts';
import { revisionFromWire, revisionToWire } from './revision-wire.ts';
import { reportFromWire, reportToWire } from './split-report-wire.ts';
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
    case 'splitReport':
      return create(StreamRequestSchema, { message: { case: 'splitReport', value: reportToWire(message.report) } });
    case 'ack': {
      const value = { nonce: message.nonce, rejections: message.rejections.map(one => ({ ...one })) };
      return create(StreamRequestSchema, { message: { case: 'ack', value } });
    }
  }
}

/** Of a proxy's name, which stands in logs and on the screens of operators; one that serves many ports is named after all of them. */
const PROXY_NAME = /^[^\p{C}]{1,4096}$/v;
/** Of what was found in an error. */
const MAX_SHOWN = 100;
/** Rejections of one ack: more than a proxy may hold there cannot be. */
const MAX_REJECTIONS = 200_000;
/** Of what is told why something is refused: it is kept as long as it is, and shown to people. */
const MAX_REASON = 1000;

/** Throws on what is no message of this protocol. */
export function messageFromRequest({ message }: StreamRequest): ProxyMessage {
  switch (message.case) {
    case 'hello':
      return helloFrom(message.value);
    case 'subscription':
      return subscriptionFrom(message.value);
    case 'ack':
      return ackFrom(message.value);
    case 'splitReport':
      return { type: 'splitReport', report: reportFromWire(message.value) };
    case undefined:
      throw new Error('the proxy sends messages that this version does not know');
  }
}

/** `readApart`: what is held, where it was read apart from the rest. */
export function helloFrom(
  { proxy, protocol, revision, roots, held }: Hello,
  readApart: ReadonlyMap<ResourceName, ResourceVersion> = new Map(held.map(({ name, version }) => [name, version])),
): ProxyMessage {
  if (!PROXY_NAME.test(proxy)) throw new Error('the name of the proxy is empty, too long, or has control characters');
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
  if (rejections.length > MAX_REJECTIONS) throw new Error(`${rejections.length} rejections are more than ${MAX_REJECTIONS}`);
  return {
    type: 'ack',
    nonce,
    rejections: rejections.map(({ resource, version, reason }) => ({ resource, version, reason: shownReason(reason) })),
  };
}

/** A terminal would obey control characters. */
function shownReason(reason: string): string {
  const short = reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}…` : reason;
  return short.replaceAll(/\p{C}/gv, ' ');
}

function rootsFrom(texts: readonly string[]): readonly Root[] {
  const wrong = texts.find(text => !isRoot(text));
  if (wrong !== undefined) {
    throw new Error(
      `${JSON.stringify(wrong.slice(0, MAX_SHOWN))} is no root: expected name:NAME, all:KIND, index:KIND or address:IP`,
    );
  }
  return texts.filter(isRoot);
}
