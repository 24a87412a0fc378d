// SPDX-License-Identifier: Apache-2.0
import type { KeyPair, TestDocument } from '@weir/testing';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';

/** Part of an object as it stands in a document. */
export type Fields = Readonly<Record<string, unknown>>;

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): TestDocument {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** A Gateway of the class `weir`. */
export function gateway(name: string, listeners: readonly Fields[], spec: Fields = {}): TestDocument {
  return {
    apiVersion: GATEWAY_API,
    kind: 'Gateway',
    metadata: { name, namespace: 'default' },
    spec: { gatewayClassName: 'weir', listeners, ...spec },
  };
}

export interface RouteOptions {
  readonly namespace?: string;
  readonly hostnames?: readonly string[];
  /** Names of Gateways, or whole references. */
  readonly parents?: readonly (string | Fields)[];
}

/** A route on the Gateway `edge`, unless it names others. */
export function route(name: string, rules: readonly Fields[], options: RouteOptions = {}): TestDocument {
  const { namespace: home = 'default', hostnames, parents = ['edge'] } = options;
  const parentRefs = parents.map(parent => (typeof parent === 'string' ? { name: parent, namespace: 'default' } : parent));
  return {
    apiVersion: GATEWAY_API,
    kind: 'HTTPRoute',
    metadata: { name, namespace: home },
    spec: { parentRefs, ...(hostnames === undefined ? {} : { hostnames }), rules },
  };
}

/** A Service on port 80 with an endpoint on each of these ports of loopback. */
export function service(name: string, ports: readonly number[], home = 'default'): readonly TestDocument[] {
  const slices = ports.map((port, index): TestDocument => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-${index}`, namespace: home, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port }],
    endpoints: [{ addresses: ['127.0.0.1'] }],
  }));
  const object: TestDocument = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: home },
    spec: { ports: [{ name: 'http', port: 80 }] },
  };
  return [object, ...slices];
}

export function tlsSecret(name: string, { certificatePem, keyPem }: KeyPair): TestDocument {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default' },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(certificatePem), 'tls.key': base64(keyPem) },
  };
}

export function configMap(name: string, data: Readonly<Record<string, string>>): TestDocument {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

/** Lets routes of one namespace name the Services of another. */
export function referenceGrant(from: string, to: string): TestDocument {
  return {
    apiVersion: GATEWAY_API,
    kind: 'ReferenceGrant',
    metadata: { name: `from-${from}`, namespace: to },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: from }],
      to: [{ group: '', kind: 'Service' }],
    },
  };
}

/** A reference to port 80 of a Service. */
export function backend(name: string, more: Fields = {}): Fields {
  return { name, port: 80, ...more };
}

/** A match of a path prefix. */
export function prefix(value: string, more: Fields = {}): Fields {
  return { path: { type: 'PathPrefix', value }, ...more };
}

/** A rule that sends a path prefix to a Service. */
export function forward(path: string, to: string, more: Fields = {}): Fields {
  return { matches: [prefix(path)], backendRefs: [backend(to)], ...more };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const WEIR = 'weir.dev/v1alpha1';
/** Targets of policies. */
export const target = {
  gateway: (name = 'edge'): Fields => ({ group: 'gateway.networking.k8s.io', kind: 'Gateway', name }),
  rule: (name: string, sectionName: string): Fields => ({
    group: 'gateway.networking.k8s.io',
    kind: 'HTTPRoute',
    name,
    sectionName,
  }),
};

export function accessPolicy(name: string, at: Fields, spec: Fields): TestDocument {
  return {
    apiVersion: WEIR,
    kind: 'AccessPolicy',
    metadata: { name, namespace: 'default' },
    spec: { targetRefs: [at], ...spec },
  };
}

export function consumer(name: string, spec: Fields): TestDocument {
  return { apiVersion: WEIR, kind: 'Consumer', metadata: { name, namespace: 'default' }, spec };
}

export function secret(name: string, stringData: Readonly<Record<string, string>>): TestDocument {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, stringData };
}
