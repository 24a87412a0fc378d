// SPDX-License-Identifier: Apache-2.0
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { AcksResponseSchema } from '@weir/sync/messages';
import type { AckDigest } from '@weir/sync/server';
import { expect, it } from 'vitest';
import { acksFromWire, acksToWire, MAX_MEMBERS } from './acks-wire.ts';

const NOTHING: AckDigest = { acked: [], waiting: [], away: [], gone: [], refusing: [] };
const from = (digests: Readonly<Record<string, AckDigest | undefined>>) => ({
  instance: 'first',
  digestOf: ({ key }: { readonly key: string }) => digests[key],
});
const asked = (key: string) => ({ key, edition: 'one' });

it('comes back as it went, each name once', () => {
  const refusing = [{ proxy: 'mesh/c', resource: 'rule/a', reason: 'no', sinceMs: 1_700_000_000_000 }];
  const digests: Readonly<Record<string, AckDigest | undefined>> = {
    a: { acked: ['mesh/a', 'mesh/b'], waiting: ['mesh/d'], away: ['mesh/e'], gone: ['mesh/f'], refusing },
    b: { ...NOTHING, acked: ['mesh/b', 'mesh/c'] },
    unread: undefined,
  };
  const wire = toBinary(AcksResponseSchema, acksToWire(Object.keys(digests).map(asked), from(digests)));
  const answer = fromBinary(AcksResponseSchema, wire);
  expect(answer.proxies).toHaveLength(6);
  expect(Object.fromEntries(acksFromWire(answer).digests)).toEqual(digests);
});

it('answers what fits, and at least one', () => {
  const many = { ...NOTHING, acked: Array.from({ length: MAX_MEMBERS - 1 }, (_, index) => `mesh/${index}`) };
  const small = { ...NOTHING, acked: ['mesh/1'] };
  const digests: Readonly<Record<string, AckDigest>> = { many, small, more: small };
  const keysOf = (keys: readonly string[]) =>
    acksFromWire(acksToWire(keys.map(asked), from(digests)))
      .digests.keys()
      .toArray();
  expect(keysOf(['many', 'small', 'more'])).toEqual(['many', 'small']);
  const huge = { ...many, waiting: many.acked };
  expect(acksToWire([asked('a'), asked('b')], from({ a: huge, b: huge })).objects).toHaveLength(1);
});

it('shortens reasons, and gives those of the first few', () => {
  const refusing = Array.from({ length: 5 }, (_, index) => ({
    proxy: `mesh/${index}`,
    ...{ resource: 'rule/a', reason: 'x'.repeat(1000), sinceMs: 0 },
  }));
  const answer = acksFromWire(acksToWire([asked('a')], from({ a: { ...NOTHING, refusing } }))).digests.get('a');
  expect(answer?.refusing.map(({ reason }) => reason.length)).toEqual([200, 200, 200, 0, 0]);
});
