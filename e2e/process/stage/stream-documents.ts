// SPDX-License-Identifier: Apache-2.0
import type { TestDocument } from '@weir/testing';
import type { Fields } from './documents.ts';

/** Where a server of a test listens. */
export interface At {
  readonly port: number;
  /** 127.0.0.1 unless written. */
  readonly address?: string;
}

export interface PortServiceOptions {
  /** 80 unless written. */
  readonly port?: number;
  readonly protocol?: 'TCP' | 'UDP';
  readonly appProtocol?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Service for whatever its clients speak, with an endpoint at each of these places. */
export function portService(name: string, places: readonly At[], options: PortServiceOptions = {}): readonly TestDocument[] {
  const { port = 80, protocol = 'TCP', appProtocol, annotations = {} } = options;
  const slices = places.map(({ port: at, address = '127.0.0.1' }, index): TestDocument => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-${index}`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: address.includes(':') ? 'IPv6' : 'IPv4',
    ports: [{ name: 'main', port: at, protocol }],
    endpoints: [{ addresses: [address] }],
  }));
  const service: TestDocument = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations },
    spec: { ports: [{ name: 'main', port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }] },
  };
  return [service, ...slices];
}

export interface StreamRouteOptions {
  readonly backends: readonly Fields[];
  /** A listener of the Gateway `edge`, unless it names another parent. */
  readonly listener?: string;
  readonly parent?: Fields;
  readonly hostnames?: readonly string[];
}

/** A route for connections or datagrams. */
export function streamRoute(kind: 'TCPRoute' | 'TLSRoute' | 'UDPRoute', name: string, options: StreamRouteOptions): TestDocument {
  const { backends, listener, parent = { name: 'edge' }, hostnames } = options;
  const parentRef = { ...parent, ...(listener === undefined ? {} : { sectionName: listener }) };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name, namespace: 'default' },
    spec: { parentRefs: [parentRef], ...(hostnames === undefined ? {} : { hostnames }), rules: [{ backendRefs: backends }] },
  };
}
