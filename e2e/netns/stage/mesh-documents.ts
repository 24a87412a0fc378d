// SPDX-License-Identifier: Apache-2.0
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import type { Resource } from '@weir/policy/snapshot';

/** A workload that serves a Service at all ports of `every-protocol-app.ts`. Several of one name are endpoints of one Service. */
export interface MeshedHost {
  /** Of the Service, of its identity, and of nothing else. */
  readonly name: string;
  /** `shop` unless said. */
  readonly namespace?: string;
  /** The last number of its Service's addresses. */
  readonly number: number;
  readonly address: string;
  /** Absent = it is not called by IPv6. */
  readonly address6?: string;
  readonly mode: 'Permissive' | 'Strict';
}

/** A document about one object of Kubernetes. */
export interface MeshObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface MeshDocumentOptions {
  readonly unknownDestinations: 'Allow' | 'Registered';
  /** CIDRs in which all addresses are workloads. */
  readonly ranges: string;
}

/** Stand for Services; nobody has them. */
export const SERVICE_RANGES = { ipv4: '10.96.0.0/16', ipv6: 'fd00:96::/64' };

export function serviceAddresses({ number }: Pick<MeshedHost, 'number'>): { readonly ipv4: string; readonly ipv6: string } {
  return { ipv4: `10.96.0.${number}`, ipv6: `fd00:96::${number}` };
}

/** At 80 what is declared, at the others what is not. */
const PORTS = [
  { name: 'http', port: 80, target: 8080 },
  { name: 'some', port: 8080, target: 8080 },
  { name: 'two', port: 8082, target: 8082 },
  { name: 'first', port: 9000, target: 9000 },
  { name: 'own', port: 9443, target: 9443 },
  { name: 'back', port: 7000, target: 7000 },
  { name: 'echo', port: 81, target: 8090, appProtocol: 'http' },
  { name: 'grpc', port: 50_051, target: 50_051, appProtocol: 'kubernetes.io/h2c' },
] as const;

/** Documents about these hosts. */
export function meshObjects(hosts: readonly MeshedHost[], options: MeshDocumentOptions): readonly MeshObject[] {
  const services = [...new Map(hosts.map(host => [host.name, host])).values()];
  return [...meshOf(options), ...services.flatMap(host => serviceObjects(host)), ...hosts.flatMap(host => sliceObjects(host))];
}

/** What a control plane would make of documents about these hosts. Throws where they are wrong. */
export function compileMesh(hosts: readonly MeshedHost[], options: MeshDocumentOptions): readonly Resource[] {
  const objects = meshObjects(hosts, options);
  const { documents, problems } = parseDocuments(objects.map(object => JSON.stringify(object)).join('\n---\n'), 'mesh.yaml');
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`${problem.path}: ${problem.message}`);
  const compiler = createCompiler({ clock: { wallMs: () => 0 }, defaultAddresses: ['127.0.0.1'] });
  const { transaction } = compiler.update(new Map(documents.map(document => [documentKey(document), document])));
  return transaction.upserts;
}

function meshOf({ unknownDestinations, ranges }: MeshDocumentOptions): readonly MeshObject[] {
  return [
    {
      apiVersion: 'gateway.networking.x-k8s.io/v1alpha1',
      kind: 'XMesh',
      metadata: { name: 'weir' },
      spec: {
        controllerName: 'weir.dev/mesh-controller',
        parametersRef: { group: '', kind: 'ConfigMap', name: 'mesh', namespace: 'weir' },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'mesh', namespace: 'weir' },
      data: { unknownDestinations, ranges, trustDomain: 'weir.test' },
    },
  ];
}

function serviceObjects(host: MeshedHost): readonly MeshObject[] {
  const { name, namespace = 'shop', mode } = host;
  const { ipv4, ipv6 } = serviceAddresses(host);
  const metadata = { name, namespace };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        clusterIP: ipv4,
        clusterIPs: [ipv4, ipv6],
        ports: PORTS.map(({ target, ...port }) => ({ ...port, targetPort: target })),
      },
    },
    modeObject({ name, namespace }, mode),
  ];
}

/** What a Service takes. */
export function modeObject(
  { name, namespace = 'shop' }: Pick<MeshedHost, 'name' | 'namespace'>,
  mode: MeshedHost['mode'],
): MeshObject {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'AccessPolicy',
    metadata: { name, namespace },
    spec: { targetRefs: [{ group: '', kind: 'Service', name }], mutualTls: { mode } },
  };
}

function sliceObjects(host: MeshedHost): readonly MeshObject[] {
  const { address, address6 } = host;
  const slice = sliceOf(host, { addressType: 'IPv4', address });
  return address6 === undefined ? [slice] : [slice, sliceOf(host, { addressType: 'IPv6', address: address6 })];
}

function sliceOf(
  { name: service, namespace = 'shop' }: MeshedHost,
  { addressType, address }: { readonly addressType: string; readonly address: string },
): MeshObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service}-${address.replaceAll(/[.:]+/g, '-')}`,
      namespace,
      labels: { 'kubernetes.io/service-name': service },
      annotations: { 'weir.dev/identity': `${namespace}/${service}` },
    },
    addressType,
    endpoints: [{ addresses: [address] }],
    ports: PORTS.map(({ name, target: port }) => ({ name, port })),
  };
}
