// SPDX-License-Identifier: Apache-2.0
import type { TestDocument } from '@weir/testing';

export interface MeshedOptions {
  /** Of its one port; 80 unless written. */
  readonly port?: number;
  readonly appProtocol?: string;
  /** Where callers find the sidecar, on loopback. */
  readonly at: number;
  /** Where the application listens. */
  readonly application: number;
  /** Who it is, in namespace `default`; the Service's name unless written. */
  readonly account?: string;
  /** As `weir.dev/upstreams`. */
  readonly upstreams?: string;
  readonly httpProxy?: number;
}

/** A Service and a slice by which `weir up` runs its sidecar. */
export function meshed(name: string, options: MeshedOptions): readonly [service: TestDocument, slice: TestDocument] {
  const { port = 80, appProtocol } = options;
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: { ports: [{ name: 'main', port, ...(appProtocol === undefined ? {} : { appProtocol }) }] },
    },
    meshedSlice(name, options),
  ];
}

/** The slice alone: `suffix` tells several of one Service apart. */
export function meshedSlice(name: string, options: MeshedOptions, suffix = '1'): TestDocument {
  const { at, application, account = name, upstreams, httpProxy } = options;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${suffix}`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': name },
      annotations: {
        'weir.dev/identity': `default/${account}`,
        'weir.dev/application': `127.0.0.1:${application}`,
        ...(upstreams === undefined ? {} : { 'weir.dev/upstreams': upstreams }),
        ...(httpProxy === undefined ? {} : { 'weir.dev/http-proxy': `127.0.0.1:${httpProxy}` }),
      },
    },
    addressType: 'IPv4',
    ports: [{ name: 'main', port: at }],
    endpoints: [{ addresses: ['127.0.0.1'] }],
  };
}

/** One more place at which callers find the workload of a Service: no sidecar is run for it. */
export function calledSlice(name: string, at: number): TestDocument {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-wire`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': name },
      annotations: { 'weir.dev/identity': `default/${name}` },
    },
    addressType: 'IPv4',
    ports: [{ name: 'main', port: at }],
    endpoints: [{ addresses: ['127.0.0.1'] }],
  };
}

/** Mutual TLS or nothing between the workloads of namespace `default`. */
export const STRICT: TestDocument = {
  apiVersion: 'weir.dev/v1alpha1',
  kind: 'AccessPolicy',
  metadata: { name: 'strict', namespace: 'default' },
  spec: { targetRefs: [{ group: '', kind: 'Namespace', name: 'default' }], mutualTls: { mode: 'Strict' } },
};
