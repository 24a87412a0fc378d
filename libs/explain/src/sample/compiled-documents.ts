// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import type { Compiled } from '../diff/policy-diff.ts';

/** A Gateway with one listener, and a route that takes /cart to a Service with one endpoint. */
export const SHOP = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  gatewayClassName: weir
  listeners: [{ name: http, port: 8080, protocol: HTTP }]
---
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: cart, namespace: shop, labels: { kubernetes.io/service-name: cart } }
addressType: IPv4
ports: [{ port: 9000 }]
endpoints: [{ addresses: [127.0.0.1] }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: cart, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  rules:
    - matches: [{ path: { value: /cart } }]
      backendRefs: [{ name: cart, port: 80 }]
`;

/** Documents of several texts, compiled; of two of one name the later counts. Throws where a schema refuses one. */
export function compiledFrom(clock: Clock, ...texts: readonly string[]): Compiled {
  const read = texts.map(text => parseDocuments(text, 'documents.yaml'));
  const [problem] = read.flatMap(({ problems }) => problems);
  if (problem !== undefined) throw new Error(`documents.yaml:${problem.line}: ${problem.path} ${problem.message}`);
  const documents = new Map(read.flatMap(one => one.documents).map(document => [documentKey(document), document]));
  const compiler = createCompiler({ clock, defaultAddresses: ['127.0.0.1'] });
  return { documents, snapshot: compiler.update(documents).snapshot };
}
