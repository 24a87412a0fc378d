// SPDX-License-Identifier: Apache-2.0
import type { Manifest } from './manifest.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
/** Of all that a measurement makes; its namespaces are called so, with a number. */
export const PREFIX = 'weir-bench';
/** Namespace of the Gateway and of the backends. */
export const INFRA = `${PREFIX}-infra`;
const GATEWAY = 'edge';
/** Backends, by the Services that routes name. */
export const BACKENDS = ['one', 'two'] as const;
const PORT = 8080;
/** Most that one ReferenceGrant names. */
const MAX_GRANTED = 16;

export function namespaceOf(name: string): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [PREFIX]: 'true' } } };
}

export function routeNamespace(index: number, namespaceCount: number): string {
  return `${PREFIX}-${index % namespaceCount}`;
}

export function gateway(): Manifest {
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }];
  const spec = { gatewayClassName: 'weir', listeners };
  return { apiVersion: GATEWAY_API, kind: 'Gateway', metadata: { name: GATEWAY, namespace: INFRA }, spec };
}

/** What lets routes of all these namespaces use the backends. */
export function grants(namespaces: readonly string[]): readonly Manifest[] {
  const count = Math.ceil(namespaces.length / MAX_GRANTED);
  return Array.from({ length: count }, (_, index) =>
    grant(`routes-${index}`, namespaces.slice(index * MAX_GRANTED, (index + 1) * MAX_GRANTED)),
  );
}

function grant(name: string, namespaces: readonly string[]): Manifest {
  const from = namespaces.map(namespace => ({ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace }));
  const spec = { from, to: [{ group: '', kind: 'Service' }] };
  return { apiVersion: 'gateway.networking.k8s.io/v1beta1', kind: 'ReferenceGrant', metadata: { name, namespace: INFRA }, spec };
}

/** A pod that answers each request with 200, and its Service. */
export function backend(name: string, image: string): readonly Manifest[] {
  const metadata = { name, namespace: INFRA, labels: { app: name } };
  const program = `require('node:http').createServer((q, s) => s.end('${name}')).listen(${PORT})`;
  const container = { name: 'app', image, command: ['node', '-e', program], readinessProbe: { tcpSocket: { port: PORT } } };
  const ports = [{ port: 80, targetPort: PORT }];
  return [
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [container], terminationGracePeriodSeconds: 0 } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: name }, ports } },
  ];
}

/** A route with a host of its own, as each service of a company has one. */
export function route(name: string, namespace: string): Manifest {
  const parentRefs = [{ name: GATEWAY, namespace: INFRA }];
  const spec = { parentRefs, hostnames: [hostOf(name)], ...rulesTo(BACKENDS[0]) };
  return { apiVersion: GATEWAY_API, kind: 'HTTPRoute', metadata: { name, namespace }, spec };
}

/** Rules of a route: all paths that begin with one, to one backend. */
export function rulesTo(service: string, path = '/'): object {
  const matches = [{ path: { type: 'PathPrefix', value: path } }];
  return { rules: [{ matches, backendRefs: [{ name: service, namespace: INFRA, port: 80 }] }] };
}

export function hostOf(name: string): string {
  return `${name}.example.com`;
}
