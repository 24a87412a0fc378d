// SPDX-License-Identifier: Apache-2.0

// A Service of a shop in YAML, its endpoints and its routes, for tests that change them.

export const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: catalogue, namespace: shop }
spec: { ports: [{ port: 8080 }] }
`;

/** The endpoint of the Service. */
export function sliceText(address: string): string {
  return `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: catalogue-1, namespace: shop, labels: { kubernetes.io/service-name: catalogue } }
addressType: IPv4
endpoints: [{ addresses: [${address}] }]
ports: [{ port: 3000 }]
`;
}

/** From Gateway `edge` to the Service. */
export function routeText(name: string, path: string): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  rules: [{ matches: [{ path: { value: ${path} } }], backendRefs: [{ name: catalogue, port: 8080 }] }]
`;
}
