// SPDX-License-Identifier: Apache-2.0

interface CartPlace {
  readonly address: string;
  readonly port: number;
}

/** YAML of a Service `shop/cart` of the mesh, at port 80 of 10.96.0.7, with its one endpoint: a workload `shop/cart`. */
export function cartServiceYaml({ address, port }: CartPlace): string {
  return `
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: cart
  namespace: shop
  labels: { kubernetes.io/service-name: cart }
  annotations: { weir.dev/identity: shop/cart }
addressType: IPv4
ports: [{ name: http, port: ${port} }]
endpoints: [{ addresses: [${address}] }]
`;
}

/** YAML of an HTTPRoute for calls to that Service whose paths begin with one. `field`: what its rules are called, so that it can be wrong. */
export function cartRouteYaml(path: string, field = 'rules'): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: cart, namespace: shop }
spec:
  parentRefs: [{ group: '', kind: Service, name: cart }]
  ${field}:
    - matches: [{ path: { type: PathPrefix, value: ${path} } }]
      backendRefs: [{ name: cart, port: 80 }]
`;
}
