// SPDX-License-Identifier: Apache-2.0
import { createCompiler } from '@weir/policy/compile';
import type { Compilation } from '@weir/policy/compile';
import { documentKey, parseDocuments, rolloutWithSplit } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import { createManualClock } from '@weir/testing';
import { expect, it } from 'vitest';
import { LiveSplits } from './live-splits.ts';

const TEXT = `
apiVersion: v1
kind: Service
metadata: { name: catalogue, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: v1, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: v2, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weir, listeners: [{ name: http, port: 80, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: catalogue, namespace: shop }
spec: { parentRefs: [{ name: edge }], rules: [{ backendRefs: [{ name: catalogue, port: 80 }] }] }
---
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: catalogue, namespace: shop }
spec:
  targetRef: { name: catalogue }
  revisions: { services: { stable: v1, candidate: v2 } }
  strategy: { canary: { steps: [{ weight: 5 }] } }
`;

/** Compiles the documents with their Rollout at a step; undefined = at none. */
function createCompiling(): (step: string | undefined, hasRoute?: boolean) => Compilation {
  const { documents } = parseDocuments(TEXT, 'shop.yaml');
  const compiler = createCompiler({ clock: createManualClock(), defaultAddresses: ['127.0.0.1'] });
  return (step, hasRoute = true) => {
    const split = step === undefined ? undefined : { step, stable: 'v1', candidate: 'v2', candidateShare: 500, mirrorShare: 0 };
    const driven = documents.map((document: Document) =>
      document.kind === 'Rollout' ? rolloutWithSplit(document, split) : document,
    );
    const present = driven.filter(({ kind }) => hasRoute || kind !== 'HTTPRoute');
    return compiler.update(new Map(present.map(document => [documentKey(document), document])));
  };
}

it('says of a split that it is taken once all workers have it, and not before', () => {
  const compiled = createCompiling();
  const splits = new LiveSplits();
  const haveFirst = splits.compiled(compiled('s1'));
  expect(splits.arrivalOf('shop/catalogue')).toEqual({ step: 's1', isUsed: true, isTaken: false, refusal: undefined });
  haveFirst([]);
  expect(splits.arrivalOf('shop/catalogue')).toEqual({ step: 's1', isUsed: true, isTaken: true, refusal: undefined });
  const haveSecond = splits.compiled(compiled('s2'));
  expect(splits.arrivalOf('shop/catalogue')).toEqual({ step: 's2', isUsed: true, isTaken: false, refusal: undefined });
  haveSecond([]);
  expect(splits.arrivalOf('shop/catalogue')).toMatchObject({ step: 's2', isTaken: true });
});

it('does not take the arrival of an earlier split for that of a later one', () => {
  const compiled = createCompiling();
  const splits = new LiveSplits();
  const haveFirst = splits.compiled(compiled('s1'));
  splits.compiled(compiled('s2'));
  haveFirst([]);
  expect(splits.arrivalOf('shop/catalogue')).toMatchObject({ step: 's2', isTaken: false });
});

it('says why workers could not take it', () => {
  const first = createCompiling()('s1');
  const backend = [...first.snapshot.resources.values()].find(({ kind }) => kind === 'backend')!;
  const splits = new LiveSplits();
  splits.compiled(first)([{ resource: backend.name, reason: 'too many' }]);
  expect(splits.arrivalOf('shop/catalogue')).toEqual({ step: 's1', isUsed: true, isTaken: true, refusal: 'too many' });
});

it('knows nothing of a Rollout that has not begun, or that there is not', () => {
  const compiled = createCompiling();
  const splits = new LiveSplits();
  splits.compiled(compiled(undefined))([]);
  expect(splits.arrivalOf('shop/catalogue')).toBeUndefined();
  expect(splits.arrivalOf('shop/other')).toBeUndefined();
});

it('says whether routes lead to what is divided, and does so until all workers have heard that none does any more', () => {
  const compiled = createCompiling();
  const splits = new LiveSplits();
  splits.compiled(compiled('s1'))([]);
  const haveNone = splits.compiled(compiled('s1', false));
  expect(splits.arrivalOf('shop/catalogue')).toMatchObject({ isUsed: true });
  haveNone([]);
  expect(splits.arrivalOf('shop/catalogue')).toMatchObject({ step: 's1', isUsed: false, isTaken: true });
});
