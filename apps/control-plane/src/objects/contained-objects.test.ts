// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import { createManualClock, createSeededRandom, withFailingField } from '@weir/testing';
import { expect, it } from 'vitest';
import type { LoadedDocuments } from '../control-plane-options.ts';
import { createControlPlane } from '../create-control-plane.ts';

const KEY = 'HTTPRoute/shop/cart';

function loaded(generation: number, isBad: boolean): LoadedDocuments {
  const { documents } = parseDocuments(
    `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weir, listeners: [{ name: http, port: 8080, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: cart, namespace: shop, generation: ${generation} }
spec: { parentRefs: [{ name: edge }], rules: [{ matches: [{ path: { value: /${generation} } }] }] }
`,
    'documents.yaml',
  );
  const byKey = new Map(documents.map(document => [documentKey(document), document]));
  const route = byKey.get(KEY);
  if (isBad && route !== undefined) byKey.set(KEY, withFailingField(route, 'rules'));
  return { documents: byKey, problems: [], changedKeys: [], removedKeys: [], ignoredCount: 0 };
}

it('of an object that stays what it was before, nobody is told that proxies have what it is now', async () => {
  const { controlPlane } = await createControlPlane({
    ...{ clock: createManualClock(), random: createSeededRandom(3), secrets: createMemorySecrets() },
    ...{ trustDomain: undefined, leafLifetimeMs: undefined, defaultAddresses: ['::'], allowsPartial: false },
    openSource: () => Promise.resolve({ content: loaded(1, false), close: () => Promise.resolve() }),
    onEvent: () => undefined,
  });
  await using ending = new AsyncDisposableStack();
  ending.defer(() => controlPlane.close());
  const generations = (): readonly (number | undefined)[] => {
    const status = controlPlane.objects.status(KEY);
    const parents = status !== undefined && 'parents' in status ? status.parents : [];
    return [...new Set(parents.flatMap(({ conditions }) => conditions.map(({ observedGeneration }) => observedGeneration)))];
  };
  expect(generations()).toEqual([1]);
  controlPlane.change(loaded(2, true));
  expect([generations(), controlPlane.problems.map(({ code }) => code)]).toEqual([[1], ['not-compiled']]);
  controlPlane.change(loaded(3, false));
  expect([generations(), controlPlane.problems]).toEqual([[3], []]);
});
