// SPDX-License-Identifier: Apache-2.0
import { readClusterObject } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import { expect, it } from 'vitest';
import { writingRelease } from './other-release.ts';

interface ClassFacts {
  readonly year: number;
  readonly namespace?: string;
  readonly controllerName?: string;
}

function classes(all: Readonly<Record<string, ClassFacts>>): ReadonlyMap<string, Document> {
  return new Map(
    Object.entries(all).map(([name, { year, namespace, controllerName = 'weir.dev/gateway-controller' }]) => {
      const annotations = namespace === undefined ? {} : { 'weir.dev/control-plane-namespace': namespace };
      const metadata = { name, annotations, creationTimestamp: `${year}-01-01T00:00:00Z` };
      const header = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass' };
      const read = readClusterObject({ ...header, metadata, spec: { controllerName } });
      if (read.kind !== 'document') throw new Error(JSON.stringify(read));
      return [`GatewayClass//${name}`, read.document];
    }),
  );
}

it('is the one that a GatewayClass of Weir names, of several the oldest', () => {
  const both = classes({ weir: { year: 2026, namespace: 'weir-system' }, old: { year: 2025, namespace: 'weir-old' } });
  expect([writingRelease(both, 'weir-system'), writingRelease(both, 'weir-old')]).toEqual(['weir-old', undefined]);
  const alike = classes({ b: { year: 2026, namespace: 'b' }, a: { year: 2026, namespace: 'a' } });
  expect([writingRelease(alike, 'a'), writingRelease(alike, 'b')]).toEqual([undefined, 'a']);
});

it('is none in place of this one where no class of Weir names another', () => {
  expect(writingRelease(classes({}), 'weir-system')).toBeUndefined();
  expect(writingRelease(classes({ weir: { year: 2026 } }), 'weir-system')).toBeUndefined();
  const foreign = { year: 2020, namespace: 'other', controllerName: 'example.com/other' };
  const some = classes({ foreign, weir: { year: 2026, namespace: 'weir-system' } });
  expect(writingRelease(some, 'weir-system')).toBeUndefined();
});
