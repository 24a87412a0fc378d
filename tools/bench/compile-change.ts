// SPDX-License-Identifier: Apache-2.0
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import { withFailingField } from '@weir/testing';

/**
 * Measures what one changed HTTPRoute among many costs from documents to transaction (resolve, compile, difference, statuses
 * and problems), without reading and parsing; and what it takes to find one that makes the compiler throw, at a change and at a start. `node tools/bench/compile-change.ts [ROUTES]`
 */

const ROUND_COUNT = 200;

const BASE = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weir, listeners: [{ name: http, port: 80, protocol: HTTP }] }
---
apiVersion: v1
kind: Service
metadata: { name: catalogue, namespace: shop }
spec: { ports: [{ port: 8080 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: catalogue-1, namespace: shop, labels: { kubernetes.io/service-name: catalogue } }
addressType: IPv4
endpoints: [{ addresses: [10.0.0.1] }]
ports: [{ port: 3000 }]
`;

function route(index: number, path: string): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: route-${index}, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  hostnames: [host-${index % 1000}.example]
  rules: [{ matches: [{ path: { value: ${path} } }], backendRefs: [{ name: catalogue, port: 8080 }] }]
`;
}

function read(text: string): [string, Document][] {
  return parseDocuments(text, 'documents.yaml').documents.map(document => [documentKey(document), document]);
}

function timeMs(action: () => void): number {
  const startMs = performance.now();
  action();
  return performance.now() - startMs;
}

const routeCount = Number(process.argv[2] ?? 10_000);
const documents = new Map(read(BASE));
for (let index = 0; index < routeCount; index++) for (const entry of read(route(index, `/${index}`))) documents.set(...entry);
const OPTIONS = { clock: { wallMs: () => 0 }, defaultAddresses: ['127.0.0.1'] };
const LAST_KEY = `HTTPRoute/shop/route-${routeCount - 1}`;
const compiler = createCompiler(OPTIONS);
const coldMs = timeMs(() => compiler.update(documents));
const versions = ['/one', '/other'].map(path => new Map([...documents, ...read(route(0, path))]));
const changesMs = Array.from({ length: ROUND_COUNT }, (_, round) => timeMs(() => compiler.update(versions[round % 2]!)));
const [firstMs = 0] = changesMs;
changesMs.sort((left, right) => left - right);
const medianMs = changesMs[ROUND_COUNT / 2] ?? 0;
const worstMs = changesMs.at(-1) ?? 0;
const failing = new Map(documents).set(LAST_KEY, withFailingField(documents.get(LAST_KEY)!, 'rules'));
const foundMs = timeMs(() => compiler.update(failing));
const foundAtStartMs = timeMs(() => createCompiler(OPTIONS).update(failing));
const numbers = {
  ...{ cold: coldMs, first: firstMs, median: medianMs, worst: worstMs },
  ...{ 'failing one found': foundMs, 'at a start': foundAtStartMs },
};
const text = Object.entries(numbers).map(([name, ms]) => `${name} ${ms.toFixed(2)} ms`);
process.stdout.write(`${routeCount} routes: ${text.join(', ')}\n`);
