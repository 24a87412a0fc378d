// SPDX-License-Identifier: Apache-2.0
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { RevisionCounts, TrustBundle } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { sealResource } from '../contract/envelope.ts';
import { GrpcReader } from './grpc-reader.ts';
import { StreamRequestSchema, StreamResponseSchema } from './generated/weir/sync/v1/sync_pb.ts';
import { endFromError, errorFromEnd } from './end-wire.ts';
import { Outbox } from './outbox.ts';
import type { ProxyMessage, Push } from './protocol.ts';
import { framesFromPush } from './push-frames.ts';
import { messagesFromPush, PushReader } from './push-wire.ts';
import { readRequest } from './request-reader.ts';
import { messageFromRequest, requestFromMessage } from './request-wire.ts';
import { countedRevision, covers } from './revision.ts';
import { parseRoot } from './root.ts';

function bundle(id: number, bytes: number): TrustBundle {
  return { kind: 'trustBundle', name: `trust/${id}`, authoritiesPem: 'x'.repeat(bytes) };
}

function overWire(push: Push): { readonly messages: number; readonly push: Push | undefined } {
  const reader = new PushReader();
  const messages = [...messagesFromPush(push)].map(message => toBinary(StreamResponseSchema, message));
  const pushes = messages.map(bytes => reader.read(fromBinary(StreamResponseSchema, bytes)));
  expect(pushes.slice(0, -1).every(one => one === undefined)).toBe(true);
  return { messages: messages.length, push: pushes.at(-1) };
}

const SPLIT = { rollout: 'shop/cart', step: 'v2/1', backend: 'shop/cart:80' };
const STATE = { ...SPLIT, stableInFlight: 3, candidateInFlight: 0, blown: undefined };
const COUNTS: RevisionCounts = {
  ...{ ...SPLIT, route: 'HTTPRoute/shop/cart', revision: 'v2', succeeded: 7, failed: 2 },
  ...{ statuses: [0, 7, 0, 0, 1], latencies: [[12, 4] as const, [200, 3] as const] },
};

describe('a push on the wire', () => {
  const push: Push = {
    nonce: 7,
    revision: { epoch: 3, positions: { routes: 2 ** 50, services: 1 } },
    upserts: Array.from({ length: 10 }, (_, i) => sealResource(bundle(i, 100_000))),
    removes: ['backend/x'],
    answers: [
      { root: 'name:a', outcome: 'present' },
      { root: 'address:10.0.0.1', outcome: 'doesNotExist' },
      { root: 'all:port', outcome: 'notPermitted' },
    ],
    checksum: 0xfedcba98,
  };

  it('comes back as it went, in several messages where it is large', () => {
    expect(overWire(push)).toEqual({ messages: 10, push });
    expect(overWire({ ...push, upserts: [] })).toEqual({ messages: 1, push: { ...push, upserts: [] } });
  });

  it.each([
    ['with all that a push can have', push],
    ['with endpoints alone', { ...push, upserts: push.upserts.slice(0, 1), removes: [], answers: [] }],
    ['that is empty', { ...push, nonce: 300, upserts: [], removes: [], answers: [], checksum: 0 }],
    ['with a nonce of five bytes', { ...push, nonce: 2 ** 32 - 1, upserts: [], removes: [], answers: [] }],
  ])('comes back as it went when its bytes are written in place: one %s', (_what, sent) => {
    const reader = new PushReader();
    const read: (Push | undefined)[] = [];
    const frames = new GrpcReader(1_000_000, message => void read.push(reader.read(fromBinary(StreamResponseSchema, message))));
    // Twice, as what is the same for all is made the first time.
    for (const turn of [1, 2]) {
      read.length = 0;
      for (const piece of [...framesFromPush({ ...sent, nonce: sent.nonce - turn })].flat()) frames.push(Buffer.from(piece));
      expect(read.at(-1)).toEqual({ ...sent, nonce: sent.nonce - turn });
    }
    expect(read.slice(0, -1).every(one => one === undefined)).toBe(true);
    expect(read).toHaveLength([...messagesFromPush(sent)].length);
  });

  it('is refused where it is something that this version does not know', () => {
    expect(() => new PushReader().read(fromBinary(StreamResponseSchema, Uint8Array.of(0x12, 0)))).toThrow(/does not know/v);
  });
});

describe('what a proxy says, on the wire', () => {
  const messages: readonly ProxyMessage[] = [
    {
      type: 'hello',
      proxy: 'a',
      protocol: 1,
      revision: undefined,
      roots: ['index:port'],
      held: new Map([
        ['a', 'b'],
        ['ä', ''],
      ]),
    },
    { type: 'hello', proxy: 'a', protocol: 1, revision: countedRevision(1, 2), roots: [], held: new Map() },
    { type: 'subscription', add: ['name:a'], remove: ['address:::1'] },
    { type: 'splitReport', report: { counts: [COUNTS], states: [STATE, { ...STATE, blown: '30 of 50 attempts failed' }] } },
    { type: 'ack', nonce: 3, rejections: [{ resource: 'a', version: 'b', reason: 'c' }] },
  ];

  it.each(messages)('comes back as it went: $type', message => {
    const bytes = toBinary(StreamRequestSchema, requestFromMessage(message));
    expect(readRequest(bytes)).toEqual(message);
    expect(messageFromRequest(fromBinary(StreamRequestSchema, bytes))).toEqual(message);
  });

  it.each(messages)('is read in either way alike, and refused alike, wherever it is cut off: $type', message => {
    const whole = toBinary(StreamRequestSchema, requestFromMessage(message));
    const outcome = (read: () => ProxyMessage): unknown => {
      try {
        return read();
      } catch {
        return 'refused';
      }
    };
    for (let length = 0; length <= whole.length; length++) {
      const bytes = whole.subarray(0, length);
      const expected = outcome(() => messageFromRequest(fromBinary(StreamRequestSchema, bytes)));
      expect(outcome(() => readRequest(bytes))).toEqual(expected);
    }
  });

  it('is refused where it names what is no root', () => {
    const request = requestFromMessage({ type: 'subscription', add: ['name:a'], remove: [] });
    if (request.message.case === 'subscription') request.message.value.add = ['everything'];
    expect(() => messageFromRequest(request)).toThrow('"everything" is no root');
    expect(['index:nothing', 'all:', 'name', 'kind:port'].map(parseRoot)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.each(['', 'a\u001b[2Jb', 'a\nb', 'x'.repeat(5000)])('is refused where the proxy is named %j', proxy => {
    const hello = { type: 'hello', proxy, protocol: 1, revision: undefined, roots: [], held: new Map() } as const;
    expect(() => messageFromRequest(requestFromMessage(hello))).toThrow('the name of the proxy');
  });

  it.each([
    ['of one count', 1001, 1],
    ['of all counts', 500, 1001],
  ])('is refused where it has more buckets of latency than there can be: %s', (_which, buckets, counts) => {
    const latencies = Array.from({ length: buckets }, (_, bucket) => [bucket, 1] as const);
    const report = { counts: new Array<RevisionCounts>(counts).fill({ ...COUNTS, latencies }), states: [] };
    const request = requestFromMessage({ type: 'splitReport', report });
    expect(() => messageFromRequest(request)).toThrow('buckets of latency');
  });

  it('has reasons that can be shown', () => {
    const reasonOf = (reason: string): unknown => {
      const ack = { type: 'ack', nonce: 1, rejections: [{ resource: 'a', version: 'b', reason }] } as const;
      return Reflect.get(messageFromRequest(requestFromMessage(ack)), 'rejections');
    };
    expect(reasonOf('no\u001b[2J\nthanks')).toMatchObject([{ reason: 'no [2J thanks' }]);
    expect(JSON.stringify(reasonOf('x'.repeat(100_000))).length).toBeLessThan(1100);
  });

  it('tells why a stream ended', () => {
    const end = { reason: 'behind', detail: 'knows less' } as const;
    expect(endFromError(errorFromEnd(end))).toEqual(end);
    expect(endFromError(new Error('socket hang up'))).toMatchObject({ reason: 'lost' });
  });
});

describe('a revision', () => {
  it.each([
    [{ epoch: 1, positions: { a: 2, b: 1 } }, { epoch: 1, positions: { a: 2 } }, true],
    [{ epoch: 1, positions: { a: 2 } }, { epoch: 1, positions: { a: 2, b: 1 } }, false],
    [{ epoch: 1, positions: { a: 3, b: 1 } }, { epoch: 1, positions: { a: 2, b: 2 } }, false],
    [{ epoch: 2, positions: {} }, { epoch: 1, positions: { a: 9 } }, true],
    [{ epoch: 1, positions: { a: 9 } }, { epoch: 2, positions: {} }, false],
  ])('%j covers %j: %s', (later, earlier, expected) => {
    expect(covers(later, earlier)).toBe(expected);
  });
});

describe('an outbox', () => {
  it('makes each message only when it is asked for', async () => {
    const made: number[] = [];
    const outbox = new Outbox<number>();
    outbox.offer(
      (function* numbers() {
        for (let i = 0; i < 3; i++) {
          made.push(i);
          yield i;
        }
      })(),
    );
    outbox.end();
    const reader = outbox[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: 0 });
    expect(made).toEqual([0]);
    expect([await reader.next(), await reader.next(), await reader.next()].map(({ value }) => value)).toEqual([1, 2, undefined]);
  });

  it('ends at once with an error', async () => {
    const outbox = new Outbox<number>();
    outbox.offer([1]);
    const first = outbox[Symbol.asyncIterator]();
    await first.next();
    const waiting = first.next();
    outbox.end(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
  });
});
