// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  endpointAddress,
  ENDPOINTS_A_SERVICE,
  identityOf,
  NAMESPACE,
  serviceName,
  SERVICES,
  SHARED_SERVICES,
} from './fleet-plan.ts';
import type { ServiceIndex } from './fleet-plan.ts';

/** Every so many services has a route of its own besides the shared ones. */
const ROUTE_EVERY = 10;
const INBOUND_PORT = 15_006;

/** Writes a mesh of a thousand services, each object that changes in a file of its own. */
export function writeFleetDocuments(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (let service = 0; service < SERVICES; service++) {
    write(directory, `service-${service}`, serviceDocuments(service));
    writeEndpoints(directory, service, 0);
    if (service < SHARED_SERVICES) writePolicy(directory, service, 0);
  }
}

/** Writes the endpoints of a service; every `edit` replaces the pod in the last place. */
export function writeEndpoints(directory: string, service: ServiceIndex, edit: number): void {
  write(directory, `endpoints-${service}`, [sliceDocument(service, edit)]);
}

/** Writes the policy of a service for all who call it; every `edit` gives it another timeout. */
export function writePolicy(directory: string, service: ServiceIndex, edit: number): void {
  write(directory, `policy-${service}`, [policyDocument(service, edit)]);
}

/** What a resource's text has in it after this edit of endpoints, and no other resource's has. */
export function endpointsMarker(service: ServiceIndex, edit: number): string {
  return `"${zoneOf(service, edit)}"`;
}

/** The same of a policy. */
export function policyMarker(service: ServiceIndex, edit: number): string {
  return `"value":${timeoutMs(service, edit)}}`;
}

/** A file that is half-written is taken for an editor's, and waited for: a program replaces it in one step. */
function write(directory: string, name: string, documents: readonly object[]): void {
  const draft = join(directory, `.${name}.draft`);
  writeFileSync(draft, documents.map(document => JSON.stringify(document)).join('\n---\n'));
  renameSync(draft, join(directory, `${name}.yaml`));
}

function serviceDocuments(service: ServiceIndex): readonly object[] {
  const name = serviceName(service);
  const isRouted = service < SHARED_SERVICES || service % ROUTE_EVERY === 0;
  const clusterIP = `10.96.${Math.floor(service / 250)}.${(service % 250) + 1}`;
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: NAMESPACE },
      spec: { clusterIP, ports: [{ name: 'http', port: 80, appProtocol: 'http' }] },
    },
    ...(isRouted ? [routeDocument(name)] : []),
  ];
}

function routeDocument(name: string): object {
  const backendRefs = [{ name, port: 80 }];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name, port: 80 }],
      rules: [
        { matches: [{ path: { type: 'PathPrefix', value: '/reports' } }], timeouts: { request: '10s' }, backendRefs },
        { matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs },
      ],
    },
  };
}

function sliceDocument(service: ServiceIndex, edit: number): object {
  const name = serviceName(service);
  const last = ENDPOINTS_A_SERVICE - 1;
  const endpoints = Array.from({ length: ENDPOINTS_A_SERVICE }, (_, place) => ({
    addresses: [endpointAddress(service, place, place === last ? edit : 0)],
    zone: place === last ? zoneOf(service, edit) : 'zone-a',
  }));
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: { 'kubernetes.io/service-name': name },
      annotations: { 'weir.dev/identity': identityOf(service) },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: INBOUND_PORT }],
    endpoints,
  };
}

function policyDocument(service: ServiceIndex, edit: number): object {
  const name = serviceName(service);
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'TrafficPolicy',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      targetRefs: [{ group: '', kind: 'Service', name }],
      timeouts: { request: `${timeoutMs(service, edit)}ms` },
      retry: { attempts: 2 },
    },
  };
}

/** Zones are free text, and say here which edit it was. */
function zoneOf(service: ServiceIndex, edit: number): string {
  return `zone-${service}-${edit}`;
}

function timeoutMs(service: ServiceIndex, edit: number): number {
  return 10_000 + service * 1_000 + edit;
}
