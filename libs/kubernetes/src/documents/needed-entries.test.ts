// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { ClusterObject } from '../api/cluster-api.ts';
import { neededEntries } from './needed-entries.ts';

const LARGE = 'x'.repeat(90_000);

function object(kind: string, fields: object): ClusterObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'a', namespace: 'shop', annotations: { by: 'me' } },
    ...fields,
  } as ClusterObject;
}

it.each(['ConfigMap', 'Secret'])('a %s is without entries that are too large to be read, and says which', kind => {
  const { data, metadata } = neededEntries(object(kind, { data: { 'a.json': LARGE, key: 'short', 'b.tgz': LARGE } }));
  expect(data).toEqual({ key: 'short' });
  expect(metadata).toMatchObject({ name: 'a', annotations: { by: 'me', 'internal.weir.dev/left-out': 'a.json b.tgz' } });
});

it('bundles of authorities and chains are kept, however large they are', () => {
  const all = object('Secret', { data: { 'ca.crt': LARGE, 'tls.crt': LARGE, 'tls.key': LARGE } });
  expect(neededEntries(all)).toEqual(all);
});

it.each(['ConfigMap', 'Secret'])('a key set in a %s is kept, which may have up to a megabyte', kind => {
  const text = `\n{\n  "keys": [{ "x5c": ["${LARGE}"] }] }`;
  const [jwks, other] = [text, `{ "panels": 1, ${text}`].map(one =>
    kind === 'Secret' ? Buffer.from(one).toString('base64') : one,
  );
  expect(neededEntries(object(kind, { data: { jwks, other } }))['data']).toEqual({ jwks });
});

it('an entry is kept up to 64 KiB, which are more characters in base64', () => {
  const kept = (kind: string, length: number): unknown =>
    Object.keys(neededEntries(object(kind, { data: { key: 'x'.repeat(length) } }))['data'] as object);
  expect([kept('ConfigMap', 65_536), kept('ConfigMap', 65_537)]).toEqual([['key'], []]);
  const encoded = Buffer.alloc(65_536).toString('base64').length;
  expect([kept('Secret', encoded), kept('Secret', encoded + 1)]).toEqual([['key'], []]);
});

it('what is no text of a ConfigMap is not kept', () => {
  expect(neededEntries(object('ConfigMap', { data: { key: 'short' }, binaryData: { logo: 'AAAA' } }))).toEqual(
    object('ConfigMap', { data: { key: 'short' } }),
  );
});

it('an object that has no entries, or what cannot be one, stays as it is', () => {
  for (const fields of [{}, { data: null }, { data: { key: 7 } }, { data: 'text' }]) {
    expect(neededEntries(object('ConfigMap', fields))).toEqual(object('ConfigMap', fields));
  }
});
