// SPDX-License-Identifier: Apache-2.0

// For the shop's test: what it takes to look at the wire between sidecars.

/** In the order of their ports. */
export const SERVICES = [
  'shop/storefront',
  'catalogue/catalogue-v1',
  'catalogue/catalogue-v2',
  'shop/orders',
  'shop/reviews',
  'shop/ledger',
  'shop/stock',
  'shop/notifications',
] as const;

/** By the names that they are called by: the first version of the catalogue serves for the Service that a Rollout divides. */
export const CALLED = SERVICES.map(service => (service === 'catalogue/catalogue-v1' ? 'catalogue/catalogue' : service));

/** Words that each go over one of the connections of the shop. */
export const PLAINTEXT = [
  'GET /',
  'POST ',
  'HTTP/1.1',
  'PRI * HTTP/2',
  'INCR',
  'shop.stock.v1',
  'kayak',
  'on purpose',
  '"isSale"',
  '+OK',
];

/** A slice by which callers go through a recorder. */
export function recordedSlice(service: string, port: number): string {
  const [namespace = '', name = ''] = service.split('/');
  const identity = service.replace(/-v[12]$/v, '');
  return `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${name}-recorded
  namespace: ${namespace}
  labels: { kubernetes.io/service-name: ${name} }
  annotations: { weir.dev/identity: ${identity} }
addressType: IPv4
ports: [{ name: ${{ ledger: 'redis', stock: 'grpc' }[name] ?? 'http'}, port: ${port} }]
endpoints: [{ addresses: [127.0.0.1] }]
`;
}
